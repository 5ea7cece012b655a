"""The inputs of the actions, each defined once.

A field is an input: its name with hyphens, its type, its group, its description and its default. From here
come the options of the command line (``options.py``) and, by ``make generate``, the action files and the
reference.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints
from urllib.parse import urlsplit

from approval_gate.core.artifacts import Artifact
from approval_gate.core.artifacts import parse as parse_artifacts
from approval_gate.core.result import Result
from approval_gate.core.suggest import did_you_mean
from approval_gate.core.timing import LONGEST_WINDOW, SHORTEST_WINDOW

T = TypeVar("T")
Names = tuple[str, ...]

NEEDS = "Write `${{ needs.deploy.result }}`, with the name of the job."
MOST_ADDRESSES, LONGEST_ADDRESS = 20, 2_000
"""Of ``notify-urls``: altogether they fit into a pipe, and no run has a hundred of them to wait for."""

_SERVICE = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE | re.ASCII)
_LONGEST_VERSION = 255
_ADDRESS = re.compile(r"https?://[^\s/?#]\S{0,1999}")


class Group(StrEnum):
    """What an input is about; help and reference list the groups in this order."""

    APPROVERS = "Who approves"
    DEPLOYMENT = "What is deployed"
    ISSUE = "The issue"
    ANSWERS = "Answers"
    WAITING = "Waiting"
    ENDING = "Ending"
    RESULT = "The deployment's result"
    NOTIFICATIONS = "Notifications"
    ACCESS = "Access"
    LAUNCH = "Running the gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An input as it is declared.

    Attributes:
        name: as a workflow writes it.
        description: for ``--help``, the action files and the reference.
        otherwise: in words, what holds if it is not given, where the default does not say that.
        parse: reads a text, and raises ValueError if the text cannot be used.
        choices: the texts that can be given, where they are few.
        expression: its default in an action file, where that is an expression.
    """

    name: str
    type: Any
    default: object
    group: Group
    description: str
    otherwise: str = ""
    least: float = 0
    most: float = 0
    parse: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    expression: str = ""

    @property
    def default_text(self) -> str:
        """The default as a workflow writes it; empty if nothing is given."""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        if isinstance(self.default, float):
            return f"{self.default:g}"
        return str(self.default or "")


def inputs_of(declaration: type) -> tuple[Input, ...]:
    """Return the inputs that a class declares, by group, and within one in the class's order."""
    types, order = get_type_hints(declaration), [*Group]
    inputs = [
        Input(name=one.name.replace("_", "-"), type=types[one.name], default=one.default, **one.metadata)
        for one in fields(declaration)
    ]
    return tuple(sorted(inputs, key=lambda one: order.index(one.group)))


def _input(group: Group, default: T, description: str, **more: Any) -> T:  # noqa: ANN401 - the attributes of Input
    """Declare an input."""
    return field(default=default, metadata={"group": group, "description": description, **more})


def _address(text: str) -> str:
    """Return an absolute http address, which has neither blanks nor invisible characters."""
    if not _ADDRESS.fullmatch(text) or not text.isprintable():
        raise ValueError(f"{text[:100]!r} is not an address: write it with https:// and without blanks.")
    return text


def _result(text: str) -> Result:
    """Return a job's result, which is given as ``needs.<job>.result`` has it."""
    if text not in set(Result):
        meant = did_you_mean(text, Result) or NEEDS
        raise ValueError(f"{text[:100]!r} is not one of {', '.join(map(str, Result))}. {meant}")
    return Result(text)


def _addresses(text: str) -> Names:
    """Return the addresses of a text, one on a line; each is a secret, so an error names its position."""
    lines = tuple(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))
    if len(lines) > MOST_ADDRESSES:
        raise ValueError(f"it has {len(lines)} addresses, and {MOST_ADDRESSES} are the most that it takes.")
    for position, line in enumerate(lines, 1):
        if len(line) > LONGEST_ADDRESS:
            raise ValueError(f"address {position} has more than {LONGEST_ADDRESS} characters.")
        if not _SERVICE.fullmatch(line) or not line.isprintable() or not _has_valid_place(line):
            raise ValueError(
                f"address {position} is not valid. Write one on each line, with its scheme, such as `https://`."
            )
    return lines


def _has_valid_place(address: str) -> bool:
    """Whether what follows the scheme of a web address is a host, and a port if there is one."""
    try:
        parts = urlsplit(address)
        return parts.scheme not in {"http", "https"} or bool(parts.hostname and parts.port != 0)
    except ValueError:
        return False


