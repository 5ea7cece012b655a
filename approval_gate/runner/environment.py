"""The runner's variables, read once into one frozen value.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from approval_gate.core.facts import OwnJob
from approval_gate.core.record.model import Account, RepositoryName, Requested, RunName, WorkflowName
from approval_gate.core.wording import are, join
from approval_gate.errors import InputError

REQUIRED = (
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ID",
    "GITHUB_ACTOR",
    "GITHUB_SHA",
    "GITHUB_API_URL",
    "GITHUB_SERVER_URL",
)
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+")
_ENTRY = "a-variable-of-the-runner-is-missing-or-wrong"
_LEAVE = "GitHub's runner sets this variable correctly: do not set it in the workflow."
_URL = re.compile(r"https?://[^\s/]+(/\S*)?")
_PULL_REQUEST = re.compile(r"refs/pull/[1-9][0-9]{0,9}/(?:merge|head)")
_API = "https://api.github.com"
_NONCE = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_HOSTED = {"github-hosted": True, "self-hosted": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The run, as the runner describes it.

    Attributes:
        ref: in full, for example ``refs/tags/v1.2.3``; made of type and name where the runner gives none.
        ref_type: ``tag``, ``branch``, ``pull request`` or ``commit``.
        hosted: whether GitHub hosts the runner; None if unknown.
        from_fork: whether this is a pull request from another repository, whose token can only read
            (https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request);
            None if unknown.
    """

    repository: str
    run_id: int
    run_attempt: int
    actor: str
    actor_id: int | None
    triggering_actor: str
    sha: str
    ref: str
    ref_name: str
    ref_type: str
    workflow: str
    job: str
    api_url: str
    server_url: str
    workspace: str | None
    temp: str | None
    hosted: bool | None
    own_job: OwnJob
    from_fork: bool | None = False

    @property
    def run_url(self) -> str:
        """The page of this attempt of the run."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}/attempts/{self.run_attempt}"


def read_run_context(environ: Mapping[str, str]) -> RunContext:
    """Read the runner's variables, or raise an error that names what is missing or malformed."""
    missing = [name for name in REQUIRED if not environ.get(name)]
    if missing:
        raise InputError(
            f"{join(missing, 'and')} {are(len(missing))} not set.",
            remedy="GitHub's runner sets such variables. To watch a gate here, run `approval-gate rehearse`.",
            entry=_ENTRY,
        )
    ref, ref_name, ref_type = _ref(environ)
    return RunContext(
        repository=_matching(environ, "GITHUB_REPOSITORY", REPOSITORY, "owner/name"),
        run_id=_number(environ, "GITHUB_RUN_ID"),
        run_attempt=_number(environ, "GITHUB_RUN_ATTEMPT", 1),
        actor=environ["GITHUB_ACTOR"],
        actor_id=_number(environ, "GITHUB_ACTOR_ID") if environ.get("GITHUB_ACTOR_ID") else None,
        triggering_actor=environ.get("GITHUB_TRIGGERING_ACTOR") or environ["GITHUB_ACTOR"],
        sha=_matching(environ, "GITHUB_SHA", re.compile(r"[0-9a-f]{40,64}"), "a commit's hash"),
        ref=ref,
        ref_name=ref_name,
        ref_type=ref_type,
        workflow=environ.get("GITHUB_WORKFLOW") or "a workflow",
        job=environ.get("GITHUB_JOB") or "a job",
        api_url=read_api_url(environ),
        server_url=_matching(environ, "GITHUB_SERVER_URL", _URL, "an http address").rstrip("/"),
        workspace=environ.get("GITHUB_WORKSPACE") or None,
        temp=environ.get("RUNNER_TEMP") or None,
        hosted=_HOSTED.get(environ.get("RUNNER_ENVIRONMENT", "")),
        own_job=_own_job(environ),
        from_fork=ref_type == "pull request" and _from_fork(environ),
    )


def _own_job(environ: Mapping[str, str]) -> OwnJob:
    """Return what tells the gate's own job from the others: its id, which the action passes on."""
    given = environ.get("APPROVAL_GATE_JOB", "")
    number = int(given) if _NUMBER.fullmatch(given) else None
    return OwnJob(id=number, runner=environ.get("RUNNER_NAME") or None)


