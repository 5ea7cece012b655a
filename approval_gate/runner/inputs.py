"""The inputs of the actions, each defined once.

A field is an input: its name with hyphens, its type, its description and its default. From here come the
options of the command line (``options.py``) and, by ``make generate``, the action files and the reference.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

from approval_gate.core.result import Result
from approval_gate.core.timing import LONGEST_WINDOW, SHORTEST_WINDOW

T = TypeVar("T")
Names = tuple[str, ...]

_ADDRESS = re.compile(r"https?://[^\s/?#]\S{0,1999}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An input as it is declared.

    Attributes:
        name: as a workflow writes it.
        description: for ``--help``, the action files and the reference.
        parse: reads a text, and raises ValueError if the text cannot be used.
        expression: its default in an action file, where that is an expression.
    """

    name: str
    type: Any
    default: object
    description: str
    least: float = 0
    most: float = 0
    parse: Callable[[str], Any] = str
    expression: str = ""


def inputs_of(declaration: type) -> tuple[Input, ...]:
    """Return the inputs that a class declares, in its order."""
    types = get_type_hints(declaration)
    return tuple(
        Input(name=one.name.replace("_", "-"), type=types[one.name], default=one.default, **one.metadata)
        for one in fields(declaration)
    )


def _input(default: T, description: str, **more: Any) -> T:  # noqa: ANN401 - the attributes of Input
    """Declare an input."""
    return field(default=default, metadata={"description": description, **more})


def _address(text: str) -> str:
    """Return an absolute http address, which has neither blanks nor invisible characters."""
    if not _ADDRESS.fullmatch(text) or not text.isprintable():
        raise ValueError(f"{text[:100]!r} is not an address with http:// or https:// and no blanks.")
    return text


def _result(text: str) -> Result:
    """Return a job's result, which is given as ``needs.<job>.result`` has it."""
    if text not in set(Result):
        raise ValueError(f"{text[:100]!r} is not one of {', '.join(map(repr, map(str, Result)))}.")
    return Result(text)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AccessInputs:
    """What every verb takes: what to work with, and where the issue is."""

    token: str = _input(
        "",
        "The token to work with. It needs `issues: write`, a gate also `contents: read` and, to see "
        "teams, the organisation's `Members: read`.",
        expression="${{ github.token }}",
    )
    secret: str = _input("", "The same as `token`, and takes precedence over it.")
    app_id: str = _input(
        "", "A GitHub App instead of a token. It sees teams, and its token is renewed within the hour."
    )
    app_private_key: str = _input("", "The app's private key, as the .pem file has it.")
    target_repository: str = _input("", "The repository that the issue is opened in; this one if not given.")
    target_repository_owner: str = _input("", "Its owner; this repository's if not given.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SweepInputs(AccessInputs):
    """The inputs of ``sweep``."""

    keep_issue_open: bool = _input(
        False, "Leave an approved request's issue open; `report` closes it with the deployment's result."
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReportInputs(AccessInputs):
    """The inputs of ``report``."""

    issue_number: int | None = _input(
        None, "The gate's output of that name. If it is empty no issue was opened.", least=1, most=10**9
    )
    result: Result | None = _input(
        None, "How the deployment ended, as `needs.<job>.result` has it.", parse=_result
    )
    monitoring_result: Result | None = _input(None, "How the monitoring after it ended.", parse=_result)
    release_url: str | None = _input(None, "The page of the release.", parse=_address)
    rollback_result: Result | None = _input(None, "How the rollback ended.", parse=_result)
    rollback_url: str | None = _input(None, "The page of the rollback.", parse=_address)
    suite_result: Result | None = _input(
        None, "How the full test suite ended that ran after a deployment without tests.", parse=_result
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WaitInputs(SweepInputs):
    """The inputs of ``wait``."""

    approvers: Names = _input(
        (),
        "Who may approve, separated by commas or lines: users (`ann`, `user:ann`), teams (`team`, "
        "`org/team`) and `codeowners:/path/`.",
    )
    minimum_approvals: int | None = _input(
        None, "How many must approve; everybody who may if not given.", least=1, most=1_000
    )
    approve_alone: Names = _input((), "Those of the approvers whose approval is enough by itself.")
    exclude_workflow_initiator_as_approver: bool = _input(
        False, "Bar everybody who started or re-ran the workflow from approving; they can still deny."
    )
    require_write_access: bool = _input(
        True,
        "Count an answer only from someone who can write to this repository. `false` takes teams and "
        "`user:ann` only, no plain names.",
    )
    policy_file: str = _input(
        "", "The policy document, on the default branch, instead of the five above and of `checklist`."
    )
    deployment_type: str = _input(
        "standard", "Which of the policy's types of deployment this is.", parse=str.strip
    )
    details: str = _input("", "What the type of deployment requires, as `**Field**: value` lines or YAML.")
    environment: str = _input(
        "",
        "What is deployed to; if not given `production`, or unknown where `issue-title` is given. Of an "
        "unknown one nothing is said, and no label is set.",
    )
    version: str = _input(
        "",
        "What is deployed; the ref's name if not given. A tag, branch or commit that it names must be "
        "the run's commit, and a tag must still be when it is approved.",
    )
    checklist: str = _input(
        "default",
        "`default` (the process's 18 items, unless the issue's body has a task list), `none`, or a "
        "Markdown file on the default branch.",
        parse=str.strip,
    )
    require_checklist: bool = _input(
        False,
        "Hold the approval until approvers have ticked every item; otherwise an approval vouches for the "
        "list.",
    )
    issue_title: str = _input(
        "", "The issue's title; `Production Deployment Approval: v1.2.3` and the like if not given."
    )
    issue_body: str = _input("", "Markdown that is placed above the checklist.")
    issue_body_file_path: str = _input(
        "",
        "A file with the same: a regular one under the workspace or RUNNER_TEMP, not a link, not under "
        "`.git`.",
    )
    issue_labels: Names | None = _input(None, "`deployment, <environment>, approval-required` if not given.")
    timeout_minutes: float | None = _input(
        None,
        "How long people have; 60 if not given, or the policy's window, which it can only shorten.",
        least=SHORTEST_WINDOW,
        most=LONGEST_WINDOW,
    )
    polling_interval_seconds: float = _input(
        3.0,
        "The shortest wait between two polls, which are free while nothing changes.",
        least=0.1,
        most=3_600,
    )
    additional_approved_words: Names = _input((), "Further words that approve, taken literally.")
    additional_denied_words: Names = _input((), "Further words that deny, taken literally.")
    require_denial_reason: bool = _input(True, "Ask for a reason before a denial ends the gate.")
    close_issue_means_denial: bool = _input(
        False, "An approver who closes the issue denies the request instead of cancelling it."
    )
    allow_email_votes: bool = _input(
        True, "Count an approval that was sent by e-mail; a denial always counts."
    )
    fail_on_denial: bool = _input(True, "Fail the step when the request is denied.")
    fail_on_timeout: bool = _input(True, "Fail the step when nobody decided in time.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LauncherInputs:
    """What ``launch.sh`` reads, before there is a program."""

    runtime: str = _input("auto", "`docker`, `python`, or `auto` for the first of them that can be used.")
    image: str = _input("", "A mirror of the released image; it keeps that digest unless you name another.")
