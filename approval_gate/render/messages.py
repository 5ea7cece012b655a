"""The texts, each a template filled from values of the core."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from approval_gate.core.blocks import closed
from approval_gate.core.change import Change
from approval_gate.core.commands import Verb
from approval_gate.core.ending import Ending
from approval_gate.core.model import Ineligibility, Member, Outcome, Request, Rule, Vocabulary
from approval_gate.core.notices import Notice
from approval_gate.core.policy.model import DeploymentType, DetailValue, Group, Reminder, short
from approval_gate.core.quorum import alone, tally
from approval_gate.core.record import canonical
from approval_gate.core.verdict import Decision, ItemProblem, Objection, Vote, VoteStatus
from approval_gate.core.wording import by_whom, counted, join, objects
from approval_gate.render import markdown
from approval_gate.render.notices import notice_text
from approval_gate.render.times import at, moment, plural, span

MENTIONS = 50
"""The most people GitHub notifies of one text."""

ROWS = 40
"""The most votes that a table shows."""

REASONS = 10
"""The most reasons of a denial that are shown whole."""

ITEMS = 30
"""The most items of a checklist that are told to be open."""

AUTHORS = 10
"""The most authors who are named."""

EMERGENCY = (
    "Incident",
    "Severity",
    "Root Cause",
    "Impact",
    "Downtime",
    "Fix",
    "Rollback Plan",
    "Estimated Fix Time",
    "Post-Mortem",
    "Approver",
)
"""The fields of the process's Emergency Deployment Template."""

_RECORD_LIMIT = 40_000
_WORDS = re.compile(r"[A-Za-z]+(?:[ -][A-Za-z]+)*")  # which Markdown has no meaning for
_LOGIN = re.compile(r"@([A-Za-z0-9][A-Za-z0-9-]{0,38})")

_SPILLS = ((), ("body",), ("checklist",), ("body", "checklist"))
"""What of an issue's text moves into comments while it is too long, tried in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueText:
    """The body of the issue, and what did not fit, for further comments."""

    body: str
    further: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContext:
    """What a policy document says of this deployment, beside its rule.

    Attributes:
        kind: its type.
        digest: what the document is told by.
        details: what the request says about itself.
    """

    kind: DeploymentType
    digest: str
    details: tuple[DetailValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSummary:
    """What is deployed that was not before, and the page that shows it."""

    change: Change
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A vote as a table shows it."""

    who: str
    said: str
    mark: str
    remark: str


