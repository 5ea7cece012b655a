"""What threads come to, as conversations."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from approval_gate.core.commands import Verb
from approval_gate.core.decision import decide
from approval_gate.core.model import Code, Member, Outcome, Person, Requirement, Rule, Vocabulary
from approval_gate.core.statements import STRANGERS_READ
from approval_gate.core.verdict import Decision, Ground, Vote, VoteStatus
from approval_gate.core.wording import names
from tests.core.language import OWNER, PEOPLE, logins, minute, roster, said, talk

RULE = Rule(minimum=2, window=timedelta(minutes=60), alone=(OWNER,))
ONE = replace(RULE, minimum=1)
EASY = replace(RULE, denial_needs_reason=False)
NO_MAIL = replace(RULE, email_votes=False)
EMERGENCY = replace(
    RULE,
    minimum=1,
    require=(Requirement(any_of=("lead", "owner"), minimum=1),),
    justified=("sre",),
)
LEAD_AND_ANOTHER = replace(RULE, require=(Requirement(any_of=("lead",), minimum=1),))
CLOSING_DENIES = replace(RULE, closing_denies=True)

PENDING = None, None
QUORUM = Outcome.APPROVED, Code.QUORUM
ALONE = Outcome.APPROVED, Code.APPROVED_ALONE
DENIED = Outcome.DENIED, Code.DENIED
UNREASONED = Outcome.DENIED, Code.DENIED_WITHOUT_REASON
TIMED_OUT = Outcome.TIMED_OUT, Code.WINDOW_CLOSED
CLOSED = Outcome.CANCELLED, Code.ISSUE_CLOSED
REPLACED = Outcome.CANCELLED, Code.REPLACED
DENIED_BY_CLOSING = Outcome.DENIED, Code.ISSUE_CLOSED

CY_OBJECTS = "cy objects; approval waits until cy answers."
UNREASONED_YET = "denied without a reason; it is a denial at the deadline, or once the reason is given."
ONE_OF_TWO = "1 of 2 approvals"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A conversation and the expected decision.

    ``statuses`` are the names of the votes' statuses in the order of the comments;
    ``approvers``, ``deniers``, ``holds`` and ``awaited`` are logins in order.
    """

    name: str
    says: tuple[str, ...] = field(default=())
    ends: tuple[Outcome | None, Code | None]
    statuses: str = ""
    approvers: str = ""
    deniers: str = ""
    holds: str = ""
    awaited: str | None = None
    sentence: str | None = None
    roster: str = "ann bob cy"
    rule: Rule = RULE
    now: float = 30


