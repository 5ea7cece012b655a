"""The actions' inputs: one definition gives the option, its help, its check and its name in an error.

Every input is an option of the command line, of each verb that takes it, read from ``INPUT_<NAME>`` if it
is not given: with underscores, or with hyphens as the runner sets it for
docker actions. An empty or blank value means that it was not given.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click

from approval_gate.core.model import Vocabulary
from approval_gate.core.result import Result, Results
from approval_gate.errors import InputError, Problems
from approval_gate.runner.body import read_body
from approval_gate.runner.deployed import read_destination, read_version
from approval_gate.runner.environment import REPOSITORY, RunContext

F = TypeVar("F", bound=Callable[..., Any])

_TITLE_LIMIT = 256
_MINUTES = 7_200.0  # a job lives 5 days on a self-hosted runner, the longest there is
_SPLIT = re.compile(r"[,\n]")
_ADDRESS = re.compile(r"https?://[^\s/?#]\S{0,1999}")
_APP_ID = re.compile(r"[A-Za-z0-9.]{1,50}", re.ASCII)


class _Number(click.ParamType[float | int]):
    """A number within bounds; whole, or with decimals."""

    name = "number"

    def __init__(self, least: float, most: float, *, whole: bool) -> None:
        self._least, self._most, self._whole = least, most, whole

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | int:  # noqa: ANN401 - click's form
        kind = "a whole number" if self._whole else "a number"
        form = r"[+-]?[0-9]{1,12}" if self._whole else r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?"
        text = str(value).strip()
        if not re.fullmatch(form, text, re.ASCII):
            self.fail(f"{text[:100]!r} is not {kind}.", param, ctx)
        number = int(text) if self._whole else float(text)
        if not self._least <= number <= self._most or not math.isfinite(number):
            self.fail(f"{text} is not between {self._least:.12g} and {self._most:.12g}.", param, ctx)
        return number


class _Boolean(click.ParamType[bool]):
    """``true`` or ``false``, in any case."""

    name = "boolean"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:  # noqa: ANN401 - click's form
        if isinstance(value, bool):
            return value
        text = value.strip().lower()
        if text not in {"true", "false"}:
            self.fail(f"{value[:100]!r} is neither `true` nor `false`.", param, ctx)
        return bool(text == "true")


class _Names(click.ParamType[tuple[str, ...]]):
    """Names separated by commas or line ends, each once."""

    name = "list"

    def convert(self, value: Any, *_: object) -> tuple[str, ...]:  # noqa: ANN401 - click's form
        if isinstance(value, tuple):
            return value
        return tuple(dict.fromkeys(filter(None, (part.strip() for part in _SPLIT.split(value)))))


class _Text(click.ParamType[str]):
    """Text, as it is."""

    name = "text"

    def convert(self, value: Any, *_: object) -> str:  # noqa: ANN401 - click's form
        return str(value)


class _Address(click.ParamType[str]):
    """An absolute http address; invisible characters are no part of one, and neither are blanks."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401 - click's form
        text = str(value)
        if not _ADDRESS.fullmatch(text) or not text.isprintable():
            self.fail(f"{text[:100]!r} is not an address with http:// or https:// and no blanks.", param, ctx)
        return text


class InputOption(click.Option):
    """An option that is an input of an action."""

    @property
    def input_name(self) -> str:
        """The input's name, as a workflow writes it."""
        return (self.name or "").replace("_", "-")

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Read ``INPUT_A_B`` or ``INPUT_A-B``; both and different is an error."""
        environ: Mapping[str, str] = ctx.find_object(dict) or {}
        upper = self.input_name.upper()
        spellings = {f"INPUT_{upper.replace('-', '_')}", f"INPUT_{upper}"}
        given = {value for name in spellings if (value := environ.get(name, "")).strip()}
        if len(given) > 1:
            raise click.BadParameter(f"{' and '.join(sorted(spellings))} are set and differ.", ctx, self)
        return given.pop() if given else None

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Note what is wrong with the value, and go on: all that is wrong is told at once."""
        value = self.default
        with problems_of(ctx):
            try:
                value, args = super().handle_parse_result(ctx, opts, args)
            except click.BadParameter as error:
                ctx.params[self.name or ""] = value
                raise usage_error(error) from error
        return value, args

    def value_from_envvar(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's form
        """Return it as it is: click would split a list at blanks."""
        return self.resolve_envvar_value(ctx)

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, Any]:
        """Take a blank value for one that was not given."""
        return super().consume_value(ctx, {key: value for key, value in opts.items() if str(value).strip()})


