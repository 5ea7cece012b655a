"""What a request says about itself, such as an emergency's incident: the policy's details, filled in.

It is written as in the process's template, ``**Incident**: #INC-12345``, one
heading a line, or as a YAML mapping.
"""

import re
from collections.abc import Iterable

from approval_gate.core.policy import yaml
from approval_gate.core.policy.findings import DocumentError
from approval_gate.core.policy.model import Detail, DetailValue, alike

LONGEST = 20_000
"""Characters of the longest text that is read."""

_BOLD = re.compile(r"\s*(?:[-*+]\s+)?\*\*(?P<heading>[^*\n]{1,100}?)\s*(?::\*\*|\*\*\s*:)\s*(?P<value>.*)")
_FORM = "it is neither lines such as `**Incident**: #INC-12345` nor a YAML mapping of such names."


def fill(details: Iterable[Detail], text: str) -> tuple[DetailValue, ...]:
    """Find the details in a request's text; anything else that it has under a heading follows them.

    Raises:
        ValueError: the text is neither lines with headings nor a mapping.
    """
    given = {alike(heading): (heading, value) for heading, value in _read(text)}
    filled = [_filled(detail, given) for detail in details]
    others = (DetailValue(heading=h, value=v, required=False) for h, v in given.values() if v)
    return (*filled, *others)


def missing(values: Iterable[DetailValue]) -> list[str]:
    """Return the headings of required details that have no value."""
    return [detail.heading for detail in values if detail.required and detail.value is None]


def _filled(detail: Detail, given: dict[str, tuple[str, str]]) -> DetailValue:
    """Remove the value of a detail from those that are given: under its first heading that has one."""
    first = detail.headings[0]
    for heading, key in (
        *((heading, alike(heading)) for heading in detail.headings),
        (first, alike(detail.name)),
    ):
        if given.get(key, ("", ""))[1]:
            return DetailValue(heading=heading, value=given.pop(key)[1], required=detail.required)
    return DetailValue(heading=first, value=None, required=detail.required)


def _read(text: str) -> list[tuple[str, str]]:
    """Read headings and values; a value without a word, such as a dash, counts as empty."""
    if len(text) > LONGEST:
        raise ValueError(f"it has {len(text)} characters; {LONGEST} are allowed.")
    pairs: list[tuple[str, str]] = []
    for line in text.splitlines():
        if match := _BOLD.fullmatch(line):
            pairs.append((match["heading"].strip(), match["value"]))
        elif pairs:
            heading, value = pairs[-1]
            pairs[-1] = heading, f"{value}\n{line}"
    found = pairs or _mapping(text)
    return [(heading, value.strip() if re.search(r"\w", value) else "") for heading, value in found]


def _mapping(text: str) -> list[tuple[str, str]]:
    if not text.strip():
        return []
    try:
        value = yaml.read_texts(text.encode())
    except DocumentError as error:
        raise ValueError(f"{_FORM} {error}") from error
    if not isinstance(value, dict) or any(isinstance(item, dict | list) for item in value.values()):
        raise ValueError(_FORM)
    return [(str(key), "" if item is None else str(item)) for key, item in value.items()]
