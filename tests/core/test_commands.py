"""The first lines that are commands: the grammar as a table."""

import pytest

from approval_gate.core.commands import LINE_LIMIT, Command, Verb, begins_as_command, parse, read
from approval_gate.core.model import Vocabulary

A, D, R = Verb.APPROVE, Verb.DENY, Verb.REVOKE
PLAIN = Vocabulary()

APPROVALS: list[tuple[str, str | None]] = [
    # the process's own examples
    ("approve", None),
    ("/approve", None),
    (
        "approve - All checks passed, migrations tested in staging",
        "All checks passed, migrations tested in staging",
    ),
    # every keyword, with and without the slash, in any case
    ("approved", None),
    ("lgtm", None),
    ("yes", None),
    ("/approved", None),
    ("/lgtm", None),
    ("/yes", None),
    ("Approve", None),
    ("APPROVE", None),
    ("LGTM", None),
    ("aPpRoVeD", None),
    ("/YES", None),
    # the end, a full stop or an exclamation mark
    ("approve.", None),
    ("approve!", None),
    ("LGTM!", None),
    ("/yes.", None),
    # a note set off by any of three dashes
    ("approve - fine", "fine"),
    ("approve – fine", "fine"),
    ("approve — fine", "fine"),
    ("/approve - fine", "fine"),
    ("LGTM — ship it!", "ship it!"),
    ("yes  -  fine", "fine"),
    ("yes\t-\tfine", "fine"),
    ("approve - - fine", "- fine"),
    ("approve - a - b", "a - b"),
    ("approve - was broken? fixed now", "was broken? fixed now"),
    ("approve - why not?XX", "why not?XX"),
    ("approve - is it? yes", "is it? yes"),
    ("approve - ¿fine", "¿fine"),
    ("approve - fine\u00a0", "fine"),
    ("approve - \U00017000", "\U00017000"),  # a letter that not every Python has a name for
    # a note on the next lines
    ("approve\nfine", "fine"),
    ("approve\r\nfine", "fine"),
    ("approve\rfine", "fine"),
    ("approve\r\nfine\r\nindeed", "fine\nindeed"),
    ("approve\n\nfine", "fine"),
    ("approve!\nfine", "fine"),
    ("approve\nis it?", "is it?"),
    ("approve\ndeny", "deny"),
    # blanks around it
    ("approve ", None),
    ("approve\t", None),
    (" approve", None),
    ("  approve", None),
    ("   approve", None),
    ("\napprove", None),
    ("\n\n\napprove\n", None),
    ("\r\n\r\napprove\r\n", None),
    ("  \n\t\napprove", None),
    ("approve\n", None),
    ("approve\n\n \n", None),
]

DENIALS: list[tuple[str, str | None]] = [
    # the process's own examples
    ("deny", None),
    ("/deny", None),
    (
        "deny - Database migration needs more testing. Found issue in staging.",
        "Database migration needs more testing. Found issue in staging.",
    ),
    # every keyword
    ("denied", None),
    ("reject", None),
    ("no", None),
    ("/denied", None),
    ("/reject", None),
    ("/no", None),
    ("Deny", None),
    ("REJECT", None),
    ("No.", None),
    ("no!", None),
    # forms that approvals have too
    ("deny - red", "red"),
    ("deny – red", "red"),
    ("deny\t-\tred", "red"),
    ("deny — red", "red"),
    ("deny\nred", "red"),
    ("deny\r\n\r\nred", "red"),
    ("\n deny", None),
    # read more generously
    ("deny: red", "red"),
    ("Deny: the tests are red", "the tests are red"),
    ("/deny: red", "red"),
    ("deny:", None),
    ("deny:red", "red"),
    ("deny -", None),
    ("deny - ", None),
    ("/deny migration untested", "migration untested"),
    ("/deny\tred", "red"),
    ("/reject red", "red"),
    ("/DENY red", "red"),
    # only an approval must not be a question
    ("deny - who tested it?", "who tested it?"),
    ("deny: who tested it?", "who tested it?"),
    ("/deny who tested it?", "who tested it?"),
    # a reason on the lines below is a reason
    ("deny:\nred", "red"),
    ("deny -\nred", "red"),
]

REVOCATIONS: list[tuple[str, str | None]] = [
    ("revoke", None),
    ("/revoke", None),
    ("Revoke.", None),
    ("REVOKE!", None),
    ("revoke - too early", "too early"),
    ("revoke — too early", "too early"),
    ("revoke\ntoo early", "too early"),
]