CASES = [
    # counting
    Case(
        name="there are no comments",
        ends=PENDING,
        awaited="ann bob cy",
        sentence="0 of 2 approvals, needs 2 from ann, bob or cy.",
    ),
    Case(
        name="one approval of two",
        says=("1 ann: approve",),
        ends=PENDING,
        statuses="counts",
        approvers="ann",
        awaited="bob cy",
        sentence="1 of 2 approvals, needs 1 more from bob or cy.",
    ),
    Case(
        name="two approvals of two",
        says=("1 ann: approve", "2 bob: /approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
        sentence="Approved by ann and bob.",
    ),
    Case(
        name="three approvals where two suffice",
        says=("1 ann: approve", "2 bob: /approve", "3 cy: lgtm"),
        ends=QUORUM,
        statuses="counts counts counts",
        approvers="ann bob cy",
        sentence="Approved by ann, bob and cy.",
    ),
    Case(
        name="approvers are listed in the order in which they approved",
        says=("1 cy: approve", "2 ann: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="cy ann",
        sentence="Approved by cy and ann.",
    ),
    Case(
        name="one person who approves twice fills one seat",
        says=("1 ann: approve", "2 ann: lgtm"),
        ends=PENDING,
        statuses="superseded counts",
        approvers="ann",
        awaited="bob cy",
    ),
    Case(
        name="one approval where one suffices",
        says=("1 ann: approve",),
        ends=QUORUM,
        statuses="counts",
        approvers="ann",
        rule=ONE,
        sentence="Approved by ann.",
    ),
    Case(
        name="talk is not a vote",
        says=("1 ann: I will look at it", "2 bob: approve?", "3 cy: > approve"),
        ends=PENDING,
        awaited="ann bob cy",
    ),
    Case(
        name="an added word approves",
        says=("1 ann: +1", "2 bob: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
        rule=replace(RULE, vocabulary=Vocabulary(approve=("approve", "+1"))),
    ),
    Case(
        name="only the first line of a comment counts",
        says=("1 ann: approve\n\nMigrations read.", "2 bob: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    # who
    Case(
        name="a stranger's approval",
        says=("1 mallory: approve", "2 ann: approve"),
        ends=PENDING,
        statuses="not_listed counts",
        approvers="ann",
        awaited="bob cy",
        sentence="1 of 2 approvals, needs 1 more from bob or cy.",
    ),
    Case(
        name="a stranger's denial",
        says=("1 mallory: deny - because", "2 ann: approve", "3 bob: approve"),
        ends=QUORUM,
        statuses="not_listed counts counts",
        approvers="ann bob",
    ),
    Case(
        name="an author without an account",
        says=("1 ghost: approve", "2 ghost: deny - because", "3 ann: approve"),
        ends=PENDING,
        statuses="ghost ghost counts",
        approvers="ann",
    ),
    Case(
        name="the initiator's approval where the initiator is barred",
        says=("1 cy: approve", "2 ann: approve"),
        ends=PENDING,
        statuses="initiator counts",
        approvers="ann",
        awaited="bob",
        roster="ann bob cy(initiator)",
        sentence="1 of 2 approvals, needs 1 more from bob.",
    ),
    Case(
        name="the barred initiator's denial",
        says=("1 ann: approve", "2 bob: approve", "3 cy: deny - wrong tag"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
        roster="ann bob cy(initiator)",
    ),
    Case(
        name="the approval of somebody who left while the gate waited",
        says=("1 cy: approve", "2 ann: approve"),
        ends=PENDING,
        statuses="left counts",
        approvers="ann",
        awaited="bob",
        roster="ann bob cy(left)",
        sentence="1 of 2 approvals, needs 1 more from bob.",
    ),
    Case(
        name="the denial of somebody who left while the gate waited",
        says=("1 cy: deny - red", "2 ann: approve", "3 bob: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
        roster="ann bob cy(left)",
    ),
    Case(
        name="a listed person without write access cannot approve, and a denial of theirs only holds",
        says=("1 cy: approve", "2 cy: deny - red", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="no_write no_write counts counts",
        approvers="ann bob",
        holds="cy",
        roster="ann bob cy(no-write)",
    ),
    Case(
        name="the gate's own account, if it is listed, cannot approve and can deny",
        says=("1 gate: approve", "2 gate: deny - red", "3 ann: approve"),
        ends=DENIED,
        statuses="own_account counts counts",
        approvers="ann",
        deniers="gate",
        roster="ann bob gate",
    ),
    Case(
        name="the gate's own account, if it is not listed, can neither approve nor deny",
        says=("1 gate: approve", "2 gate: deny - red", "3 gate: stop", "4 ann: approve"),
        ends=PENDING,
        statuses="own_account own_account counts",
        approvers="ann",
        roster="ann bob",
    ),
    Case(
        name="the gate's own account, barred as such",
        says=("1 gate: approve", "2 ann: approve"),
        ends=PENDING,
        statuses="own_account counts",
        approvers="ann",
        awaited="bob",
        roster="ann bob gate(own)",
    ),
    Case(
        name="a bot can neither approve nor deny, even if it is listed",
        says=("1 robot: approve", "2 robot: deny - red", "3 ann: approve", "4 bob: approve"),
        ends=QUORUM,
        statuses="bot bot counts counts",
        approvers="ann bob",
        roster="ann bob robot",
    ),
    Case(
        name="a bot that is not listed is treated as a bot",
        says=("1 robot: approve", "2 ann: approve"),
        ends=PENDING,
        statuses="bot counts",
        approvers="ann",
        awaited="bob cy",
    ),
    # who approves alone
    Case(
        name="somebody who approves alone",
        says=("1 ann: approve",),
        ends=ALONE,
        statuses="counts",
        approvers="ann",
        roster="ann* bob cy",
        sentence="Approved by ann, who can approve alone.",
    ),
    Case(
        name="somebody who approves alone within a complete quorum",
        says=("1 bob: approve", "2 ann: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="bob ann",
        roster="ann* bob cy",
    ),
    Case(
        name="somebody who approves alone completes a greater minimum",
        says=("1 bob: approve", "2 ann: approve"),
        ends=ALONE,
        statuses="counts counts",
        approvers="bob ann",
        roster="ann* bob cy",
        rule=replace(RULE, minimum=3),
        sentence="Approved by bob and ann. Decisive: ann, who can approve alone.",
    ),
    Case(
        name="somebody who approves alone meets a minimum that no one else could",
        says=("1 ann: approve",),
        ends=ALONE,
        statuses="counts",
        approvers="ann",
        roster="ann* bob",
        rule=replace(RULE, minimum=9),
    ),
    Case(
        name="somebody who approves alone does not override a denial",
        says=("1 bob: deny - red", "2 ann: approve"),
        ends=DENIED,
        statuses="counts counts",
        approvers="ann",
        deniers="bob",
        roster="ann* bob cy",
    ),
    Case(
        name="somebody who approves alone but is barred",
        says=("1 ann: approve",),
        ends=PENDING,
        statuses="initiator",
        awaited="bob cy",
        roster="ann*(initiator) bob cy",
        sentence="0 of 2 approvals, needs 2 from bob or cy.",
    ),
    Case(
        name="somebody else does not approve alone",
        says=("1 bob: approve",),
        ends=PENDING,
        statuses="counts",
        approvers="bob",
        awaited="ann cy",
        roster="ann* bob cy",
    ),
    # denials
    Case(
        name="a denial",
        says=("1 ann: deny - the migration is untested",),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
        sentence="Denied by ann.",
    ),
    Case(
        name="a denial after the quorum",
        says=("1 ann: approve", "2 bob: approve", "3 cy: deny - red"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
        sentence="Denied by cy.",
    ),
    Case(
        name="a denial before the quorum",
        says=("1 cy: /deny red", "2 ann: approve", "3 bob: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
    ),
    Case(
        name="two denials",
        says=("1 cy: deny: red", "2 ann: reject - red"),
        ends=DENIED,
        statuses="counts counts",
        deniers="cy ann",
        sentence="Denied by cy and ann.",
    ),
    Case(
        name="a denial whose author then approves",
        says=("1 ann: deny - red", "2 ann: approve", "3 bob: approve"),
        ends=QUORUM,
        statuses="superseded counts counts",
        approvers="ann bob",
    ),
    Case(
        name="a denial whose author takes it back",
        says=("1 ann: deny - red", "2 ann: revoke", "3 bob: approve", "4 cy: approve"),
        ends=QUORUM,
        statuses="superseded counts counts counts",
        approvers="bob cy",
    ),
    Case(
        name="an approval whose author denies later",
        says=("1 ann: approve", "2 ann: deny - red", "3 bob: approve"),
        ends=DENIED,
        statuses="superseded counts counts",
        approvers="bob",
        deniers="ann",
    ),
    Case(
        name="talk does not lift a denial",
        says=("1 ann: deny - red", "2 ann: fine now", "3 bob: approve", "4 cy: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="nobody lifts the denial of another",
        says=("1 ann: deny - red", "2 bob: revoke", "3 bob: approve", "4 cy: approve"),
        ends=DENIED,
        statuses="counts superseded counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a denial through an app counts",
        says=("1 ann: approve", "2 bob: approve", "3 cy through an app: deny - red"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
    ),
    Case(
        name="a barred initiator cannot lift a denial by approving",
        says=("1 cy: deny - red", "2 cy: approve", "3 ann: approve", "4 bob: approve"),
        ends=DENIED,
        statuses="counts initiator counts counts",
        approvers="ann bob",
        deniers="cy",
        roster="ann bob cy(initiator)",
    ),
    Case(
        name="a barred initiator lifts their own denial by revoking it",
        says=("1 cy: deny - red", "2 cy: revoke", "3 ann: approve", "4 bob: approve"),
        ends=QUORUM,
        statuses="superseded counts counts counts",
        approvers="ann bob",
        roster="ann bob cy(initiator)",
    ),
    # denials without a reason
    Case(
        name="a denial without a reason holds the gate",
        says=("1 ann: deny",),
        ends=PENDING,
        statuses="needs_reason",
        deniers="ann",
        sentence=f"ann {UNREASONED_YET}",
    ),
    Case(
        name="a denial without a reason holds the gate against a quorum",
        says=("1 ann: deny", "2 bob: approve", "3 cy: approve"),
        ends=PENDING,
        statuses="needs_reason counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a denial without a reason is a denial at the deadline",
        says=("1 ann: deny",),
        ends=UNREASONED,
        statuses="counts",
        deniers="ann",
        now=60,
        sentence="Denied by ann, who gave no reason before the window closed.",
    ),
    Case(
        name="a denial without a reason is a denial at the deadline despite a quorum",
        says=("1 ann: deny", "2 bob: approve", "3 cy: approve"),
        ends=UNREASONED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
        now=61,
    ),
    Case(
        name="a denial without a reason a moment before the deadline",
        says=("1 ann: deny",),
        ends=PENDING,
        statuses="needs_reason",
        deniers="ann",
        now=59.99,
    ),
    Case(
        name="a reason given later completes the denial",
        says=("1 ann: deny", "2 ann: deny - red"),
        ends=DENIED,
        statuses="needs_reason counts",
        deniers="ann",
    ),
    Case(
        name="a reason edited in completes the denial",
        says=("1 ann: deny", "2 ann edits #1: deny - red"),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
    ),
    Case(
        name="one denial with a reason and one without",
        says=("1 ann: deny", "2 bob: deny - red"),
        ends=DENIED,
        statuses="needs_reason counts",
        deniers="ann bob",
    ),
    Case(
        name="a denial without a reason whose author then approves",
        says=("1 ann: deny", "2 ann: approve", "3 bob: approve"),
        ends=QUORUM,
        statuses="superseded counts counts",
        approvers="ann bob",
    ),
    Case(
        name="a denial without a reason if none is needed",
        says=("1 ann: deny",),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
        rule=EASY,
    ),
    Case(
        name="a reason on the lines below is a reason",
        says=("1 ann: deny\n\nThe migration is untested.",),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
    ),
    # revocations
    Case(
        name="an approval that is taken back",
        says=("1 ann: approve", "2 bob: approve", "3 ann: revoke"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="bob",
        awaited="ann cy",
        sentence="1 of 2 approvals, needs 1 more from ann or cy.",
    ),
    Case(
        name="an approval that is taken back and given again",
        says=("1 ann: approve", "2 ann: revoke", "3 ann: approve", "4 bob: approve"),
        ends=QUORUM,
        statuses="superseded superseded counts counts",
        approvers="ann bob",
    ),
    Case(
        name="of several revocations the last one counts",
        says=("1 ann: revoke", "2 ann: approve", "3 ann: revoke", "4 ann: approve", "5 ann: revoke"),
        ends=PENDING,
        statuses="superseded superseded superseded superseded counts",
        awaited="ann bob cy",
    ),
    Case(
        name="a revocation that is edited after the next one counts as well",
        says=("1 ann: approve", "2 ann: revoke", "3 ann: revoke", "4 ann edits #2: hm"),
        ends=PENDING,
        statuses="superseded counts counts",
        awaited="ann bob cy",
    ),
    Case(
        name="a revocation through an app takes the answer back",
        says=("1 ann: approve", "2 bob: approve", "3 ann through an app: revoke"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="bob",
        awaited="ann cy",
    ),
    Case(
        name="an edited revocation revokes",
        says=("1 ann: approve", "2 bob: approve", "3 ann: revoke", "4 ann edits #3: never mind"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="bob",
    ),
    Case(
        name="a deleted revocation revokes",
        says=("1 ann: approve", "2 bob: approve", "3 ann: revoke", "4 ann deletes #3"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="bob",
    ),
    Case(
        name="an edited revocation does not lift a denial",
        says=(
            "1 ann: deny - red",
            "2 ann: revoke",
            "3 ann edits #2: revoke - fixed",
            "4 bob: approve",
            "5 cy: approve",
        ),
        ends=DENIED,
        statuses="counts edited counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="talk that is edited into a revocation takes the answer back",
        says=("1 ann: approve", "2 bob: approve", "3 ann: hello", "4 ann edits #3: revoke"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="bob",
    ),
    # approvals that do not count
    Case(
        name="an approval that its author edited",
        says=("1 ann: approve", "2 ann edits #1: approve - fine", "3 bob: approve"),
        ends=PENDING,
        statuses="edited counts",
        approvers="bob",
        awaited="ann cy",
    ),
    Case(
        name="an approval that its author edited and then wrote again",
        says=("1 ann: approve", "2 ann edits #1: approve - fine", "3 bob: approve", "4 ann: approve"),
        ends=QUORUM,
        statuses="edited counts counts",
        approvers="bob ann",
    ),
    Case(
        name="an edited approval does not displace another",
        says=("1 ann: approve", "2 ann: approve", "3 ann edits #2: approve - fine", "4 bob: approve"),
        ends=QUORUM,
        statuses="counts edited counts",
        approvers="ann bob",
    ),
    Case(
        name="talk that its author edited into an approval",
        says=("1 ann: hello", "2 ann edits #1: approve", "3 bob: approve"),
        ends=PENDING,
        statuses="edited counts",
        approvers="bob",
    ),
    Case(
        name="an approval that its author edited into talk",
        says=("1 ann: approve", "2 ann edits #1: hello", "3 bob: approve"),
        ends=PENDING,
        statuses="edited counts",
        approvers="bob",
    ),
    Case(
        name="an approval that was edited and edited back",
        says=("1 ann: approve", "2 ann edits #1: hello", "3 ann edits #1: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="edited counts",
        approvers="bob",
    ),
    Case(
        name="an approval that its author deleted",
        says=("1 ann: approve", "2 ann deletes #1", "3 bob: approve"),
        ends=PENDING,
        statuses="deleted counts",
        approvers="bob",
    ),
    Case(
        name="an approval through an app",
        says=("1 ann through an app: approve", "2 bob: approve"),
        ends=PENDING,
        statuses="via_app counts",
        approvers="bob",
        awaited="ann cy",
    ),
    Case(
        name="an approval through an app does not lift a denial",
        says=("1 ann: deny - red", "2 ann through an app: approve", "3 bob: approve", "4 cy: approve"),
        ends=DENIED,
        statuses="counts via_app counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    # tampering with denials
    Case(
        name="a denial that its author edits into an approval counts",
        says=("1 ann: deny - red", "2 ann edits #1: approve", "3 bob: approve", "4 cy: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a denial that its author deletes counts",
        says=("1 ann: deny - red", "2 ann deletes #1", "3 bob: approve", "4 cy: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a denial that somebody else deletes counts",
        says=("1 ann: deny - red", "2 mallory deletes #1", "3 bob: approve", "4 cy: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a denial that somebody else edits into an approval counts",
        says=("1 ann: deny - red", "2 bob edits #1: approve", "3 bob: approve", "4 cy: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a denial between two edits counts",
        says=(
            "1 ann: hm",
            "2 ann edits #1: deny - red",
            "3 ann edits #1: hm",
            "4 bob: approve",
            "5 cy: approve",
        ),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="an approval that somebody else edits into a denial holds without denying",
        says=("1 ann: approve", "2 mallory edits #1: deny - red", "3 bob: approve", "4 cy: approve"),
        ends=PENDING,
        statuses="tampered counts counts",
        approvers="bob cy",
        holds="ann",
    ),
    Case(
        name="a denial that was edited is lifted by a fresh approval",
        says=("1 ann: deny - red", "2 ann edits #1: hm", "3 ann: approve", "4 bob: approve"),
        ends=QUORUM,
        statuses="superseded counts counts",
        approvers="ann bob",
    ),
    Case(
        name="a denial that is edited after the answer that lifted it counts again",
        says=("1 ann: deny - red", "2 ann: approve", "3 ann edits #1: hm", "4 bob: approve", "5 cy: approve"),
        ends=DENIED,
        statuses="counts superseded counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="an answer in the very moment of the denial's last edit does not lift it",
        says=("1 ann: deny - red", "2 ann edits #1: hm", "2 ann: approve", "4 bob: approve", "5 cy: approve"),
        ends=DENIED,
        statuses="counts superseded counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="an edited approval does not lift a denial",
        says=(
            "1 ann: deny - red",
            "2 ann: approve",
            "3 ann edits #2: approve - ok",
            "4 bob: approve",
            "5 cy: approve",
        ),
        ends=DENIED,
        statuses="counts edited counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a fresh denial in the same second as the approval before it",
        says=("1 ann: approve", "1 ann: deny - red", "2 bob: approve", "3 cy: approve"),
        ends=DENIED,
        statuses="superseded counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="a revocation that is modified after a new approval takes it back",
        says=("1 ann: approve", "2 ann: revoke", "3 ann: approve", "4 ann edits #2: hm", "5 bob: approve"),
        ends=PENDING,
        statuses="superseded counts superseded counts",
        approvers="bob",
    ),
    # objections
    Case(
        name="words that read as a no hold a quorum",
        says=("1 ann: approve", "2 cy: No. The migration is broken.", "3 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        sentence="cy objects; approval waits until cy answers.",
    ),
    Case(
        name="an objection is mentioned without a quorum, too",
        says=("1 ann: approve", "2 cy: stop"),
        ends=PENDING,
        statuses="counts",
        approvers="ann",
        holds="cy",
        sentence=f"1 of 2 approvals, needs 1 more from bob or cy. {CY_OBJECTS}",
    ),
    Case(
        name="an objection at the deadline prevents approval",
        says=("1 ann: approve", "2 bob: approve", "3 cy: stop"),
        ends=TIMED_OUT,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        now=60,
        sentence="The window closed with 2 of 2 approvals, from ann and bob. cy objects.",
    ),
    Case(
        name="an objection ends with a fresh approval of its author",
        says=("1 ann: approve", "2 bob: stop", "3 bob: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="an objection ends with a revocation of its author",
        says=("1 ann: approve", "2 bob: approve", "3 cy: stop", "4 cy: revoke"),
        ends=QUORUM,
        statuses="counts counts counts",
        approvers="ann bob",
    ),
    Case(
        name="an objection becomes a denial by a fresh denial of its author",
        says=("1 ann: approve", "2 bob: approve", "3 cy: stop", "4 cy: deny - red"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
    ),
    Case(
        name="an objection does not end with talk of its author",
        says=("1 ann: approve", "2 bob: approve", "3 cy: stop", "4 cy: it is fine now"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection does not end with a command of somebody else",
        says=("1 ann: approve", "2 bob: approve", "3 cy: stop", "4 ann: revoke", "5 ann: approve"),
        ends=PENDING,
        statuses="superseded counts superseded counts",
        approvers="bob ann",
        holds="cy",
    ),
    Case(
        name="an objection that was edited away holds",
        says=("1 cy: stop", "2 cy edits #1: go ahead", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection that was deleted holds",
        says=("1 cy: stop", "2 cy deletes #1", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection that was hidden holds",
        says=("1 cy: stop", "2 ann hides #1", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection that only one list shows holds",
        says=("1 cy: stop", "1 one list lacks #1", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection by mail holds even if approvals by mail do not count",
        says=("1 cy by mail: stop", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        rule=NO_MAIL,
    ),
    Case(
        name="an objection that is edited after the answer that lifted it holds again",
        says=("1 cy: stop", "2 cy: approve", "3 mallory edits #1: hm", "4 ann: approve", "5 bob: approve"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection does not end with an answer in the very second of its last edit",
        says=("1 cy: stop", "2 cy edits #1: hm", "2 cy: approve", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection does not end with a command through an app",
        says=("1 cy: stop", "2 cy through an app: revoke", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="via_app counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection does not end with a hidden command",
        says=("1 cy: stop", "2 cy: revoke", "2 mallory hides #2", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="hidden counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection does not end with a command that only one list shows",
        says=("1 cy: stop", "2 cy: revoke", "2 one list lacks #2", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="unconfirmed counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="an objection does not end with a command by mail if mail does not count",
        says=("1 cy: stop", "2 cy by mail: revoke", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="via_email counts counts",
        approvers="ann bob",
        holds="cy",
        rule=NO_MAIL,
    ),
    Case(
        name="an objection does not end with a command after the deadline",
        says=("1 cy: stop", "2 ann: approve", "3 bob: approve", "61 cy: revoke"),
        ends=TIMED_OUT,
        statuses="counts counts late",
        approvers="ann bob",
        holds="cy",
        now=62,
    ),
    Case(
        name="an objection after the deadline prevents approval, too",
        says=("2 ann: approve", "3 bob: approve", "61 cy: stop"),
        ends=TIMED_OUT,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        now=62,
    ),
    Case(
        name="an objection in the note of an approval takes it back",
        says=("1 ann: approve - but do not deploy before noon", "2 bob: approve", "3 cy: approve"),
        ends=PENDING,
        statuses="objects counts counts",
        approvers="bob cy",
        holds="ann",
    ),
    Case(
        name="a malformed revocation takes an approval back and holds",
        says=("1 ann: approve", "2 ann: I revoke my approval", "3 bob: approve", "4 cy: approve"),
        ends=PENDING,
        statuses="superseded counts counts",
        approvers="bob cy",
        holds="ann",
    ),
    Case(
        name="`no` with a text after it is an objection and not a denial",
        says=("1 ann: approve", "2 bob: approve", "3 cy: No - that alert is another service"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="`no` right after another person's question is an objection and not a denial",
        says=("1 ann: approve", "2 bob: is the alert ours?", "3 cy: no", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        rule=EASY,
    ),
    Case(
        name="`yes` right after another person's question does not approve",
        says=("1 ann: approve", "2 bob: is the alert ours?", "3 cy: yes"),
        ends=PENDING,
        statuses="counts answers_question",
        approvers="ann",
    ),
    Case(
        name="`approve` right after another person's question approves",
        says=("1 ann: approve", "2 bob: is the alert ours?", "3 cy: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann cy",
    ),
    Case(
        name="`yes` after one's own question approves",
        says=("1 ann: approve", "2 cy: is the alert ours?", "3 cy: yes"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann cy",
    ),
    Case(
        name="`yes` approves if somebody commented since the question",
        says=("1 ann: approve", "2 bob: is the alert ours?", "3 ann: looking", "4 cy: yes"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann cy",
    ),
    Case(
        name="`yes` after a bot's question approves",
        says=("1 ann: approve", "2 robot: deploy this?", "3 cy: yes"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann cy",
    ),
    Case(
        name="`yes` after the question of an account that is gone approves",
        says=("1 ann: approve", "2 ghost: deploy this?", "3 cy: yes"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann cy",
    ),
    Case(
        name="a stranger's objection does not hold",
        says=("1 ann: approve", "2 bob: approve", "3 mallory: stop"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="the barred initiator's objection holds, and ends when it is revoked",
        says=("1 cy: stop", "2 ann: approve", "3 bob: approve", "4 cy: approve"),
        ends=PENDING,
        statuses="counts counts initiator",
        approvers="ann bob",
        holds="cy",
        roster="ann bob cy(initiator)",
    ),
    Case(
        name="the objection of somebody who left while the gate waited holds",
        says=("1 cy: stop", "2 ann: approve", "3 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        roster="ann bob cy(left)",
    ),
    Case(
        name="somebody without write access can lift their own objection by revoking it",
        says=("1 cy: deny - red", "2 ann: approve", "3 bob: approve", "4 cy: revoke"),
        ends=QUORUM,
        statuses="superseded counts counts counts",
        approvers="ann bob",
        roster="ann bob cy(no-write)",
    ),
    # comments modified by others
    Case(
        name="talk that somebody else edited does not hold",
        says=("1 cy: hm", "2 ann: approve", "3 bob: approve", "4 mallory edits #1: fine"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="talk that somebody else deleted does not hold",
        says=("1 cy: hm", "2 ann: approve", "3 bob: approve", "4 ann deletes #1"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="talk that its author edited does not hold",
        says=("1 cy: hm", "2 ann: approve", "3 bob: approve", "4 cy edits #1: fine"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="talk that its author deleted does not hold",
        says=("1 cy: hm", "2 ann: approve", "3 bob: approve", "4 cy deletes #1"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="a near miss that its author deleted after an approval does not hold",
        says=("1 ann: approve", "2 cy: aprove", "3 cy: approve", "4 cy deletes #2"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann cy",
    ),
    Case(
        name="talk that somebody else edited into a denial holds without denying",
        says=("1 cy: hm", "2 ann: approve", "3 bob: approve", "4 mallory edits #1: deny - red"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        sentence="A comment of cy was edited by mallory and reads as an objection now; "
        "approval waits until cy answers.",
    ),
    Case(
        name="talk that an unknown person edited into a revocation holds",
        says=("1 cy: hm", "2 ann: approve", "3 bob: approve", "4 someone edits #1: revoke"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        sentence="A comment of cy was edited by somebody else and reads as an objection now; "
        "approval waits until cy answers.",
    ),
    Case(
        name="talk that somebody else edited into an approval does not approve",
        says=("1 cy: hm", "2 ann: approve", "4 ann edits #1: approve"),
        ends=PENDING,
        statuses="counts",
        approvers="ann",
    ),
    Case(
        name="an approval that somebody else edited neither counts nor holds",
        says=("1 ann: approve", "2 bob: approve", "3 cy: approve", "4 mallory edits #1: approve - fine"),
        ends=QUORUM,
        statuses="tampered counts counts",
        approvers="bob cy",
    ),
    Case(
        name="an approval that an unknown person edited does not count",
        says=("1 ann: approve", "2 bob: approve", "4 someone edits #1: approve"),
        ends=PENDING,
        statuses="tampered counts",
        approvers="bob",
    ),
    Case(
        name="an approval that somebody else edited, written again",
        says=("1 ann: approve", "2 bob: approve", "4 mallory edits #1: approve - fine", "5 ann: approve"),
        ends=QUORUM,
        statuses="tampered counts counts",
        approvers="bob ann",
    ),
    Case(
        name="an approval that somebody else deleted does not count",
        says=("1 ann: approve", "2 bob: approve", "4 mallory deletes #1"),
        ends=PENDING,
        statuses="deleted counts",
        approvers="bob",
    ),
    Case(
        name="a hidden approval does not count",
        says=("1 ann: approve", "2 bob: approve", "4 mallory hides #1"),
        ends=PENDING,
        statuses="hidden counts",
        approvers="bob",
    ),
    Case(
        name="an approval by mail counts",
        says=("1 ann by mail: approve", "2 bob: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="an approval by mail does not count if mail does not",
        says=("1 ann by mail: approve", "2 bob: approve"),
        ends=PENDING,
        statuses="via_email counts",
        approvers="bob",
        rule=NO_MAIL,
    ),
    Case(
        name="a denial by mail counts even if an approval by mail does not",
        says=("1 ann by mail: deny - red",),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
        rule=NO_MAIL,
    ),
    Case(
        name="an approval that only one list shows does not count yet",
        says=("1 ann: approve", "1 one list lacks #1", "2 bob: approve"),
        ends=PENDING,
        statuses="unconfirmed counts",
        approvers="bob",
    ),
    Case(
        name="an author's own text that can no longer be read holds",
        says=("1 cy: <lost>", "2 cy edits #1: fine", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        sentence="An earlier text of a comment of cy can no longer be read; approval waits until cy answers.",
    ),
    Case(
        name="a text that can no longer be read holds until its author answers",
        says=("1 cy: <lost>", "2 cy edits #1: fine", "3 ann: approve", "4 bob: approve", "5 cy: revoke"),
        ends=QUORUM,
        statuses="counts counts counts",
        approvers="ann bob",
    ),
    Case(
        name="a comment that somebody else deleted unread holds although its author talks on",
        says=(
            "1 ann: approve",
            "2 bob: approve",
            "3 mallory deletes an unseen comment of cy",
            "4 cy: who was that?",
        ),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
        sentence="A comment of cy was deleted by mallory before it was read; "
        "approval waits until cy answers.",
    ),
    Case(
        name="a comment that an unknown person deleted unread holds",
        says=("1 ann: approve", "2 bob: approve", "3 someone deletes an unseen comment of cy"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy",
    ),
    Case(
        name="a comment that somebody else deleted unread holds until its author answers",
        says=("1 bob: approve", "3 mallory deletes an unseen comment of cy", "4 cy: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="bob cy",
    ),
    Case(
        name="a comment that its own author deleted unread does not hold",
        says=("1 ann: approve", "2 bob: approve", "3 cy deletes an unseen comment of cy"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="an unread comment of a stranger does not hold",
        says=("1 ann: approve", "2 bob: approve", "3 oscar deletes an unseen comment of mallory"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="an unread comment of a deleted account does not hold",
        says=("1 ann: approve", "2 bob: approve", "3 oscar deletes an unseen comment of ghost"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="two people object",
        says=("1 cy: stop", "2 ann: approve", "3 bob: approve", "4 mallory edits #3: nope"),
        ends=PENDING,
        statuses="counts tampered",
        approvers="ann",
        holds="cy bob",
        sentence="1 of 2 approvals, needs 1 more from bob or cy. cy objects and a comment of bob was edited "
        "by mallory and reads as an objection now; approval waits until cy and bob answer.",
    ),
    Case(
        name="two objections of one person are mentioned once",
        says=("1 cy: stop", "2 cy: wait", "3 ann: approve", "4 bob: approve"),
        ends=PENDING,
        statuses="counts counts",
        approvers="ann bob",
        holds="cy cy",
        sentence="cy objects; approval waits until cy answers.",
    ),
    Case(
        name="an earlier reason is kept by a later denial without one",
        says=("1 cy: deny - red", "2 cy: deny"),
        ends=DENIED,
        statuses="counts needs_reason",
        deniers="cy",
    ),
    # the request changed
    Case(
        name="an approval given before the request was changed",
        says=("1 ann: approve", "2 bob changes the request", "3 bob: approve", "4 cy: approve"),
        ends=QUORUM,
        statuses="before_change counts counts",
        approvers="bob cy",
    ),
    Case(
        name="approvals given before the request was changed do not make a quorum",
        says=("1 ann: approve", "2 bob: approve", "3 bob changes the request"),
        ends=PENDING,
        statuses="before_change before_change",
        awaited="ann bob cy",
    ),
    Case(
        name="an approval at the time of the change",
        says=("1 ann: approve", "3 bob: approve", "3 bob changes the request"),
        ends=PENDING,
        statuses="before_change before_change",
    ),
    Case(
        name="approvals written again after the change",
        says=("1 ann: approve", "3 bob changes the request", "4 ann: approve", "5 bob: approve"),
        ends=QUORUM,
        statuses="before_change counts counts",
        approvers="ann bob",
    ),
    Case(
        name="a denial given before the request was changed counts",
        says=("1 ann: deny - red", "3 bob changes the request", "4 bob: approve", "5 cy: approve"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    Case(
        name="an approval from before the change does not lift a denial",
        says=(
            "1 ann: deny - red",
            "2 ann: approve",
            "3 bob changes the request",
            "4 bob: approve",
            "5 cy: approve",
        ),
        ends=DENIED,
        statuses="counts before_change counts counts",
        approvers="bob cy",
        deniers="ann",
    ),
    # the window
    Case(
        name="the window closes without comments",
        ends=TIMED_OUT,
        now=60,
        sentence="The window closed with 0 of 2 approvals. Still to answer: ann, bob and cy.",
    ),
    Case(
        name="a moment before the window closes",
        ends=PENDING,
        now=59.999,
    ),
    Case(
        name="the window closes with one approval of two",
        says=("1 ann: approve",),
        ends=TIMED_OUT,
        statuses="counts",
        approvers="ann",
        now=61,
        sentence="The window closed with 1 of 2 approvals, from ann. Still to answer: bob and cy.",
    ),
    Case(
        name="a quorum in time that was read late",
        says=("1 ann: approve", "60 bob: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="ann bob",
        now=65,
    ),
    Case(
        name="a denial in the last moment of the window",
        says=("1 ann: approve", "60 bob: deny - red"),
        ends=DENIED,
        statuses="counts counts",
        approvers="ann",
        deniers="bob",
        now=65,
    ),
    Case(
        name="a denial that is lifted in the last moment of the window",
        says=("1 ann: deny - red", "2 bob: approve", "60 ann: approve"),
        ends=QUORUM,
        statuses="superseded counts counts",
        approvers="bob ann",
        now=65,
    ),
    Case(
        name="an objection that is lifted in the last moment of the window",
        says=("1 cy: stop", "2 ann: approve", "3 bob: approve", "60 cy: revoke"),
        ends=QUORUM,
        statuses="counts counts counts",
        approvers="ann bob",
        now=65,
    ),
    Case(
        name="an approval after the window",
        says=("1 ann: approve", "60.02 bob: approve"),
        ends=TIMED_OUT,
        statuses="counts late",
        approvers="ann",
        now=65,
    ),
    Case(
        name="a late approval does not displace another",
        says=("1 ann: approve", "2 bob: approve", "61 ann: approve"),
        ends=QUORUM,
        statuses="counts counts late",
        approvers="ann bob",
        now=65,
    ),
    Case(
        name="a late denial against a quorum",
        says=("1 ann: approve", "2 bob: approve", "61 cy: deny - red"),
        ends=DENIED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
        now=65,
    ),
    Case(
        name="a late denial without a quorum",
        says=("1 ann: approve", "61 cy: deny - red"),
        ends=TIMED_OUT,
        statuses="counts late",
        approvers="ann",
        now=65,
    ),
    Case(
        name="a late denial without a reason against a quorum",
        says=("1 ann: approve", "2 bob: approve", "61 cy: deny"),
        ends=UNREASONED,
        statuses="counts counts counts",
        approvers="ann bob",
        deniers="cy",
        now=65,
    ),
    Case(
        name="a late revocation takes the answer back",
        says=("1 ann: approve", "2 bob: approve", "61 ann: revoke"),
        ends=TIMED_OUT,
        statuses="superseded counts counts",
        approvers="bob",
        now=65,
    ),
    Case(
        name="a late revocation does not lift a denial",
        says=("1 ann: deny - red", "2 bob: approve", "3 cy: approve", "61 ann: revoke"),
        ends=DENIED,
        statuses="counts counts counts late",
        approvers="bob cy",
        deniers="ann",
        now=65,
    ),
    Case(
        name="a late approval does not lift a denial",
        says=("1 ann: deny - red", "2 bob: approve", "3 cy: approve", "61 ann: approve"),
        ends=DENIED,
        statuses="counts counts counts late",
        approvers="bob cy",
        deniers="ann",
        now=65,
    ),
    Case(
        name="an approval in time that was edited late",
        says=("1 ann: approve", "2 bob: approve", "61 ann edits #1: approve - fine"),
        ends=TIMED_OUT,
        statuses="edited counts",
        approvers="bob",
        now=65,
    ),
    # the issue closed
    Case(
        name="somebody closes the issue",
        says=("1 ann: approve", "2 bob closes the issue"),
        ends=CLOSED,
        statuses="counts",
        approvers="ann",
        sentence="bob closed the approval issue at 09:02 UTC with 1 of 2 approvals, from ann.",
    ),
    Case(
        name="somebody closes the issue that has its quorum",
        says=("1 ann: approve", "2 bob: approve", "3 bob closes the issue"),
        ends=CLOSED,
        statuses="counts counts",
        approvers="ann bob",
    ),
    Case(
        name="a denial takes precedence over closing",
        says=("1 ann: deny - red", "2 ann closes the issue"),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
        sentence="Denied by ann.",
    ),
    Case(
        name="an approver closes the issue if closing denies",
        says=("1 ann: approve", "2 bob closes the issue"),
        ends=DENIED_BY_CLOSING,
        statuses="counts",
        approvers="ann",
        deniers="bob",
        rule=CLOSING_DENIES,
        sentence="Denied by bob, who closed the approval issue at 09:02 UTC.",
    ),
    *(
        Case(
            name=f"who denied without a reason closes the issue, {when}, where closing {closing}",
            says=("1 ann: deny", "2 ann closes the issue"),
            ends=ends,
            statuses="needs_reason" if now < 60 else "counts",
            deniers="ann",
            rule=rule,
            now=now,
        )
        for when, now in (("before the deadline", 30), ("at the deadline", 60))
        for closing, ends, rule in (("denies", DENIED_BY_CLOSING, CLOSING_DENIES), ("cancels", CLOSED, RULE))
    ),
    Case(
        name="the barred initiator closes the issue if closing denies",
        says=("2 cy closes the issue",),
        ends=DENIED_BY_CLOSING,
        deniers="cy",
        roster="ann bob cy(initiator)",
        rule=CLOSING_DENIES,
    ),
    Case(
        name="a stranger closes the issue if closing denies",
        says=("1 ann: approve", "2 mallory closes the issue"),
        ends=CLOSED,
        statuses="counts",
        approvers="ann",
        rule=CLOSING_DENIES,
    ),
    Case(
        name="somebody without write access closes the issue if closing denies",
        says=("2 cy closes the issue",),
        ends=CLOSED,
        roster="ann bob cy(no-write)",
        rule=CLOSING_DENIES,
    ),
    Case(
        name="an unknown person closes the issue if closing denies",
        says=("2 someone closes the issue",),
        ends=CLOSED,
        rule=CLOSING_DENIES,
        sentence="Somebody closed the approval issue at 09:02 UTC with 0 of 2 approvals.",
    ),
    Case(
        name="the gate's own account closes the issue when a re-run replaces it",
        says=("1 ann: approve", "2 gate closes the issue"),
        ends=REPLACED,
        statuses="counts",
        approvers="ann",
        sentence=f"A re-run replaced this request, which had {ONE_OF_TWO}, from ann.",
    ),
    Case(
        name="a replaced request is not denied by its own account",
        says=("1 ann: approve", "1 bob: approve", "2 gate closes the issue"),
        ends=REPLACED,
        statuses="counts counts",
        approvers="ann bob",
        roster="ann bob gate",
        rule=CLOSING_DENIES,
    ),
    # roles
    Case(
        name="a lead's approval decides an emergency",
        says=("1 ann: approve",),
        ends=QUORUM,
        statuses="counts",
        approvers="ann",
        rule=EMERGENCY,
        roster="ann:lead bob:devops cy:sre",
        sentence="Approved by ann as lead.",
    ),
    Case(
        name="an emergency needs a lead's or the owner's approval, whoever else approves",
        says=("1 bob: approve", "2 cy: approve - the shop is down"),
        ends=PENDING,
        statuses="indecisive indecisive",
        approvers="bob cy",
        awaited="ann dee",
        rule=EMERGENCY,
        roster="ann:lead bob:devops cy:sre dee*",
        sentence="0 of 1 approval, needs 1 from ann or dee as lead or owner.",
    ),
    Case(
        name="somebody whose approval cannot decide can still deny",
        says=("1 bob: approve", "2 bob: deny - no rollback plan", "3 ann: approve"),
        ends=DENIED,
        statuses="superseded counts counts",
        approvers="ann",
        deniers="bob",
        rule=EMERGENCY,
        roster="ann:lead bob:devops",
    ),
    Case(
        name="an approval that must be justified does not count without a note",
        says=("1 cy: approve",),
        ends=PENDING,
        statuses="unjustified",
        awaited="ann cy",
        rule=EMERGENCY,
        roster="ann:lead cy:sre",
    ),
    Case(
        name="an approval without its justification does not displace another",
        says=("1 cy: approve - the shop is down", "2 cy: approve"),
        ends=PENDING,
        statuses="indecisive unjustified",
        approvers="cy",
        rule=EMERGENCY,
        roster="ann:lead cy:sre",
    ),
    Case(
        name="a person who also has a role that needs no justification counts in that role",
        says=("1 cy: approve",),
        ends=QUORUM,
        statuses="counts",
        approvers="cy",
        rule=EMERGENCY,
        roster="ann:lead cy:sre:lead",
    ),
    Case(
        name="a denial needs no justification of that kind",
        says=("1 cy: deny - wait for the backup",),
        ends=DENIED,
        statuses="counts",
        deniers="cy",
        rule=EMERGENCY,
        roster="ann:lead cy:sre",
    ),
    Case(
        name="an indecisive answer is taken back like any other",
        says=("1 bob: approve", "2 bob: revoke"),
        ends=PENDING,
        statuses="superseded counts",
        awaited="ann bob",
        rule=EMERGENCY,
        roster="ann:lead bob:devops",
    ),
    Case(
        name="the minimum without the required role does not suffice",
        says=("1 bob: approve", "2 cy: approve"),
        ends=TIMED_OUT,
        statuses="counts counts",
        approvers="bob cy",
        rule=LEAD_AND_ANOTHER,
        roster="ann:lead bob:devops cy:sre",
        now=60,
        sentence="The window closed with 1 of 2 approvals, from bob and cy; 1 from lead is missing. "
        "Still to answer: ann.",
    ),
    Case(
        name="the required role and one more approval suffice",
        says=("1 bob: approve", "2 ann: approve"),
        ends=QUORUM,
        statuses="counts counts",
        approvers="bob ann",
        rule=LEAD_AND_ANOTHER,
        roster="ann:lead bob:devops cy:sre",
    ),
    Case(
        name="somebody who approves alone does so whatever is required",
        says=("1 dee: approve",),
        ends=ALONE,
        statuses="counts",
        approvers="dee",
        rule=LEAD_AND_ANOTHER,
        roster="ann:lead dee:devops*",
        sentence="Approved by dee, who can approve alone.",
    ),
    Case(
        name="an author of the change cannot approve it",
        says=("1 ann: approve", "2 bob: approve"),
        ends=PENDING,
        statuses="author counts",
        approvers="bob",
        roster="ann(author) bob cy",
    ),
    Case(
        name="an author of the change can deny it",
        says=("1 ann: deny - I forgot the migration",),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
        roster="ann(author) bob cy",
    ),
    Case(
        name="a denial takes precedence over a replacement",
        says=("1 ann: deny - red", "2 gate closes the issue"),
        ends=DENIED,
        statuses="counts",
        deniers="ann",
    ),
]


def outcome_of(case: Case) -> Decision:
    return decide(case.rule, roster(case.roster), talk(*case.says), minute(case.now))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_thread_decides(case: Case) -> None:
    decision = outcome_of(case)
    assert (decision.outcome, decision.code) == case.ends
    assert " ".join(vote.status.name.lower() for vote in decision.votes) == case.statuses
    assert logins(decision.approvers) == case.approvers
    assert logins(decision.deniers) == case.deniers
    assert " ".join(hold.person.login for hold in decision.holds) == case.holds
    assert decision.deadline == minute(60)
    if case.awaited is not None:
        assert logins(decision.awaited) == case.awaited
    if case.sentence is not None:
        assert decision.reason == case.sentence


def test_no_case_is_there_twice() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 70
    conversations = [(case.says, case.roster, case.rule, case.now) for case in CASES]
    assert len(conversations) == len(set(conversations))


def test_every_vote_status_has_a_case() -> None:
    seen = {status for case in CASES for status in case.statuses.split()}
    assert seen == {status.name.lower() for status in VoteStatus}


class TestVotes:
    def test_a_vote_holds_everything_about_itself(self) -> None:
        decision = decide(RULE, roster("ann bob"), talk("3 ann: deny - red"), minute(4))
        assert decision.votes == (
            Vote(
                comment_id=10,
                person=PEOPLE["ann"],
                verb=Verb.DENY,
                note="red",
                at=minute(3),
                status=VoteStatus.COUNTS,
            ),
        )
        assert decision.votes[0].counts is True

    def test_a_vote_that_does_not_count_says_so(self) -> None:
        decision = decide(RULE, roster("ann bob"), talk("3 mallory: approve"), minute(4))
        assert decision.votes[0].counts is False
        assert decision.votes[0].verb is Verb.APPROVE
        assert decision.votes[0].note is None

    def test_votes_come_in_the_order_of_their_ids(self) -> None:
        thread = talk("1 ann: approve", "2 bob: approve", "3 cy: revoke")
        turned = replace(thread, comments=thread.comments[::-1])
        decision = decide(RULE, roster("ann bob cy"), turned, minute(4))
        assert [vote.comment_id for vote in decision.votes] == [10, 20, 30]

    def test_an_edited_denial_keeps_its_reason(self) -> None:
        thread = talk("1 ann: deny - red", "2 ann edits #1: approve")
        (vote,) = decide(RULE, roster("ann bob"), thread, minute(3)).votes
        assert (vote.verb, vote.note) == (Verb.DENY, "red")

    def test_a_reason_edited_in_is_the_note(self) -> None:
        thread = talk("1 ann: deny", "2 ann edits #1: deny - red")
        (vote,) = decide(RULE, roster("ann bob"), thread, minute(3)).votes
        assert (vote.verb, vote.note) == (Verb.DENY, "red")

    def test_a_reason_edited_out_was_given(self) -> None:
        thread = talk("1 ann: deny - red", "2 ann edits #1: deny")
        (vote,) = decide(RULE, roster("ann bob"), thread, minute(3)).votes
        assert (vote.verb, vote.note) == (Verb.DENY, "red")

    def test_among_a_comments_texts_revoke_takes_precedence_over_approve(self) -> None:
        thread = talk("1 ann: approve", "2 ann edits #1: revoke - early", "3 ann edits #1: approve")
        (vote,) = decide(RULE, roster("ann bob"), thread, minute(4)).votes
        assert (vote.verb, vote.note) == (Verb.REVOKE, "early")

    def test_among_a_comments_texts_deny_takes_precedence_over_revoke(self) -> None:
        thread = talk("1 ann: revoke - early", "2 ann edits #1: deny - red", "3 ann edits #1: revoke")
        (vote,) = decide(RULE, roster("ann bob"), thread, minute(4)).votes
        assert (vote.verb, vote.note) == (Verb.DENY, "red")


class TestObjections:
    """What an objection holds about itself, and which of several it is."""

    @staticmethod
    def standing(
        *says: str, who: str = "ann bob cy"
    ) -> list[tuple[str, int, Ground, str | None, str | None]]:
        """Return the objections of a conversation as tuples."""
        decision = decide(RULE, roster(who), talk(*says), minute(30))
        return [
            (it.person.login, it.comment_id, it.ground, it.text, it.by.login if it.by else None)
            for it in decision.objections
        ]

    def test_words_that_read_as_a_no_are_quoted(self) -> None:
        said = "No. The migration is broken."
        assert self.standing(f"1 cy: {said}") == [("cy", 10, Ground.WORDS, said, None)]

    def test_a_denial_has_its_reason(self) -> None:
        assert self.standing("1 cy: deny - red") == [("cy", 10, Ground.DENIED, "red", None)]

    def test_another_author_of_the_text_is_named(self) -> None:
        says = ("1 cy: hm", "4 mallory edits #1: stop")
        assert self.standing(*says) == [("cy", 10, Ground.EDITED_BY_OTHERS, "stop", "mallory")]

    def test_a_person_who_deleted_it_unread_is_named(self) -> None:
        says = ("4 mallory deletes an unseen comment of cy",)
        assert self.standing(*says) == [("cy", 0, Ground.UNREAD, None, "mallory")]

    def test_a_text_that_is_gone_objects(self) -> None:
        assert self.standing("1 cy: hm", "4 cy edits #1: <lost>", "5 cy edits #1: fine") == [
            ("cy", 10, Ground.UNREAD, None, None)
        ]

    def test_every_objection_that_its_author_has_not_lifted_holds(self) -> None:
        says = ("1 cy: wait", "2 cy: stop", "3 cy: hm")
        assert [number for _, number, *_ in self.standing(*says)] == [10, 20]

    def test_a_denial_of_somebody_who_cannot_write_only_holds(self) -> None:
        says = ("1 cy: deny - red",)
        assert self.standing(*says, who="ann bob cy(no-write)")[0][2] is Ground.WORDS

    def test_a_listed_bot_cannot_object(self) -> None:
        assert self.standing("1 robot: deny - red", "2 robot: stop", who="ann robot(bot)") == []

    def test_the_order_of_delivery_does_not_matter(self) -> None:
        thread = talk("1 cy: stop", "3 cy: so", "4 mallory edits #1: fine", "5 cy: revoke")
        for comments in (thread.comments, thread.comments[::-1], thread.comments[1:] + thread.comments[:1]):
            decision = decide(RULE, roster("ann bob cy"), replace(thread, comments=comments), minute(6))
            assert decision.objections == ()


class TestSentences:
    """The reason in more cases than those above."""

    @pytest.mark.parametrize(
        ("who", "minimum", "says", "sentence"),
        [
            ("ann bob cy dee", 2, (), "0 of 2 approvals, needs 2 from ann, bob or 2 others."),
            ("ann", 1, (), "0 of 1 approval, needs 1 from ann."),
            ("ann bob", 1, (), "0 of 1 approval, needs 1 from ann or bob."),
            ("ann bob cy", 3, ("1 bob: lgtm",), "1 of 3 approvals, needs 2 more from ann or cy."),
            ("ann bob* cy", 2, (), "0 of 2 approvals, needs 2 from ann, bob or cy, or 1 from bob alone."),
            (
                "ann* bob* cy dee",
                3,
                ("1 cy: yes",),
                "1 of 3 approvals, needs 2 more from ann, bob or dee, or 1 from ann or bob alone.",
            ),
            ("ann* bob", 2, ("1 bob: approve",), "1 of 2 approvals, needs 1 more from ann."),
            (
                "ann bob(left)",
                2,
                (),
                "0 of 2 approvals, needs 2, but only ann can still approve.",
            ),
            (
                "ann bob(left)",
                2,
                ("1 ann: approve",),
                "1 of 2 approvals, needs 1 more, but nobody can still approve.",
            ),
            ("ann* bob", 3, (), "0 of 3 approvals, needs 3 from ann or bob, or 1 from ann alone."),
            (
                "ann bob cy",
                2,
                ("1 ann: deny", "2 bob: deny"),
                f"ann and bob {UNREASONED_YET}",
            ),
            (
                "ann bob cy",
                2,
                ("1 cy: stop", "2 cy: wait", "5 ann: approve"),
                f"1 of 2 approvals, needs 1 more from bob or cy. {CY_OBJECTS}",
            ),
        ],
    )
    def test_the_reason_says_what_is_missing(
        self, who: str, minimum: int, says: tuple[str, ...], sentence: str
    ) -> None:
        rule = replace(RULE, minimum=minimum)
        assert decide(rule, roster(who), talk(*says), minute(30)).reason == sentence

    @pytest.mark.parametrize(
        ("who", "rule", "says", "sentence"),
        [
            ("a:lead b:x", "1 1lead", (), "0 of 1 approval, needs 1 from ann as lead."),
            (
                "a:lead b:x c:x",
                "2 1lead",
                (),
                "0 of 2 approvals, needs 1 from ann as lead and 1 from ann, bob or cy.",
            ),
            (
                "a:lead b:x c:x d:lead",
                "4 2lead",
                ("1 bob: approve",),
                "1 of 4 approvals, needs 2 more from ann or dee as lead and 1 more from ann, cy or dee.",
            ),
            (
                "a:lead b:x c:x",
                "2 1lead",
                ("1 bob: approve",),
                "1 of 2 approvals, needs 1 more from ann as lead.",
            ),
            ("a:lead b:lead", "1 2lead", (), "0 of 2 approvals, needs 2 from ann or bob as lead."),
            (
                "a:lead b:lead c:lead",
                "1 3lead",
                ("1 ann: yes",),
                "1 of 3 approvals, needs 2 more from bob or cy as lead.",
            ),
            (
                "a:lead b:sre",
                "1 1lead 1sre",
                (),
                "0 of 2 approvals, needs 1 from ann as lead and 1 from bob as sre.",
            ),
            ("a:lead b:x*", "1 1lead", (), "0 of 1 approval, needs 1 from ann as lead, or 1 from bob alone."),
            (
                "a:lead b:x*",
                "2 1lead",
                (),
                "0 of 2 approvals, needs 1 from ann as lead and 1 from ann or bob, or 1 from bob alone.",
            ),
            # bob would fill ann's seat, and she the seat that only she fits.
            (
                "a:lead b:sre c:x",
                "1 1lead,sre 1lead",
                ("1 ann: yes",),
                "1 of 2 approvals, needs 1 more from bob.",
            ),
            (
                "a:lead(left) b:x",
                "1 1lead",
                ("1 bob: yes",),
                "0 of 1 approval, needs 1, but nobody can still approve as lead.",
            ),
            (
                "a:lead b:x",
                "2 2lead",
                (),
                "0 of 2 approvals, needs 2, but only ann or bob can still approve.",
            ),
        ],
    )
    def test_the_reason_says_who_could_fill_which_seat(
        self, who: str, rule: str, says: tuple[str, ...], sentence: str
    ) -> None:
        for short, name in (("a", "ann"), ("b", "bob"), ("c", "cy"), ("d", "dee")):
            who = " ".join(w.replace(f"{short}:", f"{name}:", 1) if w[0] == short else w for w in who.split())
        minimum, *require = rule.split()
        seats = tuple(
            Requirement(minimum=int(text[0]), any_of=tuple(text[1:].split(","))) for text in require
        )
        asked = replace(RULE, minimum=int(minimum), require=seats)
        assert decide(asked, roster(who), talk(*says), minute(30)).reason == sentence

    def test_the_reason_names_people_who_gave_no_reason_in_time(self) -> None:
        decision = decide(RULE, roster("ann bob cy"), talk("1 ann: deny", "2 bob: deny"), minute(60))
        assert decision.reason == "Denied by ann and bob, who gave no reason before the window closed."

    @pytest.mark.parametrize(
        ("count", "joined"),
        [
            (0, ""),
            (1, "p1"),
            (2, "p1 and p2"),
            (3, "p1, p2 and p3"),
            (6, "p1, p2, p3, p4, p5 and p6"),
            (7, "p1, p2, p3, p4, p5 and 2 others"),
            (30, "p1, p2, p3, p4, p5 and 25 others"),
        ],
    )
    def test_many_people_are_counted_rather_than_named(self, count: int, joined: str) -> None:
        people = [
            Member(person=Person(id=number, login=f"p{number}"), roles=("team",))
            for number in range(1, count + 1)
        ]
        assert names(people) == joined


class TestCommandOf:
    """A comment's command after edits by its author."""

    @pytest.mark.parametrize(
        ("texts", "command"),
        [
            (("<lost>",), None),
            (("hello", "<lost>"), None),
            (("<lost>", "approve"), (Verb.APPROVE, None)),
            (("deny", "deny - first", "deny - last"), (Verb.DENY, "last")),
            (("deny - first", "deny"), (Verb.DENY, "first")),
            (("revoke - why", "approve - fine"), (Verb.REVOKE, "why")),
            (("approve - a", "approve - b"), (Verb.APPROVE, "b")),
        ],
    )
    def test_the_text_that_stops_counts(
        self, texts: tuple[str, ...], command: tuple[Verb, str | None] | None
    ) -> None:
        edits = (f"{place} ann edits #1: {text}" for place, text in enumerate(texts[1:], 2))
        votes = decide(RULE, roster("ann"), talk(f"1 ann: {texts[0]}", *edits), minute(30)).votes
        assert [(vote.verb, vote.note) for vote in votes] == ([command] if command else [])


class TestIdentity:
    def test_a_renamed_approver_is_the_same_person(self) -> None:
        thread = talk("1 ann: approve", "2 bob: approve")
        renamed = replace(thread.comments[0], author=replace(PEOPLE["ann"], login="anna"))
        thread = replace(thread, comments=(renamed, thread.comments[1]))
        assert decide(RULE, roster("ann bob"), thread, minute(3)).outcome is Outcome.APPROVED

    def test_a_login_taken_over_is_another_person(self) -> None:
        thread = talk("1 ann: approve", "2 bob: approve")
        usurper = said(10, replace(PEOPLE["mallory"], login="ann"), "approve", minute(1))
        thread = replace(thread, comments=(usurper, thread.comments[1]))
        decision = decide(RULE, roster("ann bob"), thread, minute(3))
        assert decision.outcome is None
        assert [vote.status for vote in decision.votes] == [VoteStatus.NOT_LISTED, VoteStatus.COUNTS]

    def test_comments_are_ordered_by_id_and_not_by_time(self) -> None:
        """Two comments within one second have the same time and different ids."""
        thread = talk("1 ann: approve", "1 ann: revoke", "2 bob: approve")
        assert decide(RULE, roster("ann bob"), thread, minute(3)).outcome is None


class TestWhatWasSaidBesides:
    """A decision names the objections that were lifted, and what was probably meant as a command."""

    def test_an_objection_that_its_author_lifted_is_named(self) -> None:
        decision = decide(
            RULE, roster("ann bob cy"), talk("1 cy: stop", "2 bob: stop", "3 cy: approve"), minute(9)
        )
        assert [(it.person.login, it.comment_id) for it in decision.lifted] == [("cy", 10)]

    def test_a_near_miss_is_quoted_by_its_first_line(self) -> None:
        thread = talk()
        said_so = said(10, PEOPLE["ann"], "\n approved? \nsecond\nthird", minute(1))
        decision = decide(RULE, roster("ann bob"), replace(thread, comments=(said_so,)), minute(9))
        assert [(it.person.login, it.line) for it in decision.near_misses] == [("ann", "approved? ")]

    def test_a_flood_of_strangers_hides_no_near_miss_of_a_member(self) -> None:
        strangers = [
            said(number, Person(id=5000 + number, login=f"x{number}"), "approve?", minute(1))
            for number in range(1, STRANGERS_READ + 3)
        ]
        ours = said(9000, PEOPLE["ann"], "approve?", minute(2))
        decision = decide(RULE, roster("ann bob"), replace(talk(), comments=(*strangers, ours)), minute(9))
        assert len(decision.near_misses) == STRANGERS_READ + 1
        assert decision.near_misses[-1].person.login == "ann"
