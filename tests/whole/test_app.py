"""A GitHub App instead of a token: it sees teams, outlasts the hour, and keeps its secrets."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from approval_gate.emulator.world import App, Token
from approval_gate.rehearsal.scenarios import REPOSITORY
from tests.whole.keys import pair
from tests.whole.stage import Ended, Stage

GRANTED = {"issues": "write", "contents": "read", "metadata": "read", "members": "read"}
TOKENS = "/access_tokens"


def asked(*repositories: str, **permissions: str) -> dict[str, object]:
    """The body of the request for a token, where the app has the permissions of GRANTED."""
    return {"repositories": [*repositories], "permissions": permissions or GRANTED}


@pytest.fixture
def app(stage: Stage) -> App:
    return stage.world.app("gatekeeper", public_key=pair()[1], repos=[REPOSITORY], permissions=GRANTED)


def given(app: App, **inputs: str) -> dict[str, str]:
    shown = {name.replace("_", "-"): value for name, value in inputs.items()}
    return {"token": "unused", "app-id": str(app.id), "app-private-key": pair()[0], **shown}


def tokens_created(end: Ended) -> int:
    return sum(request.status == 201 for request in end.sent("POST", TOKENS))


def newest(stage: Stage) -> Token:
    return [token for token in stage.world.tokens.values() if token.value.startswith("ghs_")][-1]


def two_approve(stage: Stage, minute: float) -> None:
    stage.says(minute, "ann", "approve")
    stage.says(minute, "lea", "approve")


def test_an_app_asks_in_its_own_name_and_sees_teams(stage: Stage, app: App) -> None:
    two_approve(stage, 1)
    end = stage.run(given(app))
    assert (end.status, end.code) == ("approved", "quorum")
    assert end.issue is not None
    assert end.issue.author.login == "gatekeeper[bot]"
    assert tokens_created(end) == 1
    assert [request.body for request in end.sent("POST", TOKENS)] == [asked("shop")]


def test_a_wait_outlasts_the_hour(stage: Stage, app: App) -> None:
    two_approve(stage, 200)
    end = stage.run(given(app, timeout_minutes="240"))
    assert end.status == "approved"
    assert tokens_created(end) == 4
    assert not [request for request in end.requests if request.status == 401]


def test_a_token_is_renewed_early_enough_for_retries(stage: Stage, app: App) -> None:
    two_approve(stage, 100)
    stage.at(50, lambda: stage.fault(method="POST", path=".*/access_tokens$", times=4, status=502))
    end = stage.run(given(app, timeout_minutes="240"))
    assert end.status == "approved"
    assert not [request for request in end.requests if request.status == 401]


def test_a_token_that_cannot_be_renewed_delays_nothing(stage: Stage, app: App) -> None:
    two_approve(stage, 57)
    stage.at(50, lambda: stage.fault(method="POST", path=".*/access_tokens$", times=None, status=502))
    end = stage.run(given(app, timeout_minutes="240"))
    assert end.status == "approved"
    tried = [request for request in end.sent("POST", TOKENS) if request.faulty]
    assert 2 <= len(tried) <= 6


def test_a_token_that_github_revokes_is_replaced(stage: Stage, app: App) -> None:
    def revoke() -> None:
        newest(stage).revoked = True

    stage.at(10, revoke)
    two_approve(stage, 20)
    end = stage.run(given(app))
    assert end.status == "approved"
    assert tokens_created(end) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "$"), ("POST", "/issues$"), ("GET", "/issues/1/comments"), ("PATCH", "/issues/1$")],
)
def test_a_token_that_is_refused_for_a_moment_is_replaced_at_once(
    stage: Stage, app: App, method: str, path: str
) -> None:
    two_approve(stage, 20)
    stage.fault(method=method, path=f"/repos/{REPOSITORY}{path}", status=401)
    end = stage.run(given(app))
    assert (end.status, tokens_created(end)) == ("approved", 2)
    assert end.issue is not None
    assert (end.issue.number, end.issue.state) == (1, "closed")
    assert "could not" not in end.log


def test_an_app_whose_key_is_revoked_fails_when_its_token_expires(stage: Stage, app: App) -> None:
    def rotate() -> None:
        app.public_key = pair(2)[1]

    stage.at(10, rotate)
    end = stage.run(given(app, timeout_minutes="240"))
    assert (end.status, end.code) == ("error", "unauthenticated")
    assert timedelta(minutes=59) < timedelta(seconds=stage.passed) < timedelta(minutes=62)
    assert "GitHub does not accept app-id with app-private-key." in end.log


def test_an_app_takes_precedence_over_the_token_which_has_a_default(stage: Stage, app: App) -> None:
    two_approve(stage, 1)
    end = stage.run({**given(app), "token": "demo-job-token", "secret": "demo-job-token"})
    assert end.issue is not None
    assert end.issue.author.login == "gatekeeper[bot]"


def test_a_key_can_be_kept_on_one_line(stage: Stage, app: App) -> None:
    two_approve(stage, 1)
    end = stage.run({**given(app), "app-private-key": pair()[0].replace("\n", "\\n")})
    assert end.status == "approved"


def test_the_token_covers_the_target_repository_too(stage: Stage, app: App) -> None:
    stage.world.repo("acme/ops")
    app.repos = [REPOSITORY, "acme/ops"]
    end = stage.run(given(app, target_repository="ops", timeout_minutes="1"))
    assert end.status == "timed-out"
    assert [request.body for request in end.sent("POST", TOKENS)] == [asked("shop", "ops")]


REFUSED: dict[str, tuple[Callable[[App], dict[str, str]], int, str, str]] = {
    "no key": (
        lambda app: {**given(app), "app-private-key": ""},
        2,
        "input",
        "app-private-key: it is empty",
    ),
    "no app": (lambda app: {**given(app), "app-id": " "}, 2, "input", "app-id: it is empty"),
    "something that is not an app's id": (
        lambda app: {**given(app), "app-id": "../x"},
        2,
        "input",
        "app-id: it is neither",
    ),
    "something that is not a key": (
        lambda app: {**given(app), "app-private-key": "s3cret-words"},
        2,
        "input",
        "app-private-key: it is not a private key of an app.",
    ),
    "another app": (
        lambda app: {**given(app), "app-id": "7"},
        5,
        "unauthenticated",
        "GitHub does not accept app-id with app-private-key.",
    ),
    "another app's key": (
        lambda app: {**given(app), "app-private-key": pair(2)[0]},
        5,
        "unauthenticated",
        "GitHub does not accept app-id with app-private-key.",
    ),
}


@pytest.mark.parametrize(("inputs", "exit_code", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_the_gate_refuses_at_once(
    stage: Stage, app: App, inputs: Callable[[App], dict[str, str]], exit_code: int, code: str, said: str
) -> None:
    end = stage.run(inputs(app))
    assert (end.exit_code, end.code) == (exit_code, code)
    assert said in end.log
    assert "s3cret" not in end.log
    assert end.issue is None


def test_an_app_that_is_not_installed_is_reported(stage: Stage, app: App) -> None:
    app.repos = ["acme/other"]
    end = stage.run(given(app))
    assert (end.exit_code, end.code) == (5, "permission")
    assert f"The app has no access to {REPOSITORY.partition('/')[2]}, or is suspended." in end.log
    assert f"Install it on {REPOSITORY}" in end.log


def test_an_app_without_a_permission_is_reported_with_its_name(stage: Stage, app: App) -> None:
    app.permissions = {**GRANTED, "issues": "read"}
    end = stage.run(given(app))
    assert (end.exit_code, end.code) == (5, "permission")
    assert f"The app's installation on {REPOSITORY} lacks `issues: write`." in end.log
    assert end.issue is None


def test_a_token_has_only_the_permissions_that_are_used(stage: Stage, app: App) -> None:
    app.permissions = {
        "administration": "write",
        "issues": "write",
        "contents": "write",
        "members": "write",
        "metadata": "read",
        "deployments": "write",
        "pull_requests": "write",
        "secrets": "read",
    }
    two_approve(stage, 1)
    end = stage.run(given(app))
    assert end.status == "approved"
    used = {**GRANTED, "deployments": "read", "pull_requests": "read"}
    assert [request.body for request in end.sent("POST", TOKENS)] == [asked("shop", **used)]
    assert newest(stage).permissions == newest(stage).org_permissions == used


@pytest.mark.parametrize("without", ["contents", "members", "metadata"])
def test_a_permission_that_the_app_lacks_is_not_requested(stage: Stage, app: App, without: str) -> None:
    app.permissions = {name: level for name, level in GRANTED.items() if name != without}
    end = stage.run(given(app, approvers="user:ann", minimum_approvals="1", timeout_minutes="1"))
    assert [request.status for request in end.sent("POST", TOKENS)] == [201]
    assert without not in newest(stage).permissions


def test_a_token_is_renewed_without_a_permission_that_was_withdrawn_meanwhile(stage: Stage, app: App) -> None:
    app.permissions = {**GRANTED, "actions": "read"}

    def take_back() -> None:
        app.permissions = GRANTED

    stage.at(10, take_back)
    two_approve(stage, 100)
    end = stage.run(given(app, timeout_minutes="240"))
    assert end.status == "approved"
    with_actions = asked("shop", **GRANTED, actions="read")
    assert [(request.status, request.body) for request in end.sent("POST", TOKENS)] == [
        (201, with_actions),
        (422, with_actions),
        (201, asked("shop")),
    ]


def test_neither_the_key_nor_a_token_is_visible_anywhere(stage: Stage, app: App) -> None:
    two_approve(stage, 100)
    end = stage.run(given(app, timeout_minutes="240"), GITHUB_ACTIONS="true")
    key = [line for line in pair()[0].splitlines() if line]
    tokens = [token.value for token in stage.world.tokens.values() if token.value.startswith("ghs_")]
    assert len(tokens) == 2
    masks = [line for line in end.log.splitlines() if line.startswith("::add-mask::")]
    assert [mask.removeprefix("::add-mask::") for mask in masks] == [*key, *tokens]
    rest = "\n".join(line for line in end.log.splitlines() if line not in masks)
    everything = "\n".join((rest, end.summary, end.texts(), str(dict(end.outputs))))
    for secret in (*key, *tokens):
        assert secret not in everything


def test_the_sweep_and_the_report_can_use_an_app(stage: Stage, app: App) -> None:
    stage.says(1, "ann", "hello")
    end = stage.run(given(app, keep_issue_open="true", timeout_minutes="1"))
    assert end.issue is not None
    stage.world.reopen_issue(REPOSITORY, end.issue.number, by="dee")
    assert stage.sweep(end, given(app)).exit_code == 0
    assert end.issue.state == "closed"
    done = stage.report("failure", given(app))
    assert done.exit_code == 0


def test_a_report_that_is_tried_again_asks_for_no_second_token(stage: Stage, app: App) -> None:
    two_approve(stage, 1)
    stage.run(given(app, keep_issue_open="true"))
    stage.fault(method="GET", path=f"/repos/{REPOSITORY}/issues/1$", times=3, status=403)
    done = stage.report("success", given(app))
    assert done.exit_code == 0
    assert len([request for request in done.requests if request.path.endswith(TOKENS)]) == 1
