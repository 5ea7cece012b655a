"""Every leaf of recorded runs is changed, one at a time, and the digest made to fit."""

from tests.core.evidence import leaves, name, others, put, record
from tests.core.test_record_verification import DERIVED, LIED, covers, failures, listed


def lies(run: str) -> tuple[tuple[str, bool], ...]:
    """Change each kind of field of a record in each way, and return whether that is caught."""
    whole, found, seen = record(run), [], set()
    for path, value in leaves(whole):
        if name(path) not in seen and path != ("digest",):
            found += [(name(path), bool(failures(put(whole, path, other)))) for other in others(value)]
        seen.add(name(path))
    return tuple(found)


def test_every_lie_about_what_is_derived_is_caught_and_the_document_lists_all_others() -> None:
    told = [lie for run in LIED for lie in lies(run)]
    missed = {path for path, caught in told if not caught}
    inputs = [*listed("`--policy`"), *listed("`--thread`")]
    assert {path for path in missed if path.startswith(DERIVED)} == set()
    assert {path for path in missed if not covers(inputs, path)} == set()
    assert [field for field in inputs if not any(covers([field], path) for path in missed)] == []
    assert not covers(inputs, "decision.approvers.*.id")
    always = listed("every time")
    assert [field for field in always if not any(covers([field], path) for path, _ in told)] == ["digest"]
    assert {path for path in missed if covers(always, path)} == set()
