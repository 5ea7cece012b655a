"""The command `verify`: what it prints, what it exits with, and what it asks GitHub."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from approval_gate import __version__
from approval_gate.cli import main
from approval_gate.cli.published import read_conversation
from approval_gate.core.layout import WIDTH, width
from approval_gate.core.record.canonical import canonical
from approval_gate.emulator import Server
from approval_gate.errors import GitHubError
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.core.evidence import ended, record, signed
from tests.whole.stage import Stage

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
POLICY = str(ROOT / "examples/approval-policy.yml")
NOTHING = dict.fromkeys(("GH_TOKEN", "GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_ACTIONS"))


def called(*words: str, stdin: str | bytes | None = None, **environ: str | None) -> Result:
    return CliRunner().invoke(main, ["verify", *words], input=stdin, env={**NOTHING, **environ})


def lines(done: Result) -> dict[str, str]:
    """Return the state of each thing that was looked at."""
    found = re.findall(r"^(ok|FAILED|not checked) +(\S+)  ", done.stdout, re.MULTILINE)
    return {what: state for state, what in found}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "record.json"
    path.write_text(canonical(record("policy")), encoding="utf-8")
    return path


# Without GitHub ----------------------------------------------------------------------------


def test_a_record_that_holds_is_shown_line_by_line(file: Path) -> None:
    done = called(str(file))
    assert done.exit_code == 0
    assert " ".join(done.stdout.split()).startswith(
        f"{file}: approved, v1.2.3 to production, acme/shop ok form "
    )
    holds = dict.fromkeys(["form", "digest", "outcome", "decision", "times", "parts"], "ok")
    assert lines(done) == {**holds, "source": "not checked"}
    assert done.stderr == ""


def test_it_says_that_a_digest_proves_no_origin_and_what_does(file: Path) -> None:
    said = " ".join(called(str(file)).stdout.split())
    assert "note: A digest proves no origin: anybody can write a record and its digest." in said
    assert "--thread compares it with GitHub, and an attestation proves which workflow wrote it" in said
    assert (ROOT / said.rpartition(" ")[2]).is_file()


def test_standard_input_is_read_and_a_deployment_gets_what_it_expects() -> None:
    text = canonical(record("policy"))
    wanted = (
        "--commit",
        COMMIT,
        "--environment",
        "production",
        "--version",
        "v1.2.3",
        "--repository",
        REPOSITORY,
    )
    done = called("-", "--expect", "approved", *wanted, stdin=text)
    assert done.exit_code == 0
    assert done.stdout.startswith("standard input: approved, ")
    names = ("expected", "commit", "environment", "version", "repository")
    assert [*lines(done).items()][7:-1] == [(name, "ok") for name in names]
    assert lines(done)["artifact"] == "not checked"
    artifacts = "\n".join(f"{it['name']}@{it['digest']}" for it in record("policy")["request"]["artifacts"])
    done = called("-", "--expect", "approved", *wanted, "--artifact", artifacts, stdin=text)
    assert done.exit_code == 0
    assert lines(done)["artifact"] == "ok"
    done = called("-", "--expect", "approved", "--artifact", f"other@sha256:{'0' * 64}", stdin=text)
    assert (done.exit_code, lines(done)["artifact"]) == (1, "FAILED")
    done = called("-", "--expect", "approved", "--commit", "f" * 40, stdin=text)
    assert done.exit_code == 1
    assert (lines(done)["commit"], lines(done)["environment"]) == ("FAILED", "not checked")
    assert done.stderr.splitlines() == [
        "Error: standard input does not hold: commit.",
        "  See docs/troubleshooting.md#a-record-does-not-hold",
    ]


def test_a_record_with_a_lie_fails(file: Path) -> None:
    document = signed({**record("denied"), "outcome": "approved", "exit_code": 0})
    file.write_text(json.dumps(document, indent=2), encoding="utf-8")
    done = called(str(file))
    assert done.exit_code == 1
    assert lines(done)["outcome"] == "FAILED"


@pytest.mark.parametrize(
    ("data", "words"), [(b"\xff", "It is not text in UTF-8."), (b"{}", "Its schema is none")]
)
def test_what_is_not_a_record_ends_with_2(data: bytes, words: str) -> None:
    done = called("-", stdin=data)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: standard input is not a decision record.\n  " + words)
    assert "#it-is-not-a-record" in done.stderr


def test_a_file_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    done = called(str(tmp_path / "none.json"))
    assert done.exit_code == 2
    assert "It cannot be read: No such file or directory." in done.stderr


def test_of_several_records_each_is_shown_and_the_worst_code_counts(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    done = called(str(file), str(other), str(file))
    assert done.exit_code == 2
    assert done.stdout.count(f"{file}:") == 2
    assert done.stdout.count("note: ") == 2
    assert "\n\n" in done.stdout


def test_a_record_is_saved_with_the_bytes_of_the_gates_output(file: Path, tmp_path: Path) -> None:
    file.write_text(json.dumps(record("policy"), indent=4), encoding="utf-8")
    saved = tmp_path / "saved.json"
    done = called(str(file), "--save", str(saved))
    assert (done.exit_code, lines(done)["saved"]) == (0, "ok")
    assert saved.read_text(encoding="utf-8") == ended("policy")[1].outputs["decision"]
    done = called(str(file), "--save", str(tmp_path / "no" / "folder"))
    assert done.exit_code == 2
    assert "cannot be written: No such file or directory." in done.stderr


def test_a_policy_is_compiled_again(file: Path, tmp_path: Path) -> None:
    done = called(str(file), "--policy", POLICY)
    assert done.exit_code == 0
    assert [*lines(done)][7:] == ["policy", "rule", "roles", "limits"]
    other = tmp_path / "policy.yml"
    other.write_text(Path(POLICY).read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    done = called(str(file), "--policy", str(other))
    assert (done.exit_code, lines(done)["policy"], lines(done)["rule"]) == (1, "FAILED", "ok")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"roles: 1", "is not a policy document.\n  `approval-gate policy check "),
        (b"\xff", "is not a policy document.\n"),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_what_is_not_a_policy_ends_with_2(file: Path, tmp_path: Path, text: bytes | None, words: str) -> None:
    policy = tmp_path / "policy.yml"
    if text is not None:
        policy.write_bytes(text)
    done = called(str(file), "--policy", str(policy))
    assert done.exit_code == 2
    assert f"--policy: {policy} {words}" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing argument 'RECORD...'"),
        (("-", "--commit", COMMIT), "are only used with --expect: add it."),
        (("-", "--token", "x"), "--token is only used with --thread, or for the address of an issue."),
        (("-", "--account", "x"), "--account is only used with --thread: add it."),
        (("-", "--thread"), "A token is needed to ask GitHub: set GH_TOKEN or GITHUB_TOKEN."),
        (("https://github.com/acme/shop/issues/1",), "A token is needed to ask GitHub"),
        (("a.json", "b.json", "--save", "c.json"), "--save takes one record, and several are given."),
        (("-", "--artifact", f"api@sha256:{'0' * 64}"), "are only used with --expect: add it."),
        (("-", "--expect", "approved", "--artifact", ""), "it is empty. Write `name@sha256:…`."),
        (("-", "--expect", "approved", "--artifact", "api:v1"), "line 1: 'api:v1' has no SHA-256 digest"),
        (("-", "--expect", "granted"), "'granted' is not one of 'approved', 'denied'"),
    ],
)
def test_a_wrong_call_is_refused(words: tuple[str, ...], said: str) -> None:
    done = called(*words, stdin="{}")
    assert done.exit_code == 2
    assert said in done.stderr


HOSTILE = "v1\u202e\n::error::x\x1b[31m" + "界 " * 60


def test_hostile_text_keeps_to_its_line_and_every_line_to_its_width() -> None:
    document = record("denied")
    document["request"] |= {"version": HOSTILE, "environment": HOSTILE, "ref": f"refs/tags/{HOSTILE}"}
    document["issue"]["nonce"] = HOSTILE
    done = called("-", "--expect", "approved", stdin=json.dumps(signed(document)), GITHUB_ACTIONS="true")
    assert done.exit_code == 1
    assert re.search(r"[^\n -~界…·]", done.stdout) is None
    assert not re.search("^::", done.stdout, re.MULTILINE)
    *shown, note = done.stdout.splitlines()
    assert note.startswith("note: ")
    assert max(map(width, shown)) <= WIDTH


def test_a_check_of_a_file_loads_nothing_that_speaks_to_github_and_no_policy() -> None:
    script = (
        "import sys; from approval_gate.cli import main\n"
        "main(['verify', '-'], standalone_mode=False) if 0 else None\n"
        "try: main(['verify', '-'])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "print(sorted({'github', 'requests', 'pydantic', 'jinja2', 'yaml'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=canonical(record("approved")),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


# With GitHub -------------------------------------------------------------------------------


class There:
    """A gate's issue on an embedded GitHub over HTTP."""

    def __init__(self, stage: Stage, server: Server, document: dict[str, Any]) -> None:
        self.stage, self.server, self.document = stage, server, document
        self.address = document["issue"]["url"]

    def verify(self, *words: str, **environ: str | None) -> Result:
        here = {"GITHUB_API_URL": self.server.url, "GITHUB_SERVER_URL": self.address.partition("/acme")[0]}
        text = canonical(self.document)
        if "--thread" in words and "--account" not in words:
            words = (*words, "--account", "acme-approval-gate[bot]")
        return called(*words, stdin=text, **{**here, "GH_TOKEN": "demo-app-token", **environ})


