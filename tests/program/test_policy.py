"""``policy check``, ``policy schema`` and ``policy explain``, as a user calls them."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner, Result

from approval_gate.cli import main
from approval_gate.cli.connect import policy_facts
from approval_gate.core.policy import schema
from approval_gate.emulator import Fault, World, serve
from approval_gate.errors import InputError, OutageError
from approval_gate.rehearsal.scenarios import REPOSITORY, scene
from approval_gate.runner.environment import read_api_url
from tests.emulator.conformance import check_all

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "approval-policy.yml"
PIPELINE = EXAMPLE.with_name("production-deploy.yml")
ALONE: Mapping[str, str | None] = MappingProxyType({"GH_TOKEN": None, "GITHUB_TOKEN": None})


def call(*arguments: str, environ: Mapping[str, str | None] = ALONE) -> Result:
    result = CliRunner().invoke(main, ["policy", *arguments], env={**ALONE, **environ})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def told(done: Result) -> str:
    """What was wrong, without the last line, which leads to the troubleshooting page."""
    *lines, last = done.stderr.splitlines(keepends=True)
    assert last.startswith("See docs/troubleshooting.md#")
    return "".join(lines)


def test_the_example_is_valid_and_its_votes_that_cannot_decide_are_noted() -> None:
    done = call("check", str(EXAMPLE))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "note: deployments.emergency: an approval of devops counts, but cannot decide.",
        "note: deployments.emergency: an approval of sre counts, but cannot decide.",
        f"{EXAMPLE}: in order. Types of deployment: standard, hotfix, emergency.",
    ]


def test_problems_are_reported_like_a_compilers(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace("minimum-approvals: 1", "minimum: 1"))
    done = call("check", str(file))
    assert (done.exit_code, done.stdout) == (2, "")
    *lines, unchecked = told(done).splitlines()
    assert unchecked == "note: Whether roles, approvers and times fit together is checked once this is fixed."
    assert lines[0] == f"{file}:27: deployments.emergency.minimum-approvals: it is missing."
    assert lines[1].startswith(
        f"{file}:28: deployments.emergency.minimum: this key is not known. Did you mean `minimum-approvals`?"
    )
    assert len(lines) == 2


def test_a_member_that_is_not_a_name_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    text = EXAMPLE.read_text(encoding="utf-8")
    file.write_text(text.replace("members: [", "members: [usr:ann, ", 1), encoding="utf-8")
    done = call("check", str(file))
    assert done.exit_code == 2
    assert re.fullmatch(
        rf"{re.escape(str(file))}:\d+: roles\.[\w-]+\.members\[0\]: "
        r'"usr:ann" is not a name\. Did you mean `user:ann`\?\n',
        told(done),
    )


def test_text_that_is_not_yaml_is_reported_with_a_line_and_without_a_path(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_bytes(b"version: 1\nroles: &all {}\n")
    assert told(call("check", str(file))) == (
        f"{file}:2: `all` is an anchor or an alias. Write the values out.\n"
    )


def test_a_document_can_come_from_standard_input() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    done = CliRunner().invoke(main, ["policy", "check", "-"], input=text)
    assert (done.exit_code, done.stdout.splitlines()[-1].startswith("<stdin>: in order.")) == (0, True)
    wrong = CliRunner().invoke(main, ["policy", "check", "-"], input="")
    assert wrong.stderr.startswith("<stdin>:1: the document is empty; it needs `version`")


def test_everything_wrong_with_a_document_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text("a: &x 1\nb: !t 2\nc: *x\n")
    assert [line.partition(": ")[2][:20] for line in told(call("check", str(file))).splitlines()] == [
        "`x` is an anchor or ",
        "it has the tag `!t`.",
        "`x` is an anchor or ",
    ]
    file.write_text("version: 1\nversion: 2\nroles: {Lead: {members: ann}}\n[a]: 1\n")
    lines = told(call("check", str(file), "--repository", REPOSITORY, "--token", "x")).splitlines()
    assert [line.partition(f"{file}:")[2][:30] for line in lines[:-1]] == [
        "1: deployments: it is missing.",
        "2: the key `version` is there ",
        "3: roles.Lead: `Lead` is not a",
        "3: roles.Lead.members: the tex",
        "4: a key is a list or a mappin",
    ]
    assert lines[-1].endswith("is checked once this is fixed. acme/shop is asked once this is fixed.")


def test_a_comment_that_is_no_answer_is_told() -> None:
    done = call("explain", "--approvers", "ann,bob", "--votes", "ann=maybe,bob=no way")
    assert done.stdout.splitlines()[1:] == [
        '  ann: "maybe" is not an answer; write `approve`, `deny - reason` or `revoke`',
        '  bob: "no way" is read as an objection, so approval waits for another answer',
    ]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("chek",), "Did you mean `check`?"),
        (("lint",), "Write one of check, explain, schema."),
        (
            ("check", str(EXAMPLE), "--repo", "acme/shop"),
            "option '--repo'. Did you mean `--repository`?",
        ),
        (("check", str(EXAMPLE), "--repository", "https://github.com/acme/shop"), ": write `acme/shop`."),
        (("check", str(EXAMPLE), "--repository"), "Write `--repository OWNER/NAME`."),
        (("check", str(EXAMPLE), "more"), "'more' is one argument too many. Quote a value that has blanks."),
        (("check", str(EXAMPLE.parent)), f"Did you mean `{EXAMPLE}`?"),
        (("explain", "--type", "hotfix"), "Did you mean `--deployment-type`?"),
        (("explain", "--approvers", "usr:ann"), '"usr:ann" is not a name.\nDid you mean `user:ann`?'),
        (("explain", "--approvers", "ann", "--minimum-approvals", "two"), "is not a whole number. Write 2."),
        (("explain", str(EXAMPLE), "--votes", "ann=approve", "--deployment-type", "hotfx"), "`hotfix`?"),
        (("explain", str(EXAMPLE), "--votes", "ann=approve", "--roster", "ann=devop"), "`devops`?"),
        (("check", str(EXAMPLE).replace("policy.yml", "polcy.yml")), f"Did you mean `{EXAMPLE}`?"),
    ],
)
def test_what_was_probably_meant_is_suggested(arguments: tuple[str, ...], meant: str) -> None:
    done = call(*arguments)
    assert done.exit_code == 2
    assert meant in done.stderr


def test_a_file_that_is_not_a_policy_is_not_suggested(tmp_path: Path) -> None:
    (tmp_path / "approval-polici.yaml").write_text("on: push\njobs: {}\n")
    (tmp_path / "approval-policy.txt").write_text(EXAMPLE.read_text(encoding="utf-8"))
    missing = call("check", str(tmp_path / "approval-policy.yml"))
    assert "Name the policy's file, or `-` for standard input." in missing.stderr
    (tmp_path / "gate.yaml").write_text(EXAMPLE.read_text(encoding="utf-8"))
    missing = call("check", str(tmp_path / "approval-policy.yml"))
    assert f"Did you mean `{tmp_path / 'gate.yaml'}`?" in missing.stderr


def test_a_document_with_a_member_that_is_not_a_name_is_not_explained(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace("members: [", "members: [usr:ann, ", 1))
    done = call("explain", str(file))
    assert (done.exit_code, done.stdout) == (2, "")
    assert '"usr:ann" is not a name. Did you mean `user:ann`?' in done.stderr


def test_all_that_is_wrong_with_a_steps_inputs_is_told_at_once() -> None:
    done = call("explain", "--approvers", "ann,usr:bob", "--minimum-approvals", "two")
    assert done.exit_code == 2
    assert "2 inputs cannot be used." in done.stderr
    assert "Did you mean `user:bob`?" in done.stderr


def test_without_a_command_the_help_of_the_group_is_shown_alone() -> None:
    done = call()
    assert done.exit_code == 2
    assert done.stderr.startswith("Usage: ")
    assert "Error" not in done.stderr


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    done = call("check", str(tmp_path / "none.yml"))
    assert done.exit_code == 2
    assert "There is no file " in done.stderr


# Against a repository --------------------------------------------------------------------


@dataclass
class GitHub:
    """The process's organisation, with the token of a machine account."""

    world: World
    url: str

    def check(self, *arguments: str, **environ: str | None) -> Result:
        known = {"GITHUB_API_URL": self.url, "GH_TOKEN": "machine"}
        return call("check", *arguments, "--repository", REPOSITORY, environ={**known, **environ})


