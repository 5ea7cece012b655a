"""What is deployed, by the digests of its artifacts."""

import re
from dataclasses import dataclass

MOST = 1_000
"""The most artifacts of a deployment: an attestation by actions/attest has room for 1,024 subjects."""

LONGEST = 100_000
"""The most characters of them all: with more, no program could be started with them in a variable
(https://man7.org/linux/man-pages/man2/execve.2.html, MAX_ARG_STRLEN)."""

_NAME = re.compile(r"[!-~]{1,255}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_SHOWN = 100
_FORM = "Write `name@sha256:…`, with the 64 digits of its SHA-256."


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Something that is deployed: its name, and its digest, ``sha256:<hex>``."""

    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}"

    @property
    def checksum(self) -> str:
        """The artifact as a line of ``sha256sum``, which actions/attest reads too."""
        return f"{self.digest.removeprefix('sha256:')}  {self.name}\n"


def parse(text: str) -> tuple[Artifact, ...]:
    """Read artifacts, one a line: ``shop-api@sha256:…``. A line that is there twice counts once.

    Raises:
        ValueError: what is wrong with the first line that cannot be used, and what to write there.
    """
    lines = {line.strip(): number for number, line in reversed([*enumerate(text.split("\n"), 1)])}
    lines.pop("", None)
    if len(lines) > MOST:
        raise ValueError(f"it has {len(lines):,} artifacts, and {MOST:,} are the most that it takes.")
    if len(text) > LONGEST:
        raise ValueError(f"it has {len(text):,} characters, and {LONGEST:,} are the most that it takes.")
    found: dict[str, tuple[Artifact, int]] = {}
    for line, number in sorted(lines.items(), key=lambda item: item[1]):
        if problem := _problem(line):
            raise ValueError(f"line {number}: {problem}")
        name, _, digest = line.rpartition("@")
        other = found.setdefault(name, (Artifact(name=name, digest=digest), number))
        if other[1] != number:
            raise ValueError(
                f"line {number}: {name[:_SHOWN]!r} has another digest on line {other[1]}. "
                "Give each artifact a name of its own."
            )
    return tuple(artifact for artifact, _ in found.values())


def _problem(line: str) -> str:
    """Say what is wrong with a line, and what to write; empty if nothing is."""
    name, _, digest = line.rpartition("@")
    shown = f"{line[:_SHOWN]!r}"
    if line.lower().count("@sha256:") > 1:
        return f"{shown} has several digests. Write each artifact on a line of its own."
    if _DIGEST.fullmatch(digest.lower()) and digest != digest.lower():
        return f"its digest is in capitals. Write `{digest.lower()}`."
    if not _DIGEST.fullmatch(digest):
        return f"{shown} has no SHA-256 digest at its end. {_FORM}"
    if not _NAME.fullmatch(name) or "\\" in name:
        return (
            f"{name[:_SHOWN]!r} is not a name: letters, digits and signs of ASCII without blanks or "
            "backslashes, 255 at most. Name the image or the file, such as `ghcr.io/acme/shop`."
        )
    return ""
