"""The values that each input accepts, and the error for one that cannot be used."""

import re
from pathlib import Path

import pytest

from approval_gate.errors import InputError
from approval_gate.runner.checks import App, Inputs
from tests.runner.given import read

BAD = {
    "a minimum in words": ({"minimum-approvals": "two"}, "minimum-approvals: 'two' is not a whole number"),
    "a minimum with decimals": (
        {"minimum-approvals": "1.5"},
        "minimum-approvals: '1.5' is not a whole number",
    ),
    "a minimum of zero": ({"minimum-approvals": "0"}, "minimum-approvals: 0 is not between 1 and 1000"),
    "a negative minimum": ({"minimum-approvals": "-1"}, "minimum-approvals: -1 is not between"),
    "a minimum that is too large": ({"minimum-approvals": "1001"}, "minimum-approvals: 1001 is not between"),
    "a number of a thousand digits": ({"minimum-approvals": "9" * 1000}, "minimum-approvals:"),
    "digits of another script": ({"minimum-approvals": "٢"}, "minimum-approvals: '٢' is not a whole number"),
    "an empty window": ({"timeout-minutes": "0"}, "timeout-minutes: 0 is not between"),
    "a window that is not a number": ({"timeout-minutes": "nan"}, "timeout-minutes: 'nan' is not a number"),
    "an infinite window": ({"timeout-minutes": "inf"}, "timeout-minutes: 'inf' is not a number"),
    "a window of weeks": ({"timeout-minutes": "99999"}, "timeout-minutes: 99999 is not between"),
    "no pause between polls": (
        {"polling-interval-seconds": "0"},
        "polling-interval-seconds: 0 is not between",
    ),
    "an unknown boolean": (
        {"fail-on-denial": "maybe"},
        "fail-on-denial: 'maybe' is neither `true` nor `false`",
    ),
    "a boolean of one letter": ({"fail-on-denial": "t"}, "fail-on-denial: 't' is neither"),
    "a boolean in words": ({"close-issue-means-denial": "yes"}, "close-issue-means-denial:"),
    "an address without a scheme": (
        {"notify-urls": "https://a.b\n\nhooks.slack.com/s3cret"},
        "notify-urls: address 2 is not valid. Write one on each line, with its scheme, such as `https://`.",
    ),
    "an address with a blank": (
        {"notify-urls": "https://a.b/s3cret c"},
        "notify-urls: address 1 is not valid",
    ),
    "an address without a host": ({"notify-urls": "https:///s3cret"}, "notify-urls: address 1 is not valid"),
    "an address with an open bracket": (
        {"notify-urls": "https://[::1/s3cret"},
        "notify-urls: address 1 is not valid",
    ),
    "an address with a port that is none": (
        {"notify-urls": "http://a.b:99999/s3cret"},
        "notify-urls: address 1 is not valid",
    ),
    "an invisible character in an address": (
        {"notify-urls": "https://a.b/\u200bs3cret"},
        "notify-urls: address 1 is not valid",
    ),
    "an address that is too long": (
        {"notify-urls": f"https://a.b/{'s3cret' * 400}"},
        "notify-urls: address 1 has more than 2000 characters.",
    ),
    "a hundred addresses": (
        {"notify-urls": "\n".join(f"https://a.b/s3cret{number}" for number in range(100))},
        "notify-urls: it has 100 addresses, and 20 are the most that it takes.",
    ),
    "an artifact without a digest": (
        {"artifacts": "ghcr.io/acme/shop:v1.2.3"},
        "artifacts: line 1: 'ghcr.io/acme/shop:v1.2.3' has no SHA-256 digest at its end. Write `name@",
    ),
    "two artifacts on a line": (
        {"artifacts": f"\napi@sha256:{'a' * 64}, web@sha256:{'a' * 64}"},
        "has several digests. Write each artifact on a line of its own.",
    ),
    "an artifact with a hostile name": (
        {"artifacts": f"api@sha256:{'a' * 64}\nx\u202e y@sha256:{'a' * 64}"},
        "artifacts: line 2: 'x\\u202e y' is not a name: letters, digits and signs of ASCII without blanks",
    ),
    "an artifact with two digests": (
        {"artifacts": f"api@sha256:{'a' * 64}\napi@sha256:{'b' * 64}"},
        "artifacts: line 2: 'api' has another digest on line 1. Give each artifact a name of its own.",
    ),
    "too many artifacts": (
        {"artifacts": "\n".join(f"api-{number}@sha256:{'a' * 64}" for number in range(1_001))},
        "artifacts: it has 1,001 artifacts, and 1,000 are the most that it takes.",
    ),
    "an artifact's digest in capitals": (
        {"artifacts": f"api@sha256:{'a' * 64}\nweb@sha256:{'A' * 64}"},
        f"artifacts: line 2: its digest is in capitals. Write `sha256:{'a' * 64}`.",
    ),
    "no token": ({"token": ""}, "token: it is empty"),
    "a blank token": ({"token": "  "}, "token: it is empty"),
    "a token with a line end": ({"token": "a\nb"}, "token: it holds characters that no token has"),
    "an app without its key": ({"app-id": "1"}, "app-private-key: it is empty"),
    "a key without its app": ({"app-private-key": "x"}, "app-id: it is empty"),
    "an app that is not one": ({"app-id": "a b", "app-private-key": "x"}, "app-id: it is neither"),
    "a word that both approves and denies": (
        {"additional-approved-words": "ship", "additional-denied-words": "Ship"},
        "additional-approved-words: 'ship' already means something else",
    ),
    "a word that denies already": ({"additional-approved-words": "no"}, "additional-approved-words: 'no'"),
    "a word that approves already": ({"additional-denied-words": "LGTM"}, "additional-denied-words: 'LGTM'"),
    "two owners": (
        {"target-repository": "a/b", "target-repository-owner": "c"},
        "target-repository names the owner 'a', and target-repository-owner 'c'",
    ),
    "a repository that is not a name": (
        {"target-repository": "a b"},
        "target-repository: 'acme/a b' is not a repository's name",
    ),
    "details without a policy": ({"details": "**Incident**: x"}, "details: this needs policy-file"),
    "a type without a policy": ({"deployment-type": "hotfix"}, "deployment-type: this needs policy-file"),
    "approvers with a policy": ({"policy-file": "p.yml"}, "approvers: policy-file says this already"),
    "a minimum with a policy": (
        {"policy-file": "p.yml", "approvers": "", "minimum-approvals": "1"},
        "minimum-approvals: policy-file says this already",
    ),
    "unknown authors with a policy": (
        {"policy-file": "p.yml", "approvers": "", "require-write-access": "false"},
        "require-write-access: policy-file says this already",
    ),
    "a checklist with a policy": (
        {"policy-file": "p.yml", "approvers": "", "checklist": "none"},
        "checklist: policy-file says this already",
    ),
    "a policy outside of the repository": (
        {"policy-file": "../p.yml", "approvers": ""},
        "policy-file: '../p.yml' is not a path in this repository",
    ),
}


