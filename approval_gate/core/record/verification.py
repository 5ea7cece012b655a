"""Verifies a record by itself: everything that follows from the rest of it is derived again.

This finds a record that contradicts itself, but not who wrote it: anyone who
changes an input can compute the rest again, the digest included.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from approval_gate.core.artifacts import Artifact
from approval_gate.core.model import Ineligibility
from approval_gate.core.plain import cut, visible
from approval_gate.core.record.canonical import digest
from approval_gate.core.record.checks import Check, failed, ok, unchecked
from approval_gate.core.record.conclude import derived
from approval_gate.core.record.document import asked
from approval_gate.core.record.model import SCHEMA
from approval_gate.core.record.plain import plain
from approval_gate.core.record.reading import NotARecordError, Record, differences, record_of
from approval_gate.core.record.sources import disagreements, sources, taken
from approval_gate.core.timing import LAG
from approval_gate.core.wording import join_some, plural

_NAMED = 3
"""How many fields or problems one line names."""

_TEXT = 100
_LAG = timedelta(seconds=LAG)
_TAG = "refs/tags/"

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_SERVER = re.compile(r"https?://[^\s/]+(?:/\S*)?")


def check(document: Mapping[str, Any]) -> tuple[Check, ...]:
    """Check a record's form and digest, everything that is derived, and that its parts agree. Total."""
    try:
        record = record_of(document)
    except NotARecordError as error:
        return (failed("form", str(error)),)
    return (
        ok("form", f"{SCHEMA}, written by approval-gate {_short(record.given.gate)}"),
        _digest(document),
        *_derived(document, record),
        _agree("times", "They are in order.", _times(record)),
        _agree("parts", "They agree with each other.", _parts(record)),
        *taken(record.inputs.facts),
    )


def _digest(document: Mapping[str, Any]) -> Check:
    computed = digest(document)
    if document["digest"] != computed:
        return failed("digest", f"It is {computed}, and the record states {_short(document['digest'])}.")
    return ok("digest", computed)


def _derived(document: Mapping[str, Any], record: Record) -> Iterator[Check]:
    """Derive the ending and the decision again."""
    again, stated = plain(derived(record.inputs, asked(record.given))), record.derived
    decision, error = again.pop("decision"), record.inputs.error
    wrong = [*differences({key: document[key] for key in again}, again)]
    if wrong:
        follows = f"{again['outcome']} ({again['reason_code']})" if again["outcome"] else "no outcome"
        yield failed("outcome", f"Its inputs lead to {follows}. These fields differ: {_some(wrong)}.")
    elif error is not None:
        yield unchecked("outcome", f"{stated.outcome} ({error.code}): an error cannot be derived again.")
    else:
        yield ok("outcome", f"{stated.outcome} ({stated.reason_code}) follows from its inputs.")
    wrong = [*differences(document["decision"], decision, "decision")]
    zones = " Hours are computed with this machine's time zones." if _has_hours(record) else ""
    if wrong:
        yield failed(
            "decision", f"It does not follow from its inputs. These fields differ: {_some(wrong)}.{zones}"
        )
    elif stated.decision is None:
        yield ok("decision", "Nobody was asked.")
    else:
        grounds, checks = plural(len(stated.decision.votes), "answer"), stated.decision.conditions
        grounds += f" and {plural(len(checks), 'verified check')}" if checks else ""
        yield ok("decision", f"It follows from {grounds} by the rule that the record states.{zones}")


def _has_hours(record: Record) -> bool:
    rule = record.inputs.rule
    return rule is not None and any(it.hours for it in rule.conditions)


def _some(paths: list[str]) -> str:
    return cut(visible(join_some(paths, "and", rest="more fields", most=_NAMED)), _TEXT)


def _short(text: str) -> str:
    return cut(visible(text), _TEXT)


def _agree(what: str, well: str, problems: Iterable[str]) -> Check:
    found = [*dict.fromkeys(problems)]
    return failed(what, " ".join(found[:_NAMED])) if found else ok(what, well)


# Times ----------------------------------------------------------------------------------


