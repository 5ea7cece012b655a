"""The messages to people outside of GitHub: asked, reminded, decided, and the deployment's result."""

from dataclasses import dataclass

from approval_gate.core.ending import Conclusion
from approval_gate.core.model import Outcome, Request
from approval_gate.core.notification import Event, Notification, Tone
from approval_gate.core.result import Label, Results, label_of, sentence
from approval_gate.core.verdict import Decision
from approval_gate.core.wording import at
from approval_gate.render.chat import inert

REASON = 700
"""The most characters of the reason of an ending: with what three people typed, at most 200 of each."""

_NAME = 100

_ENDED = {
    Outcome.APPROVED: ("Approved", Tone.SUCCESS),
    Outcome.DENIED: ("Denied", Tone.FAILURE),
    Outcome.TIMED_OUT: ("No decision in time", Tone.WARNING),
    Outcome.CANCELLED: ("Cancelled", Tone.WARNING),
    Outcome.ERROR: ("The gate failed", Tone.FAILURE),
}
_RESULTS = {
    Label.DEPLOYED: ("Deployed", Tone.SUCCESS),
    Label.FAILED: ("Deployment failed", Tone.FAILURE),
    Label.ROLLED_BACK: ("Rolled back", Tone.WARNING),
    Label.NOT_DEPLOYED: ("Not deployed", Tone.WARNING),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What was or is to be deployed, as far as it is known, and where people read more about it."""

    repository: str
    issue_url: str
    run_url: str
    environment: str | None = None
    version: str | None = None

    @classmethod
    def asked_for(cls, request: Request, issue_url: str) -> "Deployed":
        """Return what a request is about."""
        return cls(
            repository=request.repository,
            environment=request.environment,
            version=request.version,
            issue_url=issue_url,
            run_url=request.run_url,
        )

    @property
    def name(self) -> str:
        """What goes where: ``v1.2.3 to production``, or the repository where that is unknown."""
        if self.version is None:
            return self.repository
        version = inert(self.version, _NAME)
        return f"{version} to {inert(self.environment, _NAME)}" if self.environment else version


def asked(request: Request, decision: Decision, issue_url: str) -> Notification:
    """Say who wants to deploy what, and until when people can answer."""
    it = Deployed.asked_for(request, issue_url)
    who = f"{inert(request.actor, _NAME)} wants to deploy {it.name} from {it.repository}."
    text = f"{who} {_waits(decision)}"
    return _notification(Event.ASKED, Tone.INFO, f"Approval needed: {it.name}", text, it)


def reminded(request: Request, decision: Decision, issue_url: str) -> Notification:
    """Say what is missing, and until when people can answer."""
    it = Deployed.asked_for(request, issue_url)
    title = f"Approval still needed: {it.name}"
    return _notification(Event.REMINDED, Tone.WARNING, title, _waits(decision), it)


def decided(request: Request, end: Conclusion, issue_url: str, more: str = "") -> Notification:
    """Say how it ended and why, and what ``more`` there is to say of that."""
    it, outcome = Deployed.asked_for(request, issue_url), end.ending.outcome
    said, tone = _ENDED[outcome]
    text = " ".join(filter(None, (inert(end.ending.reason, REASON), inert(more, REASON))))
    return _notification(Event.DECIDED, tone, f"{said}: {it.name}", text, it, outcome.value)


def result(results: Results, it: Deployed) -> Notification:
    """Say how a deployment ended."""
    label = label_of(results)
    said, tone = _RESULTS[label]
    text = f"{it.repository}: {sentence(results)}."
    return _notification(Event.RESULT, tone, f"{said}: {it.name}", text, it, label.value)


def _waits(decision: Decision) -> str:
    return f"{inert(decision.reason, REASON)} It closes at {at(decision.deadline, decision.opened_at)}."


def _notification(
    event: Event, tone: Tone, title: str, text: str, it: Deployed, outcome: str | None = None
) -> Notification:
    return Notification(
        event=event,
        tone=tone,
        title=title,
        text=text,
        repository=it.repository,
        environment=it.environment and inert(it.environment, _NAME),
        version=it.version and inert(it.version, _NAME),
        outcome=outcome,
        issue_url=it.issue_url,
        run_url=it.run_url,
    )