@contextmanager
def served(stage: Stage) -> Iterator[There]:
    """Have a deployment approved on the stage, and serve its GitHub."""
    stage.says(1, "cid", "approve")
    stage.says(2, "lea", "approve")
    document = stage.run().record
    with stage.served() as server:
        yield There(stage, server, document)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    with served(Stage(tmp_path_factory.mktemp("stage"))) as it:
        yield it


def test_a_record_is_compared_with_its_issue(there: There) -> None:
    done = there.verify("-", "--thread")
    assert done.exit_code == 0, done.output
    assert (lines(done)["issue"], lines(done)["closing"], lines(done)["rights"]) == (
        "ok",
        "ok",
        "not checked",
    )
    said = " ".join(done.stdout.split())
    assert "note: The account that opened the issue wrote this record there." in said


def test_the_document_shows_what_is_printed(there: There, tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```text\n(record\.json: .*?)```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    record = tmp_path / "record.json"
    record.write_text(canonical(there.document), encoding="utf-8")
    printed = there.verify(str(record), "--thread").stdout.partition("note: ")[0]
    ours = shown.replace("sha256:…", there.document["digest"]).replace("1.0.0", __version__)
    assert printed.partition("\nok ")[2] == ours.partition("\nok ")[2]


def test_a_record_is_read_from_its_issue_and_saved(there: There, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    done = there.verify(f"{there.address}#issuecomment-1", "--save", str(saved))
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{there.address}#issuecomment-1: approved, ")
    assert saved.read_text(encoding="utf-8") == canonical(there.document)


def test_a_forged_record_of_a_real_issue_fails(there: There) -> None:
    document = signed({**there.document, "gate": "9.9.9"})
    done = There(there.stage, there.server, document).verify("-", "--thread")
    assert (done.exit_code, lines(done)["closing"]) == (1, "FAILED")
    assert "note: A digest proves no origin" in " ".join(done.stdout.split())


def test_a_record_without_an_issue_or_of_another_server_is_not_compared(there: There) -> None:
    done = There(
        there.stage, there.server, {**record("input-error"), "issue": {"url": there.address}}
    ).verify("-")
    assert done.exit_code == 2
    done = called(
        "-", "--thread", stdin=canonical(record("input-error")), GH_TOKEN="x", GITHUB_API_URL=there.server.url
    )
    assert (done.exit_code, lines(done)["issue"]) == (1, "FAILED")
    done = there.verify("-", "--thread", GITHUB_SERVER_URL=None, GITHUB_API_URL=None)
    assert (done.exit_code, lines(done)["issue"]) == (1, "FAILED")
    assert "is not on https://github.com." in " ".join(done.stdout.split())


@pytest.mark.parametrize("end", ["", "/2", "/x/issues/1", "/acme/shop/issues/1x", "/acme/shop/pull/1"])
def test_an_address_that_is_not_an_issues_is_refused(there: There, end: str) -> None:
    done = there.verify(f"{there.address.partition('/acme')[0]}{end}")
    assert done.exit_code == 2
    assert "is not the address of an issue on " in done.stderr
    assert "For another server, set GITHUB_SERVER_URL and GITHUB_API_URL." in done.stderr


def test_an_issue_in_which_no_gate_wrote_a_record_has_none(there: There) -> None:
    issue = there.stage.world.open_issue(REPOSITORY, "mallory", "Deploy", "no marker")
    there.stage.world.comment(REPOSITORY, issue.number, "mallory", "```json\n{}\n```")
    done = there.verify(f"{there.address[:-1]}{issue.number}")
    assert done.exit_code == 2
    assert "is not a decision record.\n  It is not JSON: " in done.stderr


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"GH_TOKEN": "wrong"}, "GitHub does not accept the token."),
        ({"GH_TOKEN": "a b"}, "The token holds characters that no token has."),
    ],
)
def test_a_token_that_github_does_not_take_is_named(there: There, how: Mapping[str, str], words: str) -> None:
    done = there.verify("-", "--thread", **how)
    assert done.exit_code == (2 if " " in how["GH_TOKEN"] else 5)
    assert words in done.stderr
    assert "Set GH_TOKEN or GITHUB_TOKEN to one that is valid." in done.stderr