def problems_of(context: click.Context) -> Problems:
    """Return what is wrong with the options of a command line."""
    problems = context.meta.setdefault(__name__, Problems())
    assert isinstance(problems, Problems)  # noqa: S101 - nobody else writes under this name
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A GitHub App, and the key that it signs with."""

    id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What to work with, and where.

    Attributes:
        credential: a token, or an app that makes its own.
    """

    credential: "str | App" = field(repr=False)
    target_repository: str

    @property
    def secret(self) -> str:
        """What must not be seen."""
        return self.credential.private_key if isinstance(self.credential, App) else self.credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of one ``wait``, checked and filled with their defaults."""

    access: Access
    approvers: tuple[str, ...]
    minimum_approvals: int | None
    approve_alone: tuple[str, ...]
    exclude_initiator: bool
    require_write_access: bool
    environment: str | None
    version: str
    checklist: str
    require_checklist: bool
    issue_title: str
    issue_body: str
    issue_labels: tuple[str, ...]
    policy_file: str | None
    deployment_type: str
    details: str
    timeout_minutes: float | None
    polling_interval: float
    vocabulary: Vocabulary
    require_denial_reason: bool
    closing_denies: bool
    email_votes: bool
    fail_on_denial: bool
    fail_on_timeout: bool
    keep_issue_open: bool


_WHOLE = _Number(1, 1_000, whole=True)
_FLAG, _NAMES, _TEXT, _ADDRESSED = _Boolean(), _Names(), _Text(), _Address()
_RESULT = click.Choice([result.value for result in Result])
_ISSUE = _Number(1, 10**9, whole=True)

Definition = tuple[str, click.ParamType[Any], object, str]
"""Name, type, default and help of an input."""

OPTIONS: tuple[Definition, ...] = (
    (
        "token",
        _TEXT,
        None,
        (
            "The token to work with; needs issues: write, a gate also contents: read and, "
            "to see teams, Members: read."
        ),
    ),
    ("secret", _TEXT, None, "The same as token, and goes before it."),
    (
        "app-id",
        _TEXT,
        None,
        "A GitHub App instead of a token; its token is renewed while people are awaited.",
    ),
    ("app-private-key", _TEXT, None, "The app's private key, as the .pem file has it."),
    (
        "approvers",
        _NAMES,
        (),
        "Who may approve: users, teams (`team`, `org/team`), `user:ann`, `codeowners:/path/`.",
    ),
    ("minimum-approvals", _WHOLE, None, "How many must approve; everybody who may if not given."),
    ("approve-alone", _NAMES, (), "Those of the approvers whose approval suffices alone."),
    ("exclude-workflow-initiator-as-approver", _FLAG, False, "Bar whoever started or re-ran the workflow."),
    ("require-write-access", _FLAG, True, "Count a vote only from someone who can write to this repository."),
    (
        "policy-file",
        _TEXT,
        None,
        (
            "The policy document, on the default branch, instead of approvers to require-write-access, "
            "and of checklist."
        ),
    ),
    ("deployment-type", _TEXT, "standard", "Which of the policy's types of deployment this is."),
    ("details", _TEXT, None, "What the type asks for, as `**Field**: value` lines or YAML."),
    (
        "environment",
        _TEXT,
        None,
        "What is deployed to; `production` if not given, and unknown where an issue-title is.",
    ),
    ("version", _TEXT, None, "What is deployed; the ref's name if not given."),
    ("checklist", _TEXT, "default", "`default`, `none`, or a Markdown file on the default branch."),
    (
        "require-checklist",
        _FLAG,
        False,
        "Hold the approval until somebody who may approve has ticked every item.",
    ),
    ("issue-title", _TEXT, None, "The issue's title; built from environment and version if not given."),
    ("issue-body", _TEXT, None, "Markdown that is placed above the checklist."),
    ("issue-body-file-path", _TEXT, None, "A file with the same, under the workspace or RUNNER_TEMP."),
    ("issue-labels", _NAMES, None, "`deployment, <environment>, approval-required` if not given."),
    ("target-repository", _TEXT, None, "The repository that the issue goes to; this one if not given."),
    ("target-repository-owner", _TEXT, None, "Its owner; this repository's if not given."),
    (
        "timeout-minutes",
        _Number(0.01, _MINUTES, whole=False),
        None,
        "How long to wait for people; 60, or as long as the policy says, which it can only shorten.",
    ),
    (
        "polling-interval-seconds",
        _Number(0.1, 3_600, whole=False),
        3.0,
        "The shortest wait between two looks.",
    ),
    ("additional-approved-words", _NAMES, (), "Further words that approve, literally."),
    ("additional-denied-words", _NAMES, (), "Further words that deny, literally."),
    ("require-denial-reason", _FLAG, True, "Ask for a reason before a denial ends the gate."),
    (
        "close-issue-means-denial",
        _FLAG,
        False,
        "An approver's closing of the issue denies instead of cancelling.",
    ),
    ("allow-email-votes", _FLAG, True, "Count an approval that came by e-mail; a denial always counts."),
    ("fail-on-denial", _FLAG, True, "Fail the step when it is denied."),
    ("fail-on-timeout", _FLAG, True, "Fail the step when nobody decided in time."),
    ("keep-issue-open", _FLAG, False, "Leave an approved request's issue open for the deployment's result."),
)
"""The inputs of ``wait``."""

_SHARED = ("token", "secret", "app-id", "app-private-key", "target-repository", "target-repository-owner")

SWEEP_OPTIONS = tuple(option for option in OPTIONS if option[0] in {*_SHARED, "keep-issue-open"})
"""The inputs of ``sweep``."""

REPORT_OPTIONS: tuple[Definition, ...] = (
    *(option for option in OPTIONS if option[0] in _SHARED),
    ("issue-number", _ISSUE, None, "The gate's output of that name; empty if it opened no issue."),
    ("result", _RESULT, None, "How the deployment ended, as `needs.<job>.result` has it."),
    ("monitoring-result", _RESULT, None, "How the monitoring after it ended."),
    ("release-url", _ADDRESSED, None, "The page of the release."),
    ("rollback-result", _RESULT, None, "How the rollback ended."),
    ("rollback-url", _ADDRESSED, None, "A page that tells of the rollback."),
    ("suite-result", _RESULT, None, "How the full test suite ended that ran after a deployment without."),
)
"""The inputs of ``report``."""


def declared(options: Sequence[Definition]) -> Callable[[F], F]:
    """Give a click command an option for each of its inputs."""

    def declare(command: F) -> F:
        for name, kind, default, text in reversed(options):
            option = click.option(f"--{name}", cls=InputOption, type=kind, default=default, help=text)
            command = option(command)
        return command

    return declare


def usage_error(error: click.UsageError, remedy: str = "") -> InputError:
    """Return what click found wrong as the error of an input, with the input's own name."""
    option = error.param if isinstance(error, click.BadParameter) else None
    name = f"{option.input_name}: " if isinstance(option, InputOption) else ""
    return InputError(f"{name}{error.message}", remedy=remedy)


