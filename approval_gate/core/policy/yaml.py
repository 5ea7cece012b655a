"""YAML of mappings, lists and plain values only, each with its line.

The document decides who may ship, so nothing in it is guessed: anchors,
aliases and tags are refused, as are a size, a depth and a number of values that
no policy needs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import yaml
from yaml.reader import ReaderError

from approval_gate.core.policy.findings import (
    DocumentError,
    Finding,
    Path,
    in_order,
    literal,
    printable,
)

LARGEST = 64 * 1024
"""Bytes of the largest document that is read."""

DEEPEST = 12
"""How deep it may nest; a policy needs 5."""

MOST = 10_000
"""Keys and values of the largest document that is read; a policy of 64 KB has some 8,000."""

_LONGEST_NUMBER = 40
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(
    r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))"
    r"|\.(?:nan|NaN|NAN)"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as plain values (None if it is empty), and the line of every place, counted from 1.

    Of a key that is there twice the first value is used; ``malformed`` has a finding for it.
    """

    value: object
    lines: Mapping[Path, int]
    malformed: tuple[Finding, ...] = ()

    def placed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Give findings their lines, in order; a missing place has the line of what is around it."""
        return in_order(
            replace(
                found,
                line=found.line or self._line(found.path),
                problem=printable(found.problem),
                remedy=printable(found.remedy),
            )
            for found in findings
        )

    def _line(self, path: Path) -> int:
        return self.lines[path] if path in self.lines else self._line(path[:-1])


def read(document: bytes) -> Document:
    """Read a document whose plain values are those of YAML 1.2's core schema.

    Raises:
        DocumentError: it is not UTF-8, not YAML, or not of plain values.
    """
    return _read(document, _typed)


def read_texts(document: bytes) -> object:
    """Read a document whose plain values are texts, as written: ``1.10`` and ``12e45`` too; None if empty."""
    read = _read(document, lambda node: None if _typed(node) is None else str(node.value))
    if read.malformed:
        raise DocumentError(read.malformed)
    return read.value


def _read(document: bytes, scalar: Callable[[yaml.ScalarNode], object]) -> Document:
    if len(document) > LARGEST:
        raise _refused(1, f"it has {len(document)} bytes; a policy can have {LARGEST}.", "Shorten it.")
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise _refused(line, "it is not UTF-8.", "Save it as UTF-8.") from error
    try:
        _check(text)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _refused(line, f"it is not YAML: {error.reason}.", _AFTER) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _refused(line, f"it is not YAML: {error.problem}.", _AFTER) from error
    lines: dict[Path, int] = {(): 1}
    malformed: list[Finding] = []
    value = None if root is None else _value(root, (), _Places(lines, malformed), scalar)
    return Document(value, lines, tuple(malformed))


_AFTER = "What follows it was not read."


def _refused(line: int, problem: str, remedy: str = "") -> DocumentError:
    return DocumentError([Finding(line=line, problem=problem, remedy=remedy)])


def _check(text: str) -> None:
    """Refuse anything but plain values, and too much or too deep a document, before it is built."""
    depth = nodes = 0
    found: list[Finding] = []
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        nodes += isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST:
            raise _refused(line, f"it nests deeper than {DEEPEST} levels.", _AFTER)
        if nodes > MOST:
            raise _refused(line, f"it has more than {MOST} keys and values.", _AFTER)
        if (anchor := getattr(event, "anchor", None)) is not None:
            problem = f"{literal(anchor)} is an anchor or an alias."
            found.append(Finding(line=line, problem=problem, remedy="Write the values out."))
        if (tag := getattr(event, "tag", None)) is not None:
            problem = f"it has the tag {literal(tag)}."
            found.append(Finding(line=line, problem=problem, remedy="Write a plain value."))
    if found:
        raise DocumentError(in_order(found))


@dataclass(frozen=True, slots=True)
class _Places:
    """Where everything is, and what is wrong with keys."""

    lines: dict[Path, int]
    malformed: list[Finding]


def _value(
    node: yaml.Node, path: Path, places: _Places, scalar: Callable[[yaml.ScalarNode], object]
) -> object:
    places.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return {
            name: _value(value, (*path, name), places, scalar) for name, value in _pairs(node, path, places)
        }
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, number), places, scalar) for number, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)  # noqa: S101 - there is no other kind
    return scalar(node)


def _pairs(node: yaml.MappingNode, path: Path, places: _Places) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problem = "a key is a list or a mapping; it must be plain text."
            places.malformed.append(Finding(line=line, path=path, problem=problem))
            continue
        here = (*path, str(key.value))
        if here in places.lines:
            first = places.lines[here]
            problem = f"the key {literal(key.value)} is there twice, first on line {first}."
            places.malformed.append(Finding(line=line, path=path, problem=problem, remedy="Remove one."))
            continue
        places.lines[here] = line
        yield str(key.value), value


def _typed(node: yaml.ScalarNode) -> object:
    """Return a plain value as YAML 1.2's core schema defines it; anything else is text.

    So `yes`, `1:40` and `0x1F` are text; `010` is too, since some readers take it for 8 and others for 10.
    """
    text = str(node.value)
    if node.style is not None or len(text) > _LONGEST_NUMBER:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