def test_an_issue_that_is_not_there_is_githubs_answer(there: There) -> None:
    done = there.verify(f"{there.address}999")
    assert done.exit_code == 5
    assert f"There is no issue 1999 in {REPOSITORY} that this token can see." in done.stderr
    assert "Set GH_TOKEN or GITHUB_TOKEN to a token that can read issues" in done.stderr


def refusals(there: There) -> Iterator[str]:
    """Yield what GitHub's refusals say, with and without the right to read, and of an issue that is gone."""
    world, clock = there.stage.world, there.stage
    read = partial(
        read_conversation, REPOSITORY, 1, [], "demo-app-token", {"GITHUB_API_URL": there.server.url}
    )
    acts: Sequence[Callable[[], object]] = (
        lambda: setattr(world.tokens["demo-app-token"], "graphql", False),
        lambda: world.tokens["demo-app-token"].permissions.pop("issues"),
        lambda: (
            world.tokens["demo-app-token"].permissions.update(issues="write"),
            world.delete_issue(REPOSITORY, 1),
        ),
    )
    for act in acts:
        act()
        with pytest.raises(GitHubError) as met:
            read(clock)
        yield str(met.value)


def test_a_refusal_says_what_to_do_at_a_terminal(tmp_path: Path) -> None:
    with served(Stage(tmp_path)) as there:
        for told in refusals(there):
            assert "a new deployment" not in told
            assert "GH_TOKEN" in told or "What is recorded cannot be compared with it any more." in told