NO_COMMANDS = [
    "",
    " ",
    "\n",
    "\r\n\t\r\n",
    "/",
    "-",
    ".",
    "?",
    # the design's own examples
    "approve?",
    "> approve",
    "not lgtm",
    "disapprove",
    "аpprove",  # a Cyrillic letter first
    # questions
    "yes?",
    "/approve?",
    "approve - ok?",
    "approve - ok?  ",
    "approve - ok?\t",
    "approve - ok? \t ",
    "approve - ok?\u00a0",  # a blank that does not break
    "approve - ok?\u3000",
    "approve - ok?\u2028",
    "approve - ok?\u200b",  # no width
    "approve - ok?\ufeff",
    "approve - ok?\u202c",
    "approve - ok?\x00",
    "approve - ok?\ufe0f",  # asks for an emoji
    "approve - ok?\u00a0\u200b \ufe0f",
    # questions in other scripts and widths
    "approve - ok？",
    "approve - ok﹖",
    "approve - ok؟",
    "approve - ok؟\u200f",
    "approve - ok՞",
    "approve - ok⁇",
    "approve - ok⁈",
    "approve - ok⁉",
    "approve - ok⁉\ufe0f",
    "approve - ok‽",
    "approve - ok❓",
    "approve - ok\u037e",
    "yes — shall we?\nI think so",
    "approve!?",
    "lgtm - is it?\r\nfine",
    # words around it, or in it
    "I approve",
    "approve it",
    "/approve it",
    "approve this please",
    "approve, fine",
    "approves",
    "approve approve",
    "approve1",
    "approve_",
    "approve'",
    "noted",
    # a text after "no" makes it an objection, which is asked about
    "no - red",
    "no: red",
    "no\nred",
    "No - that alert is another service",
    "/no way",
    "no way",
    "no problem",
    "not yet",
    "yesterday",
    "deny because it is red",
    "revoked",
    "revoker",
    "prove",
    # punctuation that is not the grammar's
    "approve: fine",
    "approve:",
    "approve : fine",
    "approve -fine",
    "approve- fine",
    "approve -- fine",
    "approve-fine",
    "deny -red",
    "deny- red",
    "deny-red",
    "/deny-red",
    "approve -",
    "approve - ",
    "approve ‐ fine",
    "approve − fine",
    "approve!!",
    "approve..",
    "approve …",
    "approve. fine",
    "approve! fine",
    "approve .",
    "approve)",
    "//approve",
    "/ approve",
    r"\approve",
    # Markdown around it
    "**approve**",
    "`approve`",
    "- approve",
    "# approve",
    "1. approve",
    "[approve](x)",
    "<!-- approve -->",
    "<b>approve</b>",
    "~~approve~~",
    "> approve\n\nnot so fast",
    "> deny",
    "```\napprove\n```",
    # code
    "    approve",
    "\tapprove",
    "  \tapprove",
    "   \tapprove",
    "\n\n    approve",
    "    deny - red",
    # reactions
    "👍",
    ":+1:",
    "+1",
    "approve 👍",
    # look-alikes and invisible characters
    "approvе",  # the last letter is Cyrillic
    "ａｐｐｒｏｖｅ",
    "𝐚𝐩𝐩𝐫𝐨𝐯𝐞",
    "lɡtm",
    "уes",
    "ye\u017f",  # a long s, which folds to a plain one
    "approve\u200b",
    "\u200bapprove",
    "\ufeffapprove",
    "app\u00adrove",
    "approve\x00",
    "approve\u202e",
    "appro\u0301ve",
    # white space that does not end a line in Markdown
    "approve\u2028fine",
    "approve\x85fine",
    "approve\x0bfine",
    "approve\x0cfine",
    "\u00a0approve",
    "approve\u00a0",
    "approve\u00a0- fine",
    "approve -\u00a0fine",
    "/deny\u00a0red",
    "approve - \u00a0",
    "approve\u3000—\u3000fine",
    "\u00a0\napprove",
    # a letter beside it
    "Xapprove",
    "approveX",
    "X\napprove",
    # the second line is talk
    "fine\napprove",
    "Looks good to me.\n\napprove",
]


@pytest.mark.parametrize(("text", "note"), APPROVALS)
def test_approves(text: str, note: str | None) -> None:
    assert parse(text, PLAIN) == Command(A, note)


@pytest.mark.parametrize(("text", "note"), DENIALS)
def test_denies(text: str, note: str | None) -> None:
    assert parse(text, PLAIN) == Command(D, note)