@pytest.mark.parametrize(("inputs", "words"), BAD.values(), ids=BAD)
def test_an_input_that_cannot_be_used_is_named(inputs: dict[str, str], words: str) -> None:
    with pytest.raises(InputError) as error:
        read(inputs)
    assert words in str(error.value)
    assert "s3cret" not in str(error.value)


def test_addresses_are_one_a_line_and_each_counts_once() -> None:
    text = " https://a.b/?c=1,2 \r\n\nmailto://x@y.z\nhttps://a.b/?c=1,2\n"
    assert read({"notify-urls": text}).given.notify_urls == ("https://a.b/?c=1,2", "mailto://x@y.z")
    assert read().given.notify_urls == ()


def test_every_input_has_a_default() -> None:
    inputs = read()
    given = inputs.given
    assert (inputs.access.credential, inputs.access.target_repository) == ("a-token", "acme/shop")
    assert (given.approvers, given.minimum_approvals, given.approve_alone) == (("ann",), None, ())
    assert (given.exclude_workflow_initiator_as_approver, given.require_write_access) == (False, True)
    assert (inputs.policy_file, given.deployment_type, given.details) == (None, "standard", "")
    assert (inputs.environment, inputs.version) == ("production", "v1.2.3")
    assert (given.checklist, given.require_checklist, inputs.issue_body) == ("default", False, "")
    assert inputs.issue_title == "Production Deployment Approval: v1.2.3"
    assert inputs.issue_labels == ("deployment", "production", "approval-required")
    assert (given.timeout_minutes, given.polling_interval_seconds) == (None, 3.0)
    assert (given.require_denial_reason, given.close_issue_means_denial) == (True, False)
    assert (given.allow_email_votes, given.keep_issue_open) == (True, False)
    assert (given.fail_on_denial, given.fail_on_timeout) == (True, True)


def test_names_are_separated_by_commas_and_lines_and_each_counts_once() -> None:
    assert read({"approvers": " ann ,\nbob,, ann\n"}).given.approvers == ("ann", "bob")


@pytest.mark.parametrize("text", ["true", " TRUE ", "True"])
def test_a_boolean_is_read_in_any_case(text: str) -> None:
    assert read({"keep-issue-open": text}).given.keep_issue_open is True


@pytest.mark.parametrize(("text", "minutes"), [("90", 90.0), (" 0.5 ", 0.5), ("+7", 7.0)])
def test_a_window_can_have_decimals(text: str, minutes: float) -> None:
    assert read({"timeout-minutes": text}).given.timeout_minutes == minutes