def read_access(given: Mapping[str, Any], environment: RunContext) -> Access:
    """Check the inputs that every verb has.

    Raises:
        InputError: they contradict each other, or one is missing; it is named.
    """
    return Access(
        credential=_app(given) or _token(given["token"], given["secret"]),
        target_repository=_target(given, environment),
    )


def read_results(given: Mapping[str, Any]) -> Results:
    """Read how the parts of a deployment ended.

    Raises:
        InputError: of the deployment itself nothing is said.
    """
    if given["result"] is None:
        raise InputError("result: it is missing.", remedy="Write `result: ${{ needs.deploy.result }}`.")
    monitoring, suite, rollback = (
        None if given[name] is None else Result(given[name])
        for name in ("monitoring_result", "suite_result", "rollback_result")
    )
    return Results(deployment=Result(given["result"]), monitoring=monitoring, suite=suite, rollback=rollback)


def read_inputs(
    given: Mapping[str, Any], environment: RunContext, problems: Problems | None = None
) -> Inputs:
    """Check what no single option can, and fill in what the run tells.

    Args:
        given: each input's value by its name, with underscores.
        environment: the run.
        problems: what is wrong with single options, which is told with the rest.

    Raises:
        InputError: inputs contradict each other, or cannot be used; all of them are named.
    """
    wrong = problems or Problems()
    with wrong:
        access = read_access(given, environment)
    with wrong:
        place = read_destination(given["environment"], titled=given["issue_title"] is not None)
    with wrong:
        version = read_version(given["version"], environment)
    with wrong:
        body = read_body(given["issue_body"], given["issue_body_file_path"], environment)
    with wrong:
        policy_file = _policy_file(given)
    with wrong:
        vocabulary = _vocabulary(given["additional_approved_words"], given["additional_denied_words"])
    wrong.raise_together()
    return Inputs(
        access=access,
        approvers=given["approvers"],
        minimum_approvals=given["minimum_approvals"],
        approve_alone=given["approve_alone"],
        exclude_initiator=given["exclude_workflow_initiator_as_approver"],
        require_write_access=given["require_write_access"],
        environment=place,
        version=version,
        checklist=given["checklist"].strip(),
        require_checklist=given["require_checklist"],
        issue_title=_title(given["issue_title"], place, version),
        issue_body=body,
        issue_labels=_labels(given["issue_labels"], place),
        policy_file=policy_file,
        deployment_type=given["deployment_type"].strip(),
        details=given["details"] or "",
        timeout_minutes=given["timeout_minutes"],
        polling_interval=given["polling_interval_seconds"],
        vocabulary=vocabulary,
        require_denial_reason=given["require_denial_reason"],
        closing_denies=given["close_issue_means_denial"],
        email_votes=given["allow_email_votes"],
        fail_on_denial=given["fail_on_denial"],
        fail_on_timeout=given["fail_on_timeout"],
        keep_issue_open=given["keep_issue_open"],
    )


