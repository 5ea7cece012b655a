"""What the program does with its inputs; `tests/runner` checks the values that each of them accepts."""

import re

import pytest
from click.testing import CliRunner

from approval_gate import __version__
from approval_gate.cli import main
from tests.whole.stage import Ended, Stage


def refused(end: Ended, words: str) -> None:
    assert (end.exit_code, end.status, end.code, end.issue) == (2, "error", "input", None)
    assert words in end.outputs["reason"]
    assert words in end.log
    assert "Traceback" not in end.log
    assert not [request for request in end.requests if request.method != "GET"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"approvers": " , ,\n"}, "approvers: no names are given"),
        ({"approvers": ",".join(f"u{n}" for n in range(500))}, "approvers: 500 names are given"),
        ({"approvers": "a/b/c"}, 'approvers: "a/b/c" is not a name'),
        ({"minimum-approvals": "two"}, "minimum-approvals: 'two' is not a whole number"),
        ({"token": "a\nb"}, "token: it holds characters that no token has"),
    ],
    ids=str,
)
def test_an_input_that_cannot_be_used_ends_the_gate_before_anything_is_opened(
    stage: Stage, inputs: dict[str, str], words: str
) -> None:
    refused(stage.run(inputs), words)


def test_a_gate_runs_with_only_the_required_variables(stage: Stage) -> None:
    fewer = ("GITHUB_RUN_ATTEMPT", "GITHUB_REF_NAME", "GITHUB_REF_TYPE", "GITHUB_WORKFLOW", "GITHUB_JOB")
    unset = dict.fromkeys((*fewer, "GITHUB_TRIGGERING_ACTOR", "RUNNER_TEMP"), "(unset)")
    stage.says(1, "ann", "approve")
    stage.says(1, "bob", "approve")
    end = stage.run(**unset)
    assert end.status == "approved"
    assert end.outputs["record-path"] == ""
    assert end.issue is not None
    assert end.issue.title == "Production Deployment Approval: a1b2c3d"


def test_the_secret_takes_precedence_over_the_action_files_default_token(stage: Stage) -> None:
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


def test_an_api_version_can_be_set(stage: Stage) -> None:
    end = stage.run({"timeout-minutes": "1"}, APPROVAL_GATE_API_VERSION="2026-03-10")
    assert {request.headers["x-github-api-version"] for request in end.requests} == {"2026-03-10"}


def test_requests_to_an_enterprise_server_go_to_its_own_address(stage: Stage) -> None:
    stage.says(1, "ann", "approve")
    stage.says(1, "bob", "approve")
    github = stage.github()
    end = stage.run_on(github, GITHUB_API_URL=f"{github.url}/api/v3")
    assert end.status == "approved"
    assert [request for request in end.requests if request.path == "/api/graphql"]


def test_a_wrong_token_is_unauthenticated(stage: Stage) -> None:
    end = stage.run({"token": "wrong"})
    assert (end.exit_code, end.code, end.issue) == (5, "unauthenticated", None)
    assert "wrong" not in end.log


@pytest.mark.parametrize("arguments", [[], ["approve"], ["--nonsense"]], ids=str)
def test_no_command_or_an_unknown_one_is_a_usage_error(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_help_and_version_are_printed() -> None:
    runner = CliRunner()
    assert "--minimum-approvals" in runner.invoke(main, ["wait", "--help"]).output
    assert __version__ in runner.invoke(main, ["--version"]).output
    assert "no-teams" in runner.invoke(main, ["rehearse", "--list"]).output
    unknown = runner.invoke(main, ["rehearse", "x"])
    assert (unknown.exit_code, "there are approved, denied" in unknown.output) == (2, True)


def test_an_unknown_option_is_refused(stage: Stage) -> None:
    github = stage.github()
    end = stage.run_on(github, arguments=["--aprovers", "ann"])
    refused(end, "No such option")


@pytest.mark.parametrize("file", ["GITHUB_OUTPUT", "GITHUB_STATE"])
def test_outputs_that_cannot_be_written_end_the_gate_at_once(
    stage: Stage, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    environment = {"INPUT_TOKEN": "x", file: "/proc/none/output"}
    result = CliRunner().invoke(main, ["wait"], env=environment)
    assert result.exit_code == 5
    assert f"{file} cannot be written: No such file or directory. No issue was opened." in result.output
    assert capsys.readouterr().err == ""
    assert stage.runs == 0


def test_all_problems_are_reported_in_one_error(stage: Stage) -> None:
    wrong = {"minimum-approvals": "two", "version": "v1^0", "target-repository": "a b"}
    end = stage.run(wrong)
    refused(end, "3 inputs cannot be used.")
    assert end.log.count("No issue was opened.") == 1
    assert sorted(re.findall(r"^(?:  )?- ([a-z-]+):", end.log, re.MULTILINE)) == sorted(wrong)


def test_every_refusal_says_once_that_no_issue_was_opened(stage: Stage) -> None:
    for inputs in ({"token": " "}, {"minimum-approvals": "two"}, {"version": "v1^0"}, {"approvers": ""}):
        end = stage.run(inputs)
        assert end.outputs["reason"].count("No issue was opened.") == 1, inputs
        assert end.log.count("No issue was opened.") == 1
