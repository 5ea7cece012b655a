"""The audit of what gates, reports and deployments left on GitHub."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import click
import pytest

from approval_gate.core.marker import read_marker
from approval_gate.emulator.world import Comment, Issue, Revision
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.whole.audits import ACCOUNT, HERE, Audited, Terminal, run_audit
from tests.whole.stage import Stage
from tests.whole.test_policy import EMERGENCY, FILE, POLICY, UNDER, add_policy

BOT = "acme-approval-gate[bot]"


@pytest.fixture
def approved(stage: Stage) -> Stage:
    """A stage on which a gate approved, the commit was deployed, and the result was reported."""
    stage.says(1, "cid", "approve")
    stage.says(2, "lea", "approve")
    assert stage.run({"keep-issue-open": "true"}).status == "approved"
    stage.passed += 60
    deploy(stage)
    stage.report("success")
    return stage


def deploy(stage: Stage, commit: str = COMMIT, environment: str = "production") -> None:
    url = "https://github.com/acme/shop/actions/runs/4242/job/1"
    stage.world.deploy(REPOSITORY, environment, commit, "IN_PROGRESS", "SUCCESS", log_url=url)


def issue(stage: Stage) -> Issue:
    return stage.world.issue(REPOSITORY, 1)


def comment(stage: Stage, name: str) -> Comment:
    return next(it for it in issue(stage).comments if f" {name}" in it.body.splitlines()[-1])


def read(done: Audited) -> dict[str, Any]:
    assert done.exit_code == 0, done.err
    return dict(json.loads(done.out))


def audited(stage: Stage, *arguments: str) -> dict[str, Any]:
    return read(run_audit(stage, "--format", "json", *arguments))


def kinds(found: dict[str, Any]) -> list[str]:
    return [it["kind"] for it in found["findings"]]


# Rows ------------------------------------------------------------------------------------


def test_an_approved_deployment_is_a_row_without_a_finding(approved: Stage) -> None:
    found = audited(approved)
    (row,) = found["requests"]
    del row["digest"], row["reason"]
    assert row == {
        "repository": "acme/shop",
        "reference": "acme/shop#1",
        "url": row["url"],
        "asked_at": "2026-03-02T14:00:00Z",
        "asked_by": "dee",
        "type": "standard",
        "version": "v1.2.3",
        "environment": "production",
        "commit": COMMIT,
        "outcome": "approved",
        "approvers": ["cid (devops-team)", "lea (platform-leads)"],
        "decided_at": row["decided_at"],
        "minutes": 2,
        "result": "deployed",
        "rolled_back": False,
        "rolled_back_to": None,
        "follow_up": None,
        "self_approved": False,
        "record": "ok",
        "problem": None,
        "details": {},
        "run_url": row["run_url"],
        "logs_kept_days": row["logs_kept_days"],
    }
    assert found["findings"] == []
    assert [(it["commit"], it["approved_by"]) for it in found["deployments"]] == [(COMMIT, "acme/shop#1")]


def test_a_label_that_somebody_removed_hides_nothing(approved: Stage) -> None:
    issue(approved).labels = []
    assert [it["outcome"] for it in audited(approved)["requests"]] == ["approved"]


def test_a_request_that_waits_is_a_row_without_a_finding(stage: Stage) -> None:
    stage.at(10, lambda: rows.append(audited(stage)))
    rows: list[dict[str, Any]] = []
    stage.run()
    (found,) = rows
    assert [(it["outcome"], it["record"]) for it in found["requests"]] == [("waiting", "missing")]
    assert found["findings"] == []


@pytest.mark.parametrize("end", ["denied", "timed-out"])
def test_every_outcome_is_read_from_its_record(stage: Stage, end: str) -> None:
    if end == "denied":
        stage.says(1, "cid", "deny - the migration is untested")
    stage.run()
    (row,) = audited(stage)["requests"]
    assert (row["outcome"], row["record"], row["approvers"]) == (end, "ok", [])
    assert row["reason"]


def test_a_rollback_and_an_overdue_follow_up_are_read_from_the_report(stage: Stage) -> None:
    add_policy(stage, POLICY)
    stage.says(1, "lea", "approve - checked")
    given = {**UNDER, **EMERGENCY, "keep-issue-open": "true"}
    assert stage.run(given).status == "approved"
    results = {"rollback-result": "success", "rolled-back-to": "v1.2.2", "policy-file": FILE}
    assert stage.report("failure", results).exit_code == 0
    (row,) = audited(stage)["requests"]
    assert (row["result"], row["rolled_back"], row["rolled_back_to"]) == ("rolled-back", True, "v1.2.2")
    assert (row["type"], row["follow_up"]["number"], row["follow_up"]["open"]) == ("emergency", 2, True)
    stage.passed += 72 * 3600
    found = audited(stage)
    assert kinds(found) == ["overdue-follow-up"]
    stage.world.close_issue(REPOSITORY, 2, by="lea")
    assert kinds(audited(stage)) == []


# Records ---------------------------------------------------------------------------------


def test_an_edited_closing_comment_is_touched_even_if_it_was_edited_back(approved: Stage) -> None:
    closing = comment(approved, "closing")
    text = closing.body
    approved.world.edit_comment(closing.id, by="mallory", body="Nothing to see.")
    found = audited(approved)
    assert [it["record"] for it in found["requests"]] == ["touched"]
    approved.world.edit_comment(closing.id, by="mallory", body=text)
    found = audited(approved)
    assert [it["record"] for it in found["requests"]] == ["touched"]
    assert kinds(found) == ["touched-record", "unapproved-deployment"]
    assert found["findings"][1]["text"].endswith("the record of acme/shop#1 is touched.")


def test_a_record_that_says_something_else_is_forged_and_is_not_shown(approved: Stage) -> None:
    closing = comment(approved, "closing")
    first = closing.revisions[0]
    forged = (first.text or "").replace("v1.2.3", "v6.6.6")
    closing.revisions[0] = Revision(forged, first.by, first.at)
    found = audited(approved)
    (row,) = found["requests"]
    assert (row["record"], row["outcome"], row["version"]) == ("forged", "unknown", None)
    assert kinds(found) == ["forged-record", "unapproved-deployment"]


def test_a_strangers_copy_of_the_record_is_ignored_and_alone_it_is_forged(approved: Stage) -> None:
    closing = comment(approved, "closing")
    approved.world.comment(REPOSITORY, 1, "mallory", closing.body)
    assert [it["record"] for it in audited(approved)["requests"]] == ["ok"]
    approved.world.delete_comment(closing.id, by="mallory")
    found = audited(approved)
    assert [it["record"] for it in found["requests"]] == ["forged"]
    assert "Another account wrote the only record." in found["findings"][0]["text"]


def test_the_record_of_another_issue_is_forged(approved: Stage) -> None:
    other = approved.world.open_issue(REPOSITORY, BOT, "Another", issue(approved).body)
    approved.world.comment(REPOSITORY, other.number, BOT, comment(approved, "closing").body)
    found = audited(approved)
    assert [it["record"] for it in found["requests"]] == ["ok", "forged"]
    assert "The record is about another issue." in found["findings"][0]["text"]


def test_a_deleted_closing_comment_is_missing_once_nobody_can_answer(approved: Stage) -> None:
    approved.world.delete_comment(comment(approved, "closing").id, by="mallory")
    approved.passed += 6 * 24 * 3600
    found = audited(approved)
    assert [(it["record"], it["outcome"]) for it in found["requests"]] == [("missing", "unknown")]
    assert kinds(found) == ["missing-record", "unapproved-deployment"]


def test_an_issue_of_a_stranger_with_our_marker_is_not_read(approved: Stage) -> None:
    approved.world.open_issue(REPOSITORY, "mallory", "Forged", issue(approved).body)
    assert len(audited(approved)["requests"]) == 1


def test_the_last_comments_come_with_the_list_and_others_by_a_request_of_their_own(approved: Stage) -> None:
    usual = run_audit(approved, "--format", "json")
    for number in range(12):
        approved.world.comment(REPOSITORY, 1, "ann", f"Thanks, {number}.")
    flooded = run_audit(approved, "--format", "json")
    assert read(flooded)["requests"] == read(usual)["requests"]
    assert len(flooded.requests) == len(usual.requests) + 1


def test_an_edited_report_is_doubtful(approved: Stage) -> None:
    approved.world.edit_comment(
        comment(approved, "result-").id, by="mallory", body=comment(approved, "result-").body
    )
    assert kinds(audited(approved)) == ["doubtful-result"]


# Deployments -----------------------------------------------------------------------------


def test_a_deployment_that_nobody_approved_is_found(approved: Stage) -> None:
    deploy(approved, "f00d" * 10)
    found = audited(approved)
    (finding,) = found["findings"]
    assert (
        finding["text"] == "f00df00 was deployed to production, and no request for this commit is on record."
    )
    assert finding["url"] == "https://github.com/acme/shop/actions/runs/4242/job/1"


def test_only_the_environments_that_are_given_are_compared(approved: Stage) -> None:
    deploy(approved, "f00d" * 10, "staging")
    assert audited(approved)["environments"] == ["production"]
    found = audited(approved, "--environment", "staging")
    assert (found["requests"], kinds(found)) == ([], ["unapproved-deployment"])


def test_an_approval_whose_deployment_never_came_is_found(stage: Stage) -> None:
    stage.says(1, "cid", "approve")
    stage.says(2, "lea", "approve")
    stage.run()
    assert kinds(audited(stage)) == []
    stage.passed += 7 * 3600
    assert kinds(audited(stage)) == ["approval-without-result"]


# Organisations ---------------------------------------------------------------------------


def test_an_organisation_is_audited_where_the_account_has_issues(approved: Stage) -> None:
    world = approved.world
    for name in ("acme/quiet", "acme/ungated"):
        world.repo(name)
        world.permit(name, "read", "auditor")
    world.deploy("acme/ungated", "production", "f00d" * 10, "SUCCESS")
    done = run_audit(approved, "--format", "json", where=("--organization", "acme", *ACCOUNT))
    found = read(done)
    assert [it["name"] for it in found["repositories"]] == [REPOSITORY]
    assert [it["outcome"] for it in found["requests"]] == ["approved"]
    assert [(it["about"], it["text"]) for it in found["findings"]] == [
        ("acme/ungated", "It has deployments to production, and no request for approval.")
    ]
    assert len(done.requests) == 5


def test_where_github_finds_no_issue_by_author_all_are_read(
    approved: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from approval_gate.emulator import issue_lists  # noqa: PLC0415 - patched

    whole = issue_lists.listed

    def without_bots(repo: Any, states: Any, labels: Any, filters: Any, order: Any) -> Any:
        return [] if "createdBy" in filters else whole(repo, states, labels, filters, order)

    monkeypatch.setattr(issue_lists, "listed", without_bots)
    approved.world.open_issue(REPOSITORY, "mallory", "Forged", issue(approved).body)
    assert [it["record"] for it in audited(approved)["requests"]] == ["ok"]
    there = run_audit(approved, "--format", "json", where=("--organization", "acme", *ACCOUNT))
    assert [it["record"] for it in read(there)["requests"]] == ["ok"]


# Endings ---------------------------------------------------------------------------------


def test_findings_fail_only_if_asked_to(approved: Stage) -> None:
    assert run_audit(approved, "--fail-on-findings").exit_code == 0
    deploy(approved, "f00d" * 10)
    assert run_audit(approved).exit_code == 0
    assert run_audit(approved, "--fail-on-findings").exit_code == 1


def test_a_page_that_fails_halfway_is_no_partial_success(approved: Stage) -> None:
    target = approved.folder / "audit.html"
    target.write_text("of yesterday", encoding="utf-8")
    approved.fault(method="POST", path="/graphql", first=4, times=None)
    done = run_audit(approved, "--output", str(target))
    assert (done.exit_code, done.out) == (5, "")
    assert target.read_text(encoding="utf-8") == "of yesterday"
    assert [it.name for it in approved.folder.iterdir() if "audit" in it.name] == ["audit.html"]


@pytest.mark.parametrize("name", ["audit.html", "audit.csv", "audit.json", "audit.txt"])
def test_the_files_ending_chooses_the_format_and_the_summary_is_shown(approved: Stage, name: str) -> None:
    target = approved.folder / name
    done = run_audit(approved, "--output", str(target))
    begin = {"html": "<!doctype html>", "csv": '"kind"', "json": "{", "txt": "ISSUE"}[name.split(".")[1]]
    assert target.read_text(encoding="utf-8").startswith(begin)
    assert (done.exit_code, done.out) == (0, "")
    assert "1 request: 1 approved\n" in done.err
    assert "No findings.\n" in done.err


def test_the_table_has_the_request_and_what_is_out_of_reach(approved: Stage) -> None:
    done = run_audit(approved)
    heading, row, *rest = done.out.splitlines()
    assert heading.split()[:2] == ["ISSUE", "ASKED"]
    assert re.sub(r"  +", "|", row).split("|")[:3] == ["acme/shop#1", "2026-03-02 14:00", "dee"]
    assert "Out of reach of this audit:" in rest
    assert done.err == ""


def test_a_terminal_shows_the_progress_and_a_file_does_not(approved: Stage) -> None:
    shown = run_audit(approved, err=Terminal()).err
    assert "Reading" in shown
    assert "100%" in shown
    assert "Reading" not in run_audit(approved).err


def test_a_spreadsheet_reads_no_formula(stage: Stage) -> None:
    stage.says(1, "cid", 'deny - =HYPERLINK("https://evil.example")')
    stage.run({"version": "=1+1"})
    rows = [*csv.DictReader(StringIO(run_audit(stage, "--format", "csv").out, newline=""))]
    assert [row["version"] for row in rows] == ["'=1+1"]
    assert not [cell for row in rows for cell in row.values() if cell.lstrip()[:1] in {*"=+-@"} and cell]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ((), "Name what to audit"),
        (("--repository", "shop"), "'shop' is not a repository"),
        (("--repository", REPOSITORY, "--organization", "acme"), "are both given"),
        ((*HERE, "--output", "/none/audit.html"), "there is no folder /none"),
        ((*HERE, "--days", "0"), "0 is not in the range"),
    ],
)
def test_a_wrong_option_is_refused_before_github_is_asked(
    stage: Stage, where: tuple[str, ...], says: str
) -> None:
    with pytest.raises(click.UsageError, match=re.escape(says)):
        run_audit(stage, where=where)
    assert stage.world.requests == []


def test_without_a_token_nothing_is_asked(stage: Stage) -> None:
    with pytest.raises(click.UsageError, match="There is no token"):
        run_audit(stage, token=" ")


def test_a_repository_that_the_token_cannot_see_is_an_error(stage: Stage) -> None:
    done = run_audit(stage, where=("--repository", "acme/hidden"))
    assert done.exit_code == 5
    assert "GitHub does not show acme/hidden to this token." in done.err


def test_an_organisation_that_does_not_exist_is_an_error(stage: Stage) -> None:
    done = run_audit(stage, where=("--organization", "nobody"))
    assert done.exit_code == 5
    assert "GitHub does not show the organisation nobody to this token." in done.err


def test_a_token_without_the_permission_is_an_error(approved: Stage) -> None:
    approved.world.token("bare", login=BOT, app="gate", permissions={"issues": "read"}, repos=[REPOSITORY])
    done = run_audit(approved, token="bare")
    assert done.exit_code == 5
    assert "The token cannot read the deployments of acme/shop." in done.err
    assert "`deployments: read`" in done.err


def test_a_token_that_is_not_valid_is_an_error(stage: Stage) -> None:
    assert run_audit(stage, token="expired").exit_code == 5
    done = run_audit(stage, token="a\tb")
    assert (done.exit_code, "no token has" in done.err) == (2, True)


def test_a_file_that_cannot_be_written_is_an_error(approved: Stage) -> None:
    (approved.folder / "there").mkdir()
    (approved.folder / "there" / "audit.csv").mkdir()
    with pytest.raises(click.UsageError, match="is a directory"):
        run_audit(approved, "--output", str(approved.folder / "there" / "audit.csv"))
    name = "x" * 250
    done = run_audit(approved, "--output", str(approved.folder / name))
    assert done.exit_code == 2
    assert "cannot be written: File name too long" in done.err


def test_a_repository_of_an_organisation_that_cannot_be_read_is_a_finding(approved: Stage) -> None:
    seen: list[str] = []

    def hide(request: Any) -> None:
        seen.append(request.path)
        if len(seen) == 2:
            approved.world.repos[REPOSITORY].roles.clear()

    run_audit(approved)
    approved.world.script.append(hide)
    done = run_audit(approved, "--format", "json", where=("--organization", "acme", *ACCOUNT))
    found = read(done)
    assert [(it["kind"], it["about"]) for it in found["findings"]] == [("unread-repository", REPOSITORY)]


def test_a_request_from_before_the_days_is_not_listed(approved: Stage) -> None:
    approved.passed += timedelta(days=3).total_seconds()
    assert audited(approved, "--days", "2")["requests"] == []
    assert len(audited(approved, "--days", "4")["requests"]) == 1


def test_markers_alone_make_no_request(approved: Stage) -> None:
    assert read_marker(issue(approved).body).nonce
    approved.world.open_issue(REPOSITORY, BOT, "A follow-up", "No marker.")
    assert len(audited(approved)["requests"]) == 1