@contextmanager
def github() -> Iterator[GitHub]:
    world = scene()
    world._clock = lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    world.token("machine", login="approver-bot")
    world.permit(REPOSITORY, "write", "approver-bot")
    world.team("acme/machines", ["approver-bot"])
    world.repos[REPOSITORY].labels += ["incident"]
    world.repos[REPOSITORY].files |= {
        ".github/workflows/production-deploy.yml": PIPELINE.read_text(encoding="utf-8"),
        "CHANGELOG.md": "# Changelog",
        "docs/index.md": "# Documentation",
    }
    world.environment(
        REPOSITORY,
        "production",
        reviewers=["acme/platform-leads"],
        branches=[("branch", "main"), ("tag", "v*")],
    )
    with serve(world) as server:
        yield GitHub(world, server.url)
        assert {request.method for request in world.requests} <= {"GET", "POST"}
        assert {request.path for request in world.requests if request.method == "POST"} <= {"/graphql"}
        check_all(world)


def test_a_policy_without_problems_says_what_was_checked() -> None:
    with github() as there:
        done = there.check(str(EXAMPLE))
    assert (done.exit_code, done.stderr) == (0, "")
    *notes, last = done.stdout.splitlines()
    assert notes == call("check", str(EXAMPLE)).stdout.splitlines()[:2]
    assert last == (
        f"{EXAMPLE}: in order. Types of deployment: standard, hotfix, emergency. "
        "Checked in acme/shop: 4 roles, 9 people, environment production, 8 checks."
    )


