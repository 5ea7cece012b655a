"""The record of a run as JSON: what is given, what is decided from, and what follows."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from approval_gate.core.artifacts import Artifact
from approval_gate.core.model import Outcome
from approval_gate.core.record.canonical import canonical, digest
from approval_gate.core.record.conclude import Asked, derived
from approval_gate.core.record.model import SCHEMA, Derived, Given, Inputs
from approval_gate.core.record.plain import plain, typed
from approval_gate.core.record.trimming import trimmed


def document(given: Given, inputs: Inputs) -> dict[str, Any]:
    """Build the record of a run as plain JSON values, its digest included."""
    kept, left_out = trimmed(inputs)
    body = {
        "schema": SCHEMA,
        **plain(given),
        "inputs": plain(kept),
        "left_out": plain(left_out),
        **plain(derived(kept, asked(given))),
    }
    return {**body, "digest": digest(body)}


def asked(given: Given) -> Asked:
    """Return what people were asked about, as far as it is known."""
    return Asked(
        commit=given.request.commit,
        policy=given.policy.digest if given.policy else None,
        issue_url=given.issue.url if given.issue else None,
    )


def outputs_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the job's outputs that come from a record, the record included.

    The reason is followed by the issue's address.
    """
    decision, issue = document["decision"] or {}, document["issue"] or {}
    return {
        "approval-status": document["outcome"],
        "reason-code": document["reason_code"],
        "reason": " ".join(filter(None, (document["reason"], issue.get("url")))),
        "approvers": ",".join(person["login"] for person in decision.get("approvers", ())),
        "denied-by": ",".join(person["login"] for person in decision.get("denied_by", ())),
        "decision": canonical(document),
    }


def subjects_of(document: Mapping[str, Any], file: Artifact) -> str:
    """Return what an attestation of a record is about, a line each as ``sha256sum`` writes them.

    It is the record's file. Only an approval is about the artifacts too: so no attestation of a denial is
    found where an artifact's approval is looked for.
    """
    deployed = typed(tuple[Artifact, ...], document["request"]["artifacts"])
    approved = document["outcome"] == Outcome.APPROVED
    return "".join(it.checksum for it in (file, *(deployed if approved else ())))


# Deciding again -------------------------------------------------------------------------


def inputs_of(document: Mapping[str, Any]) -> Inputs:
    """Read back what a record's outcome was derived from.

    Raises:
        ValueError: they are not of this schema.
    """
    if document.get("schema") != SCHEMA or "inputs" not in document:
        raise ValueError(f"not a record of schema {SCHEMA} with inputs")
    try:
        inputs = typed(Inputs, document["inputs"])
    except ValueError as error:
        raise ValueError(f"the record's inputs are malformed: {error}") from error
    assert isinstance(inputs, Inputs)  # noqa: S101 - typed builds what it is asked for
    return inputs


def rederived(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything in a record that is derived, as it follows from the rest of it.

    Raises:
        ValueError: see :func:`inputs_of`; or what people were asked about is not of this schema.
    """
    about = Asked(
        commit=_text(document, "request", "commit"),
        policy=_text(document, "policy", "digest"),
        issue_url=_text(document, "issue", "url"),
    )
    again: dict[str, Any] = plain(derived(inputs_of(document), about))
    return again


DERIVED = tuple(field.name for field in fields(Derived))
"""The keys of a record that follow from the rest of it, the digest excepted."""


def _text(document: Mapping[str, Any], part: str, key: str) -> str | None:
    found = document.get(part)
    text = found.get(key) if isinstance(found, dict) else None
    if text is not None and not isinstance(text, str):
        raise ValueError(f"the record's {part} is malformed: {key} is not a text")
    return text
