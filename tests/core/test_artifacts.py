"""What is deployed, as a workflow names it."""

import pytest

from approval_gate.core.artifacts import MOST, Artifact, parse

SEVERAL = " has several digests. Write each artifact on a line of its own."
ONE, TWO = "1a" * 32, "2b" * 32
FORM = "Write `name@sha256:…`, with the 64 digits of its SHA-256."
NAME = (
    " is not a name: letters, digits and signs of ASCII without blanks or backslashes, 255 at most. Name the "
    "image or the file, such as `ghcr.io/acme/shop`."
)


def artifact(name: str, digits: str = ONE) -> Artifact:
    return Artifact(name=name, digest=f"sha256:{digits}")


@pytest.mark.parametrize(
    "name",
    [
        "shop-api",
        "ghcr.io/acme/shop:v1.2.3",
        "localhost:5000/shop",
        "@acme/shop",
        "dist/shop_1.2.3+linux.tar.gz",
        "a",
        "x" * 255,
        "<b>|`*$(x)~",
        "user@host",
    ],
)
def test_an_artifact_is_a_name_and_its_digest(name: str) -> None:
    assert parse(f"{name}@sha256:{ONE}") == (artifact(name),)


def test_each_line_is_an_artifact_and_blanks_around_it_mean_nothing() -> None:
    text = f"\n  api@sha256:{ONE} \r\n\n\tweb@sha256:{TWO}\napi@sha256:{ONE}\nalias@sha256:{ONE}"
    assert parse(text) == (artifact("api"), artifact("web", TWO), artifact("alias"))
    assert parse("") == parse(" \n \n") == ()


def test_an_artifact_is_written_as_it_was_given_and_as_sha256sum_writes_it() -> None:
    assert str(artifact("api")) == f"api@sha256:{ONE}"
    assert artifact("api").checksum == f"{ONE}  api\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("shop-api", f"line 1: 'shop-api' has no SHA-256 digest at its end. {FORM}"),
        (f"\n\nsha256:{ONE}", f"line 3: ''{NAME}"),
        (f"api:{ONE}", f"line 1: 'api:{ONE}' has no SHA-256 digest at its end. {FORM}"),
        (f"api@{ONE}", f"line 1: 'api@{ONE}' has no SHA-256 digest at its end. {FORM}"),
        (f"{ONE}  api", f"line 1: '{ONE}  api' has no SHA-256 digest at its end. {FORM}"),
        (
            f"api@sha256:{ONE[:-1]}",
            f"line 1: 'api@sha256:{ONE[:-1]}' has no SHA-256 digest at its end. {FORM}",
        ),
        (f"api@sha256:{ONE}0", f"line 1: 'api@sha256:{ONE}0' has no SHA-256 digest at its end. {FORM}"),
        (
            f"api@sha256:{'g' * 64}",
            f"line 1: 'api@sha256:{'g' * 64}' has no SHA-256 digest at its end. {FORM}",
        ),
        (
            f"api@sha512:{ONE * 2}",
            f"line 1: 'api@sha512:{(ONE * 2)[:89]}' has no SHA-256 digest at its end. {FORM}",
        ),
        ("x" * 200, f"line 1: '{'x' * 100}' has no SHA-256 digest at its end. {FORM}"),
        (f"api@sha256:{ONE.upper()}", f"line 1: its digest is in capitals. Write `sha256:{ONE}`."),
        (f"api@SHA256:{ONE}", f"line 1: its digest is in capitals. Write `sha256:{ONE}`."),
        (
            f"web@sha256:{TWO}\na@sha256:{ONE},b@sha256:{TWO}",
            f"line 2: '{f'a@sha256:{ONE},b@sha256:{TWO}'[:100]}'{SEVERAL}",
        ),
        (
            f"a@sha256:{ONE} b@sha256:{TWO}",
            f"line 1: '{f'a@sha256:{ONE} b@sha256:{TWO}'[:100]}'{SEVERAL}",
        ),
        (f"@sha256:{ONE}", f"line 1: ''{NAME}"),
        (f"my shop@sha256:{ONE}", f"line 1: 'my shop'{NAME}"),
        (f"my\\nshop@sha256:{ONE}", f"line 1: 'my\\\\nshop'{NAME}"),
        (f"sh\x00op@sha256:{ONE}", f"line 1: 'sh\\x00op'{NAME}"),
        (f"shöp@sha256:{ONE}", f"line 1: 'shöp'{NAME}"),
        (f"shop\u202egnp@sha256:{ONE}", f"line 1: 'shop\\u202egnp'{NAME}"),
        (f"{'x' * 256}@sha256:{ONE}", f"line 1: '{'x' * 100}'{NAME}"),
        (
            f"api@sha256:{ONE}\n\nweb@sha256:{ONE}\napi@sha256:{TWO}",
            "line 4: 'api' has another digest on line 1. Give each artifact a name of its own.",
        ),
    ],
)
def test_a_line_that_cannot_be_used_says_what_to_write(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared
        parse(text)
    assert str(error.value) == problem


def test_a_thousand_artifacts_are_taken_and_one_more_is_not() -> None:
    lines = [f"file-{number}@sha256:{number:064x}" for number in range(MOST + 1)]
    assert len(parse("\n".join(lines[:MOST]))) == MOST
    with pytest.raises(ValueError, match=r"^it has 1,001 artifacts, and 1,000 are the most that it takes\.$"):
        parse("\n".join(lines))


def test_a_list_that_is_too_long_is_refused_in_few_words() -> None:
    lines = "\n".join(f"{number:0200}@sha256:{ONE}" for number in range(400))
    problem = r"^it has 109,199 characters, and 100,000 are the most that it takes\.$"
    with pytest.raises(ValueError, match=problem):
        parse(lines)
    assert len(parse(lines[:90_000].rpartition("\n")[0])) == 329


def test_the_largest_list_fits_into_what_actions_attest_reads() -> None:
    """It reads at most 1,024 subjects and 512 bytes for each (actions/attest, src/subject.ts)."""
    longest = [artifact(f"{number:0255}") for number in range(MOST)]
    assert len(longest) + 1 <= 1_024
    assert sum(len(it.checksum.encode()) for it in longest) + 512 <= 1_024 * 512
