"""Which of a person's own words read as a no, and which are only talk.

`sentences/` has comments as approvers type them. `objections` and `talk` came with the first version of the
rule; the lists named `unseen` were written without knowledge of the rule. At first it was right for 58 of
their 60 objections, 56 of 60 lines of talk, 19 of 20 texts with added words and 28 of 30 mails. The lists
named `more` are variations that were written while the rule was developed.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval_gate.core import words
from approval_gate.core.commands import Command, Reading, Verb, read
from approval_gate.core.model import Vocabulary
from tests.core.hostile import UNITS
from tests.core.scenes import law

PLAIN = Vocabulary()
SENTENCES = Path(__file__).parent / "sentences"


def listed(name: str) -> list[Any]:
    lines = map(json.loads, (SENTENCES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return [line for line in lines if not (isinstance(line, str) and line.startswith("# one "))]


def objects(text: str) -> bool:
    return read(text, PLAIN).objection is not None


OBJECTIONS = [*listed("objections"), *listed("objections_unseen"), *listed("objections_more")]
TALK = [*listed("talk"), *listed("talk_unseen"), *listed("talk_more")]


class TestTheLists:
    """Each list is one test, which names the sentences that are read wrongly."""

    def test_every_objection_is_heard(self) -> None:
        assert [text for text in OBJECTIONS if not objects(text)] == []

    def test_talk_does_not_hold(self) -> None:
        assert [text for text in TALK if objects(text)] == []

    def test_an_approval_with_talk_in_its_note_approves(self) -> None:
        approvals = [text for text in TALK if text.casefold().startswith(("approve -", "yes -"))]
        assert len(approvals) > 10
        commands = {text: read(text, PLAIN).command for text in approvals}
        assert {text for text, it in commands.items() if it is None or it.verb is not Verb.APPROVE} == set()

    def test_the_reading_of_debatable_sentences_changes_only_visibly(self) -> None:
        golden = (SENTENCES / "either.golden.json").read_text(encoding="utf-8")
        assert {text: objects(text) for text in listed_either()} == json.loads(golden)


def listed_either() -> list[str]:
    lines = (SENTENCES / "either.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[1:]]


def kind(reading: Reading) -> str:
    if reading.command is None:
        return "objection" if reading.objection else "near-approval" if reading.near else "talk"
    if reading.command.verb is Verb.DENY:
        return "denial" if reading.command.note else "denial-without-reason"
    return "objection" if reading.objection else "approval"


@pytest.mark.parametrize("case", listed("configured_unseen"), ids=lambda case: case["text"])
def test_added_words_in_other_languages_mean_what_they_say(case: dict[str, Any]) -> None:
    added = Vocabulary(
        approve=(*PLAIN.approve, *case["approve"]),
        deny=(*PLAIN.deny, *case["deny"]),
    )
    found = kind(read(case["text"], added))
    assert found.removesuffix("-without-reason") == case["is"]


@pytest.mark.parametrize(
    "case", listed("mails_unseen"), ids=lambda case: f"{case['client']}: {case['text'][:20]}"
)
def test_only_the_authors_own_words_in_an_e_mail_count(case: dict[str, Any]) -> None:
    reading = read(case["text"], PLAIN)
    found = kind(reading)
    # A command below the quoted request does not approve, and its author gets a hint.
    assert (("talk" if found == "near-approval" else found), note_of(reading)) == (
        case["is"],
        case.get("note"),
    )


def note_of(reading: Reading) -> str | None:
    return reading.command.note if reading.command else None


# --- Rows 10 to 18 of the trial in the field ---------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "No. The migration is broken.",
        "deny -- migration broken",
        "deny, the migration is broken",
        "`deny - broken`",
        "deny migration broken",
        "I deny",
        "nope",
        "stop!",
        "Please wait with this.",
        "Do not deploy",
        # of the same kind
        "We're not ready to ship this",
        "**Hold** the release, please",
        "**Hold** off please, payments is degraded",
        "dney - typo",
        "denyed: smoke test red",
    ],
)
def test_row_10_an_objection_that_is_not_a_command_objects(text: str) -> None:
    reading = read(text, PLAIN)
    assert reading.command is None
    assert reading.objection == text


@pytest.mark.parametrize(
    "text",
    [
        "revoke, wait",
        "revoke: wait",
        "I revoke my approval",
        "deny, I was wrong",
        "scratch that",
        "revoke my earlier lgtm",
        "Ignore my previous approval, please",
    ],
)
def test_row_11_taking_back_without_a_command_objects(text: str) -> None:
    reading = read(text, PLAIN)
    assert reading.command is None
    assert reading.objection == text


QUOTE = "> acme wants to deploy\n> v1.2.3\n>\n> approve or deny"
MAIL = f"On Mon, 5 Oct 2026 at 10:00, acme <notifications@acme.example> wrote:\n{QUOTE}"


@pytest.mark.parametrize("above", [QUOTE, MAIL, f"{QUOTE}\n\n{QUOTE}"])
def test_row_12_a_denial_below_a_quote_denies(above: str) -> None:
    denial = Command(Verb.DENY, "broken")
    assert read(f"{above}\n\ndeny - broken", PLAIN) == Reading(denial, "deny - broken")
    assert read(f"{above}\nrevoke", PLAIN).command == Command(Verb.REVOKE)
    assert read(f"{above}\n\napprove", PLAIN) == Reading(near=True)


@pytest.mark.parametrize("greeting", ["Hello,", "Hi team", "Dear all,\n\nthank you for the preparation."])
def test_row_12_a_denial_below_a_greeting_objects(greeting: str) -> None:
    assert read(f"{greeting}\ndeny - broken", PLAIN) == Reading(objection="deny - broken")


TAILS = [
    MAIL,
    QUOTE,
    "On Mon, 5 Oct 2026 at 10:00,\nacme <notifications@acme.example> wrote:\n> please answer",
    "Am Mo., 5. Okt. 2026 um 10:00 Uhr schrieb acme <n@acme.example>:\n> please answer",
    "acme <n@acme.example> schrieb am Mo., 5. Okt. 2026,\n10:00:\n\n> please answer",
    "Le lun. 5 oct. 2026 à 10:00, acme <n@acme.example> a écrit :\n> please answer",
    "El lun, 5 oct 2026 a las 10:00, acme (<n@acme.example>) escribió:\n> please answer",
    "Op ma 5 okt 2026 om 10:00 schreef acme <n@acme.example>:\n> please answer",
    "On 5 Oct 2026, at 10:00, acme wrote:\n\nan unquoted text\n\nstop",
    "-- \nBob Stop\nNo Limits Ltd.",
    "________________________________\nFrom: acme\nSent: Monday\n\nstop",
    "-----Original Message-----\nstop",
    "**From:** acme <n@acme.example>\n**Sent:** Monday, 5 October\n**To:** Bob\n\nstop",
    "Von: acme\nGesendet: Montag\n\nstop",
    "Sent from my iPhone",
    "Get Outlook for Android",
    "Reply to this email directly, or view it on GitHub.",
    "You are receiving this because you were mentioned.",
]


@pytest.mark.parametrize("tail", TAILS)
def test_row_13_a_quoted_mail_is_not_the_reason_of_a_denial(tail: str) -> None:
    assert read(f"deny\n\n{tail}", PLAIN) == Reading(Command(Verb.DENY), "deny")
    assert read(f"deny - broken\n\n{tail}", PLAIN).command == Command(Verb.DENY, "broken")


@pytest.mark.parametrize("tail", TAILS)
def test_row_14_a_quoted_mail_is_not_the_note_of_an_approval(tail: str) -> None:
    assert read(f"approve\n\n{tail}", PLAIN) == Reading(Command(Verb.APPROVE))
    assert read(f"yes\n\n{tail}", PLAIN) == Reading(Command(Verb.APPROVE), bare_answer=True)


def test_row_14_pasted_code_is_not_the_note_of_an_approval() -> None:
    assert read("approve\n```\nall green\n```", PLAIN) == Reading(Command(Verb.APPROVE))
    assert read("approve\n```\nstop\n```\nfine", PLAIN) == Reading(Command(Verb.APPROVE, "fine"))


ADDED = Vocabulary(
    approve=(*PLAIN.approve, "🚀", "genehmigt"),
    deny=(*PLAIN.deny, ":no_entry:", "🛑", "却下", "반려", "abgelehnt"),
)


@pytest.mark.parametrize(
    "text",
    [
        "🛑 smoke test is red",
        ":no_entry: red",
        "却下：テスト失敗",
        "今回は却下します",
        "반려합니다",
        "⛔ red",
        "Leider abgelehnt, der Test ist rot",
        "ABGELEHNT, rot",
        "approve - 却下",
    ],
)
def test_row_15_an_added_denial_word_objects_anywhere(text: str) -> None:
    assert read(text, ADDED).objection is not None


@pytest.mark.parametrize(
    "text", ["🛑🏽", "🛑\ufe0f", ":stop_sign:", "⛔", ":no_entry:", ":NO_ENTRY:", "却下"]
)
def test_row_15_skin_tone_variation_and_shortcode_do_not_change_an_emoji_that_denies(text: str) -> None:
    assert read(text, ADDED).command == Command(Verb.DENY)


@pytest.mark.parametrize("text", ["🚀", "🚀\ufe0f", ":rocket:", "🚀🏽", "/🚀", "🚀."])
def test_row_15_skin_tone_variation_and_shortcode_do_not_change_an_emoji_that_approves(text: str) -> None:
    assert read(text, ADDED) == Reading(Command(Verb.APPROVE))


@pytest.mark.parametrize("text", ["🚀🚀", "🚀 🚀", ":rocket::rocket:", "genehmigtt", "genehmigt,wirklich"])
def test_row_15_an_added_approval_word_with_something_joined_to_it_is_a_near_miss(text: str) -> None:
    assert read(text, ADDED) == Reading(near=True)


@pytest.mark.parametrize(
    "text", ["abgelehnte Anfragen: 0", "war das abgelehnt?", "war es 却下？", "unabgelehnt"]
)
def test_row_15_an_added_word_within_another_word_or_in_a_question_is_talk(text: str) -> None:
    assert read(text, ADDED).objection is None


@pytest.mark.parametrize(
    "text",
    [
        "no problem",
        "I know of no incident",
        "not an issue",
        "the no-op migration is fine",
        "stopped the old job, all good",
        "hold music aside, looks fine",
        "No tickets open on our side",
        "the denied-requests panel is back to normal",
        "> deny - broken\n\nthat was yesterday",
    ],
)
def test_row_16_talk_that_contains_such_a_word_is_talk(text: str) -> None:
    assert read(text, PLAIN) == Reading()


@pytest.mark.parametrize(
    "text", ["👍", "looks good to me", "👍🏽", ":+1:", "+1", "Looks good!", "sgtm", "ship it 🎉"]
)
def test_row_18_agreement_without_a_command_is_not_a_vote_and_gets_one_hint(text: str) -> None:
    assert read(text, PLAIN) == Reading(near=True)


# --- Questions and answers ----------------------------------------------------------------------


@pytest.mark.parametrize("text", ["yes", "Yes!", "/yes", "yes - fine", "no", "No.", "NO!", "/no"])
def test_yes_and_no_can_answer_another_persons_question(text: str) -> None:
    assert read(text, PLAIN).bare_answer


@pytest.mark.parametrize("text", ["approve", "deny", "lgtm", "revoke", "nope", "yes please"])
def test_other_words_do_not_answer_a_question(text: str) -> None:
    assert not read(text, PLAIN).bare_answer


@pytest.mark.parametrize(
    "text", ["No - that alert is another service", "no\n\nnot today", "no: red", "/no red"]
)
def test_no_with_a_text_after_it_objects_without_denying(text: str) -> None:
    assert read(text, PLAIN) == Reading(objection=text.split("\n", maxsplit=1)[0])


@pytest.mark.parametrize("tail", TAILS)
def test_no_above_a_quoted_mail_is_a_denial(tail: str) -> None:
    assert read(f"no\n\n{tail}", PLAIN) == Reading(Command(Verb.DENY), "no", bare_answer=True)


@pytest.mark.parametrize(
    "text",
    [
        "Is CI green?",
        "is it green",
        "what changed since v1.2",
        "Fine.\n\nHas anybody tested it？",
        "tested؟",
        "stop the old job first, or leave it running?",
        "approve\nwho is on call?",
    ],
)
def test_a_question_is_recognised(text: str) -> None:
    assert read(text, PLAIN).asks


@pytest.mark.parametrize(
    "text",
    ["> Is CI green?", "approve", "do it", "https://ci.example/?q=1", "```\nfoo ? bar : baz\n```\nthe log"],
)
def test_a_quote_an_order_or_an_address_is_not_a_question(text: str) -> None:
    assert not read(text, PLAIN).asks


@pytest.mark.parametrize(
    "text",
    [
        "can you hold this?",
        "Could we please postpone it?",
        "please wait?",
        "would you mind waiting?",
        "can you not ship this today?",
        "can this wait?",
    ],
)
def test_a_request_in_the_form_of_a_question_objects(text: str) -> None:
    assert objects(text)


@pytest.mark.parametrize(
    "text",
    [
        "can you see why we put it on hold?",
        "deny?",
        "no?",
        "is that ❌ expected?",
        "?",
        "stop?",
        "stop the deploy or let it run?",
    ],
)
def test_a_plain_question_does_not_object(text: str) -> None:
    assert not objects(text)


# --- Which words object, and how they are quoted -------------------------------------------------


class TestTheWords:
    def test_of_a_revocation_object_only_if_they_do_more_than_take_back(self) -> None:
        assert read("revoke", PLAIN) == Reading(Command(Verb.REVOKE))
        assert read("revoke - I take my approval back", PLAIN).objection is None
        assert read("revoke - do not deploy", PLAIN).objection == "do not deploy"

    def test_of_an_approval_with_an_objection_below_approve_and_object(self) -> None:
        assert read("approve\n\nactually no, hold this", PLAIN) == Reading(
            Command(Verb.APPROVE, "actually no, hold this"), "actually no, hold this"
        )

    def test_are_quoted_as_typed(self) -> None:
        assert (
            read("Hello,\n\n  **Do NOT** deploy <!-- x --> @bob! \n", PLAIN).objection
            == "**Do NOT** deploy <!-- x --> @bob!"
        )

    def test_of_a_long_line_are_quoted_by_clause(self) -> None:
        line = "The log is fine, " * 20 + "but please do not deploy, " + "the log is fine, " * 20
        assert read(line, PLAIN).objection == "please do not deploy,"

    def test_are_cut_if_they_are_too_long_to_quote(self) -> None:
        assert read("deny this " + "x" * 500, PLAIN).objection == ("deny this " + "x" * 500)[:200]
        assert read("deny - " + "x" * 500, PLAIN).objection == ("deny - " + "x" * 500)[:200]

    def test_are_read_to_the_end(self) -> None:
        log = "2026-10-05 10:00:00 request served in 12 ms\n" * 1400
        assert read(f"{log}\nplease do not deploy", PLAIN).objection == "please do not deploy"

    def test_that_a_mail_program_wrapped_are_read_as_one(self) -> None:
        call = "After this morning's call with the database team I'm afraid that I have to take my"
        assert objects(f"{call}\napproval of this release back.")
        assert not objects(f"{call}\n\napproval of this release back.")
        assert not objects(
            "After this morning's call with the database team we can\n\ndeploy: not a problem."
        )

    def test_in_code_count_only_if_there_are_no_others(self) -> None:
        assert objects("```\nstop\n```")
        assert objects("> fine?\n\n~~~ text\nplease hold\n~~~~")
        assert not objects("```\nstop\n```\nthat is the log")
        assert not objects("````\n```\nstop\n````\nthat is the log")

    def test_after_an_unclosed_fence_count(self) -> None:
        assert objects("```\nthe log\n\nplease do not deploy")
        assert objects("fine\n```\nthe log\n\nplease do not deploy")
        assert objects("fine\n``` `not a fence`\nplease do not deploy\n```")

    def test_in_an_html_comment_do_not_count_and_an_unclosed_one_hides_nothing(self) -> None:
        assert not objects("fine <!-- do not\ndeploy --> now")
        assert objects("fine <!-- do not deploy")
        assert not objects("<!-- do not deploy -->fine<!-- please hold --> now")
        assert objects("please stop <!-- a --> now <!-- b -->")

    @pytest.mark.parametrize(
        "text",
        [
            "[do not deploy](https://ci.example/ok)",
            "do <b>not</b> deploy",
            "d\u200bo no\u00adt deploy",
            "Ｄｏ ｎｏｔ ｄｅｐｌｏｙ",
            "do&nbsp;not deploy",
            "don’t deploy",
            "1. [ ] do not deploy",
            "### do _not_ deploy",
            "@acme/devops-team do not deploy",
            "No.The tests are red",
            "~~approve~~ deny, just saw the alert",
            "x@acme.example do not deploy",
            "please stop ops@acme.example",
            "a@b.example stop",
        ],
    )
    def test_are_read_through_markup(self, text: str) -> None:
        assert objects(text)

    @pytest.mark.parametrize(
        "text",
        [
            "https://ci.example/do/not/deploy is green",
            "stop@acme.example is informed",
            "deny@acme.example",
            "the `reject(reason)` call is covered",
            'see the "Do not deploy on Fridays" page',
            "@stop-team is informed",
            "On it: 5 minutes",
            "Downtime: no",
            "returned -1 twice",
            "wait() is renamed",
        ],
    )
    def test_in_addresses_names_and_code_do_not_count(self, text: str) -> None:
        assert not objects(text)

    @pytest.mark.parametrize(
        "text", ["-1", "−1 from me", "I'm -1 on this", "👎🏿", ":thumbsdown:", "🙅‍♀️", "a 🚫 from ops"]
    )
    def test_can_be_a_sign(self, text: str) -> None:
        assert objects(text)

    def test_are_the_authors_own_if_a_mail_quotes_nothing_above(self) -> None:
        assert objects("Sent from my phone\nstop")
        assert objects("From: a friend of the release\nstop")
        assert objects("fine\nFrom: now on\nstop")
        assert objects("fine\n___\nplease do not deploy")
        assert objects("On the 5th I said this:\n> fine\n\nstop")
        assert not objects("fine\n\nOn Mon, 5 Oct 2026 at 10:00 acme wrote:")
        assert objects("On reflection\nover 5 minutes:\nstop")
        assert objects("On " + "x" * 300 + " 5 wrote:\nstop")


@pytest.mark.parametrize(
    "text", ["no, go ahead", "nope - all good", "No, that's fine", "nah no objections", "no, ship it"]
)
def test_a_no_that_waives_is_talk(text: str) -> None:
    assert not objects(text)


@pytest.mark.parametrize(
    "text", ["no, that's not fine", "no, it is broken. all good otherwise", "nope, we can't ship it"]
)
def test_a_no_that_only_seems_to_waive_objects(text: str) -> None:
    assert objects(text)


def test_the_classes_of_words_are_lower_case_and_without_blanks() -> None:
    classes = {name: value for name, value in vars(words).items() if isinstance(value, frozenset)}
    assert {
        word for value in classes.values() for word in value if isinstance(word, str) and word != word.lower()
    } == set()


# --- Laws -----------------------------------------------------------------------------------------

ONE_LINE = [text for text in OBJECTIONS if "\n" not in text]
TALK_IN_A_LINE = [text for text in TALK if "\n" not in text]
PLAIN_TEXTS = [text for text in [*OBJECTIONS, *TALK] if "wrote:" not in text and "```" not in text]
QUOTED = st.sampled_from([*OBJECTIONS, *TALK]).map(
    lambda text: "\n".join(f"> {line}" for line in text.split("\n"))
)


class TestLaws:
    @law(200)
    @given(st.sampled_from(PLAIN_TEXTS), QUOTED, st.data())
    def test_a_quote_added_below_the_first_line_changes_nothing(
        self, text: str, quote: str, data: st.DataObject
    ) -> None:
        lines = text.split("\n")
        at = data.draw(st.integers(1, len(lines)))
        assert read("\n".join([*lines[:at], quote, *lines[at:]]), PLAIN) == read(text, PLAIN)

    @law(200)
    @given(st.sampled_from(PLAIN_TEXTS), QUOTED)
    def test_a_quote_added_above_undoes_an_approval_and_changes_nothing_else(
        self, text: str, quote: str
    ) -> None:
        alone, below = read(text, PLAIN), read(f"{quote}\n{text}", PLAIN)
        assert (below.objection is None, below.asks) == (alone.objection is None, alone.asks)
        if alone.command is not None and alone.command.verb is Verb.APPROVE:
            assert below.command is None
            assert below.near is (below.objection is None)
        else:
            assert below == alone

    @law(300)
    @given(st.sampled_from(ONE_LINE), st.sampled_from([str.upper, str.lower, str.casefold]))
    def test_case_changes_no_objection(self, text: str, cased: Any) -> None:
        assert objects(cased(text)) or "No.The" in text

    @law(300)
    @given(st.sampled_from(TALK_IN_A_LINE), st.sampled_from([str.upper, str.lower]))
    def test_case_does_not_turn_talk_into_an_objection(self, text: str, cased: Any) -> None:
        assert not objects(cased(text))

    @law(300)
    @given(st.sampled_from(ONE_LINE), st.sampled_from(["**", "*", "__", "_", "~~"]), st.data())
    def test_emphasis_changes_no_objection(self, text: str, mark: str, data: st.DataObject) -> None:
        parts = text.split(" ")
        n = data.draw(st.integers(0, len(parts) - 1))
        marks = mark if parts[n].isalpha() and mark != "~~" else ""
        emphasised = " ".join([*parts[:n], f"{marks}{parts[n]}{marks}", *parts[n + 1 :]])
        assert objects(emphasised)

    @law(300)
    @given(
        st.sampled_from([text for text in OBJECTIONS if "```" not in text]),
        st.lists(st.sampled_from(TALK_IN_A_LINE), max_size=3),
        st.lists(st.sampled_from(TALK_IN_A_LINE), max_size=3),
    )
    def test_talk_in_other_lines_changes_no_objection(
        self, text: str, above: list[str], below: list[str]
    ) -> None:
        assert objects("\n".join([*above, text, *below]))

    @law(200)
    @given(st.lists(st.sampled_from(TALK_IN_A_LINE), min_size=1, max_size=4))
    def test_talk_in_several_lines_is_talk(self, lines: list[str]) -> None:
        assert not objects("\n\n".join(lines))

    @law(200)
    @given(st.text())
    def test_any_text_can_be_read(self, text: str) -> None:
        reading = read(text, ADDED)
        assert not (reading.near and (reading.command or reading.objection))
        assert reading.objection is None or 0 < len(reading.objection) <= 200


# --- Long texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_text_is_read_to_its_end(unit: str) -> None:
    """The time is linear in the length; ``make bench`` measures it."""
    objection = read((unit * 12_000)[:12_000] + "\nplease do not deploy", ADDED).objection
    # The text after a mail's attribution or a signature is not the author's own.
    assert (objection is None) is (unit in {"on 1 schrieb:\n", "-- \n"})