@pytest.mark.parametrize(("text", "note"), REVOCATIONS)
def test_revokes(text: str, note: str | None) -> None:
    assert parse(text, PLAIN) == Command(R, note)


@pytest.mark.parametrize("text", NO_COMMANDS)
def test_is_not_a_command(text: str) -> None:
    assert parse(text, PLAIN) is None


class TestLongTexts:
    def test_the_longest_first_line_that_approves(self) -> None:
        note = "x" * (LINE_LIMIT - len("approve - "))
        assert parse(f"approve - {note}", PLAIN) == Command(A, note)

    def test_a_longer_first_line_never_approves(self) -> None:
        assert parse("approve - " + "x" * (LINE_LIMIT - len("approve - ") + 1), PLAIN) is None

    def test_a_long_first_line_can_deny(self) -> None:
        command = parse("deny - " + "x" * LINE_LIMIT, PLAIN)
        assert command is not None
        assert command.verb is D

    def test_many_lines_under_a_short_first_one_do_no_harm(self) -> None:
        command = parse("approve\n" + "fine\n" * 5000, PLAIN)
        assert command is not None
        assert command.verb is A

    @pytest.mark.parametrize(
        "text",
        ["approve" + " " * 5000 + "?", "approve - x" + " " * 5000 + "?", "approve" + " " * 5000 + "not"],
    )
    def test_the_end_of_a_long_first_line_is_read(self, text: str) -> None:
        assert parse(text, PLAIN) is None


class TestAddedWords:
    @pytest.mark.parametrize(
        ("word", "text", "note"),
        [
            ("+1", "+1", None),
            ("+1", "/+1", None),
            ("+1", "+1 - fine", "fine"),
            ("ship it", "ship it", None),
            ("ship it", "Ship It!", None),
            ("ship it", "ship it — now", "now"),
            (":shipit:", ":shipit:", None),
            ("a.b", "a.b", None),
            ("go!", "go!", None),
            ("go!", "go!!", None),
            ("(ok)", "(OK)", None),
            ("[ok", "[ok", None),
            (".*", ".*", None),
            ("a|b", "a|b", None),
            ("c++", "C++.", None),
            (r"\d", r"\D", None),
            ("$", "$", None),
            ("^", "^", None),
            ("Ja", "ja", None),
            ("JA", "Ja", None),
            ("да", "Да", None),
            ("genehmigt für prod", "GENEHMIGT FÜR PROD", None),
            ("同意", "同意", None),
            ("👍", "👍", None),
            ("👍", "👍\nfine", "fine"),
            ("ok", "OK", None),
            ("/ok", "/ok", None),
            ("go-live", "go-live - fine", "fine"),
            ("go - live", "go - live - fine", "fine"),
        ],
    )
    def test_are_commands_literally(self, word: str, text: str, note: str | None) -> None:
        assert parse(text, Vocabulary(approve=("approve", word))) == Command(A, note)
        assert parse(text, Vocabulary(approve=(word, "approve"))) == Command(A, note)

    @pytest.mark.parametrize(
        ("word", "text"),
        [
            (".*", "anything"),
            (".*", ""),
            ("a.b", "acb"),
            ("a|b", "a"),
            ("(ok)", "ok"),
            ("c++", "ccc"),
            (r"\d", "1"),
            ("+1", "+10"),
            ("+1", "1"),
            ("ship it", "ship  it"),
            ("ship it", "shipit"),
            ("ship it", "ship"),
            ("$", ""),
            ("ok", "okay"),
            ("ok", "ok?"),
            ("да", "дa"),  # the second letter is Latin
            ("ok", "o\u212a"),  # the sign of the kelvin, which folds to a k
        ],
    )
    def test_are_not_patterns(self, word: str, text: str) -> None:
        assert parse(text, Vocabulary(approve=("approve", word))) is None

    def test_leave_the_built_in_words_in_force(self) -> None:
        assert parse("approve", Vocabulary(approve=("approve", "ok"))) == Command(A)

    def test_deny_as_generously_as_the_built_in_words(self) -> None:
        words = Vocabulary(deny=("deny", "-1", "not now"))
        assert parse("-1", words) == Command(D)
        assert parse("-1: red", words) == Command(D, "red")
        assert parse("/not now it is red", words) == Command(D, "it is red")
        assert parse("not now it is red", words) is None

    def test_can_begin_with_a_slash(self) -> None:
        words = Vocabulary(approve=("approve", "/ok"), deny=("deny", "/stop"))
        assert parse("/stop it is red", words) == Command(D, "it is red")
        assert parse("/stop: red", words) == Command(D, "red")
        assert parse("/ok - fine", words) == Command(A, "fine")
        assert parse("/ok then", words) is None
        assert parse("stop", words) is None

    def test_a_word_that_approves_and_denies_denies(self) -> None:
        both = Vocabulary(approve=("approve", "ok"), deny=("deny", "ok"))
        assert parse("ok", both) == Command(D)
        assert parse("OK - fine", both) == Command(D, "fine")

    def test_a_word_that_revokes_and_approves_revokes(self) -> None:
        both = Vocabulary(approve=("approve", "undo"), revoke=("revoke", "undo"))
        assert parse("undo", both) == Command(R)

    def test_a_word_outside_the_vocabulary_is_not_a_command(self) -> None:
        assert parse("approve", Vocabulary(approve=("ok",))) is None

    @pytest.mark.parametrize("word", ["", " "])
    def test_an_empty_word_commands_nothing(self, word: str) -> None:
        words = Vocabulary(approve=("approve", word))
        for text in ("", " ", ".", "!", "/", " - fine", "/.", "hello"):
            assert parse(text, words) is None


