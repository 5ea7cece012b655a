"""What is deployed, and where to, as the workflow gives it and without invisible characters."""

import re

import pytest

from approval_gate.errors import InputError
from tests.runner.given import SHA, read

UNSEEN = {
    "\u200b": "U+200B ZERO WIDTH SPACE",
    "\u202e": "U+202E",
    "\u00ad": "U+00AD",
    "\u3164": "U+3164",
    "\u2060": "U+2060",
    "\ufe0f": "U+FE0F",
    "\u00a0": "U+00A0",
    "\ue000": "U+E000",
    "\udc80": "U+DC80",
}


@pytest.mark.parametrize(("char", "name"), UNSEEN.items(), ids=ascii)
@pytest.mark.parametrize("where", ["tag", "branch", "version", "environment"])
def test_an_invisible_character_is_refused_and_named(char: str, name: str, where: str) -> None:
    text = f"v1.2.3{char}x"
    of_the_run = where in {"tag", "branch"}
    variables = {"GITHUB_REF_NAME": text, "GITHUB_REF_TYPE": where} if of_the_run else {}
    with pytest.raises(InputError, match=f"^{where}: ") as error:
        read({} if of_the_run else {where: text}, **variables)
    assert name in str(error.value)
    assert char not in str(error.value)


@pytest.mark.parametrize("text", ["v1\nforged", "v1\tx", "v1\x1b[31m"])
def test_a_control_character_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^version: "):
        read({"version": text})


@pytest.mark.parametrize("text", ["größer", "リリース 3", "🚀 v1", "1.2.3+build_7 (final)"])
def test_readable_text_is_kept(text: str) -> None:
    inputs = read({"version": text, "environment": text})
    assert (inputs.version, inputs.environment) == (text, text)


@pytest.mark.parametrize(
    "version", ["v1.2.3^0", "v1.2.3~0", "v1.2.3@{0}", "v1.2.3^{}", "main~2", "a..b", ":/fix", "@"]
)
def test_a_version_that_is_a_git_expression_is_refused(version: str) -> None:
    with pytest.raises(InputError, match=r"is an expression from which Git computes a commit"):
        read({"version": version})


@pytest.mark.parametrize("version", ["v1.2.3-0-gbbbbbbb", "v9-14-gBBBB", "v1.2.3-gbbbbbbbb"])
def test_a_version_that_describes_another_commit_is_refused(version: str) -> None:
    with pytest.raises(InputError, match=f"this run is of {SHA[:7]}"):
        read({"version": version})


@pytest.mark.parametrize("version", ["v1.2.3-4-ga1b2c3d", "1.0~rc1", "20261129", "shop:1.2.3"])
def test_a_version_that_describes_the_runs_commit_or_none_is_kept(version: str) -> None:
    assert read({"version": version}).version == version


@pytest.mark.parametrize("version", ["tags/v2", "refs/tags/v2"])
def test_only_the_name_of_a_tag_spelled_as_a_ref_is_kept(version: str) -> None:
    assert read({"version": version}).version == "v2"


@pytest.mark.parametrize("version", ["", "v1.2.3", " v1.2.3\n", "tags/v1.2.3"])
def test_the_default_version_is_the_refs_name(version: str) -> None:
    assert read({"version": version}).version == "v1.2.3"


@pytest.mark.parametrize(
    ("inputs", "environment"),
    [
        ({}, "production"),
        ({"issue-title": "Ship it"}, None),
        ({"issue-title": "Ship it", "environment": " \n"}, None),
        ({"issue-title": "Ship it", "environment": "staging"}, "staging"),
    ],
)
def test_the_environment_is_unknown_where_only_a_title_is_given(
    inputs: dict[str, str], environment: str | None
) -> None:
    assert read(inputs).environment == environment


def test_the_title_and_the_labels_contain_environment_and_version() -> None:
    inputs = read({"environment": "staging", "version": "7"})
    assert re.fullmatch("Staging Deployment Approval: 7", inputs.issue_title)
    assert inputs.issue_labels == ("deployment", "staging", "approval-required")