BROKEN = """\
version: 1
roles:
  lead: {members: [acme/none, "a b", "user:mallory"]}
  devops:
    members:
      - acme/devops-team
      - ghosts
      - gone
      - codeowners:/docs/
  sre: {members: [sam, acme/machines]}
deployments:
  standard:
    minimum-approvals: 2
    timeout-minutes: 60
    approvers: [lead, devops]
  night:
    minimum-approvals: 2
    timeout-minutes: 10
    approvers: [sre]
  never:
    minimum-approvals: 3
    timeout-minutes: 10
    approvers: [sre]
refs: [main, "v*"]
"""


def test_all_problems_are_reported_in_the_order_of_the_lines(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(BROKEN)
    with github() as there:
        world = there.world
        world.team("acme/ghosts")
        world.permit(REPOSITORY, "write", "acme/ghosts", "acme/machines", "ann", "bob")
        world.permit(REPOSITORY, "triage", "acme/devops-team")
        world.permit(REPOSITORY, "write", "sam")
        world.tokens["machine"].expires_at = world.now() + timedelta(minutes=30)
        world.environment(REPOSITORY, "production", wait_timer=5, branches=[("tag", "v*"), ("branch", "dev")])
        done = there.check(str(file))
    assert done.exit_code == 2
    assert done.stdout == (
        "note: refs: `main` admits a branch and a tag of that name. "
        "Write `refs/heads/main` or `refs/tags/main`, whichever is meant.\n"
        "note: refs: `v*` admits a branch and a tag of that name. "
        "Write `refs/heads/v*` or `refs/tags/v*`, whichever is meant.\n"
        "note: the token is approver-bot's: a gate that uses it counts no approval of approver-bot.\n"
    )
    golden = Path(__file__).with_name("policy_there.txt").read_text(encoding="utf-8")
    assert told(done).replace(f"{file}:", "") == golden


def test_with_the_jobs_own_token_only_what_it_can_see_is_checked() -> None:
    with github() as there:
        done = there.check(str(EXAMPLE), GH_TOKEN=None, GITHUB_TOKEN="demo-job-token")
    lines = told(done).splitlines()
    assert done.exit_code == 2
    assert [line.partition(f"{EXAMPLE}:")[2].partition(": ")[0] for line in lines] == ["10", "11", "12"]
    assert [line.count("GITHUB_TOKEN cannot have") for line in lines] == [1, 0, 0]


def test_a_token_that_expires_before_the_processs_window_closes_is_noted() -> None:
    with github() as there:
        done = there.check(str(EXAMPLE), GH_TOKEN="demo-app-token")
    assert done.exit_code == 2
    assert [line.partition(": ")[2].partition(": ")[0] for line in told(done).splitlines()] == [
        "deployments.standard.timeout-minutes",
        "deployments.hotfix.timeout-minutes",
    ]


def test_the_environment_to_check_can_be_named() -> None:
    with github() as there:
        there.world.environment(REPOSITORY, "eu/1", reviewers=["ann"], branches="protected")
        found = there.check(str(EXAMPLE), "--environment", "eu/1")
        none = there.check(str(EXAMPLE), "--environment", "x\x1b[31m")
    assert told(found) == (
        f"{EXAMPLE}:50: refs: the environment `eu/1` allows every protected branch. "
        "Allow `refs/heads/main` and `refs/tags/v*` by name.\n"
    )
    assert told(none) == (
        f"{EXAMPLE}:1: acme/shop has no environment `x\\x1b[31m` that the token can see. "
        "Correct the name, or create it in the repository's settings.\n"
    )


def test_the_environments_of_the_rollback_and_the_gate_are_checked_too() -> None:
    with github() as there:
        there.world.environment(REPOSITORY, "production-rollback")
        there.world.environment(
            REPOSITORY, "approval-gate", reviewers=["ann"], branches=[("branch", "main"), ("tag", "v*")]
        )
        found = there.check(str(EXAMPLE))
        there.world.environment(REPOSITORY, "approval-gate", branches=[("branch", "main"), ("tag", "v*")])
        there.world.environment(
            REPOSITORY, "production-rollback", branches=[("branch", "main"), ("tag", "v*")]
        )
        fixed = there.check(str(EXAMPLE))
    assert found.exit_code == 2
    assert told(found) == (
        f"{EXAMPLE}:1: the environment `approval-gate` has required reviewers. Remove them: "
        "the gate must start at once.\n"
        f"{EXAMPLE}:50: refs: the environment `production-rollback` allows any branch and any tag. "
        "Allow only `refs/heads/main` and `refs/tags/v*`.\n"
    )
    assert (fixed.exit_code, fixed.stderr) == (0, "")
    assert fixed.stdout.endswith(
        "environments production, production-rollback and approval-gate, 8 checks.\n"
    )


def test_several_environments_can_be_named() -> None:
    with github() as there:
        there.world.environment(REPOSITORY, "staging", reviewers=["ann"])
        names = ("--environment", "production", "--environment", "staging")
        done = there.check(str(EXAMPLE), *names)
    assert told(done) == (
        f"{EXAMPLE}:50: refs: the environment `staging` allows any branch and any tag. "
        "Allow only `refs/heads/main` and `refs/tags/v*`.\n"
    )


@pytest.mark.parametrize(
    ("refs", "warned"),
    [
        ('[main, "v*"]', ["main", "v*"]),
        ('[refs/heads/main, "v*"]', ["v*"]),
        ('[heads/main, "**"]', ["heads/main", "**"]),
        ('[refs/heads/main, "refs/tags/v*"]', []),
        ('["refs/*/main"]', []),
        ("[]", []),
    ],
)
def test_a_ref_that_can_be_a_branch_or_a_tag_is_noted(tmp_path: Path, refs: str, warned: list[str]) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(re.sub(r"(?m)^refs: .*$", f"refs: {refs}", EXAMPLE.read_text(encoding="utf-8")))
    done = call("check", str(file))
    assert done.exit_code == 0
    assert [line for line in done.stdout.splitlines() if line.startswith("note: refs: ")] == [
        f"note: refs: `{ref}` admits a branch and a tag of that name. "
        f"Write `refs/heads/{ref}` or `refs/tags/{ref}`, whichever is meant."
        for ref in warned
    ]


def test_for_an_unreadable_environment_the_missing_permission_is_named() -> None:
    with github() as there:
        there.world.tokens["demo-job-token"].permissions = {"issues": "write", "contents": "read"}
        done = there.check(str(EXAMPLE), GH_TOKEN="demo-job-token")
    assert done.stderr.splitlines()[0] == (
        f"{EXAMPLE}:1: the environment `production`: the token cannot read it. "
        "Grant the token `actions: read`."
    )


def test_a_token_on_the_command_line_takes_precedence_over_the_environments() -> None:
    with github() as there:
        for how in (
            there.check(str(EXAMPLE), "--token", "machine", GH_TOKEN="x", GITHUB_TOKEN="y"),
            there.check(str(EXAMPLE), GH_TOKEN=" machine\n", GITHUB_TOKEN="x"),
            there.check(str(EXAMPLE), GH_TOKEN="", GITHUB_TOKEN="machine"),
        ):
            assert (how.exit_code, how.stderr) == (0, "")


def test_an_invalid_policy_is_reported_before_any_request(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text("version: 2\n")
    with github() as there:
        assert there.check(str(file)).exit_code == 2
        assert there.world.requests == []


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (
            "revoked",
            """\
Error: GitHub does not accept the token.
  Set GH_TOKEN or GITHUB_TOKEN to one that is valid.
  GitHub answered 401 to GET /repos/acme/shop: Bad credentials (request """,
        ),
        (
            "stranger",
            """\
Error: The token cannot see acme/shop, the repository that deploys.
  Correct the name, or set GH_TOKEN or GITHUB_TOKEN to one that can see it.
  GitHub answered 404 to GET /repos/acme/shop: Not Found (request """,
        ),
    ],
)
def test_where_github_refuses_the_exit_code_is_the_gates_and_the_error_has_a_remedy(
    token: str, said: str
) -> None:
    with github() as there:
        there.world.token("stranger", login="nobody")
        done = there.check(str(EXAMPLE), GH_TOKEN=token)
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.stderr.startswith(said)