def _times(record: Record) -> Iterator[str]:
    """Find times that are out of order. All are GitHub's, but its answers can lag."""
    inputs, opened, ended = record.inputs, record.given.asked_at, record.given.ended_at
    thread, confirmation, now = inputs.thread, inputs.confirmation, inputs.now
    if (opened is None) is not (record.given.issue is None):
        yield "There is an issue without a time, or a time without an issue."
    if thread is not None and thread.opened_at != opened:
        yield "The window does not begin when the issue was opened."
    yield from _between("The end", [ended], opened, None)
    yield from _between("The decision", [now], opened, ended)
    for what, source in sources(inputs.facts):
        yield from _between(f"The reading of {what}", [source.at], None, ended)
    for it in inputs.facts.deployed:
        yield from _between(f"The deployment to {_short(it.environment)}", [it.at], None, it.source.at)
    if confirmation is not None:
        people, tags = (it.at for it in confirmation.people), (it.at for it in confirmation.tags)
        policy = confirmation.policy.at if confirmation.policy else None
        answers = [it.at for it in record.derived.decision.approvers] if record.derived.decision else []
        yield from _between("The confirmation", [confirmation.at], max(answers, default=None), None)
        yield from _between("The confirmation", [confirmation.at, *people, *tags, policy], opened, ended)
    for comment in thread.comments if thread else ():
        what, edits = f"Comment {comment.id}", [it.at for it in comment.modifications]
        yield from _between(what, [comment.created_at], opened, now)
        yield from _between(what, edits, comment.created_at, now)
        if comment.revisions[0].at != comment.created_at:
            yield f"{what} has two different times of writing."


def _between(
    what: str, times: Iterable[datetime | None], first: datetime | None, last: datetime | None
) -> Iterator[str]:
    for time in filter(None, times):
        if (first is not None and time + _LAG < first) or (last is not None and time > last + _LAG):
            yield f"{what} has an impossible time."


# Parts ----------------------------------------------------------------------------------


def _parts(record: Record) -> Iterator[str]:
    """Find parts that cannot be of one request."""
    yield from _names(record)
    yield from _addresses(record)
    yield from _request(record)
    yield from _people(record)
    yield from disagreements(record)


def _request(record: Record) -> Iterator[str]:
    """Find contradictions between the request and the rule, the policy or the conversation."""
    given, inputs = record.given, record.inputs
    request, issue, policy, checklist = given.request, given.issue, given.policy, given.checklist
    url = request.run.url if request.run else None
    known = (request.repository, url, request.actor, request.triggering_actor, request.commit, request.ref)
    if issue is not None and None in known:
        yield "The record has an issue, but lacks the run, the commit or the people that it is about."
    if policy is not None and policy.type != request.type:
        yield "The policy is about another type of deployment."
    if inputs.rule is not None and inputs.rule.minimum < 1:
        yield "The rule requires no approval."
    if inputs.error is not None and inputs.error.exit_code < 1:
        yield "The error has the exit code of a success."
    ids = [it.id for it in inputs.thread.comments if it.deletion is None] if inputs.thread else []
    if len({*ids}) < len(ids) or any(identity < 1 for identity in ids):
        yield "Comments do not each have an id of their own."
    if inputs.rule is not None:
        required = checklist.items if checklist is not None and checklist.required else ()
        if inputs.rule.checklist != required:
            yield "The checklist is not the one that the rule requires."
    ref = request.ref or ""
    if inputs.tags is not None and ref.startswith(_TAG) and ref.removeprefix(_TAG) not in inputs.tags:
        yield "The deployed tag is not among those that were checked."
    if inputs.thread is not None and issue is not None and inputs.thread.author_id != issue.author.id:
        yield "The issue and the conversation are by different accounts."


def _names(record: Record) -> Iterator[str]:
    """Find hashes and nonces that are not in their form."""
    request, issue, policy = record.given.request, record.given.issue, record.given.policy
    for what, form, text in (
        ("request.commit", _COMMIT, request.commit),
        ("request.workflow.commit", _COMMIT, request.workflow.commit if request.workflow else None),
        ("issue.body_digest", _DIGEST, issue.body_digest if issue else None),
        ("issue.nonce", _NONCE, issue.nonce if issue else None),
        ("policy.digest", _DIGEST, policy.digest if policy else None),
        ("policy.commit", _COMMIT, policy.commit if policy else None),
        *(("request.artifacts", _DIGEST, artifact.digest) for artifact in request.artifacts),
    ):
        if text is not None and not form.fullmatch(text):
            yield f"{what} is {_short(text)}, which is malformed."


