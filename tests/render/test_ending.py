"""How the texts of a request's end read: who, why, when, and what happened before."""

import json
import re
from dataclasses import replace

import pytest

from approval_gate.core.ending import Asked, Conclusion, Ending
from approval_gate.core.model import Code, Outcome
from approval_gate.core.record.comments import joined
from approval_gate.render import markdown
from approval_gate.render.ending import EVENTS
from approval_gate.render.messages import GateMessages
from tests.core.language import OPENED, minute
from tests.golden.situations import (
    ASKED,
    BOTH,
    SITUATIONS,
    URL,
    Situation,
    after_the_gate,
    early_endings,
    emergency,
    standard,
    with_checklist,
)

LONGEST_SENTENCE = 25
NOTE = "All checks passed, migrations tested in staging"
CLOSED = "sue closed the approval issue at 09:05 UTC with 1 of 2 approvals, from cid."


def texts(situation: Situation) -> tuple[str, str]:
    """Return the closing comment and the summary, without the record."""
    written = situation.texts()
    closing, summary = (
        written[name].partition("<details><summary>Decision")[0] for name in ("closing", "summary")
    )
    return closing, summary


@pytest.mark.parametrize(
    ("situation", "heading"),
    [
        (
            standard(*BOTH),
            "✅ Approved by @cid (devops-team) and @lea (platform-leads), 09:15 UTC, 15 minutes",
        ),
        (
            standard("1 ayo-anu: LGTM!", after=1),
            "✅ Approved by @ayo-anu, 09:01 UTC, 1 minute",
        ),
        (
            standard("3 bob: deny - red", "4 max: deny - red too"),
            "❌ Denied by @bob and @max, 09:15 UTC, 15 minutes",
        ),
        (
            standard("3 bob: deny", after=60),
            "❌ Denied by @bob without a reason, 10:00 UTC, 60 minutes",
        ),
        (
            SITUATIONS["denied-by-closing"],
            "❌ Denied by @sue, who closed the issue, 09:15 UTC, 15 minutes",
        ),
        (
            SITUATIONS["timed-out"],
            "⌛ No decision in time: 1 of 2 approvals, 10:00 UTC, 60 minutes",
        ),
        (
            SITUATIONS["timed-out-held"],
            "⌛ No decision in time: bob objected, 10:00 UTC, 60 minutes",
        ),
        (
            with_checklist("ann", lines=BOTH, after=60),
            "⌛ No decision in time: 2 of 3 checklist items open, 10:00 UTC, 60 minutes",
        ),
        (
            SITUATIONS["timed-out-over-a-day"],
            "⌛ No decision in time: 1 of 2 approvals, Tue 3 March, 11:00 UTC, 26 hours",
        ),
        (SITUATIONS["cancelled"], "🚫 Cancelled, 09:15 UTC, 15 minutes"),
        (
            standard("5 gate closes the issue", after=5),
            "🚫 Replaced by a re-run, 09:05 UTC, 5 minutes",
        ),
        (SITUATIONS["error-tag-moved"], "⚠️ The gate failed, 09:15 UTC, 15 minutes"),
    ],
)
def test_the_heading_says_how_it_ended_by_whom_and_when(situation: Situation, heading: str) -> None:
    closing, summary = texts(situation)
    for text in (closing, situation.texts()["final status"]):
        assert text.startswith(f"### {heading} after the request\n")
    icon, _, words = heading.partition(" ")
    title = f"{icon} v1.2.3 to production: {words[0].lower()}{words[1:]}"
    assert summary.startswith(f"### {title} after the request\n")


def test_the_reason_of_a_denial_is_the_line_after_the_heading() -> None:
    for text in texts(standard("5 bob: deny - Database migration needs more testing.")):
        assert text.splitlines()[1] == '"Database migration needs more testing."'


def test_several_reasons_have_their_authors() -> None:
    closing, _ = texts(standard("3 bob: deny - red", "4 bob: deny - very red", "5 max: deny", after=60))
    assert closing.splitlines()[1:3] == ['- bob: "red"', '- bob: "very red"']


def test_many_reasons_are_cut_and_counted() -> None:
    closing, _ = texts(standard(*(f"{number} bob: deny - reason {number}" for number in range(1, 13))))
    assert '"reason 10"' in closing
    assert "2 more reasons are not shown." in closing


