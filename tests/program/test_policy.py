"""``policy check``, ``policy schema`` and ``policy explain``, as somebody calls them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from approval_gate.cli import main
from approval_gate.core import document

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "approval-policy.yml"


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["policy", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_the_example_is_in_order_and_its_votes_that_cannot_decide_are_noted() -> None:
    done = call("check", str(EXAMPLE))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "note: deployments.emergency: an approval of devops counts, but can never decide.",
        "note: deployments.emergency: an approval of sre counts, but can never decide.",
        f"{EXAMPLE}: in order. Types of deployment: standard, hotfix, emergency.",
    ]


def test_what_is_wrong_is_told_as_a_compiler_does(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace("minimum-approvals: 1", "minimum: 1"))
    done = call("check", str(file))
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert lines[0] == f"{file}:27: deployments.emergency.minimum-approvals: it is missing."
    assert lines[1].startswith(f"{file}:28: deployments.emergency.minimum: this key is not known; there are")
    assert len(lines) == 2


def test_what_is_no_yaml_at_all_has_a_line_and_no_path(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_bytes(b"version: 1\nroles: &all {}\n")
    assert call("check", str(file)).stderr == (
        f"{file}:2: it has an anchor or an alias; write the values out.\n"
    )


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    done = call("check", str(tmp_path / "none.yml"))
    assert done.exit_code == 2
    assert "There is no file " in done.stderr


def test_the_schema_is_printed() -> None:
    assert json.loads(call("schema").stdout) == document.schema()


def test_a_policy_is_explained_as_the_processs_matrix_and_in_words() -> None:
    said = call("explain", str(EXAMPLE)).stdout
    assert (
        said
        == """\
                standard  hotfix    emergency
platform-owner  suffices  suffices  suffices
platform-lead   yes       yes       suffices
devops          yes       yes       cannot decide
sre             yes       yes       cannot decide, with a note

standard: 2 people of platform-owner, platform-lead, devops or sre must approve within 60 minutes.
  platform-owner may approve alone.
  Whoever may approve may deny, with a reason.

hotfix: 2 people of platform-owner, platform-lead, devops or sre must approve within 60 minutes.
  platform-owner may approve alone.
  Whoever may approve may deny, with a reason.

emergency: 1 person of platform-owner, platform-lead, devops or sre must approve within 30 minutes.
  platform-owner may approve alone.
  Among them must be 1 of platform-lead or platform-owner.
  An approval of sre counts only with a note.
  The request must say: Incident, Root Cause, Justification and Post-Mortem.
  Whoever may approve may deny, with a reason.

Only refs/heads/main and refs/tags/v* may be deployed.
"""
    )


def test_who_is_excluded_and_who_has_no_vote_is_explained_too(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(
        "version: 1\n"
        "roles: {lead: {members: [ann]}, ops: {members: [bob]}}\n"
        "deployments:\n"
        "  standard: {minimum-approvals: 1, timeout-minutes: 5, approvers: [lead]}\n"
        "  night: {minimum-approvals: 1, timeout-minutes: 5, approvers: [ops]}\n"
        "exclude: [workflow-initiator]\n"
    )
    said = call("explain", str(file)).stdout
    assert said.startswith("      standard  night\nlead  suffices  no\nops   no        suffices\n")
    assert said.endswith("\n\nWhoever asked for the deployment may not approve, but may deny.\n")


@pytest.mark.parametrize(
    ("word", "strangers"),
    [
        ("commit-authors", "If one of its authors has no account, nothing is opened."),
        ("known-commit-authors", "Its authors who have no account are counted, and cannot be barred."),
    ],
)
def test_what_becomes_of_authors_is_explained(tmp_path: Path, word: str, strangers: str) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(f"{EXAMPLE.read_text(encoding='utf-8')}\nexclude: [workflow-initiator, {word}]\n")
    assert call("explain", str(file)).stdout.endswith(
        "\nWhoever asked for the deployment or wrote or committed anything since the environment's last "
        f"successful deployment may not approve, but may deny.\n{strangers}\n"
    )


def test_the_inputs_of_a_step_are_explained_as_the_policy_that_they_are() -> None:
    step = ("--approvers", "devops-team,platform-leads,ayo-anu", "--minimum-approvals", "2")
    assert (
        call("explain", *step).stdout
        == """\
                standard
devops-team     yes
platform-leads  yes
ayo-anu         yes

standard: 2 people of devops-team, platform-leads or ayo-anu must approve within 60 minutes.
  Whoever may approve may deny, with a reason.
"""
    )
    said = call("explain", *step, "--approve-alone", "ayo-anu", "--timeout-minutes", "5").stdout
    assert "\nayo-anu         suffices\n" in said
    assert "must approve within 5 minutes.\n  ayo-anu may approve alone.\n" in said
    votes = ("--roster", "ann=devops-team,lea=platform-leads", "--votes", "ann=approve,lea=lgtm")
    assert call("explain", *step, *votes).stdout.startswith("approved: Approved by ann and lea.\n")


def test_where_everybody_must_approve_nobody_suffices() -> None:
    said = call("explain", "--approvers", "ann,bob").stdout
    assert said.startswith("     standard\nann  yes\nbob  yes\n")
    assert "standard: all people of ann or bob must approve" in said


ROSTER = "ann=devops,bob=platform-lead,sue=sre,ayo-anu=platform-owner"


@pytest.mark.parametrize(
    ("kind", "votes", "said"),
    [
        (
            "emergency",
            "ann=approve,sue=approve",
            [
                "pending: 0 of 1 approval; bob or ayo-anu can give it as platform-lead or platform-owner.",
                "  ann: approve, counts, but cannot decide: another role must approve",
                "  sue: approve, has to say why this must be: comment `approve - your reason`",
            ],
        ),
        (
            "standard",
            "ann=approve,bob=deny - not tested,eve=approve",
            [
                "denied: Denied by bob.",
                "  ann: approve, counts",
                "  bob: deny, counts",
                "  eve: approve, is not among the approvers",
            ],
        ),
        (
            "standard",
            " ann=approve , sue=approve - fine",
            ["approved: Approved by ann and sue.", "  ann: approve, counts", "  sue: approve, counts"],
        ),
        (
            "hotfix",
            "ayo-anu=approve",
            [
                "approved: Approved by ayo-anu, who may approve alone.",
                "  ayo-anu: approve, counts",
            ],
        ),
    ],
)
def test_what_some_votes_would_come_to(kind: str, votes: str, said: list[str]) -> None:
    done = call("explain", str(EXAMPLE), "--deployment-type", kind, "--roster", ROSTER, "--votes", votes)
    assert (done.exit_code, done.stdout.splitlines()) == (0, said)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--votes", "ann"), "--votes: 'ann' is not followed by `=` and something."),
        (("--votes", "ann=approve", "--roster", "ann="), "--roster: 'ann' is not followed by"),
        (("--votes", "=approve"), "--votes: '' is not followed by"),
        (("--votes", "ann=approve", "--roster", "ann=boss"), "--roster: there is no role 'boss'; there are "),
        (
            ("--votes", "ann=approve", "--deployment-type", "night"),
            "There is no type 'night'; there are standard, hotfix, emergency.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], problem: str) -> None:
    done = call("explain", str(EXAMPLE), *arguments)
    assert done.exit_code == 2
    assert problem in done.stderr