@pytest.mark.parametrize(
    "variables",
    [
        {"INPUT_MINIMUM-APPROVALS": "1"},
        {"INPUT_MINIMUM_APPROVALS": "1"},
        {"INPUT_MINIMUM-APPROVALS": "1", "INPUT_MINIMUM_APPROVALS": ""},
        {"INPUT_MINIMUM-APPROVALS": "1", "INPUT_MINIMUM_APPROVALS": "1"},
    ],
    ids=str,
)
def test_both_spellings_of_an_input_are_read(variables: dict[str, str]) -> None:
    assert read(**variables).given.minimum_approvals == 1


def test_two_spellings_that_differ_are_refused() -> None:
    words = "minimum-approvals: INPUT_MINIMUM-APPROVALS and INPUT_MINIMUM_APPROVALS are set and differ"
    with pytest.raises(InputError, match=words):
        read(**{"INPUT_MINIMUM-APPROVALS": "1", "INPUT_MINIMUM_APPROVALS": "2"})


def test_a_blank_input_is_not_given() -> None:
    names = ("environment", "version", "issue-title", "issue-body", "checklist", "issue-labels", "secret")
    assert _comparable(read(dict.fromkeys(names, " \t\n "))) == _comparable(read())


def test_a_blank_option_is_not_given() -> None:
    arguments = ["--issue-title", "  "]
    assert read(arguments=arguments).issue_title == "Production Deployment Approval: v1.2.3"


def test_an_option_takes_precedence_over_the_environment() -> None:
    assert read({"issue-title": "a"}, ["--issue-title", "b"]).issue_title == "b"


@pytest.mark.parametrize("token", ["", "the-jobs-own"])
def test_the_secret_takes_precedence_over_the_token_of_the_action_file(token: str) -> None:
    assert read({"secret": "mine", "token": token}).access.credential == "mine"


def test_an_app_takes_precedence_over_a_token() -> None:
    access = read({"app-id": " 12 ", "app-private-key": "KEY\n"}).access
    assert access.credential == App(id="12", private_key="KEY")


@pytest.mark.parametrize(
    ("inputs", "target"),
    [
        ({"target-repository": "other"}, "acme/other"),
        ({"target-repository": "org/other"}, "org/other"),
        ({"target-repository": "Org/other", "target-repository-owner": "org"}, "Org/other"),
        ({"target-repository-owner": "org"}, "org/shop"),
    ],
)
def test_the_issue_can_be_opened_in_another_repository(inputs: dict[str, str], target: str) -> None:
    assert read(inputs).access.target_repository == target


def test_additional_words_extend_the_usual_ones() -> None:
    vocabulary = read(
        {"additional-approved-words": "+1, ship it", "additional-denied-words": "veto"}
    ).vocabulary
    assert vocabulary.approve[-2:] == ("+1", "ship it")
    assert vocabulary.deny[-1] == "veto"


def test_a_policy_file_is_a_path_in_the_repository() -> None:
    assert read({"policy-file": " /.github/p.yml", "approvers": ""}).policy_file == ".github/p.yml"


def test_a_title_is_one_line_within_githubs_limit() -> None:
    assert read({"issue-title": f"a\n b {'x' * 300}"}).issue_title == f"a b {'x' * 252}"


def test_labels_that_are_given_replace_all_others() -> None:
    assert read({"issue-labels": "a, b"}).issue_labels == ("a", "b")


def test_all_problems_are_reported_at_once_each_with_its_remedy(tmp_path: Path) -> None:
    wrong = {
        "minimum-approvals": "two",
        "fail-on-denial": "maybe",
        "timeout-minutes": "0",
        "version": "v1^0",
        "environment": "prod\u200b",
        "issue-body-file-path": ".git/config",
        "target-repository": "a b",
        "additional-approved-words": "no",
    }
    with pytest.raises(InputError, match=r"^8 inputs cannot be used\.") as error:
        read(wrong, GITHUB_WORKSPACE=str(tmp_path))
    assert sorted(re.findall(r"^- ([a-z-]+):", str(error.value), re.MULTILINE)) == sorted(wrong)
    for remedy in ("Write a tag, or any other name.", "Write it without.", "Write the text to another file."):
        assert remedy in str(error.value)


@pytest.mark.parametrize(("given", "counts"), [("true", True), ("false", False), ("", True)])
def test_votes_by_mail_count_unless_that_is_switched_off(given: str, *, counts: bool) -> None:
    assert read({"allow-email-votes": given}).given.allow_email_votes is counts


def test_a_credential_is_not_in_the_repr_of_the_inputs() -> None:
    inputs = read({"token": "hidden", "app-id": "1", "app-private-key": "hidden"})
    assert "hidden" not in repr(inputs)


def _comparable(inputs: Inputs) -> object:
    given = inputs.given
    return inputs.environment, inputs.version, inputs.issue_title, inputs.issue_labels, given.checklist
