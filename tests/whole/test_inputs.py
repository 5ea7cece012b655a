"""Bad input gets a clear error that names it, exit code 2, no traceback and no issue."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from approval_gate import __version__
from approval_gate.cli import main
from tests.whole.stage import Ended, Stage

BAD = {
    "no approvers": ({"approvers": ""}, "approvers: no names are given"),
    "blank approvers": ({"approvers": "  "}, "approvers: no names are given"),
    "a blank token": ({"token": "  "}, "token: it is missing"),
    "only commas": ({"approvers": " , ,\n"}, "approvers: no names are given"),
    "too many approvers": (
        {"approvers": ",".join(f"u{n}" for n in range(500))},
        "approvers: 500 names are given",
    ),
    "a name with a slash too many": ({"approvers": "a/b/c"}, 'approvers: "a/b/c" is not a name'),
    "a name with markup": ({"approvers": "<b>ann</b>"}, "approvers:"),
    "a name that climbs": ({"approvers": "../../user"}, "approvers:"),
    "no number": ({"minimum-approvals": "two"}, "minimum-approvals: 'two' is not a whole number"),
    "a number with decimals": (
        {"minimum-approvals": "1.5"},
        "minimum-approvals: '1.5' is not a whole number",
    ),
    "zero": ({"minimum-approvals": "0"}, "minimum-approvals: 0 is not between 1 and 1000"),
    "a negative number": ({"minimum-approvals": "-1"}, "minimum-approvals: -1 is not between"),
    "too large a number": ({"minimum-approvals": "1001"}, "minimum-approvals: 1001 is not between"),
    "a number of a thousand digits": ({"minimum-approvals": "9" * 1000}, "minimum-approvals:"),
    "digits of another script": ({"minimum-approvals": "٢"}, "minimum-approvals: '٢' is not a whole number"),
    "a window of nothing": ({"timeout-minutes": "0"}, "timeout-minutes: 0 is not between"),
    "a window that is no number": ({"timeout-minutes": "nan"}, "timeout-minutes: 'nan' is not a number"),
    "a window without end": ({"timeout-minutes": "inf"}, "timeout-minutes: 'inf' is not a number"),
    "a window of weeks": ({"timeout-minutes": "99999"}, "timeout-minutes: 99999 is not between"),
    "a hectic look": ({"polling-interval-seconds": "0"}, "polling-interval-seconds: 0 is not between"),
    "an unknown boolean": (
        {"fail-on-denial": "maybe"},
        "fail-on-denial: 'maybe' is neither `true` nor `false`",
    ),
    "a boolean of one letter": ({"fail-on-denial": "t"}, "fail-on-denial: 't' is neither"),
    "a boolean in words": ({"close-issue-means-denial": "yes"}, "close-issue-means-denial:"),
    "no token": ({"token": ""}, "token: it is missing"),
    "a token with a line end": ({"token": "a\nb"}, "token: it holds characters that no token has"),
    "two bodies": ({"issue-body": "x", "issue-body-file-path": "y"}, "issue-body and issue-body-file-path"),
    "a word on both sides": (
        {"additional-approved-words": "ship", "additional-denied-words": "Ship"},
        "additional-approved-words: 'ship' already means something else",
    ),
    "a word that denies already": ({"additional-approved-words": "no"}, "additional-approved-words: 'no'"),
    "a word that approves already": ({"additional-denied-words": "LGTM"}, "additional-denied-words: 'LGTM'"),
    "two owners": (
        {"target-repository": "a/b", "target-repository-owner": "c"},
        "target-repository and target-repository-owner name different owners",
    ),
    "a repository that is no name": ({"target-repository": "a b"}, "target-repository: 'acme/a b'"),
    "a body that is not there": ({"issue-body-file-path": "nope.md"}, "issue-body-file-path: 'nope.md'"),
    "a body outside of the workspace": (
        {"issue-body-file-path": "/etc/passwd"},
        "is not under the workspace",
    ),
    "a body that climbs": ({"issue-body-file-path": "../../etc/passwd"}, "is not under the workspace"),
    "a body that is a folder": ({"issue-body-file-path": "folder"}, "is not a regular file"),
    "a body that is a pipe": ({"issue-body-file-path": "pipe"}, "is not a regular file"),
    "a body that leads outside": ({"issue-body-file-path": "link"}, "is a link, or leads over one"),
    "a body that leads into git's folder": ({"issue-body-file-path": "notes.md"}, "is a link, or leads over"),
    "a body over a linked folder": ({"issue-body-file-path": "docs/body.md"}, "is a link, or leads over one"),
    "a body over a folder linked to git's": (
        {"issue-body-file-path": "docs/git/config"},
        "is a link, or leads over one",
    ),
    "a body in git's folder": ({"issue-body-file-path": ".git/config"}, "is under `.git`"),
    "a body in git's folder by another path": (
        {"issue-body-file-path": "folder/../.git/./config"},
        "is under `.git`",
    ),
    "a body in git's folder in capitals": ({"issue-body-file-path": ".GIT/config"}, "is under `.git`"),
    "a body in the git folder of a module": (
        {"issue-body-file-path": "vendor/.git/config"},
        "is under `.git`",
    ),
    "a checkout's token": (
        {"issue-body-file-path": "git-credentials-1b2c.config"},
        "is where a checkout keeps its token",
    ),
    "a link that leads nowhere": ({"issue-body-file-path": "dangling"}, "is a link, or leads over one"),
    "a link in a circle": ({"issue-body-file-path": "circle"}, "issue-body-file-path: 'circle'"),
    "a name with a null": ({"issue-body-file-path": "a\0b"}, "issue-body-file-path:"),
    "a name that is too long": ({"issue-body-file-path": "x" * 300}, "cannot be read (OSError)"),
    "a body that is no text": ({"issue-body-file-path": "binary"}, "cannot be read (UnicodeDecodeError)"),
    "a body that is a book": ({"issue-body-file-path": "book"}, "of 1 MiB at the most"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    place = tmp_path / "workspace"
    (place / "folder").mkdir(parents=True)
    os.mkfifo(place / "pipe")
    (place / "link").symlink_to("/etc/passwd")
    (place / "binary").write_bytes(b"\xff\xfe\x00")
    (place / "book").write_bytes(b"x" * (1024 * 1024 + 1))
    (place / "body.md").write_text("From a *file*.", encoding="utf-8")
    (place / ".git").mkdir()
    (place / ".git" / "config").write_text("AUTHORIZATION: basic c2VjcmV0", encoding="utf-8")
    (place / "notes.md").symlink_to(".git/config")
    (place / "real").mkdir()
    (place / "real" / "body.md").write_text("x", encoding="utf-8")
    (place / "real" / "git").symlink_to("../.git")
    (place / "docs").symlink_to("real")
    (place / "dangling").symlink_to("nowhere")
    (place / "circle").symlink_to("circle")
    return place


def refused(end: Ended, words: str) -> None:
    assert (end.exit_code, end.status, end.code, end.issue) == (2, "error", "input", None)
    assert words in end.outputs["reason"]
    assert words in end.log
    assert "Traceback" not in end.log
    assert not [request for request in end.requests if request.method != "GET"]


@pytest.mark.parametrize(("inputs", "words"), BAD.values(), ids=BAD)
def test_bad_input_gets_its_name(stage: Stage, workspace: Path, inputs: dict[str, str], words: str) -> None:
    refused(stage.run(inputs, GITHUB_WORKSPACE=str(workspace)), words)


@pytest.mark.parametrize(
    "name",
    [
        *("GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_ACTOR"),
        *("GITHUB_SHA", "GITHUB_API_URL", "GITHUB_SERVER_URL"),
    ],
)
def test_a_variable_that_is_missing_is_named(stage: Stage, name: str) -> None:
    refused(stage.run(**{name: "(unset)"}), f"{name} is not set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", "shop"),
        ("GITHUB_RUN_ID", "x"),
        ("GITHUB_RUN_ATTEMPT", "0"),
        ("GITHUB_ACTOR_ID", "-5"),
        ("GITHUB_SHA", "main"),
        ("GITHUB_API_URL", "ftp://github"),
        ("GITHUB_SERVER_URL", "here"),
    ],
)
def test_a_variable_that_is_malformed_is_named(stage: Stage, name: str, value: str) -> None:
    refused(stage.run(**{name: value}), f"{name}: '{value}'")


def test_a_gate_with_the_least_of_variables_runs(stage: Stage) -> None:
    fewer = ("GITHUB_RUN_ATTEMPT", "GITHUB_REF_NAME", "GITHUB_REF_TYPE", "GITHUB_WORKFLOW", "GITHUB_JOB")
    unset = dict.fromkeys((*fewer, "GITHUB_TRIGGERING_ACTOR", "RUNNER_TEMP"), "(unset)")
    stage.says(1, "ann", "approve")
    stage.says(1, "bob", "approve")
    end = stage.run(**unset)
    assert end.status == "approved"
    assert end.outputs["record-path"] == ""
    assert end.issue is not None
    assert end.issue.title == "Production Deployment Approval: a1b2c3d"


@pytest.mark.parametrize(
    "variables",
    [
        {"INPUT_MINIMUM-APPROVALS": "1", "INPUT_MINIMUM_APPROVALS": "(unset)"},
        {"INPUT_MINIMUM_APPROVALS": "1"},
        {"INPUT_MINIMUM-APPROVALS": "1", "INPUT_MINIMUM_APPROVALS": ""},
        {"INPUT_MINIMUM-APPROVALS": "1", "INPUT_MINIMUM_APPROVALS": "1"},
    ],
    ids=str,
)
def test_both_spellings_of_an_input_are_read(stage: Stage, variables: dict[str, str]) -> None:
    stage.says(1, "ann", "approve")
    assert stage.run(**variables).status == "approved"


def test_a_blank_input_was_not_given(stage: Stage) -> None:
    names = ("environment", "version", "issue-title", "issue-body", "checklist", "issue-labels", "secret")
    end = stage.run({"timeout-minutes": "1", **dict.fromkeys(names, " \t\n ")})
    assert end.issue is not None
    assert end.issue.title == "Production Deployment Approval: v1.2.3"
    assert end.issue.labels[:3] == ["deployment", "production", "approval-required"]
    assert end.issue.body.count("- [ ] ") == 18


def test_a_blank_option_was_not_given(stage: Stage) -> None:
    with stage.served() as github:
        end = stage.run_on(
            github, {"timeout-minutes": "1", "issue-title": ""}, arguments=["--issue-title", "  "]
        )
    assert end.issue is not None
    assert end.issue.title == "Production Deployment Approval: v1.2.3"


def test_two_spellings_that_differ_are_refused(stage: Stage) -> None:
    end = stage.run(**{"INPUT_MINIMUM-APPROVALS": "1"})
    refused(end, "minimum-approvals: INPUT_MINIMUM-APPROVALS and INPUT_MINIMUM_APPROVALS are set and differ")


def test_secret_is_another_name_of_token(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(1, "bob", "approve")
    assert stage.run({"secret": "demo-app-token", "token": ""}).status == "approved"


def test_secret_goes_before_the_token_that_the_action_file_gives(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(1, "bob", "approve")
    end = stage.run({"secret": "demo-app-token", "token": "demo-job-token"})
    assert end.status == "approved"
    assert {r.headers["authorization"].split()[1] for r in end.requests} == {"demo-app-token"}


def test_additional_words_are_literal(stage: Stage) -> None:
    stage.says(1, "ann", "1")
    stage.says(2, "bob", "+1")
    stage.says(3, "cid", "Ship It - at last")
    end = stage.run({"additional-approved-words": "+1, ship it"})
    assert end.outputs["approvers"] == "bob,cid"


def test_additional_words_deny(stage: Stage) -> None:
    stage.says(1, "ann", "veto: not on a friday")
    assert stage.run({"additional-denied-words": "veto"}).status == "denied"


def test_a_body_comes_from_a_file(stage: Stage, workspace: Path) -> None:
    end = stage.run(
        {"issue-body-file-path": "body.md", "timeout-minutes": "1"}, GITHUB_WORKSPACE=str(workspace)
    )
    assert end.issue is not None
    assert "From a *file*." in end.issue.body


@pytest.mark.parametrize("path", ["body.md", "./folder/../body.md", "{workspace}/body.md"])
def test_a_body_s_file_may_be_named_in_each_way_that_leads_over_no_link(
    stage: Stage, workspace: Path, tmp_path: Path, path: str
) -> None:
    linked = tmp_path / "work"
    linked.symlink_to(workspace)
    end = stage.run(
        {"issue-body-file-path": path.format(workspace=linked), "timeout-minutes": "1"},
        GITHUB_WORKSPACE=str(linked),
    )
    assert end.issue is not None
    assert "From a *file*." in end.issue.body


def test_a_body_may_come_from_the_runners_temporary_folder(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "body.md").write_text("Made by a *step*.", encoding="utf-8")
    given = {"issue-body-file-path": str(tmp_path / "body.md"), "timeout-minutes": "1"}
    end = stage.run(given, RUNNER_TEMP=str(tmp_path), GITHUB_WORKSPACE="(unset)")
    assert end.issue is not None
    assert "Made by a *step*." in end.issue.body


def test_what_a_refused_file_holds_is_told_nowhere(stage: Stage, workspace: Path) -> None:
    for path in ("notes.md", ".git/config"):
        end = stage.run({"issue-body-file-path": path}, GITHUB_WORKSPACE=str(workspace))
        assert "c2VjcmV0" not in f"{end.log}{end.outputs}{end.summary}"


def test_an_api_version_can_be_set(stage: Stage) -> None:
    end = stage.run({"timeout-minutes": "1"}, APPROVAL_GATE_API_VERSION="2026-03-10")
    assert {request.headers["x-github-api-version"] for request in end.requests} == {"2026-03-10"}


def test_an_enterprise_server_is_spoken_to_at_its_own_address(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(1, "bob", "approve")
    with stage.served() as github:
        end = stage.run_on(github, GITHUB_API_URL=f"{github.url}/api/v3")
    assert end.status == "approved"
    assert [request for request in end.requests if request.path == "/api/graphql"]


def test_a_token_that_is_wrong(stage: Stage) -> None:
    end = stage.run({"token": "wrong"})
    assert (end.exit_code, end.code, end.issue) == (5, "unauthenticated", None)
    assert "wrong" not in end.log


@pytest.mark.parametrize("arguments", [[], ["approve"], ["--nonsense"]], ids=str)
def test_no_command_or_an_unknown_one_is_a_usage_error(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_help_and_version_are_told() -> None:
    runner = CliRunner()
    assert "--minimum-approvals" in runner.invoke(main, ["wait", "--help"]).output
    assert __version__ in runner.invoke(main, ["--version"]).output
    assert "no-teams" in runner.invoke(main, ["rehearse", "--list"]).output
    unknown = runner.invoke(main, ["rehearse", "--scenario", "x"])
    assert (unknown.exit_code, "there are approved, denied" in unknown.output) == (2, True)


def test_an_option_that_is_none_is_refused_with_its_name(stage: Stage) -> None:
    with stage.served() as github:
        end = stage.run_on(github, arguments=["--aprovers", "ann"])
    refused(end, "No such option")


@pytest.mark.parametrize("file", ["GITHUB_OUTPUT", "GITHUB_STATE"])
def test_outputs_that_cannot_be_written_end_it_at_once(
    stage: Stage, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    environment = {"INPUT_TOKEN": "x", file: "/proc/none/output"}
    result = CliRunner().invoke(main, ["wait"], env=environment)
    assert result.exit_code == 5
    assert f"{file} cannot be written: No such file or directory. Nothing was asked." in result.output
    assert capsys.readouterr().err == ""
    assert stage.runs == 0


@pytest.mark.parametrize(("given", "counts"), [("true", True), ("false", False), ("", True)])
def test_whether_votes_by_mail_count_is_part_of_the_rule(stage: Stage, given: str, *, counts: bool) -> None:
    end = stage.run({"timeout-minutes": "1", "allow-email-votes": given})
    assert end.record["inputs"]["rule"]["email_votes"] is counts


def test_all_that_is_wrong_is_told_at_once_each_with_its_remedy(stage: Stage, workspace: Path) -> None:
    wrong = {
        "minimum-approvals": "two",
        "fail-on-denial": "maybe",
        "timeout-minutes": "0",
        "version": "v1^0",
        "environment": "prod\u200b",
        "issue-body-file-path": ".git/config",
        "target-repository": "a b",
        "additional-approved-words": "no",
    }
    end = stage.run(wrong, GITHUB_WORKSPACE=str(workspace))
    refused(end, "8 inputs cannot be used.")
    assert end.log.count("No issue was opened.") == 1
    named = re.findall(r"^(?:  )?- ([a-z-]+):", end.log, re.MULTILINE)
    assert sorted(named) == sorted(wrong)
    for remedy in ("Write a tag, or any other name.", "Write it without.", "Write the text to another file."):
        assert remedy in end.log


def test_one_thing_that_is_wrong_says_that_no_issue_was_opened(stage: Stage) -> None:
    for inputs in ({"token": " "}, {"minimum-approvals": "two"}, {"version": "v1^0"}, {"approvers": ""}):
        end = stage.run(inputs)
        assert end.outputs["reason"].count("No issue was opened.") == 1, inputs
        assert end.log.count("No issue was opened.") == 1


def test_what_cannot_be_told_of_the_run_is_told_before_the_inputs(stage: Stage) -> None:
    refused(stage.run({"version": "v1^0"}, GITHUB_SHA="main"), "GITHUB_SHA: 'main'")