def read_requested(environ: Mapping[str, str]) -> Requested:
    """Return what the runner says about the run; what is missing or malformed is None. Raises nothing."""

    def text(name: str) -> str | None:
        return environ.get(name) or None

    def number(name: str) -> int | None:
        return int(found) if _NUMBER.fullmatch(found := environ.get(name, "")) else None

    repository, run_id = text("GITHUB_REPOSITORY"), number("GITHUB_RUN_ID")
    attempt, server = number("GITHUB_RUN_ATTEMPT") or 1, text("GITHUB_SERVER_URL")
    actor, again = text("GITHUB_ACTOR"), text("GITHUB_TRIGGERING_ACTOR") or text("GITHUB_ACTOR")
    url = f"{server.rstrip('/')}/{repository}/actions/runs/{run_id}/attempts/{attempt}" if server else None
    return Requested(
        repository=RepositoryName(id=number("GITHUB_REPOSITORY_ID"), name=repository) if repository else None,
        run=RunName(id=run_id, attempt=attempt, url=url) if run_id else None,
        workflow=WorkflowName(
            name=text("GITHUB_WORKFLOW"), ref=text("GITHUB_WORKFLOW_REF"), commit=text("GITHUB_WORKFLOW_SHA")
        ),
        job=text("GITHUB_JOB"),
        actor=Account(id=number("GITHUB_ACTOR_ID"), login=actor) if actor else None,
        triggering_actor=Account(id=number("GITHUB_ACTOR_ID") if again == actor else None, login=again)
        if again
        else None,
        ref=_ref(environ)[0] if text("GITHUB_REF") or text("GITHUB_SHA") else None,
        commit=text("GITHUB_SHA"),
        version=text("GITHUB_REF_NAME"),
        logs_kept_days=number("GITHUB_RETENTION_DAYS"),
    )


def _ref(environ: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the full ref, its name and its type; the runner calls a pull request a ``branch``."""
    name = environ.get("GITHUB_REF_NAME") or environ.get("GITHUB_SHA", "")[:7]
    kind = environ.get("GITHUB_REF_TYPE") or "commit"
    folder = {"branch": "refs/heads/", "tag": "refs/tags/"}.get(kind, "")
    ref = environ.get("GITHUB_REF") or f"{folder}{name}"
    if _PULL_REQUEST.fullmatch(ref):
        return ref, ref.removeprefix("refs/pull/"), "pull request"
    return ref, name, kind


def _from_fork(environ: Mapping[str, str]) -> bool | None:
    """Whether a pull request comes from another repository, by the event's payload."""
    try:
        event = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
        head = event["pull_request"]["head"]["repo"]
        # The repository of a deleted fork is null.
        return head is None or str(head["full_name"]).lower() != environ["GITHUB_REPOSITORY"].lower()
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_api_url(environ: Mapping[str, str]) -> str:
    """Return the address of GitHub's REST API; github.com's if the variable is not set."""
    if not environ.get("GITHUB_API_URL"):
        return _API
    return _matching(environ, "GITHUB_API_URL", _URL, "an http address").rstrip("/")


def read_server_url(environ: Mapping[str, str]) -> str:
    """Return the address of GitHub's pages: github.com's, or the one of the server whose API is set."""
    if environ.get("GITHUB_SERVER_URL"):
        return _matching(environ, "GITHUB_SERVER_URL", _URL, "an http address").rstrip("/")
    api = read_api_url(environ)
    return "https://github.com" if api == _API else api.removesuffix("/api/v3")


def nonce_of(text: str | None) -> str | None:
    """Return a request's nonce, which the action passes from step to step; None if the text is not one."""
    return text if text and _NONCE.fullmatch(text) else None


def _matching(environ: Mapping[str, str], name: str, form: re.Pattern[str], what: str) -> str:
    if not form.fullmatch(environ[name]):
        raise InputError(f"{name}: {environ[name][:100]!r} is not {what}.", remedy=_LEAVE, entry=_ENTRY)
    return environ[name]


def _number(environ: Mapping[str, str], name: str, default: int | None = None) -> int:
    text = environ.get(name) or (str(default) if default is not None else "")
    if not _NUMBER.fullmatch(text):
        wrong = f"{name}: {text[:100]!r} is not a positive whole number."
        raise InputError(wrong, remedy=_LEAVE, entry=_ENTRY)
    return int(text)