def _title(given: str | None, place: str | None, version: str) -> str:
    title = given or f"{(place or '')[:1].upper()}{(place or '')[1:]} Deployment Approval: {version}"
    return " ".join(title.split())[:_TITLE_LIMIT]


def _labels(given: tuple[str, ...] | None, place: str | None) -> tuple[str, ...]:
    return given if given is not None else tuple(filter(None, ("deployment", place, "approval-required")))


def _policy_file(given: Mapping[str, Any]) -> str | None:
    """Return the policy's path; beside it nothing is said that is the policy's to say."""
    file = (given["policy_file"] or "").strip().removeprefix("/")
    if not file:
        for name in ("deployment_type", "details"):
            if given[name] not in {None, "", "standard"}:
                raise InputError(
                    f"{name.replace('_', '-')}: it needs a policy-file, which says what there is.",
                    remedy="Add policy-file, or leave this input out.",
                )
        return None
    others = {
        "approvers": (),
        "minimum_approvals": None,
        "approve_alone": (),
        "exclude_workflow_initiator_as_approver": False,
        "require_write_access": True,
        "checklist": "default",
    }
    for name, default in others.items():
        if given[name] != default:
            raise InputError(
                f"{name.replace('_', '-')}: it cannot stand beside policy-file.",
                remedy="The policy says who may approve; leave one of the two out.",
            )
    if ".." in file.split("/") or not file.isprintable():
        raise InputError(f"policy-file: {file[:200]!r} is no path in this repository.")
    return file


def _app(given: Mapping[str, Any]) -> App | None:
    """Return the app, if it is given; it goes before a token, which has a default in the action files."""
    identity, key = (given["app_id"] or "").strip(), (given["app_private_key"] or "").strip()
    if not identity and not key:
        return None
    for name, value in (("app-id", identity), ("app-private-key", key)):
        if not value:
            raise InputError(
                f"{name}: it is missing.",
                remedy="An app takes app-id and app-private-key; a secret that does not exist is empty.",
            )
    if not _APP_ID.fullmatch(identity):
        raise InputError("app-id: it is neither an app's number nor its client id.")
    return App(id=identity, private_key=key)


def is_token(text: str) -> bool:
    """Tell whether text holds nothing but characters that a token may have."""
    return text.isascii() and text.isprintable() and " " not in text


def _token(token: str | None, secret: str | None) -> str:
    # `token` has a default in the action files, so it is there beside a `secret` that was given.
    found = (secret or token or "").strip()
    if not found:
        raise InputError(
            "token: it is missing.",
            remedy="Write `token: ${{ github.token }}`, or leave it out: an empty value is no token.",
        )
    if not is_token(found):
        raise InputError("token: it holds characters that no token has.")
    return found


def _vocabulary(approve: tuple[str, ...], deny: tuple[str, ...]) -> Vocabulary:
    base = Vocabulary()
    for name, words, others in (
        ("additional-approved-words", approve, (*base.deny, *deny, *base.revoke)),
        ("additional-denied-words", deny, (*base.approve, *approve, *base.revoke)),
    ):
        taken = {other.lower() for other in others}
        both = next((word for word in words if word.lower() in taken), None)
        if both is not None:
            raise InputError(f"{name}: {both!r} already means something else.", remedy="Take another word.")
    return Vocabulary(
        approve=tuple(dict.fromkeys((*base.approve, *approve))),
        deny=tuple(dict.fromkeys((*base.deny, *deny))),
    )


def _target(given: Mapping[str, Any], environment: RunContext) -> str:
    owner, _, name = environment.repository.partition("/")
    repository = given["target_repository"] or name
    if "/" in repository:
        named, _, repository = repository.partition("/")
        if given["target_repository_owner"] and given["target_repository_owner"].lower() != named.lower():
            raise InputError("target-repository and target-repository-owner name different owners.")
        owner = named
    else:
        owner = given["target_repository_owner"] or owner
    if not REPOSITORY.fullmatch(f"{owner}/{repository}"):
        raise InputError(f"target-repository: {f'{owner}/{repository}'[:100]!r} is no repository's name.")
    return f"{owner}/{repository}"