def _template(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def environment() -> Environment:
    """Make what fills the templates, with the filters that neutralise people's text."""
    made = Environment(
        loader=FunctionLoader(_template),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - this is Markdown; hostile text goes through `code`, `cell` or `link`
    )
    made.filters.update(
        code=markdown.code,
        cell=markdown.cell,
        link=markdown.link,
        at=at,
        moment=moment,
        span=span,
        plural=plural,
        short=short,
        account=account,
        is_bot=is_bot,
        is_words=lambda text: _WORDS.fullmatch(text) is not None,
        item=item,
        listed=partial(join, conjunction="and"),
    )
    return made


def early_summary(ending: Ending, said: Sequence[str], record: Mapping[str, object]) -> str:
    """Write the job's summary of a gate that ended before there was a request.

    Args:
        ending: how it ended.
        said: what happened and what to do next, line by line.
        record: of the run.
    """
    template = environment().get_template("early.md")
    return template.render(ending=ending, icon=_ICONS[ending.outcome], said=said, record=_shown(record))


class GateMessages:
    """Fills the templates for one request.

    Args:
        issue_body: the workflow author's own Markdown, placed above the checklist.
        checklist: Markdown of the list; empty for none beside what the body has.
        initiators_known: whether everybody is known who is barred for having asked.
        terms: what the policy says of this deployment; None if no document does.
        news: what is new in it; None if nobody asked.
    """

    def __init__(
        self,
        request: Request,
        rule: Rule,
        roster: Sequence[Member],
        *,
        issue_body: str,
        checklist: str,
        initiators_known: bool = True,
        terms: PolicyContext | None = None,
        news: ChangeSummary | None = None,
    ) -> None:
        self._environment = environment()
        self._issue_body = closed(issue_body)
        self._checklist = closed(checklist)
        self._initiators_known = initiators_known
        self._terms = terms
        self._roster = tuple(roster)
        self._news = None if news is None else _said(news, request.environment or "", self._roster)
        self._rule = rule
        self._environment.globals.update(request=request, rule=rule, ref=_ref(request), terms=terms)

    def _render(self, name: str, **values: object) -> str:
        return self._environment.get_template(name).render(**values).strip() + "\n"

    # The issue -----------------------------------------------------------------------

    def issue(self, marker: str, now: datetime, deadline: datetime) -> IssueText:
        """Write the body of the approval issue."""
        named = self._named_first()
        asked = sorted((m for m in self._roster if m.may_approve), key=lambda m: m != named)
        for spilled in _SPILLS:
            body = self._render(
                "issue.md",
                marker=marker,
                now=now,
                deadline=deadline,
                groups=_groups(self._rule, asked[:MENTIONS]),
                asked=asked,
                added_words=_added_words(self._rule.vocabulary),
                barred=[member for member in self._roster if member.ineligibility is not None],
                initiator_barred=any(
                    member.ineligibility is Ineligibility.INITIATOR for member in self._roster
                ),
                initiators_known=self._initiators_known,
                news=self._news,
                named=named.person.login if named else None,
                needs=_needs(self._rule),
                details=_details(self._terms),
                issue_body=self._issue_body,
                checklist=self._checklist,
                spilled=spilled,
            )
            if len(body) <= markdown.LIMIT:
                break
        later = [asked[start : start + MENTIONS] for start in range(MENTIONS, len(asked), MENTIONS)]
        further = [
            *(markdown.chunks(self._issue_body) if "body" in spilled else ()),
            *(markdown.chunks(self._checklist) if "checklist" in spilled else ()),
            *(f"You are asked too: {_mentions(self._rule, some)}" for some in later),
        ]
        return IssueText(body=body, further=tuple(further))

    def _named_first(self) -> Member | None:
        """Find whom the process's template names as its ``Approver``: an honour, and no authority."""
        details = self._terms.details if self._terms else ()
        said = next((d.value for d in details if d.heading.casefold() == "approver" and d.value), "")
        logins = {login.casefold() for login in _LOGIN.findall(said)}
        able = (member for member in self._roster if member.may_approve)
        return next((member for member in able if member.person.login.casefold() in logins), None)

    # While people are awaited --------------------------------------------------------

    def status(self, decision: Decision, issue_url: str) -> str:
        """Write the status comment: what is missing, each vote, the deadline."""
        heading = counted(decision.tally)
        return self._render(
            "status.md",
            decision=decision,
            heading=heading,
            missing=decision.reason.removeprefix(f"{heading}; "),
            rows=self._rows(decision, issue_url),
            left_out=max(0, len(decision.votes) - ROWS),
            **_checklist(decision),
        )

    def final_status(self, ending: Ending, decision: Decision | None, issue_url: str) -> str:
        """Write the status comment for the last time: the outcome and each vote."""
        return self._render("final.md", **self._end(ending, decision, issue_url))

    def hint(self, login: str, text: str, *, listed: bool) -> str:
        """Tell somebody that a comment is no answer, and a stranger that none would count."""
        return self._render("hint.md", login=login, text=text, listed=listed)

    def notice(self, notice: Notice, issue_url: str) -> str:
        """Tell people by name what they are waited for, or why an approval of theirs does not count."""
        return notice_text(notice, self._rule, self._roster, issue_url)

    # The end -------------------------------------------------------------------------

    def closing(
        self, ending: Ending, decision: Decision | None, record: Mapping[str, object], url: str
    ) -> str:
        """Write the closing comment: the outcome and the record, as far as GitHub takes it."""
        end = self._end(ending, decision, url)
        text = self._render("closing.md", **end, record=_shown(record), summary=False)
        if len(text) <= markdown.LIMIT:
            return text
        return self._render("closing.md", **end, record=_elsewhere(record), summary=False)

    def summary(
        self, ending: Ending, decision: Decision | None, record: Mapping[str, object], url: str | None
    ) -> str:
        """Write the job's summary."""
        return self._render(
            "closing.md", **self._end(ending, decision, url or ""), record=_shown(record), summary=True
        )

    def called(self, call: Reminder, people: Sequence[Member], decision: Decision) -> str:
        """Call people once more: those who have not answered, or a backup."""
        return self._render(
            "called.md",
            call=call,
            people=[f"@{member.person.login}" for member in people[:MENTIONS]],
            decision=decision,
        )

    def replaced(self, url: str, voters: Iterable[str], *, twin: bool) -> str:
        """Tell those who voted on another issue of this run where to vote now."""
        return self._render("replaced.md", url=url, voters=[f"@{login}" for login in voters], twin=twin)

    def objected(self, url: str, logins: Sequence[str]) -> str:
        """Name those on this request who objected on an earlier one of the run."""
        return self._render("objected.md", url=url, people=[f"@{login}" for login in logins])

    def _end(self, ending: Ending, decision: Decision | None, url: str) -> dict[str, object]:
        votes = decision.votes if decision else ()
        denials = [
            vote
            for vote in votes
            if vote.verb is Verb.DENY and vote.status in {VoteStatus.COUNTS, VoteStatus.NEEDS_REASON}
        ]
        reasons = [vote.note for vote in denials if vote.note]
        return {
            "ending": ending,
            "decision": decision,
            "icon": _ICONS[ending.outcome],
            "reasons": reasons[:REASONS],
            "more_reasons": len(reasons[REASONS:]),
            "approvers": [self._named(member) for member in decision.approvers] if decision else [],
            "deniers": [f"@{member.person.login}" for member in decision.deniers] if decision else [],
            "rows": self._rows(decision, url),
            "left_out": max(0, len(votes) - ROWS),
            "url": url,
            **_checklist(decision),
        }

    def _named(self, member: Member) -> str:
        return f"@{member.person.login} ({markdown.code(member.roles[0])})"

    def _rows(self, decision: Decision | None, issue_url: str) -> list[Row]:
        if decision is None:
            return []
        members = {member.person.id: member for member in self._roster}
        votes = {vote.comment_id for vote in decision.votes}
        rows = {
            vote.comment_id: self._row(
                vote, issue_url, listed=bool(vote.person and vote.person.id in members)
            )
            for vote in _shown_of(decision.votes, members)
        }
        held = [it for it in decision.holds if it.comment_id not in votes][-ROWS:]
        objecting = [(it.comment_id, _objecting(it, self._rule, issue_url)) for it in held]
        return [row for _, row in sorted((*rows.items(), *objecting), key=lambda placed: placed[0])]

    def _row(self, vote: Vote, issue_url: str, *, listed: bool) -> Row:
        login = vote.person.login if vote.person else "ghost"
        waits = vote.status in {VoteStatus.NEEDS_REASON, VoteStatus.OBJECTS}
        return Row(
            who=f"@{login}" if listed else markdown.cell(login),
            said=f"[{vote.verb}]({issue_url}#issuecomment-{vote.comment_id})",
            mark=_MARKS[vote.verb] if vote.counts else _HELD if waits else "no",
            remark=_remark(vote, self._rule),
        )


def _added_words(vocabulary: Vocabulary) -> str:
    """Say which words of the workflow's own approve or deny; empty if there are none."""
    plain, parts = Vocabulary(), []
    for words, usual, verb in (
        (vocabulary.approve, plain.approve, ("approves", "approve")),
        (vocabulary.deny, plain.deny, ("denies", "deny")),
    ):
        added = [markdown.code(word) for word in words if word not in usual]
        if added:
            parts.append(f"{join(added, 'and', rest='others')} {verb[len(added) > 1]}, too")
    return f"{'; '.join(parts)}." if parts else ""


_ICONS = {
    Outcome.APPROVED: "✅",
    Outcome.DENIED: "❌",
    Outcome.TIMED_OUT: "⌛",
    Outcome.CANCELLED: "🚫",
    Outcome.ERROR: "⚠️",
}
_HELD = "waits"
_MARKS = {Verb.APPROVE: "👍", Verb.DENY: "👎", Verb.REVOKE: "taken back"}


def _shown_of(votes: Sequence[Vote], members: Collection[int]) -> list[Vote]:
    """Choose what a table has room for: what matters before an approver's other answers, strangers' last.

    Of each kind the latest, and all in their order.
    """

    def rank(place: int) -> tuple[bool, bool, int]:
        vote = votes[place]
        matters = vote.counts or vote.status is VoteStatus.NEEDS_REASON
        return matters, vote.person is not None and vote.person.id in members, place

    chosen = sorted(range(len(votes)), key=rank)[-ROWS:]
    return [votes[place] for place in sorted(chosen)]


def _objecting(objection: Objection, rule: Rule, issue_url: str) -> Row:
    """Show an objection that is not a command; one that was deleted before it was read has no address."""
    link = f"[objection]({issue_url}#issuecomment-{objection.comment_id})"
    words = f" {markdown.cell(objection.text)}" if objection.text else ""
    return Row(
        who=f"@{objection.person.login}",
        said=link if objection.comment_id else "objection",
        mark=_HELD,
        remark=f"{at(objection.at, rule)}{words or f' {objects(objection)}'}",
    )


def _remark(vote: Vote, rule: Rule) -> str:
    note = f" {markdown.cell(vote.note)}" if vote.note else ""
    if not vote.counts:
        by = by_whom(vote)
        who = f" ({by}, {at(vote.cause.at, rule)})" if by and vote.cause else ""
        return f"{vote.status}{who}{note and ':'}{note}"
    return f"{at(vote.at, rule)}{note}{f'; {vote.status}' if vote.status is VoteStatus.INDECISIVE else ''}"


def item(text: str) -> str:
    """Show what an item of a checklist is called: what stands before its explanation."""
    name = markdown.visible(text.partition(" - ")[0]).strip("*_ ")
    return name if _WORDS.fullmatch(name) else markdown.cell(name or text, 80)


def _checklist(decision: Decision | None) -> dict[str, object]:
    """Say what became of the checklist: who ticked how much, what is open, what does not count and why."""
    checks = decision.checks if decision else ()
    ticked = Counter(check.by.login for check in checks if check.by and check.problem is None)
    lacking = [check for check in checks if check.problem is not None]
    shown = lacking[:ITEMS]
    return {
        "tickers": [f"@{login} ({count})" for login, count in ticked.items()],
        "open": [item(check.item) for check in shown if check.problem is ItemProblem.OPEN],
        "faulty": [check for check in shown if check.problem is not ItemProblem.OPEN],
        "unshown": len(lacking) - len(shown),
    }


def process_checklist() -> str:
    """Return the process's own list (Pre-deployment Checklist)."""
    return _template("checklist.md")


def as_tasks(groups: Iterable[Group]) -> str:
    """Write a policy's checklist as a task list."""
    lists = ((group.title, "".join(f"- [ ] {item}\n" for item in group.items)) for group in groups)
    return "\n".join(f"#### {title}\n{items}" for title, items in lists)


def _details(terms: PolicyContext | None) -> list[DetailValue]:
    """Return what is shown of the details: of an emergency every field of the process's template."""
    if terms is None or not terms.kind.emergency:
        return list(terms.details) if terms else []
    there = {detail.heading.casefold() for detail in terms.details}
    absent = [
        DetailValue(heading=heading, value=None, required=False)
        for heading in EMERGENCY
        if heading.casefold() not in there
    ]
    return [*terms.details, *absent]


def account(login: str) -> str:
    """Mention an account; what stands before a bot's brackets may be a person's name."""
    return f"{markdown.code(login)}, a bot" if is_bot(login) else f"@{login}"


def is_bot(login: str) -> bool:
    """Tell whether a login is a bot's, which ends like no other."""
    return login.endswith("[bot]")


def _ref(request: Request) -> str:
    """Say what the run is of: ``tag `v1.2.3```, or a pull request with a link to it."""
    if request.ref_type != "pull request":
        return f"{request.ref_type} {markdown.cell(request.ref_name)}"
    number = request.ref_name.partition("/")[0]
    return f"pull request {markdown.link(f'#{number}', f'{request.repository_url}/pull/{number}')}"


def _said(news: ChangeSummary, environment: str, roster: Iterable[Member]) -> str:
    """Say what is new since when, and who of the approvers wrote it: nobody else is mentioned."""
    change = news.change
    commits = plural(change.commits, "commit")
    if not change.whole:
        shown = markdown.link(commits if change.commits else "nothing new", news.url)
        said = f"{shown} since the last deployment"
    else:
        said = markdown.link(f"all {commits}" if change.commits > 1 else "the only commit", news.url)
        said += (
            f": no earlier deployment of {markdown.cell(environment)} is on record"
            if change.since is None
            else f": they cannot be compared with `{change.since[:7]}`, which was deployed last"
        )
    authors = [f"@{member.person.login}" for member in roster if member.ineligibility is Ineligibility.AUTHOR]
    if authors:
        said += f"; {_listed(authors)} wrote some of it and may not approve"
    if change.unknown:
        said += f"; {plural(len(change.unknown), 'author')} without an account cannot be barred"
    return said


def _listed(names: Sequence[str]) -> str:
    """List names, not too many: ``@ann, @bob and 3 more``."""
    *first, last = names if len(names) <= AUTHORS else [*names[:AUTHORS], f"{len(names) - AUTHORS} more"]
    return f"{', '.join(first)} and {last}" if first else last


def _needs(rule: Rule) -> str:
    """Say how many approvals it takes, and whose must be among them."""
    number = tally(rule, ()).needed
    whose = [
        f"{'' if need.minimum == number else f'{need.minimum} of them '}from {' or '.join(need.any_of)}"
        for need in rule.require
    ]
    return ", ".join((f"**{plural(number, 'approval')}**", *whose)) + ("," if whose else "")


def _groups(rule: Rule, members: Sequence[Member]) -> list[str]:
    """Name people by what brought them in, as somebody would say it."""
    by_name: dict[str, list[Member]] = {}
    for member in members:
        by_name.setdefault(member.roles[0], []).append(member)
    lines = []
    for name, group in by_name.items():
        logins = [member.person.login.lower() for member in group]
        bare = name.lower().removeprefix("@").removeprefix("user:")
        lines.append(
            _mentions(rule, group) if logins == [bare] else f"{markdown.code(name)}: {_mentions(rule, group)}"
        )
    return lines


def _mentions(rule: Rule, members: Iterable[Member]) -> str:
    return ", ".join(f"@{m.person.login}{' (alone)' if alone(rule, m) else ''}" for m in members)


def _shown(record: Mapping[str, object]) -> str:
    text = canonical(record)
    return markdown.fenced(text, "json") if len(text) <= _RECORD_LIMIT else _elsewhere(record)


def _elsewhere(record: Mapping[str, object]) -> str:
    return f"It is too long for this place; its digest is `{record.get('digest')}`. See the job's outputs."
