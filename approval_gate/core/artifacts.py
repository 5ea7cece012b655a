"""What is deployed, by the digests of its artifacts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Something that is deployed: its name, and its digest, ``sha256:<hex>``."""

    name: str
    digest: str