def test_a_denial_without_a_reason_where_none_is_needed_says_so() -> None:
    situation = standard("3 bob: deny")
    rule = replace(situation.subject.rule, denial_needs_reason=False)
    closing, _ = texts(replace(situation, subject=replace(situation.subject, rule=rule)))
    assert closing.splitlines()[1] == "No reason was given."


def test_an_emergency_names_the_decisive_approval() -> None:
    closing, _ = texts(emergency("1 bob: approve", "4 lea: approve - I lead the incident"))
    assert "Approved by @bob (devops) and @lea (platform-lead), " in closing
    assert " Decisive: @lea as platform-lead. " in closing


def test_somebody_who_approves_alone_is_said_to_be_able_to() -> None:
    closing, _ = texts(standard("1 ayo-anu: approve"))
    assert "@ayo-anu can approve alone." in closing


def test_an_approval_lists_the_items_that_it_confirmed() -> None:
    closing, _ = texts(SITUATIONS["approved-emergency"])
    assert "By approving, bob and lea confirmed the 18 checklist items below." in closing
    folded = closing.partition("<details><summary>18 checklist items</summary>")[2]
    assert folded.count("\n- ") == 18
    assert "\n- All tests passing\n" in folded
    assert "confirmed" not in texts(standard(*BOTH))[0]


def test_a_timeout_says_who_had_not_answered_and_how_to_give_people_longer() -> None:
    closing, _ = texts(SITUATIONS["timed-out"])
    assert "1 of 2 approvals, from cid. Still to answer: ann, bob, lea, max, sue and ayo-anu." in closing
    assert "To give people more time than 60 minutes, raise `timeout-minutes`" in closing


def test_the_summary_has_what_happened_in_a_few_lines_and_the_issue() -> None:
    _, summary = texts(SITUATIONS["approved"])
    lines = [line for line in summary.splitlines() if line.startswith("- ")]
    assert lines == [
        "- 09:00 UTC: requested by dee",
        f'- 09:03 UTC: cid commented [approve]({URL}#issuecomment-20): "{NOTE}"',
        f"- 09:09 UTC: lea commented [approve]({URL}#issuecomment-30)",
        "- 09:15 UTC: approved",
    ]
    assert f"\n[Approval issue #42]({URL})\n" in summary


def test_the_timeline_has_objections_and_is_cut() -> None:
    lines = ["1 cid: approve", "2 bob: No. Wait.", "3 ann: approve", "4 max: deny", "5 lea: approve"]
    _, summary = texts(standard(*lines, after=60))
    shown = [line for line in summary.splitlines() if line.startswith("- ")]
    assert len(shown) == EVENTS + 3
    assert shown[2] == f'- 09:02 UTC: bob [objected]({URL}#issuecomment-20): "No. Wait."'
    assert shown[-2:] == ["- 2 more answers on the issue", "- 10:00 UTC: denied"]


def test_the_timeline_keeps_objections_and_denials_that_were_lifted_later() -> None:
    lines = ["1 bob: No. Wait.", "2 bob: approve", "3 max: deny", "4 max: approve"]
    _, summary = texts(standard(*lines))
    shown = [line for line in summary.splitlines() if line.startswith("- ")]
    assert shown[1:4] == [
        f'- 09:01 UTC: bob [objected]({URL}#issuecomment-10): "No. Wait."',
        f"- 09:02 UTC: bob commented [approve]({URL}#issuecomment-20)",
        f"- 09:03 UTC: max commented [deny]({URL}#issuecomment-30)",
    ]
    assert shown[-2:] == ["- 1 more answer on the issue", "- 09:15 UTC: approved"]


def test_an_objection_without_words_is_described() -> None:
    _, summary = texts(standard("2 dee deletes an unseen comment of ann", after=60))
    assert "a comment of ann was deleted by dee before it was read\n" in summary


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (standard(*BOTH), "v1.2.3 → production\nApproved after 15 minutes by cid and lea."),
        (
            standard("5 bob: deny - red"),
            f'v1.2.3 → production\nDenied by bob: "red"\n09:15 UTC, 15 minutes after the request: {URL}',
        ),
        (
            SITUATIONS["closed-by-a-person"],
            f"v1.2.3 → production\n{CLOSED}\n09:15 UTC, 15 minutes after the request: {URL}",
        ),
    ],
)
def test_the_annotation_says_what_of_who_why_when_and_where(situation: Situation, said: str) -> None:
    assert situation.texts()["annotation"] == said