def test_in_a_workflow_the_error_is_an_annotation() -> None:
    with github() as there:
        done = there.check(str(EXAMPLE), GH_TOKEN="x", GITHUB_ACTIONS="true")
    assert done.stderr.startswith("::error title=Approval gate::GitHub does not accept the token.%0ASet ")


class InstantClock:
    """A clock on which waiting takes no time."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def outage(there: GitHub) -> OutageError:
    """Have GitHub fail for as long as a check retries, and return its error."""
    read = schema.read_policy(EXAMPLE.read_bytes())
    there.world.faults.append(Fault(path="/repos/", status=502, times=None))
    environ = {"GITHUB_API_URL": there.url}
    with pytest.raises(OutageError) as met:
        policy_facts(read, REPOSITORY, ["production"], "machine", environ, InstantClock())
    return met.value


def test_the_error_of_a_lasting_outage_says_that_nothing_was_changed() -> None:
    with github() as there:
        error = outage(there)
    assert error.remedy == "Try again when GitHub answers; nothing was changed."
    assert error.exit_code == 5


def test_an_invalid_token_is_not_sent() -> None:
    read = schema.read_policy(EXAMPLE.read_bytes())
    for token in ("a b", "größe", "a\nb"):
        with pytest.raises(InputError, match="characters that no token has"):
            policy_facts(read, REPOSITORY, ["production"], token, {"GITHUB_API_URL": "http://127.0.0.1:9"})


def test_the_default_server_is_github_com() -> None:
    assert read_api_url({}) == read_api_url({"GITHUB_API_URL": ""}) == "https://api.github.com"
    assert read_api_url({"GITHUB_API_URL": "https://ghes.example/api/v3/"}) == "https://ghes.example/api/v3"


def test_an_invalid_address_is_reported() -> None:
    done = call(
        "check", str(EXAMPLE), "--repository", REPOSITORY, environ={"GH_TOKEN": "x", "GITHUB_API_URL": "x"}
    )
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: GITHUB_API_URL: 'x' is not an http address.")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ("--repository", REPOSITORY),
            "Error: --repository needs a token, and there is none: set GH_TOKEN or GITHUB_TOKEN.",
        ),
        (("--repository", REPOSITORY, "--token", " "), "set GH_TOKEN or GITHUB_TOKEN."),
        (
            ("--repository", "shop", "--token", "x"),
            "--repository: 'shop' is not a repository: write `owner/name`.",
        ),
        (
            ("--repository", "../x", "--token", "x"),
            "--repository: '../x' is not a repository: write `owner/name`.",
        ),
        (("--token", "x"), "--token and --environment are only used with --repository: add it."),
        (("--environment", "production"), "are only used with --repository"),
    ],
)
def test_a_request_without_a_token_says_what_to_set(arguments: tuple[str, ...], problem: str) -> None:
    done = call("check", str(EXAMPLE), *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in done.stderr


def test_without_a_repository_no_request_is_sent_even_if_a_token_is_set() -> None:
    done = call("check", str(EXAMPLE), environ={"GH_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:9"})
    assert (done.exit_code, done.stdout.count("Checked in")) == (0, 0)


def test_the_document_shows_the_programs_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    shown = text.partition("$ approval-gate policy check .github/")[2].partition("```")[0]
    shown = f".github/{shown}"
    command, _, output = shown.partition("\n")
    (tmp_path / ".github").mkdir()
    monkeypatch.chdir(tmp_path)
    file, *options = command.split()
    Path(file).write_bytes(EXAMPLE.read_bytes())
    assert options == ["--repository", REPOSITORY]
    with github() as there:
        there.world.permit(REPOSITORY, "triage", "acme/sre-team")
        there.world.permit(REPOSITORY, "write", "sam")
        there.world.environment(
            REPOSITORY, "production", reviewers=["ann"], wait_timer=30, branches=[("branch", "main")]
        )
        done = there.check(file)
    assert output == told(done)


def test_text_from_the_document_cannot_start_a_line_or_a_command(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text('version: 1\n"x\\n::error::y \\e[31m ##[error]": 1\n')
    done = call("check", str(file))
    assert all(line.startswith((f"{file}:", "note: ")) for line in told(done).splitlines())
    assert "\x1b" not in done.stderr
    assert "##[" not in done.stderr
    assert "::error" not in done.stderr


# schema and explain ------------------------------------------------------------------------------


def test_the_schema_is_printed() -> None:
    assert json.loads(call("schema").stdout) == schema.json_schema()


def test_a_policy_is_explained_as_the_processs_matrix_and_in_words() -> None:
    golden = Path(__file__).with_name("policy_explained.txt").read_text(encoding="utf-8")
    assert call("explain", str(EXAMPLE)).stdout == golden


def test_a_policy_that_blocks_on_what_nothing_opens_gets_a_note(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    text = EXAMPLE.read_text(encoding="utf-8")
    note = "note: block-on-overdue: nothing opens a follow-up, because there is no `follow-up`.\n"
    for document, noted in ((text, False), (text.replace("\nfollow-up:", "\n#"), True)):
        file.write_text(document, encoding="utf-8")
        assert (note in call("check", str(file)).stdout) is noted


def test_exclusions_and_roles_without_a_vote_are_explained(tmp_path: Path) -> None:
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
    assert said.endswith("\n\nA person who asked for the deployment cannot approve, but can deny.\n")


@pytest.mark.parametrize(
    ("word", "strangers"),
    [
        ("commit-authors", "If one of its authors has no account, no request is opened."),
        ("known-commit-authors", "Its authors without an account are counted, but cannot be barred."),
    ],
)
def test_the_exclusion_of_authors_is_explained(tmp_path: Path, word: str, strangers: str) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(f"{EXAMPLE.read_text(encoding='utf-8')}\nexclude: [workflow-initiator, {word}]\n")
    assert call("explain", str(file)).stdout.endswith(
        "\nA person who asked for the deployment or wrote or committed anything since the environment's last "
        f"successful deployment cannot approve, but can deny.\n{strangers}\n"
    )


def test_the_inputs_of_a_step_are_explained_like_a_policy() -> None:
    step = ("--approvers", "devops-team,platform-leads,ayo-anu", "--minimum-approvals", "2")
    assert (
        call("explain", *step).stdout
        == """\
                standard
