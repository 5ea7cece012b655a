"""Every text of one request."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from approval_gate.core import tasks
from approval_gate.core.ending import Conclusion, Ending
from approval_gate.core.model import Outcome
from approval_gate.core.notices import Notice
from approval_gate.core.notification import Notification
from approval_gate.core.record.comments import parts
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import names
from approval_gate.render import markdown, notification
from approval_gate.render.answers import votes
from approval_gate.render.checks import checklist
from approval_gate.render.conditions import summed_up, verified
from approval_gate.render.ending import (
    ICONS,
    decisive,
    lacking_checks,
    plain_title,
    reasons,
    timeline,
    title,
    what,
    when,
)
from approval_gate.render.issue import issue_text
from approval_gate.render.notices import notice_text, objected
from approval_gate.render.status import heading, waits
from approval_gate.render.subject import Subject
from approval_gate.render.templating import fill
from approval_gate.render.times import span
from approval_gate.troubleshooting import PAGE, see

CHECKS = 100
"""The most checklist items that an approval lists."""

_RECORD_ROOM = 40_000
"""Characters of a record in one comment."""

_SUMMARY_ROOM = 80_000
"""Characters of a record in the job's summary: enough to read, and little of the 1 MiB that a step has."""


def early_summary(
    ending: Ending, record: Mapping[str, object], version: str = "", environment: str | None = None
) -> str:
    """Write the job's summary of a gate that ended before there was a request."""
    return fill(
        "early.md",
        title=title(version, environment),
        ending=ending,
        icon=ICONS[ending.outcome],
        said=ending.text.splitlines(),
        see=guide(ending.entry),
        **_shown(record),
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
        subject = self._subject
        return self._render(
            "status.md",
            decision=decision,
            heading=heading(subject.rule, decision, confirming=confirming is not None),
            waits=list(waits(decision, confirming)),
            **verified(decision, subject, over=False),
            **checklist(decision, subject),
            **self._votes(decision, issue_url),
        )

    def final_status(self, end: Conclusion) -> str:
        """Write the last status comment: the outcome and each vote."""
        url = end.asked.url if end.asked else ""
        return self._end("final.md", end, **self._votes(end.decision, url))

    def notice(self, notice: Notice, issue_url: str, decision: Decision, now: datetime) -> str:
        """Tell people what is needed from them, why an approval does not count, or how to answer."""
        return notice_text(notice, decision, self._subject, issue_url, now)

    def closing(self, end: Conclusion, record: Mapping[str, object]) -> list[str]:
        """Write the closing comment with the record, and further comments for what does not fit."""
        first, *more = parts(record, _RECORD_ROOM)
        text = self._end("closing.md", end, **_record(first, continues=bool(more)))
        if len(text) > markdown.LIMIT:
            text, more = self._end("closing.md", end, **_record("", continues=True)), [first, *more]
        further = [fill("record_part.md", record=part, last=part is more[-1]) for part in more]
        return [text, *further]

    def summary(self, end: Conclusion, record: Mapping[str, object]) -> str:
        """Write the job's summary."""
        request = self._subject.request
        if end.asked is None:
            return early_summary(end.ending, record, request.version, request.environment)
        lines = timeline(end, self._subject.roster, request)
        return self._end("summary.md", end, timeline=list(lines), **_shown(record))

    def last_words(self, end: Conclusion) -> tuple[str, str]:
        """Return what the run's annotation is about, and the last line of its log."""
        request, said, asked = self._subject.request, end.ending.text, end.asked
        about = plain_title(request.version, request.environment)
        if asked is None:
            return about, said
        if end.ending.outcome is Outcome.APPROVED:
            waited = span(asked.ended_at - asked.opened_at)
            said = said.replace("Approved by", f"Approved after {waited} by", 1)
            return about, "\n".join(filter(None, (said, summed_up(end.decision, self._subject.terms))))
        return about, f"{said}\n{when(asked)[:1].upper()}{when(asked)[1:]}: {asked.url}"

    def replaced(self, url: str, voters: Iterable[str], *, duplicate: bool) -> str:
        """Tell people who voted on another issue of this run where to vote now."""
        return self._render(
            "replaced.md", url=url, voters=[f"@{login}" for login in voters], duplicate=duplicate
        )

    def objected(self, url: str, logins: Sequence[str]) -> str:
        """Mention people on this request who objected on an earlier one of the run."""
        return objected(logins, url)

    def asked(self, decision: Decision, issue_url: str) -> Notification:
        """Tell people outside of GitHub that they are asked."""
        return notification.asked(self._subject.request, decision, issue_url)

    def reminded(self, decision: Decision, issue_url: str) -> Notification:
        """Remind people outside of GitHub."""
        return notification.reminded(self._subject.request, decision, issue_url)

    def decided(self, end: Conclusion, issue_url: str) -> Notification:
        """Tell people outside of GitHub how it ended."""
        approved = end.ending.outcome is Outcome.APPROVED
        more = summed_up(end.decision, self._subject.terms) if approved else ""
        return notification.decided(self._subject.request, end, issue_url, more)

    def _end(self, template: str, end: Conclusion, **more: object) -> str:
        decision, ending, subject = end.decision, end.ending, self._subject
        approved = ending.outcome is Outcome.APPROVED
        why, more_reasons = reasons(decision) if decision and decision.deniers else ([], 0)
        items = subject.rule.checklist or tasks.items(subject.checklist)
        return self._render(
            template,
            ending=ending,
            decision=decision,
            asked=end.asked,
            icon=ICONS[ending.outcome],
            title=title(subject.request.version, subject.request.environment),
            what=what(end, subject.rule),
            when=when(end.asked) if end.asked else "",
            decisive=decisive(subject.rule, decision) if decision and approved else "",
            reasons=why,
            more_reasons=more_reasons,
            confirmers=names(decision.approvers) if decision else "",
            confirmed=items[:CHECKS] if approved else (),
            checks_lacking=lacking_checks(end),
            see=guide(ending.entry),
            **verified(decision, subject, over=True),
            **checklist(decision, subject),
            **more,
        )

    def _votes(self, decision: Decision | None, url: str) -> dict[str, object]:
        return votes(decision, self._subject.rule, self._subject.roster, url)


def guide(entry: str) -> str:
    """Link to the entry of the troubleshooting page, which only a release has the address of; or name it."""
    if not entry:
        return ""
    if "://" not in PAGE:  # where the text is shown, a path would lead nowhere
        return f"{see(entry)}."
    return markdown.link("What this means, and what to do", f"{PAGE}#{entry}") + "."


def _shown(record: Mapping[str, object]) -> dict[str, object]:
    """Return what fits of a record into the job's summary."""
    first, *more = parts(record, _SUMMARY_ROOM)
    return _record(first, cut=bool(more))


def _record(block: str, *, continues: bool = False, cut: bool = False) -> dict[str, object]:
    indented = block.startswith("```json\n{\n") and not cut
    return {"record": block, "indented": indented, "continues": continues, "cut": cut}