def test_without_an_environment_only_the_version_is_named() -> None:
    situation = standard(*BOTH, request=replace(ASKED, environment=None))
    closing, summary = texts(situation)
    assert "\n**v1.2.3** (a1b2c3d) goes on in [run 4242](" in closing
    assert summary.startswith("### ✅ v1.2.3: approved by ")
    assert situation.texts()["annotation"].startswith("v1.2.3\n")


def test_an_end_without_an_issue_names_what_it_was_about_and_the_cause() -> None:
    messages = GateMessages(standard().subject)
    ending = Ending(
        outcome=Outcome.ERROR,
        code=Code.PERMISSION,
        reason="The token may not. Give `issues: write`.",
        exit_code=5,
        message="The token may not.\nGive `issues: write`.",
    )
    text = messages.summary(Conclusion(ending=ending), {"digest": "x"})
    assert text.startswith(
        "### ⚠️ v1.2.3 to production: the gate failed\nThe token may not.\n\nGive `issues: write`.\n"
    )
    assert messages.last_words(Conclusion(ending=ending)) == ("v1.2.3 → production", ending.message)


def test_an_end_of_which_nothing_was_read_still_has_its_heading() -> None:
    messages = GateMessages(standard().subject)
    asked = Asked(number=42, url=URL, opened_at=OPENED, ended_at=minute(1))
    for outcome, heading in (
        (Outcome.TIMED_OUT, "⌛ No decision in time"),
        (Outcome.CANCELLED, "🚫 Cancelled"),
    ):
        ending = Ending(outcome=outcome, code=Code.SIGNAL, reason="It was stopped.", exit_code=4)
        end = Conclusion(ending=ending, asked=asked)
        (closing,) = messages.closing(end, {"digest": "x"})
        assert closing.startswith(f"### {heading}, 09:01 UTC, 1 minute after")
        assert messages.final_status(end).startswith(f"### {heading}, ")
        assert "requested by dee\n- 09:01 UTC: " in messages.summary(end, {"digest": "x"})


def test_no_sentence_to_people_is_longer_than_25_words() -> None:
    long = []
    for name, situation in SITUATIONS.items():
        if situation.texts().keys() & {"closing"}:
            long += [(name, it) for text in texts(situation) for it in sentences(text)]
    for written in (after_the_gate(), early_endings()):
        long += [
            (name, it)
            for name, text in written.items()
            if not name.startswith("hostile")
            for it in sentences(text)
        ]
    assert [(name, it) for name, it in long if len(it.split()) > LONGEST_SENTENCE] == []


def sentences(text: str) -> list[str]:
    """Split Markdown into sentences; a line of a list or a table is not part of another's."""
    said = text.partition("<details><summary>Decision")[0]
    said = re.sub(r"\]\([^)]*\)|`", "", said)
    return [it for line in said.splitlines() for it in re.split(r"(?<=[.!?:]) ", line)]


def test_a_record_that_is_long_when_indented_is_on_one_line() -> None:
    situation = standard(*BOTH)
    members = situation.subject.roster * 35
    closing = replace(situation, subject=replace(situation.subject, roster=members)).texts()["closing"]
    block = closing.partition("```json\n")[2].partition("\n```")[0]
    assert "\n" not in block
    assert "Indented" not in closing
    assert "Indented for reading. The digest is computed from" in situation.texts()["closing"]


def test_where_the_closing_text_leaves_no_room_the_whole_record_is_in_further_comments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("approval_gate.render.messages._RECORD_ROOM", markdown.LIMIT - 100)
    record = {"outcome": "approved", "text": "word " * 20_000}
    texts = SITUATIONS["approved"].closing(record)
    closing, *further = [text for name, text in texts.items() if name != "summary"]
    assert max(map(len, (closing, *further))) <= 65_536
    assert joined([closing]) == ""
    assert json.loads(joined(further)) == record
    assert further[-1].startswith("<details><summary>Decision record, the last part</summary>")


def test_the_summary_has_the_beginning_of_a_long_record_and_says_where_the_rest_is() -> None:
    summary = SITUATIONS["approved"].closing({"text": "word " * 40_000})["summary"]
    assert len(summary) < 100_000
    assert "All of it is in the output `decision`, and in the file that `record-path` names." in summary
    assert joined([summary]).startswith('{"text":"word word ')
