"""The canonical form of a record, by RFC 8785, and its digest: the same in every language."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from rfc8785 import dumps

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""


def canonical(value: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
    """Write a JSON value by RFC 8785: on one line, keys sorted, no blanks.

    Raises:
        ValueError: the value has no canonical form, such as a lone surrogate or a number beyond 2^53.
    """
    return dumps(value).decode()


def size(value: Any) -> int:  # noqa: ANN401 - the same
    """Return about how many characters the canonical form has, in a tenth of the time."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record without its digest, as ``sha256:<hex>``.

    Raises:
        ValueError: see :func:`canonical`.
    """
    body = {key: value for key, value in document.items() if key != "digest"}
    return sha256(canonical(body))


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as ``sha256:<hex>``."""
    return "sha256:" + hashlib.sha256(readable(text).encode()).hexdigest()


def indented(value: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
    """Write a JSON value for people: that of the canonical form, with line ends and readable letters."""
    return _visible(json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False))


def compact(value: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
    """Write a JSON value as short as it can be shown to people: on one line, with readable letters."""
    return _visible(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def readable(text: str) -> str:
    """Replace lone surrogates, which are not characters and which UTF-8 cannot have."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _visible(text: str) -> str:
    """Escape what cannot be seen in JSON, since it could reorder or hide what is around it."""
    return "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))


def _escaped(line: str) -> str:
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