devops-team     yes
platform-leads  yes
ayo-anu         yes

standard: 2 people of devops-team, platform-leads or ayo-anu must approve within 60 minutes.
  Everyone who can approve can also deny, with a reason.
"""
    )
    said = call("explain", *step, "--approve-alone", "ayo-anu", "--timeout-minutes", "5").stdout
    assert "\nayo-anu         suffices\n" in said
    assert "must approve within 5 minutes.\n  ayo-anu can approve alone.\n" in said
    votes = ("--roster", "ann=devops-team,lea=platform-leads", "--votes", "ann=approve,lea=lgtm")
    assert call("explain", *step, *votes).stdout.startswith("approved: Approved by ann and lea.\n")


def test_where_everybody_must_approve_no_single_approval_is_enough() -> None:
    said = call("explain", "--approvers", "ann,bob").stdout
    assert said.startswith("     standard\nann  yes\nbob  yes\n")
    assert "standard: all people of ann or bob must approve" in said


STEP = ("--approvers", "devops-team", "--approve-alone", "ann", "--minimum-approvals", "2")


def test_the_exclusion_of_the_initiator_is_explained() -> None:
    barred = ("--exclude-workflow-initiator-as-approver", "true")
    said = call("explain", "--approvers", "ann", *barred).stdout
    assert said.endswith("\n\nA person who asked for the deployment cannot approve, but can deny.\n")
    assert "person who asked" not in call("explain", "--approvers", "ann").stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ("--roster", "ann=devops", str(EXAMPLE)),
            "--roster is only used with --votes: add them.",
        ),
        (
            ("--approvers", "ann", "bob"),
            "FILE ('bob') and --approvers are both given: give one of them. Quote a value that has blanks.",
        ),
        (("--approvers", ","), "--approvers: no names are given. Write `--approvers ann,bob`."),
        *(
            (
                (f"--{name}", value, *file),
                f"--{name} is only used with --approvers: a document has its own value.",
            )
            for name, value in (
                ("minimum-approvals", "2"),
                ("approve-alone", "ann"),
                ("exclude-workflow-initiator-as-approver", "false"),
                ("timeout-minutes", "5"),
            )
            for file in ((), (str(EXAMPLE),))
        ),
    ],
)
def test_an_option_without_effect_is_refused(arguments: tuple[str, ...], problem: str) -> None:
    done = call("explain", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told(done).endswith(f"Error: {problem}\n")


def test_a_name_only_in_approve_alone_is_not_an_approver() -> None:
    assert (
        call("explain", *STEP).stdout
        == """\
             standard