def _addresses(record: Record) -> Iterator[str]:
    """Find addresses that lead elsewhere, or to two servers."""
    request, issue, server = record.given.request, record.given.issue, None
    repository, run, workflow = request.repository, request.run, request.workflow
    if repository is not None and run is not None and run.url is not None:
        server = _before(run.url, f"/{repository.name}/actions/runs/{run.id}/attempts/{run.attempt}")
        if server is None:
            yield "The run's address is of another run."
    if issue is not None:
        there = _before(issue.url, f"/{issue.repository}/issues/{issue.number}")
        if there is None or (server is not None and there != server):
            yield "The issue's address is of another issue."
    if repository is not None and workflow is not None and workflow.ref is not None:
        here = f"{repository.name}/.github/workflows/"
        if not workflow.ref.lower().startswith(here.lower()):
            yield "The workflow is of another repository."


def _before(url: str, path: str) -> str | None:
    """Return the server whose address of something this is; None if it is of something else."""
    server = url.removesuffix(path)
    return server if server != url and _SERVER.fullmatch(server) else None


def _people(record: Record) -> Iterator[str]:
    """Find contradictions about people."""
    request, inputs = record.given.request, record.inputs
    roster, initiators, confirmation = inputs.roster or (), inputs.initiators, inputs.confirmation
    members = {member.person.id: member for member in roster}
    started = {it.id: it.login for it in initiators.people} if initiators else {}
    authors = {it.id for it in inputs.facts.change.authors} if inputs.facts.change else set()
    if len(members) < len(roster):
        yield "Somebody is on the roster twice."
    for actor in filter(None, (request.actor, request.triggering_actor)):
        complete = initiators is not None and initiators.complete and actor.id is not None
        if complete and started.get(actor.id) != actor.login:
            yield f"{_short(actor.login)} started the run, but is not among its initiators."
        started.setdefault(actor.id, actor.login)
    logins = {login.lower() for login in started.values()}
    for member in roster:
        person, why = member.person, member.ineligibility
        if why is Ineligibility.INITIATOR and person.id not in started and person.login.lower() not in logins:
            yield f"{_short(person.login)} is barred for starting the run, but did not start it."
        if why is Ineligibility.AUTHOR and person.id not in authors:
            yield f"{_short(person.login)} is barred as an author, but is not one."
        if (why is Ineligibility.BOT) is not person.bot:
            neither = "a bot, but is not barred as one" if person.bot else "barred as a bot, but is not one"
            yield f"{_short(person.login)} is {neither}."
    for it in confirmation.people if confirmation else ():
        found = members.get(it.id)
        if found is None or found.login != it.login or not {*found.roles} <= {a.role for a in it.membership}:
            yield f"{_short(it.login)} was confirmed, but the roster has another entry or none."


# What is expected -----------------------------------------------------------------------


def expected(record: Record, wanted: Mapping[str, str | None]) -> Iterator[Check]:
    """Compare a record with what a deployment expects; None is not compared."""
    request = record.given.request
    found = {
        "expected": record.derived.outcome,
        "commit": request.commit,
        "environment": request.environment,
        "version": request.version,
        "repository": request.repository.name if request.repository else None,
    }
    for name, value in wanted.items():
        stated = found[name]
        shown = "none" if stated is None else _short(stated)
        if value is None:
            yield unchecked(name, f"The record has {shown}. Add --{name} to compare it.")
        elif stated is not None and _folded(name, stated) == _folded(name, value):
            yield ok(name, shown)
        else:
            yield failed(name, f"The record has {shown}, not {_short(value)}.")


def deployed(record: Record, artifacts: Collection[Artifact]) -> Iterator[Check]:
    """Compare the artifacts that are about to be deployed with those that a record names."""
    named = {it.name: it.digest for it in record.given.request.artifacts}
    if named and not artifacts:
        some = plural(len(named), "artifact")
        yield unchecked("artifact", f"The record has {some}. Add --artifact to compare.")
    for it in artifacts:
        known = named.get(it.name)
        if known == it.digest:
            yield ok("artifact", _short(it.name))
        elif known is None:
            yield failed("artifact", f"The record does not name {_short(it.name)}.")
        else:
            yield failed(
                "artifact", f"The record has {_short(known)} for {_short(it.name)}, not {it.digest}."
            )


def _folded(name: str, value: str) -> str:
    """Return a value for comparison: GitHub ignores case in commits and repositories."""
    return value.lower() if name in {"commit", "repository"} else value
