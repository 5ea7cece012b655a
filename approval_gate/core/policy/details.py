"""What a request says about itself, such as an emergency's incident: the policy's details, filled in.

It is written as the process's own template has it, ``**Incident**: #INC-12345``,
one heading a line, or as a YAML mapping.
"""

import re
from collections.abc import Iterable

from approval_gate.core.policy import document
from approval_gate.core.policy.model import Detail, DetailValue, alike

LONGEST = 20_000
"""Characters of the longest text that is read."""

_BOLD = re.compile(r"\s*(?:[-*+]\s+)?\*\*(?P<heading>[^*\n]{1,100}?)\s*(?::\*\*|\*\*\s*:)\s*(?P<value>.*)")


def fill(details: Iterable[Detail], text: str) -> tuple[DetailValue, ...]:
    """Find the details in what a request says; what is said beside them comes after, as it is headed.

    Raises:
        ValueError: the text is neither lines with headings nor a mapping.
    """
    said = {alike(heading): (heading, value) for heading, value in _read(text)}
    filled = [_filled(detail, said) for detail in details]
    others = (DetailValue(heading=h, value=v, required=False) for h, v in said.values() if v)
    return (*filled, *others)


def _filled(detail: Detail, said: dict[str, tuple[str, str]]) -> DetailValue:
    """Take what is said under any of a detail's headings; the first that says something counts."""
    first = detail.headings[0]
    shown = {alike(heading): heading for heading in reversed(detail.headings)}
    names = dict.fromkeys((*(alike(heading) for heading in detail.headings), alike(detail.name)))
    name = next((name for name in names if said.get(name, ("", ""))[1]), None)
    if name is None:
        return DetailValue(heading=first, value=None, required=detail.required)
    return DetailValue(heading=shown.get(name, first), value=said.pop(name)[1], required=detail.required)


def missing(filled: Iterable[DetailValue]) -> list[str]:
    """Name what is required and not there."""
    return [detail.heading for detail in filled if detail.required and detail.value is None]


def _read(text: str) -> list[tuple[str, str]]:
    """Read headings and values; a value that says nothing, such as a dash, is empty."""
    if len(text) > LONGEST:
        raise ValueError(f"it has {len(text)} characters; {LONGEST} are allowed.")
    lines = text.splitlines()
    pairs: list[list[str]] = []
    for line in lines:
        match = _BOLD.fullmatch(line)
        if match:
            pairs.append([match["heading"].strip(), match["value"]])
        elif pairs:
            pairs[-1][1] += f"\n{line}"
    found = [(heading, value) for heading, value in pairs] if pairs else _mapping(text)
    return [(heading, value.strip() if re.search(r"\w", value) else "") for heading, value in found]


def _mapping(text: str) -> list[tuple[str, str]]:
    if not text.strip():
        return []
    try:
        value = document.plain(text.encode())
    except document.DocumentError as error:
        raise ValueError(f"{_FORM} {error}") from error
    if not isinstance(value, dict) or any(isinstance(item, dict | list) for item in value.values()):
        raise ValueError(_FORM)
    return [(str(key), "" if item is None else str(item)) for key, item in value.items()]


_FORM = "it is neither lines such as `**Incident**: #INC-12345` nor a YAML mapping of such names."
