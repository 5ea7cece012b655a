"""Every text of one request."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from approval_gate.core.commands import Verb
from approval_gate.core.ending import Ending
from approval_gate.core.model import Member, Outcome
from approval_gate.core.notices import Notice
from approval_gate.core.record import canonical
from approval_gate.core.verdict import Decision, VoteStatus
from approval_gate.core.wording import counted, held, mentions
from approval_gate.render import markdown
from approval_gate.render.answers import checklist, table
from approval_gate.render.issue import Subject, issue_text
from approval_gate.render.notices import notice_text, objected
from approval_gate.render.templating import fill
from approval_gate.troubleshooting import see

REASONS = 10
"""The most reasons for a denial that are shown."""

_RECORD_LIMIT = 40_000

_ICONS = {
    Outcome.APPROVED: "✅",
    Outcome.DENIED: "❌",
    Outcome.TIMED_OUT: "⌛",
    Outcome.CANCELLED: "🚫",
    Outcome.ERROR: "⚠️",
}


def early_summary(ending: Ending, record: Mapping[str, object]) -> str:
    """Write the job's summary of a gate that ended before there was a request."""
    return fill(
        "early.md",
        ending=ending,
        icon=_ICONS[ending.outcome],
        said=ending.text.splitlines(),
        see=see(ending.entry),
        record=_shown(record),
    )


class GateMessages:
    """Writes the texts of one request."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def _render(self, name: str, **values: object) -> str:
        subject = self._subject
        return fill(name, request=subject.request, rule=subject.rule, terms=subject.terms, **values)

    def issue(self, now: datetime, deadline: datetime) -> tuple[str, list[str]]:
        """Write the body of the approval issue, and what did not fit, for further comments."""
        return issue_text(self._subject, now, deadline)

    def status(self, decision: Decision, issue_url: str, confirming: datetime | None = None) -> str:
        """Write the status comment: what is missing, each vote, the deadline; or since when it confirms."""
        needs = f"{decision.needs[:1].upper()}{decision.needs[1:]}." if decision.needs else ""
        return self._render(
            "status.md",
            decision=decision,
            heading=counted(decision.tally),
            missing=[] if confirming else [*filter(None, [needs]), *held(decision)],
            confirming=confirming,
            **self._answers(decision, issue_url),
        )

    def final_status(self, ending: Ending, decision: Decision | None, issue_url: str) -> str:
        """Write the last status comment: the outcome and each vote."""
        return self._render("final.md", **self._end(ending, decision, issue_url))

    def notice(self, notice: Notice, issue_url: str, decision: Decision, now: datetime) -> str:
        """Tell people what is needed from them, why an approval does not count, or how to answer."""
        return notice_text(notice, decision, self._subject, issue_url, now)

    def closing(
        self, ending: Ending, decision: Decision | None, record: Mapping[str, object], url: str
    ) -> str:
        """Write the closing comment: the outcome, and the record or its digest if it is too long."""
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

    def replaced(self, url: str, voters: Iterable[str], *, duplicate: bool) -> str:
        """Tell people who voted on another issue of this run where to vote now."""
        return self._render(
            "replaced.md", url=url, voters=[f"@{login}" for login in voters], duplicate=duplicate
        )

    def objected(self, url: str, logins: Sequence[str]) -> str:
        """Mention people on this request who objected on an earlier one of the run."""
        return objected(logins, url)

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
            "approvers": [_named(member) for member in decision.approvers] if decision else [],
            "deniers": mentions(decision.deniers if decision else ()),
            "url": url,
            **self._answers(decision, url),
        }

    def _answers(self, decision: Decision | None, url: str) -> dict[str, object]:
        return {**table(decision, self._subject.roster, url), **checklist(decision)}


def _named(member: Member) -> str:
    return f"@{member.login} ({markdown.code(member.roles[0])})"


def _shown(record: Mapping[str, object]) -> str:
    text = canonical(record)
    return markdown.fenced(text, "json") if len(text) <= _RECORD_LIMIT else _elsewhere(record)


def _elsewhere(record: Mapping[str, object]) -> str:
    return f"It is too long for a comment; its digest is `{record.get('digest')}`. See the job's outputs."
