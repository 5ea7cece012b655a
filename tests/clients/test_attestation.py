"""The attestation of a record, verified offline by Sigstore's own library as `gh attestation verify` does."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from approval_gate.core.record.canonical import canonical
from tests.docs.test_examples import PREDICATE

SCRIPT = Path(__file__).with_name("attestation.mjs")
FORGERIES = {
    "a changed byte of the record": "another subject",
    "a changed byte of the statement": "signature verification failed",
    "another statement under the signature": "signature verification failed",
    "another workflow": "certificate identity error",
    "another predicate type": "another predicate type",
    "other authorities": "timestamp could not be verified",
}
"""Each forgery, and how the reason begins for which it is refused."""


@pytest.fixture(scope="module")
def verified(records: Path, packages: Path) -> Mapping[str, Any]:
    """What the script found: the verified statements, and why forgeries are refused."""
    done = subprocess.run(
        ["node", "--input-type=module", "-"],  # noqa: S607 - whichever Node is there
        input=SCRIPT.read_text(encoding="utf-8"),
        cwd=packages,
        env={**os.environ, "RECORDS": str(records), "PREDICATE_TYPE": PREDICATE},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_subject_of_an_attestation_is_the_records_file(
    records: Path, verified: Mapping[str, Any]
) -> None:
    subjects = {name: statement["subject"] for name, statement in verified["statements"].items()}
    assert subjects == {
        path.name: [{"name": path.name, "digest": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}}]
        for path in records.iterdir()
    }


def test_the_bytes_of_a_record_can_be_restored_from_its_attestation(
    records: Path, verified: Mapping[str, Any]
) -> None:
    for path in records.iterdir():
        predicate = verified["statements"][path.name]["predicate"]
        assert canonical(predicate).encode() == path.read_bytes()


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_attestation_is_refused(verified: Mapping[str, Any], forgery: str) -> None:
    assert verified["refused"]["nothing"] == [None]
    assert {reason.partition(" - ")[0] for reason in verified["refused"][forgery]} == {FORGERIES[forgery]}
