"""One request: what each answer means, and which are asked again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approval_gate.errors import (
    GateError,
    IssueGoneError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    TransientError,
    UnauthenticatedError,
)
from approval_gate.github import client as module
from approval_gate.github.client import SECONDARY_WAIT, Answer, Client
from tests.github.scene import ISSUES, SHOP, Scene, error

REPO = f"/repos/{SHOP}"
HTML = "<html><body>502 Bad Gateway</body></html>"
LIMIT = '{"message": "API rate limit exceeded for installation."}'
SECONDARY = '{"message": "You have exceeded a secondary rate limit. Please wait."}'


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "retry_after"),
    [
        (401, {}, '{"message": "Bad credentials"}', UnauthenticatedError, None),
        (403, {}, '{"message": "Resource not accessible by integration"}', PermissionDeniedError, None),
        (403, {"retry-after": "7"}, "{}", RateLimitError, 7),
        (403, {"x-ratelimit-remaining": "0"}, "{}", RateLimitError, SECONDARY_WAIT),
        (403, {"x-ratelimit-remaining": "5"}, "{}", PermissionDeniedError, None),
        (403, {}, LIMIT, RateLimitError, SECONDARY_WAIT),
        (403, {}, SECONDARY, RateLimitError, SECONDARY_WAIT),
        (404, {}, None, NotFoundError, None),
        (410, {}, None, IssueGoneError, None),
        (400, {}, None, RejectedError, None),
        (409, {}, None, RejectedError, None),
        (422, {}, None, RejectedError, None),
        (429, {}, "", RateLimitError, SECONDARY_WAIT),
        (429, {"retry-after": "90"}, "", RateLimitError, 90),
        (429, {"retry-after": "-3"}, "", RateLimitError, 0),
        (429, {"retry-after": "soon"}, "", RateLimitError, SECONDARY_WAIT),
        (500, {}, None, OutageError, None),
        (502, {"content-type": "text/html"}, HTML, OutageError, None),
        (503, {"retry-after": "12"}, None, OutageError, 12),
        (418, {}, "[]", OutageError, None),
    ],
)
def test_each_status_is_one_error(
    scene: Scene,
    status: int,
    headers: dict[str, str],
    body: str | None,
    kind: type[GateError],
    retry_after: float | None,
) -> None:
    scene.fault(REPO, status=status, headers=headers, body=body)
    met = error(kind, lambda: scene.client().get(REPO))
    assert f"{status} to GET {REPO}" in met.detail
    assert f"(request {scene.request_id()})" in met.detail
    assert isinstance(met, TransientError) is issubclass(kind, TransientError)
    assert getattr(met, "retry_after", None) == retry_after


@pytest.mark.parametrize("status", [403, 429])
def test_a_spent_budget_waits_for_its_reset(scene: Scene, status: int) -> None:
    reset = int(scene.machine.time().timestamp()) + 300
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
    scene.fault(REPO, status=status, headers=headers)
    assert error(RateLimitError, lambda: scene.client().get(REPO)).retry_after == 301


def test_a_reset_that_is_past_waits_a_second(scene: Scene) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}
    scene.fault(REPO, status=403, headers=headers)
    assert error(RateLimitError, lambda: scene.client().get(REPO)).retry_after == 1


def test_a_secondary_limit_does_not_wait_for_the_reset_of_a_budget_that_is_not_spent(scene: Scene) -> None:
    headers = {"x-ratelimit-remaining": "900", "x-ratelimit-reset": "99999999999"}
    scene.fault(REPO, status=429, headers=headers)
    assert error(RateLimitError, lambda: scene.client().get(REPO)).retry_after == SECONDARY_WAIT


def test_a_lacking_permission_is_named_with_what_to_grant(scene: Scene) -> None:
    headers = {"x-accepted-github-permissions": "issues=write"}
    scene.fault(ISSUES, method="POST", status=403, headers=headers)
    met = error(PermissionDeniedError, lambda: scene.client().write("POST", ISSUES, {"title": "x"}))
    assert met.remedy == "Grant the token issues=write."
    assert met.problem == f"The token may not POST {ISSUES}."


def test_a_lacking_permission_without_a_name_still_says_what_to_do(scene: Scene) -> None:
    scene.fault(REPO, status=403)
    met = error(PermissionDeniedError, lambda: scene.client().get(REPO))
    assert met.remedy == "Grant the token what this needs."


def test_a_refused_token_is_told_how_to_pass_another(scene: Scene) -> None:
    met = error(UnauthenticatedError, lambda: scene.client("nobody's").get(REPO))
    assert "token: ${{ github.token }}" in met.remedy
    assert "Bad credentials" in met.detail
    assert "nobody's" not in str(met)


def test_what_github_says_is_cut(scene: Scene) -> None:
    scene.fault(REPO, status=422, body=f'{{"message": "{"x" * 5000}"}}')
    assert len(error(RejectedError, lambda: scene.client().get(REPO)).detail) < 500


def test_a_reset_connection_is_an_outage(scene: Scene) -> None:
    scene.fault(REPO, kind="reset")
    met = error(OutageError, lambda: scene.client().get(REPO))
    assert met.problem == f"GitHub did not answer GET {REPO}."
    assert met.detail == "ConnectionError"


def test_an_answer_that_never_comes_is_an_outage(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", 1)
    scene.fault(REPO, kind="hang")
    assert error(OutageError, lambda: scene.client().get(REPO)).detail == "ReadTimeout"


def test_in_a_hurry_an_answer_is_waited_for_a_second_and_nothing_is_asked_again(scene: Scene) -> None:
    scene.fault(REPO, kind="hang", times=None)
    client = scene.client()
    client.hurry()
    assert error(OutageError, lambda: client.read(REPO)).detail == "ReadTimeout"
    assert len(scene.asked("GET", REPO)) == 1
    assert scene.machine.slept == []


def test_half_an_answer_is_an_outage(scene: Scene) -> None:
    scene.fault(REPO, kind="truncate")
    error(OutageError, lambda: scene.client().get(REPO))


def test_an_answer_that_is_no_json_is_an_outage(scene: Scene) -> None:
    scene.fault(REPO, status=200, body='{"id": 1')
    met = error(OutageError, lambda: scene.client().get(REPO))
    assert met.problem == f"GitHub's answer to GET {REPO} cannot be read."
    assert f"(request {scene.request_id()})" in met.detail


def test_a_list_that_is_none_is_an_outage(scene: Scene) -> None:
    scene.fault(ISSUES, status=200, body='{"message": "hello"}')
    met = error(OutageError, lambda: list(scene.client().pages(ISSUES)))
    assert met.problem == "GitHub answered a list with something else."
    assert "request" in met.detail


def test_an_answer_without_a_request_id_names_none(scene: Scene) -> None:
    scene.fault(REPO, status=404, headers={"x-github-request-id": ""})
    assert "request" not in error(NotFoundError, lambda: scene.client().get(REPO)).detail


def test_an_empty_answer_has_no_data(scene: Scene) -> None:
    scene.fault(REPO, status=204, body="")
    assert scene.client().get(REPO).data is None


# Redirects ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_read_follows_a_redirect(scene: Scene, status: int) -> None:
    scene.fault("/repos/acme/old", status=status, headers={"location": f"{scene.url}{REPO}"})
    assert scene.client().get("/repos/acme/old").data["full_name"] == SHOP


def test_a_write_follows_to_where_something_was_moved(scene: Scene) -> None:
    scene.fault("/repos/acme/old", method="POST", status=301, headers={"location": f"{scene.url}{ISSUES}"})
    scene.client().write("POST", "/repos/acme/old", {"title": "x"})
    assert [issue.title for issue in scene.world.issues(SHOP)] == ["x"]


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_write_does_not_follow_a_temporary_redirect(scene: Scene, status: int) -> None:
    scene.fault("/repos/acme/old", method="POST", status=status, headers={"location": f"{scene.url}{ISSUES}"})
    error(OutageError, lambda: scene.client().write("POST", "/repos/acme/old", {"title": "x"}))
    assert scene.world.issues(SHOP) == []


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_to_another_host_is_an_outage_and_takes_no_token_there(scene: Scene, status: int) -> None:
    scene.fault(REPO, status=status, headers={"location": "http://evil.example/repos"})
    error(OutageError, lambda: scene.client().get(REPO))


@pytest.mark.parametrize("status", [301, 307])
def test_redirects_in_a_circle_are_an_outage(scene: Scene, status: int) -> None:
    for here, there in (("old", "older"), ("older", "old")):
        location = {"location": f"{scene.url}/repos/acme/{there}"}
        scene.fault(f"/repos/acme/{here}$", status=status, headers=location, times=None)
    error(OutageError, lambda: scene.client().get("/repos/acme/old"))
    assert len(scene.world.requests) == 3


@pytest.mark.parametrize("status", [301, 307])
def test_every_page_is_read_of_a_repository_that_was_renamed(scene: Scene, status: int) -> None:
    scene.client().write("POST", ISSUES, {"title": "x"})
    written = [scene.world.comment(SHOP, 1, "ann", f"{n}").id for n in range(150)]

    old = "/repos/acme/old/issues/1/comments"
    new = f"{scene.url}{ISSUES}/1/comments"
    for page in (1, 2):
        headers = {"location": f"{new}?per_page=100&page={page}"}
        scene.fault(old, status=status, headers=headers)
    scene.fault(old, status=404, times=None)
    assert [data["id"] for data in scene.client().pages(old)] == written


# Asking again ------------------------------------------------------------------------


def test_a_read_is_asked_again_until_it_is_answered(scene: Scene) -> None:
    scene.fault(REPO, kind="reset")
    scene.fault(REPO, status=502, body=HTML, times=2)
    assert scene.client().read(REPO).data["full_name"] == SHOP
    assert len(scene.asked("GET", REPO)) == 4
    assert len(scene.machine.slept) == 3
    assert all(seconds >= 0.5 for seconds in scene.machine.slept)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
def test_a_read_that_is_refused_is_not_asked_again(scene: Scene, status: int) -> None:
    scene.fault(REPO, status=status, times=None)
    with pytest.raises(GateError):
        scene.client().read(REPO)
    assert len(scene.asked("GET", REPO)) == 1


@pytest.mark.parametrize(("status", "asked"), [(429, 33), (403, 33), (503, 33)])
def test_as_long_is_waited_as_github_asks_for(scene: Scene, status: int, asked: int) -> None:
    scene.fault(REPO, status=status, headers={"retry-after": str(asked)})
    scene.client().read(REPO)
    assert len(scene.machine.slept) == 1
    assert scene.machine.slept[0] >= asked


def test_backing_off_takes_longer_each_time_but_never_more_than_half_a_minute(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    scene.fault(REPO, status=502, times=8)
    scene.client(patience=1000).read(REPO)
    assert scene.machine.slept == [1, 2, 4, 8, 16, 30, 30, 30]


def test_patience_ends_with_the_last_error(scene: Scene) -> None:
    scene.fault(REPO, status=502, times=None)
    error(OutageError, lambda: scene.client(patience=20).read(REPO))
    assert 0 < sum(scene.machine.slept) <= 20


def test_nobody_waits_for_what_is_past_the_patience(scene: Scene) -> None:
    scene.fault(REPO, status=429, headers={"retry-after": "91"}, times=None)
    error(RateLimitError, lambda: scene.client().read(REPO))
    assert scene.machine.slept == []


@pytest.mark.parametrize("how", [{"status": 502}, {"kind": "reset"}, {"kind": "after-effect"}])
def test_a_write_is_never_repeated(scene: Scene, how: dict[str, Any]) -> None:
    scene.fault(ISSUES, method="POST", times=None, **how)
    error(OutageError, lambda: scene.client().write("POST", ISSUES, {"title": "x"}))
    assert len(scene.asked("POST")) == 1
    assert scene.machine.slept == []


def test_every_page_is_read(scene: Scene) -> None:
    client = scene.client()
    client.write("POST", ISSUES, {"title": "x"})
    written = [scene.world.comment(SHOP, 1, "ann", f"{n}").id for n in range(250)]
    scene.fault(f"{ISSUES}/1/comments", status=502, first=2)
    assert [data["id"] for data in client.pages(f"{ISSUES}/1/comments")] == written
    asked = [request.query for request in scene.asked("GET", "/comments")]
    assert [query.get("page") for query in asked] == [None, "2", "2", "3"]
    assert {query["per_page"] for query in asked} == {"100"}


@pytest.mark.parametrize("last", [True, False], ids=["told", "not told"])
def test_from_the_end_every_page_is_read(scene: Scene, *, last: bool) -> None:
    client = scene.client()
    client.write("POST", ISSUES, {"title": "x"})
    written = [scene.world.comment(SHOP, 1, "ann", f"{n}").id for n in range(350)]

    def read(path: str, parameters: Mapping[str, str | int]) -> Answer:
        answer = client.get(path, parameters)
        link = answer.headers.get("link", "")
        return answer if last else replace(answer, headers={"link": re.sub(r'<[^>]+>; rel="last"', "", link)})

    pages = list(client.answers_backwards(read, f"{ISSUES}/1/comments"))
    read_ = [[data["id"] for data in page.data] for page in pages]
    assert read_ == [written[300:], written[200:300], written[100:200], written[:100]]
    asked = [request.query.get("page") for request in scene.asked("GET", "/comments")]
    assert asked == [None, *(["4"] if last else ["2", "3", "4"]), "3", "2", "1"]


def test_pages_that_do_not_lead_back_are_an_outage(scene: Scene) -> None:
    link = {"link": f'<{scene.url}{REPO}>; rel="next"'}
    scene.fault(ISSUES, status=200, body="[]", headers=link)
    met = error(OutageError, lambda: list(scene.client().answers_backwards(scene.client().get, ISSUES)))
    assert met.problem == "GitHub's last page does not lead back."


def test_pages_that_lead_in_a_circle_are_an_outage(scene: Scene) -> None:
    link = {"link": f'<{scene.url}{ISSUES}?page=2>; rel="next"'}
    scene.fault(ISSUES, status=200, body="[]", headers=link, times=None)
    met = error(OutageError, lambda: list(scene.client().pages(ISSUES)))
    assert met.problem == "GitHub's pages lead in a circle."
    assert len(scene.world.requests) == 2


# What is sent ------------------------------------------------------------------------


def test_requests_carry_the_version_the_name_and_the_token(scene: Scene) -> None:
    scene.client().get(REPO)
    headers = scene.world.requests[0].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"].startswith("approval-gate/")
    assert headers["authorization"].endswith(" app")


def test_another_version_of_the_api_can_be_asked(scene: Scene) -> None:
    scene.client(api_version="2026-03-10").get(REPO)
    assert scene.world.requests[0].headers["x-github-api-version"] == "2026-03-10"


def test_a_client_does_not_show_its_token(scene: Scene) -> None:
    assert repr(scene.client("a-secret")) == f"Client({scene.url!r})"


def test_the_same_thing_asked_with_its_tag_is_unchanged_and_free(scene: Scene) -> None:
    client = scene.client()
    first = client.get(REPO)
    again = client.get(REPO, etag=first.etag)
    assert (first.unchanged, again.unchanged, again.data) == (False, True, None)
    assert scene.world.requests[1].headers["if-none-match"] == first.etag
    assert client.charged == 0


# Time and budget ---------------------------------------------------------------------


def test_time_is_githubs(scene: Scene) -> None:
    scene.world.skew = timedelta(hours=-3)
    client = scene.client()
    client.get(REPO)
    scene.machine.seconds += 90
    assert client.now() == scene.machine.time() - timedelta(hours=3)


def test_before_any_answer_the_machines_time_has_to_do(scene: Scene) -> None:
    scene.fault(REPO, status=404, headers={"date": "yesterday or so"})
    client = scene.client()
    with pytest.raises(NotFoundError):
        client.get(REPO)
    assert abs(datetime.now(UTC) - client.now()) < timedelta(minutes=1)


def test_there_is_no_budget_before_github_names_it(scene: Scene) -> None:
    assert scene.client().budget(1) is None


def test_the_budget_is_what_the_headers_say(scene: Scene) -> None:
    client = scene.client()
    client.get(REPO)
    scene.machine.seconds += 600
    budget = client.budget(0.5)
    assert budget is not None
    assert (budget.remaining, budget.reset_in, budget.look_cost) == (4999, 3000, 0.5)


def test_what_is_charged_is_counted_even_if_others_spend_the_same_budget(scene: Scene) -> None:
    client, other = scene.client(), scene.client()
    client.get(REPO)
    assert client.charged == 0
    client.get(REPO)
    assert client.charged == 1
    other.get(REPO)
    client.get(REPO)
    assert client.charged == 3


def test_a_full_budget_again_is_no_charge(scene: Scene) -> None:
    client = scene.client()
    for _ in range(3):
        client.get(REPO)
    scene.machine.seconds += 4000
    client.get(REPO)
    assert client.charged == 2


def test_graphql_has_a_budget_of_its_own_and_is_charged_all_the_same(scene: Scene) -> None:
    client = scene.client()
    client.get(REPO)
    client.get(REPO)
    client.graphql("{ __typename }", {})
    client.get(REPO)
    assert client.charged == 3
    budget = client.budget(1)
    assert budget is not None
    assert budget.remaining == 4997


# GraphQL -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("[]", OutageError),
        ('{"data": null}', OutageError),
        ('{"data": {}, "errors": [{"message": "boom"}]}', OutageError),
        ('{"data": null, "errors": [{"type": "RATE_LIMITED", "message": "boom"}]}', RateLimitError),
        ('{"data": null, "errors": [{"type": "FORBIDDEN", "message": "boom"}]}', PermissionDeniedError),
        ('{"errors": [{"type": "INSUFFICIENT_SCOPES", "message": "boom"}]}', PermissionDeniedError),
        ('{"data": null, "errors": [{"type": "NOT_FOUND", "message": "boom"}]}', OutageError),
        (
            '{"data": {}, "errors": [{"type": "NOT_FOUND"}, {"type": "SERVICE", "message": "boom"}]}',
            OutageError,
        ),
    ],
)
def test_an_error_in_graphqls_answer_is_an_error(scene: Scene, body: str, kind: type[GateError]) -> None:
    scene.fault("/graphql", method="POST", status=200, body=body)
    met = error(kind, lambda: scene.client().graphql("{ __typename }", {}))
    assert ("boom" in body) == ("boom" in met.detail)
    assert met.detail.endswith(f"(request {scene.request_id()})")


def test_graphql_does_without_the_nodes_that_are_gone(scene: Scene) -> None:
    body = '{"data": {"nodes": [null]}, "errors": [{"type": "NOT_FOUND", "message": "gone"}, "odd"]}'
    scene.fault("/graphql", method="POST", status=200, body=body)
    assert scene.client().graphql("{ __typename }", {}) == {"nodes": [None]}


# Another shape -----------------------------------------------------------------------


def test_what_is_not_of_the_documented_shape_is_named_by_its_request(scene: Scene) -> None:
    scene.fault("/users/ann", status=200, body='{"hello": 1}')
    met = error(OutageError, lambda: scene.people().user("ann"))
    assert met.detail == f"KeyError: 'id' (request {scene.request_id()})"


# Settling ----------------------------------------------------------------------------


def trying(answers: list[Exception | str]) -> Callable[[], str]:
    def write() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return write


def settled(client: Client, answers: list[Exception | str], there: list[str | None]) -> str:
    return client.settle(trying(answers), lambda: there.pop(0))


def test_what_went_well_is_not_looked_up(scene: Scene) -> None:
    assert settled(scene.client(), ["written"], []) == "written"


def test_what_was_lost_is_found_and_not_written_again(scene: Scene) -> None:
    assert settled(scene.client(), [OutageError("lost")], ["found"]) == "found"


def test_what_is_not_there_is_written_again(scene: Scene) -> None:
    assert (
        settled(scene.client(), [OutageError("lost"), OutageError("lost"), "written"], [None, None])
        == "written"
    )


def test_what_may_be_hidden_yet_is_looked_up_again_before_it_is_written_again(scene: Scene) -> None:
    sought: list[float] = []
    write = trying([OutageError("lost"), OutageError("lost"), "written"])

    def found() -> None:
        sought.append(scene.machine.seconds - 100)

    assert scene.client().settle(write, found, lag=10) == "written"
    first, second, third, fourth = sought
    assert [second, fourth] == pytest.approx([10, 20])
    assert (0 < first < 2, 10 < third < 15) == (True, True)


def test_a_stop_signal_has_what_may_be_hidden_written_no_more(scene: Scene) -> None:
    client = scene.client()

    def sleep(_seconds: float) -> bool:
        return True

    scene.machine.sleep = sleep  # type: ignore[method-assign, assignment]
    tries: list[Exception | str] = [OutageError("lost"), "written"]
    error(OutageError, lambda: client.settle(trying(tries), lambda: None, lag=10))
    assert tries == ["written"]


def test_what_was_refused_is_neither_looked_up_nor_written_again(scene: Scene) -> None:
    error(RejectedError, lambda: settled(scene.client(), [RejectedError("no")], []))