NEAR = [
    "approve?",
    "> approve",
    "аpprove",
    "аpproved",
    "approvе - fine",
    "aproved",
    "aprove",
    "approove",
    "apporve",
    "approve: fine",
    "approve it",
    "/approve it",
    "approve -fine",
    "approve- fine",
    "approve, fine",
    "approve!!",
    "Approve, please",
    "**approve**",
    "`approve`",
    "- approve",
    "    approve",
    "/ approve",
    "//approve",
    "approve 👍",
    "lgtm 👍",
    "LGTM!!!",
    "lgtm?",
    "yes?",
    "yes!!",
    "approve\u200b",
    "ａｐｐｒｏｖｅ",
    "\u00a0approve",
    "approve\u00a0- fine",
    "deny because it is red",
    "deny?",
    "**deny** - red",
    "rejected",
    "revoked",
    "revoke?",
    "@gate approve",
    "I approve this",
    "lgtmmm",
    "yés",
    "y\u200bes",
    "no?",
    "no!!",
    "**no**",
    "no 👎",
    "no, too risky",
    "No. It fails in staging.",
    "yes, ship it please, we tested it",
    "yes; fine",
    "yes: fine",
    "yes -fine",
    "yes- fine",
]

FAR = [
    "",
    " \n",
    "...",
    "I am looking at it now.",
    "Thanks!",
    "Can somebody approve the other one first?",
    "Who is going to approve this today?",
    "The migration was improved yesterday.",
    "Note that the tests ran twice.",
    "ok",
    "approx",
    "later",
    "The design\n\napprove",
    "can you approve it",
    "yes I will look at it later",
    "eyes on it",
    "yess",
    "no problem",
    "no rush",
    "No worries!",
    "no idea, sorry",
    "no-op change",
    "no.1 is done",
    "yes please",
    # commands need no hint
    "approve",
    "/approve - fine",
    "deny",
    "/deny red",
    "revoke",
]


def comes_near(text: str, words: Vocabulary) -> bool:
    """Whether the author of a text without a command gets a hint or a question."""
    said = read(text, words)
    return said.command is None and (said.near or said.objection is not None)


class TestNearMisses:
    @pytest.mark.parametrize("text", NEAR)
    def test_a_near_miss_is_recognised(self, text: str) -> None:
        assert comes_near(text, PLAIN) is True

    @pytest.mark.parametrize("text", FAR)
    def test_talk_is_not_a_near_miss(self, text: str) -> None:
        assert comes_near(text, PLAIN) is False

    def test_added_words_have_near_misses_too(self) -> None:
        words = Vocabulary(approve=("approve", "genehmigt"))
        assert comes_near("genehmigd", words) is True
        assert comes_near("genehmigt?", words) is True
        assert comes_near("genehmigd", PLAIN) is False

    def test_only_the_start_of_a_long_line_is_compared(self) -> None:
        assert comes_near("?" * 197 + "yes", PLAIN) is True
        assert comes_near("?" * 198 + "yes", PLAIN) is False

    def test_a_word_without_letters_has_no_near_misses(self) -> None:
        assert comes_near("hello", Vocabulary(approve=("+", "👍"))) is False


def test_a_configured_word_can_begin_with_a_slash() -> None:
    words = Vocabulary(approve=("/ship",))
    assert begins_as_command("/ship", words)
    assert parse("/ship", words) == Command(Verb.APPROVE)
