"""What the command line says about itself: help, a call without a verb, and the completion in a shell."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from approval_gate.cli import _VERBS, main
from approval_gate.runner.inputs import Group, ReportInputs, SweepInputs, WaitInputs, inputs_of

ROOT = Path(__file__).parents[2]
POLICY = (ROOT / "examples/approval-policy.yml").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
(FOR_BASH,) = re.findall(r"^\| bash .*`(eval .+)` \|$", DOCUMENT, re.MULTILINE)
"""The line that the document has for ~/.bashrc."""
PROGRAM = str(Path(sys.executable).with_name("approval-gate"))
ENVIRONMENT = {"PATH": f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"}
BASH = ("bash", "--norc", "-c")
LIMIT = 30


def commands(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command, the program's own with none."""
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None, name
            yield from commands(inner, (*path, name))


COMMANDS = [*commands()]


def called(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="approval-gate", terminal_width=80)


def command_of(words: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    return command


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_fits_80_columns_and_is_not_cut(words: tuple[str, ...]) -> None:
    done = called(*words, "--help")
    assert done.exit_code == 0
    assert max(map(len, done.output.splitlines())) <= 80
    assert "..." not in done.output.partition("\n")[2]
    assert called(*words, "-h").output == done.output


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_lists_its_commands_or_shows_each_option_once(
    words: tuple[str, ...],
) -> None:
    shown, command = called(*words, "--help").output, command_of(words)
    for option in command.get_params(click.Context(command)):
        if isinstance(option, click.Option):
            (name,) = [it for it in option.opts if it.startswith("--")]
            assert len(re.findall(rf"^  (?:-\w, )?{name}\b(?!-)", shown, re.MULTILINE)) == 1, name
    for name in command.list_commands(click.Context(command)) if isinstance(command, click.Group) else ():
        assert re.search(rf"^  {name}  +\S.*", shown, re.MULTILINE), name


@pytest.mark.parametrize(
    ("verb", "declaration"), [("wait", WaitInputs), ("report", ReportInputs), ("sweep", SweepInputs)]
)
def test_the_inputs_of_a_verb_are_shown_by_group_in_order(verb: str, declaration: type) -> None:
    shown, inputs = called(verb, "--help").output, inputs_of(declaration)
    titles = re.findall(r"^([A-Z].*):$", shown, re.MULTILINE)
    assert titles == [*(group for group in Group if group in {it.group for it in inputs}), "Options"]
    for one in inputs:
        section = shown.partition(f"\n{one.group}:\n")[2].partition("\n\n")[0]
        assert re.search(rf"^  --{one.name}\b(?!-)", section, re.MULTILINE), one.name


@pytest.mark.parametrize(
    ("verb", "option", "default"),
    [
        ("wait", "minimum-approvals", "all of them"),
        ("wait", "fail-on-denial", "true"),
        ("wait", "polling-interval-seconds", "3"),
        ("wait", "environment", "`production`"),
        ("report", "target-repository", "this repository"),
        ("policy explain", "deployment-type", "standard"),
    ],
)
def test_help_tells_what_holds_if_an_option_is_not_given(verb: str, option: str, default: str) -> None:
    shown = called(*verb.split(), "--help").output
    text = re.split(r"^  -", shown.partition(f"  --{option} ")[2], flags=re.MULTILINE)[0]
    assert f"[default: {default}]" in " ".join(text.split())


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_of_a_gate_writes_no_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert called("wait", flag).exit_code == 0
    assert not (tmp_path / "output").exists()


def test_a_value_that_looks_like_a_call_for_help_is_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert called("wait", "--issue-title", "-h").exit_code == 2
    assert "approval-status<<" in (tmp_path / "output").read_text(encoding="utf-8")


def test_the_program_without_a_verb_says_what_to_do_next_and_fails() -> None:
    done = called()
    assert (done.exit_code, done.stdout) == (2, "")
    named = re.findall(r"^  approval-gate (\S+)", done.stderr, re.MULTILINE)
    assert named == ["rehearse", "policy", "--help"]
    assert (ROOT / done.stderr.splitlines()[-1]).is_file()
    assert max(map(len, done.stderr.splitlines())) <= 80


def test_a_misspelt_verb_is_answered_with_the_one_that_was_meant() -> None:
    done = called("reherse")
    assert done.exit_code == 2
    assert "No such command 'reherse'. Did you mean `rehearse`?" in done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("help", "Did you mean `--help`?"),
        ("--verison", "Did you mean `--version`?"),
        ("start", f"No such command 'start'. Write one of {', '.join(_VERBS)}."),
        ("wait --aprovers ann", "No such option '--aprovers'. Did you mean `--approvers`?"),
        (
            "wait --runtime docker",
            "No such option '--runtime'. `approval-gate wait --help` lists the options.",
        ),
        ("wait --require-checklist", "requires an argument. Write `--require-checklist true|false`."),
        ("report --issue-number #3 --result success", "'#3' is not a whole number. Write 3."),
        ("rehearse --scenario denied", "Did you mean `SCENARIO`?"),
        ("rehearse --full=yes", "Option '--full' does not take a value. Write `--full`."),
        ("verify x --expect aproved", "is not one of"),
        ("verify x --expect aproved", "Did you mean `approved`?"),
        ("audit --repository acme/shop --format cvs", "Did you mean `csv`?"),
        (
            "audit --repository acme/shop --days 3months",
            "'3months' is not a whole number. Write days: 90.",
        ),
        ("audit --repository acme/shop --days 0", "0 is not in the range 1<=x<=3650."),
        ("audit --repository https://github.com/acme/shop", "is not a repository: write `acme/shop`."),
        ("rehearse timeout", "Did you mean `timed-out`?"),
    ],
)
def test_what_was_probably_meant_is_named_and_nothing_far_from_it(line: str, said: str) -> None:
    done = called(*line.split())
    assert done.exit_code == 2
    assert said in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("re", ["report", "record", "rehearse"]),
        ("wait --fail-on-", ["--fail-on-denial", "--fail-on-timeout"]),
        ("sweep --keep-issue-open ", ["true", "false"]),
        ("rehearse c", ["cancelled", "closed"]),
        ("policy explain --deployment-type h", ["hotfix"]),
        ("policy explain other.yml --deployment-type w", ["weekly"]),
        ("policy explain missing.yml --deployment-type ", []),
    ],
)
def test_bash_completes_with_the_documented_line(tmp_path: Path, line: str, completions: list[str]) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/approval-policy.yml").write_text(POLICY)
    (tmp_path / "other.yml").write_text(POLICY.replace("  hotfix:", "  weekly:"))
    words = ["approval-gate", *line.split(" ")]
    script = f"""
        {FOR_BASH}
        function=$(complete -p approval-gate | grep -o '_approval_gate[a-z_]*')
        COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
        COMP_CWORD={len(words) - 1}
        $function approval-gate
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        (*BASH, script),
        env=ENVIRONMENT,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.split() == completions


@pytest.mark.parametrize("verb", ["wait", "report", "sweep"])
def test_a_shell_completes_a_step_without_loading_what_speaks_to_github(verb: str) -> None:
    code = """
import sys
from approval_gate.cli import _VERBS, main
try:
    main(prog_name="approval-gate")
except SystemExit:
    print(*{"requests", "github", "jinja2", "pydantic"} & {*sys.modules})
"""
    asked = {
        "_APPROVAL_GATE_COMPLETE": "bash_complete",
        "COMP_WORDS": f"approval-gate {verb} --",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        (sys.executable, "-c", code),
        env={**ENVIRONMENT, **asked},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    *completions, loaded = done.stdout.splitlines()
    options = [name for one in command_of((verb,)).params for name in one.opts]
    assert completions == [f"plain,{name}" for name in (*options, "--help")]
    assert loaded == ""


def test_the_document_has_a_row_for_each_command() -> None:
    rows = re.findall(r"^\| `approval-gate ([a-z ]+)` \|", DOCUMENT, re.MULTILINE)
    groups = {words[:-1] for words in COMMANDS if words}
    assert {*rows} == {" ".join(words) for words in COMMANDS if words not in groups}