devops-team  yes
ann          alone, if also an approver

standard: 2 people of devops-team must approve within 60 minutes.
  ann can approve alone, if also an approver.
  Everyone who can approve can also deny, with a reason.
"""
    )


def test_for_a_policy_that_the_gate_refuses_no_votes_are_explained() -> None:
    done = call("explain", *STEP, "--roster", "bob=devops-team,ann=ann", "--votes", "ann=approve")
    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        "approve-alone: ann (ann) is not among the approvers. "
        "Add them to the approvers, or remove them here: only an approver can approve alone." in done.stderr
    )
    done = call("explain", *STEP, "--roster", "bob=devops-team,ann=devops-team+ann", "--votes", "ann=approve")
    assert done.stdout.startswith("approved: Approved by ann, who can approve alone.\n")


def test_without_a_roster_plain_names_are_people() -> None:
    votes = ("--votes", "ann=approve,bob=deny")
    step = ("--approvers", "Ann,user:bob,acme/ops,codeowners:/x/", "--minimum-approvals", "2")
    assert call("explain", *step, *votes).stdout == (
        "pending: bob denied without a reason; it is a denial at the deadline, or once the reason is given.\n"
        "  ann: approve, counts\n"
        "  bob: deny, must give a reason: comment `deny - your reason`\n"
    )
    alone = call("explain", "--approvers", "ann,bob", "--approve-alone", "user:ann", "--votes", "ann=approve")
    assert alone.stdout.startswith("approved: Approved by ann, who can approve alone.\n")
    document = call("explain", str(EXAMPLE), "--votes", "ayo-anu=approve")
    assert document.stdout.startswith("approved: Approved by ayo-anu, who can approve alone.\n")


def test_who_is_behind_an_environment_a_role_or_a_path_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "policy.yml"
    file.write_text(
        "version: 1\n"
        "roles:\n"
        '  release: {members: [ann, "environment:Production EU", "role:maintain", "codeowners:/deploy/"]}\n'
        "  devops: {members: [acme/devops]}\n"
        "deployments: {standard: {minimum-approvals: 2, timeout-minutes: 60, approvers: [release, devops]}}\n"
    )
    assert call("check", str(file)).exit_code == 0
    done = call("explain", str(file))
    assert (
        "\n\nrelease includes the required reviewers of the environment Production EU.\n"
        "release includes everyone who has at least the role maintain in the repository.\n"
        "release includes the owners of /deploy/ in CODEOWNERS.\n\n"
        "standard: 2 people of release or devops must approve within 60 minutes.\n"
    ) in done.stdout
    step = call("explain", "--approvers", "environment:production", "--minimum-approvals", "2").stdout
    assert (
        "environment:production is the required reviewers of the environment production.\n\n"
        "standard: 2 people of environment:production must approve within 60 minutes.\n"
    ) in step


@pytest.mark.parametrize(
    ("arguments", "who", "roster"),
    [
        (
            (str(EXAMPLE), "--votes", "ann=approve,bob=deny"),
            "ann and bob are",
            "ann=platform-lead,bob=platform-lead",
        ),
        (
            (*STEP, "--votes", "devops-team=approve,ann=approve"),
            "ann is",
            "devops-team=devops-team,ann=devops-team+ann",
        ),
    ],
)
def test_an_unknown_name_is_reported_with_what_to_add(
    arguments: tuple[str, ...], who: str, roster: str
) -> None:
    done = call("explain", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told(done).endswith(
        f"Error: --votes: {who} not among the approvers by name. "
        f"Give everybody's roles: `--roster {roster}`.\n"
    )
    assert call("explain", *arguments, "--roster", roster).exit_code == 0


def test_where_everybody_must_approve_a_team_needs_a_roster() -> None:
    step = ("--approvers", "ann,acme/ops", "--votes", "ann=approve")
    done = call("explain", *step)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told(done).endswith(
        "Error: --votes: everybody must approve, and it is not known here who acme/ops stands for. "
        "Give everybody's roles with --roster.\n"
    )
    said = call("explain", *step, "--roster", "ann=ann,bob=acme/ops").stdout
    assert said.startswith("pending: 1 of 2 approvals, needs 1 more from bob.\n")


def test_a_note_can_contain_commas() -> None:
    votes = "ann=deny - x, y , bob=approve - yes, really,,"
    assert call("explain", "--approvers", "ann,bob", "--votes", votes).stdout == (
        "denied: Denied by ann.\n  ann: deny, counts\n  bob: approve, counts\n"
    )


ROSTER = "ann=devops,bob=platform-lead,sue=sre,ayo-anu=platform-owner"


@pytest.mark.parametrize(
    ("kind", "votes", "said"),
    [
        (
            "emergency",
            "ann=approve,sue=approve",
            [
                "pending: 0 of 1 approval, needs 1 from bob or ayo-anu as platform-lead or platform-owner.",
                "  ann: approve, counts, but cannot decide: another role must approve",
                "  sue: approve, must give a reason: comment `approve - your reason`",
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
                "approved: Approved by ayo-anu, who can approve alone.",
                "  ayo-anu: approve, counts",
            ],
        ),
    ],
)
def test_given_votes_are_decided(kind: str, votes: str, said: list[str]) -> None:
    done = call("explain", str(EXAMPLE), "--deployment-type", kind, "--roster", ROSTER, "--votes", votes)
    assert (done.exit_code, done.stdout.splitlines()) == (0, said)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--votes", "ann"), "--votes: 'ann' is not followed by `=` and a text."),
        (("--votes", "ann=approve", "--roster", "ann="), "--roster: 'ann' is not followed by"),
        (("--votes", "ann=approve, bob"), "--votes: 'bob' is not followed by `=` and a text."),
        (("--votes", "=approve"), "--votes: '' is not followed by"),
        (
            ("--votes", "ann=approve", "--roster", "ann=boss"),
            "--roster: there is no role 'boss'; there are platform-owner",
        ),
        (
            ("--votes", "ann=approve", "--deployment-type", "night"),
            "--deployment-type: there is no type 'night'; there are standard, hotfix and emergency.",
        ),
    ],
)
def test_contradictory_votes_are_refused(arguments: tuple[str, ...], problem: str) -> None:
    done = call("explain", str(EXAMPLE), *arguments)
    assert done.exit_code == 2
    assert problem in done.stderr