def _version(text: str) -> str:
    """Return a version, which is any name on one line."""
    version = text.strip()
    if not version.isprintable() or len(version) > _LONGEST_VERSION:
        raise ValueError(
            f"{version[:100]!r} is not a version: write one line of at most {_LONGEST_VERSION} characters."
        )
    return version


_RESULTS = tuple(map(str, Result))


def _notify_urls(description: str) -> Names:
    """Declare the addresses outside of GitHub that a verb sends to."""
    return _input(Group.NOTIFICATIONS, (), description, parse=_addresses)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AccessInputs:
    """What every verb takes: what to work with, and where the issue is."""

    token: str = _input(
        Group.ACCESS,
        "",
        "The token to work with. It needs `issues: write`; the gate also needs `contents: read` and, to "
        "read teams, the organisation's `Members: read`.",
        expression="${{ github.token }}",
    )
    secret: str = _input(Group.ACCESS, "", "Another name for `token`. If both are given, this one is used.")
    app_id: str = _input(
        Group.ACCESS,
        "",
        "The id of a GitHub App to use instead of a token. An app can read teams, and its token is renewed "
        "while the gate waits.",
    )
    app_private_key: str = _input(
        Group.ACCESS, "", "The app's private key: the whole content of its .pem file."
    )
    target_repository: str = _input(
        Group.ACCESS,
        "",
        "The repository of the issue, as `name` or `owner/name`.",
        otherwise="this repository",
    )
    target_repository_owner: str = _input(
        Group.ACCESS, "", "The owner of `target-repository`.", otherwise="this repository's owner"
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SweepInputs(AccessInputs):
    """The inputs of ``sweep``."""

    keep_issue_open: bool = _input(
        Group.ENDING,
        False,
        "Leave the issue open after an approval. `report` closes it with the deployment's result.",
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReportInputs(AccessInputs):
    """The inputs of ``report``."""

    issue_number: int | None = _input(
        Group.RESULT,
        None,
        "The gate's output `issue-number`. Nothing is reported if it is empty: no issue was opened.",
        least=1,
        most=10**9,
    )
    result: Result | None = _input(
        Group.RESULT,
        None,
        "How the deployment ended: `needs.<job>.result` of the job that deploys. Required.",
        parse=_result,
        choices=_RESULTS,
    )
    monitoring_result: Result | None = _input(
        Group.RESULT,
        None,
        "How the monitoring after the deployment ended.",
        parse=_result,
        choices=_RESULTS,
    )
    release_url: str | None = _input(Group.RESULT, None, "The address of the release's page.", parse=_address)
    rollback_result: Result | None = _input(
        Group.RESULT, None, "How the rollback ended.", parse=_result, choices=_RESULTS
    )
    rollback_url: str | None = _input(
        Group.RESULT, None, "The address of the rollback's run or page.", parse=_address
    )
    notify_urls: Names = _notify_urls("Where to send the result, as in the gate's `notify-urls`.")
    rolled_back_to: str = _input(
        Group.RESULT, "", "The version that the rollback went back to.", parse=_version
    )
    suite_result: Result | None = _input(
        Group.RESULT,
        None,
        "How the full test suite ended, where the deployment skipped it and it ran afterwards.",
        parse=_result,
        choices=_RESULTS,
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WaitInputs(SweepInputs):
    """The inputs of ``wait``."""

    approvers: Names = _input(
        Group.APPROVERS,
        (),
        "The people and teams who can approve, separated by commas or lines: `ann`, `user:ann`, `team`, "
        "`org/team`, `codeowners:/path/`, `environment:production` (its required reviewers), `role:maintain` "
        "(people with at least that role here).",
    )
    minimum_approvals: int | None = _input(
        Group.APPROVERS, None, "How many of them must approve.", otherwise="all of them", least=1, most=1_000
    )
    approve_alone: Names = _input(
        Group.APPROVERS, (), "Those of the approvers whose approval is enough by itself."
    )
    exclude_workflow_initiator_as_approver: bool = _input(
        Group.APPROVERS,
        False,
        "Count no approval by anyone who started or re-ran the workflow. They can still deny.",
    )
    require_write_access: bool = _input(
        Group.APPROVERS,
        True,
        "Count an answer only from people who can write to this repository. With `false`, write approvers "
        "as teams or `user:ann`, not as plain names.",
    )
    policy_file: str = _input(
        Group.APPROVERS,
        "",
        "A policy document on the default branch, such as `.github/approval-policy.yml`. It replaces the "
        "five inputs above and `checklist`.",
    )
    environment: str = _input(
        Group.DEPLOYMENT,
        "",
        "The environment that is deployed to. If you give `issue-title` and no environment, none is named "
        "anywhere.",
        otherwise="`production`",
    )
    version: str = _input(
        Group.DEPLOYMENT,
        "",
        "The version that is deployed. If it names a tag, branch or commit, that must be the run's commit. "
        "A tag is checked again before the approval.",
        otherwise="the run's branch or tag",
    )
    artifacts: tuple[Artifact, ...] = _input(
        Group.DEPLOYMENT,
        (),
        "What is deployed, one artifact a line, as `name@sha256:…`. The issue and the record have it, and "
        "`subjects-path` passes it on to an attestation.",
        parse=parse_artifacts,
    )
    deployment_type: str = _input(
        Group.DEPLOYMENT,
        "standard",
        "One of the policy's deployment types, such as `hotfix` or `emergency`.",
        parse=str.strip,
    )
    details: str = _input(
        Group.DEPLOYMENT,
        "",
        "What the policy requires for this deployment type, such as the incident: `**Field**: value` lines, "
        "or YAML.",
    )
    issue_title: str = _input(
        Group.ISSUE,
        "",
        "The issue's title.",
        otherwise="`Production Deployment Approval: v1.2.3`, with environment and version",
    )
    issue_body: str = _input(Group.ISSUE, "", "Markdown to show above the checklist.")
    issue_body_file_path: str = _input(
        Group.ISSUE,
        "",
        "A file to take the issue's body from, under the workspace or RUNNER_TEMP. Links and files under "
        "`.git` are refused.",
    )
    issue_labels: Names | None = _input(
        Group.ISSUE,
        None,
        "The issue's labels, separated by commas or lines.",
        otherwise="`deployment, <environment>, approval-required`",
    )
    checklist: str = _input(
        Group.ISSUE,
        "default",
        "`default` for the 18 standard checks (left out if the issue's body has a task list), `none`, or a "
        "Markdown file on the default branch.",
        parse=str.strip,
    )
    require_checklist: bool = _input(
        Group.ISSUE,
        False,
        "Wait until approvers have ticked every item. Otherwise an approval confirms the whole list.",
    )
    additional_approved_words: Names = _input(
        Group.ANSWERS, (), "More words that approve, separated by commas or lines. They are not patterns."
    )
    additional_denied_words: Names = _input(
        Group.ANSWERS, (), "More words that deny, separated by commas or lines. They are not patterns."
    )
    require_denial_reason: bool = _input(
        Group.ANSWERS, True, "Ask for the reason of a denial that has none, before it ends the gate."
    )
    close_issue_means_denial: bool = _input(
        Group.ANSWERS,
        False,
        "Treat it as a denial if an approver closes the issue. Otherwise that cancels the request.",
    )
    allow_email_votes: bool = _input(
        Group.ANSWERS, True, "Count approvals that were sent by e-mail. Denials by e-mail always count."
    )
    timeout_minutes: float | None = _input(
        Group.WAITING,
        None,
        "How many minutes people have to answer. It can only shorten a policy's window. Without a policy, "
        "people who have not answered are reminded halfway.",
        otherwise="60, or the policy's window",
        least=SHORTEST_WINDOW,
        most=LONGEST_WINDOW,
    )
    polling_interval_seconds: float = _input(
        Group.WAITING,
        3.0,
        "The shortest pause between two looks at the issue. While nothing changes, a look uses up no quota.",
        least=0.1,
        most=3_600,
    )
    notify_urls: Names = _notify_urls(
        "Where to send a message when people are asked or reminded and when it ended: addresses of Slack, "
        "Teams, e-mail or any webhook, one on each line. Pass them as a secret."
    )
    fail_on_denial: bool = _input(
        Group.ENDING,
        True,
        "Fail the step after a denial. With `false` it succeeds, and later jobs must read `approval-status`.",
    )
    fail_on_timeout: bool = _input(
        Group.ENDING,
        True,
        "Fail the step after a timeout. With `false` it succeeds, and later jobs must read "
        "`approval-status`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LauncherInputs:
    """What ``launch.sh`` reads, before there is a program."""

    runtime: str = _input(
        Group.LAUNCH,
        "auto",
        "`docker`, `python`, or `auto` for the first of them that works on this runner.",
    )
    image: str = _input(
        Group.LAUNCH,
        "",
        "Where to pull the image from instead, such as a mirror. The released digest is added unless you "
        "name another.",
        otherwise="the released image",
    )
