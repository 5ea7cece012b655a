"""The attestation of a record, verified offline by Sigstore's own library as `gh attestation verify` does."""

import hashlib
import json
import os
import re
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
def verified(records: Path, subjects: Path, packages: Path) -> Mapping[str, Any]:
    """What the script found: the verified statements, and why forgeries are refused."""
    done = subprocess.run(
        ["node", "--input-type=module", "-"],  # noqa: S607 - whichever Node is there
        input=SCRIPT.read_text(encoding="utf-8"),
        cwd=packages,
        env={**os.environ, "RECORDS": str(records), "SUBJECTS": str(subjects), "PREDICATE_TYPE": PREDICATE},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_subjects_of_an_attestation_are_the_records_file_and_of_an_approval_the_artifacts(
    records: Path, verified: Mapping[str, Any]
) -> None:
    numbers = 0
    for path in records.iterdir():
        (first, *others), record = verified["statements"][path.name]["subject"], json.loads(path.read_bytes())
        assert first["digest"] == {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        assert re.fullmatch(r"approval-gate-[0-9]+-[0-9]+(-[0-9]+)?\.json", first["name"])
        named = [{"name": it["name"], "digest": f"sha256:{it['digest']['sha256']}"} for it in others]
        assert named == (record["request"]["artifacts"] if record["outcome"] == "approved" else [])
        numbers += len(named)
    assert numbers == 2


def test_an_attestation_is_found_by_the_digest_of_an_approved_artifact(verified: Mapping[str, Any]) -> None:
    assert verified["artifact"] == ["ghcr.io/acme/shop-api", "approved"]


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
