"""One request: what each answer means, and which requests are retried."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from approval_gate.core.timing import SECONDARY_WAIT
from approval_gate.errors import (
    GateError,
    IssueGoneError,
    LockedError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    RetiredError,
    TransientError,
    UnauthenticatedError,
)
from approval_gate.github import paging, wire
from approval_gate.github.client import Client
from approval_gate.github.deadline import _Response
from approval_gate.github.parse import Answer
from approval_gate.github.wire import static_token
from tests.github.scene import ISSUES, SHOP, Machine, Scene, error

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
        (410, {}, None, RetiredError, None),
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


def test_a_reset_in_the_past_waits_a_second(scene: Scene) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}
    scene.fault(REPO, status=403, headers=headers)
    assert error(RateLimitError, lambda: scene.client().get(REPO)).retry_after == 1


def test_a_secondary_limit_does_not_wait_for_the_reset_of_a_budget_that_is_not_spent(scene: Scene) -> None:
    headers = {"x-ratelimit-remaining": "900", "x-ratelimit-reset": "99999999999"}
    scene.fault(REPO, status=429, headers=headers)
    assert error(RateLimitError, lambda: scene.client().get(REPO)).retry_after == SECONDARY_WAIT


def test_a_missing_permission_is_named_with_the_grant(scene: Scene) -> None:
    headers = {"x-accepted-github-permissions": "issues=write"}
    scene.fault(ISSUES, method="POST", status=403, headers=headers)
    met = error(PermissionDeniedError, lambda: scene.client().write("POST", ISSUES, {"title": "x"}))
    assert met.remedy == "Grant the token `issues: write`."
    assert met.problem == f"The token is not allowed to POST {ISSUES}."


@pytest.mark.parametrize(
    ("accepted", "granted"),
    [
        ("issues=write; pull_requests=write", "`issues: write`"),
        ("pull_requests=write; issues=write", "`issues: write`"),
        ("contents=read,actions=read", "`contents: read` and `actions: read`"),
        ("contents=read, actions=read; metadata=read", "`contents: read` and `actions: read`"),
        ("allows_permissionless_access=true; metadata=read", "`metadata: read`"),
        (
            "pull_requests=write,contents=read; issues=write,contents=read",
            "`issues: write` and `contents: read`",
        ),
        ("allows_permissionless_access=true", "what this needs"),
        (";,", "what this needs"),
    ],
)
def test_of_alternative_permissions_one_is_named_and_of_joint_ones_all(
    scene: Scene, accepted: str, granted: str
) -> None:
    scene.fault(REPO, status=403, headers={"x-accepted-github-permissions": accepted})
    assert (
        error(PermissionDeniedError, lambda: scene.client().get(REPO)).remedy == f"Grant the token {granted}."
    )


def test_a_comment_needs_the_permission_to_write_issues(scene: Scene) -> None:
    scene.client().write("POST", ISSUES, {"title": "x"})
    scene.world.tokens["app"].permissions = {"issues": "read"}
    met = error(
        PermissionDeniedError, lambda: scene.client().write("POST", f"{ISSUES}/1/comments", {"body": "x"})
    )
    assert scene.world.requests[-1].answer_headers["x-accepted-github-permissions"] == (
        "issues=write; pull_requests=write"
    )
    assert met.remedy == "Grant the token `issues: write`."


def test_a_locked_conversation_is_named_as_the_cause(scene: Scene) -> None:
    scene.client().write("POST", ISSUES, {"title": "x"})
    comment = scene.world.comment(SHOP, 1, "ann", "hello")
    scene.world.issue(SHOP, 1).locked = True
    for path, body in (
        (f"{ISSUES}/1/comments", {"body": "x"}),
        (f"{ISSUES}/comments/{comment.id}/reactions", {"content": "+1"}),
    ):
        met = error(LockedError, partial(scene.client().write, "POST", path, body))
        assert met.problem == "The conversation is locked, and GitHub lets no app write there."


def test_a_missing_permission_without_a_name_still_has_a_remedy(scene: Scene) -> None:
    scene.fault(REPO, status=403)
    met = error(PermissionDeniedError, lambda: scene.client().get(REPO))
    assert met.remedy == "Grant the token what this needs."


def test_a_refused_token_has_a_remedy(scene: Scene) -> None:
    met = error(UnauthenticatedError, lambda: scene.client("nobody's").get(REPO))
    assert "token: ${{ github.token }}" in met.remedy
    assert "Bad credentials" in met.detail
    assert "nobody's" not in str(met)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"message": "No", "errors": [{"resource": "Label", "field": "name"}]}', "No: Label.name"),
        ('{"message": "No", "errors": [{"field": "body", "code": "x", "message": "y"}]}', "No: body: x, y"),
        ('{"message": "No", "errors": [{"code": "a"}, {"message": "b"}]}', "No: a; b"),
        ('{"message": "No", "errors": ["No commit", {"resource": "Issue"}]}', "No: No commit; Issue"),
        ('{"message": "No", "errors": "of some other shape"}', "No: of some other shape"),
        ('{"errors": [{"code": "invalid"}]}', "invalid"),
        ('{"message": "Validation Failed", "errors": []}', "Validation Failed"),
        ('{"message": 1, "errors": null}', ""),
    ],
)
def test_a_rejection_is_reported_and_is_not_an_outage(scene: Scene, body: str, said: str) -> None:
    scene.fault(REPO, status=422, body=body)
    met = error(RejectedError, lambda: scene.client().get(REPO))
    told = f": {said}" if said else ""
    assert met.detail == f"GitHub answered 422 to GET {REPO}{told} (request {scene.request_id()})"
    assert met.code == "internal"


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["x" * 51], "Label.name: invalid, name is too long (maximum is 50 characters)"),
        (["a", "é" * 68], "Label.name: invalid, name is too long (maximum is 50 characters)"),
    ],
)
def test_a_label_that_github_rejects_is_named(scene: Scene, labels: list[str], said: str) -> None:
    content = {"title": "x", "labels": labels}
    assert said in error(RejectedError, lambda: scene.client().write("POST", ISSUES, content)).detail
    scene.client().write("POST", ISSUES, {"title": "x", "labels": ["x" * 50]})


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Issues are disabled for this repo", IssueGoneError),
        ("This issue was deleted", IssueGoneError),
        ("API version 2022-11-28 is no longer supported.", RetiredError),
    ],
)
def test_a_deleted_issue_is_not_mistaken_for_a_retired_api_version(
    scene: Scene, message: str, kind: type[GateError]
) -> None:
    scene.fault(ISSUES, status=410, body=json.dumps({"message": message}))
    error(kind, lambda: scene.client().get(ISSUES))


@pytest.mark.parametrize("version", ["2022-11-28", "2026-03-10"])
def test_a_retired_version_of_the_api_is_named(scene: Scene, version: str) -> None:
    scene.world.retired = {version}
    for path in (REPO, ISSUES, "/users/ann"):
        met = error(RetiredError, partial(scene.client(api_version=version).get, path))
        assert met.problem == f"GitHub no longer answers version {version} of its API."
    scene.client(api_version="2027-01-01").get(REPO)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, ""),
        ({"sunset": "Wed, 10 Mar 2027 00:00:00 GMT"}, "Sunset: Wed, 10 Mar 2027 00:00:00 GMT"),
        ({"deprecation": "@1741564800", "sunset": "soon"}, "Deprecation: @1741564800, Sunset: soon"),
    ],
)
def test_the_end_of_a_version_is_known_before_it_comes(
    scene: Scene, headers: dict[str, str], said: str
) -> None:
    scene.world.sunset = headers
    client = scene.client()
    client.get(REPO)
    scene.world.sunset = {}
    client.get(REPO)
    assert client.meter.deprecation == said


def test_a_long_message_from_github_is_cut(scene: Scene) -> None:
    scene.fault(REPO, status=422, body=f'{{"message": "{"x" * 5000}"}}')
    assert len(error(RejectedError, lambda: scene.client().get(REPO)).detail) < 500


def test_a_reset_connection_is_an_outage(scene: Scene) -> None:
    scene.fault(REPO, kind="reset")
    met = error(OutageError, lambda: scene.client().get(REPO))
    assert met.problem == f"GitHub did not answer GET {REPO}."
    assert met.detail == "ConnectionError"


def test_an_answer_that_never_comes_is_an_outage(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT", 1)
    scene.fault(REPO, kind="hang")
    assert error(OutageError, lambda: scene.client().get(REPO)).detail == "ReadTimeout"


def test_with_short_timeouts_a_read_waits_a_second_and_is_not_retried(scene: Scene) -> None:
    scene.fault(REPO, kind="hang", times=None)
    client = scene.client()
    client.shorten_timeouts()
    assert error(OutageError, lambda: client.read(REPO)).detail == "ReadTimeout"
    assert len(scene.asked("GET", REPO)) == 1
    assert scene.machine.slept == []


@contextmanager
def dripping(head: bytes) -> Iterator[str]:
    """A server that sends some bytes at once and then single ones, often enough to prevent a read timeout."""
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(head)
                while not stop.wait(0.02):
                    connection.sendall(b"1")
            except OSError:
                return

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(5)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["the status", "a header", "a body", "a chunk", "a body without a length"],
)
@pytest.mark.parametrize("hurried", [False, True])
def test_a_request_has_a_total_time_limit_even_if_bytes_keep_arriving(
    monkeypatch: pytest.MonkeyPatch, head: bytes, *, hurried: bool
) -> None:
    monkeypatch.setattr(wire, "REQUEST_TIMEOUT", 0.4)
    began, threads = time.monotonic(), threading.active_count()
    with dripping(head) as url:
        client = Client(static_token("x"), url, Machine())
        if hurried:
            client.shorten_timeouts()
        met = error(OutageError, lambda: client.get(REPO))
        assert 0.3 < time.monotonic() - began < 3
        assert threading.active_count() == threads + 1  # the server's own
    assert met.problem == f"GitHub did not answer GET {REPO}."


def test_a_request_can_take_fifteen_seconds_in_all_and_two_with_short_timeouts(scene: Scene) -> None:
    for hurried, total in ((False, 15.0), (True, 2.0)):
        client = scene.client()
        if hurried:
            client.shorten_timeouts()
        client.get(REPO)
        requester: Any = client._wire._requester
        session = requester._Requester__createConnection().session
        assert session.get_adapter("https://api.github.com")._total == total


def test_each_request_on_a_connection_has_the_whole_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "REQUEST_TIMEOUT", 0.5)
    client = scene.client()
    until = time.monotonic() + 0.7
    while time.monotonic() < until:
        client.get(REPO)


def test_a_response_interrupted_before_it_has_a_file_is_dropped_silently() -> None:
    # Python closes the response when it frees it; an error then would be printed into the job's log.
    response = _Response.__new__(_Response)
    response.close()


def test_a_truncated_answer_is_an_outage(scene: Scene) -> None:
    scene.fault(REPO, kind="truncate")
    error(OutageError, lambda: scene.client().get(REPO))


def test_an_answer_that_is_not_json_is_an_outage(scene: Scene) -> None:
    scene.fault(REPO, status=200, body='{"id": 1')
    met = error(OutageError, lambda: scene.client().get(REPO))
    assert met.problem == f"GitHub's answer to GET {REPO} cannot be read."
    assert f"(request {scene.request_id()})" in met.detail


def test_an_answer_that_is_not_a_list_is_an_outage(scene: Scene) -> None:
    scene.fault(ISSUES, status=200, body='{"message": "hello"}')
    met = error(OutageError, lambda: list(scene.client().pages(ISSUES)))
    assert met.problem == "GitHub answered a list with something else."
    assert "request" in met.detail


def test_an_error_without_a_request_id_does_not_name_one(scene: Scene) -> None:
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


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_write_is_sent_again_with_its_body_to_the_target_of_a_redirect(scene: Scene, status: int) -> None:
    scene.fault("/repos/acme/old", method="POST", status=status, headers={"location": f"{scene.url}{ISSUES}"})
    scene.client().write("POST", "/repos/acme/old", {"title": "x"})
    assert [issue.title for issue in scene.world.issues(SHOP)] == ["x"]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_to_another_host_is_an_outage_and_sends_no_token(
    scene: Scene, method: str, status: int
) -> None:
    scene.fault(REPO, method=method, status=status, headers={"location": "http://evil.example/repos"})
    met = error(OutageError, lambda: scene.client().write(method, REPO))
    assert met.problem == f"GitHub redirected {method} {REPO} elsewhere."


def test_a_renamed_repository_is_found_by_its_former_name_for_reads_and_writes(scene: Scene) -> None:
    client = scene.client()
    client.write("POST", ISSUES, {"title": "x"})
    scene.world.rename_repo(SHOP, "acme/store")
    client.write("POST", f"{ISSUES}/1/comments", {"body": "said"})
    client.write("PATCH", f"{ISSUES}/1", {"state": "closed"})
    client.write("POST", f"{ISSUES}/1/labels", {"labels": ["done"]})
    client.write("POST", f"{ISSUES}/1/assignees", {"assignees": ["ann"]})
    issue = scene.world.issue("acme/store", 1)
    assert (issue.state, issue.labels, [c.body for c in issue.comments]) == ("closed", ["done"], ["said"])
    client.write("DELETE", f"{ISSUES}/comments/{issue.comments[0].id}")
    assert issue.comments == []
    assert client.get(REPO).data["full_name"] == "acme/store"
    assert [it["number"] for it in client.pages(ISSUES, {"state": "all"})] == [1]
    statuses = {(r.method, r.status) for r in scene.world.requests if r.path.startswith("/repos/")}
    assert {("GET", 301), ("PATCH", 307), ("POST", 307), ("DELETE", 307)} <= statuses


def test_a_new_repository_with_the_former_name_is_a_different_one(scene: Scene) -> None:
    scene.world.rename_repo(SHOP, "acme/store")
    scene.world.repo(SHOP, private=False)
    assert scene.client().get(REPO).data["full_name"] == SHOP


def test_issues_are_paged_by_a_cursor_without_a_link_to_the_last_page(scene: Scene) -> None:
    for number in range(120):
        scene.world.open_issue(SHOP, "ann", f"{number}", "")
    seen: list[int] = []
    for item in scene.client().pages(ISSUES):
        if not seen:
            scene.world.close_issue(SHOP, 120, by="ann")
            scene.world.close_issue(SHOP, 60, by="ann")
        seen.append(item["number"])
    assert seen == list(range(120, 0, -1))
    first = next(r for r in scene.world.requests if r.path == ISSUES)
    assert 'rel="last"' not in first.answer_headers["link"]
    assert "after=" in first.answer_headers["link"]


@pytest.mark.parametrize("status", [301, 307])
def test_redirects_that_form_a_loop_are_an_outage(scene: Scene, status: int) -> None:
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


# Retries ------------------------------------------------------------------------


def test_a_read_is_retried_until_it_succeeds(scene: Scene) -> None:
    scene.fault(REPO, kind="reset")
    scene.fault(REPO, status=502, body=HTML, times=2)
    assert scene.client().read(REPO).data["full_name"] == SHOP
    assert len(scene.asked("GET", REPO)) == 4
    assert len(scene.machine.slept) == 3
    assert all(seconds >= 0.5 for seconds in scene.machine.slept)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
def test_a_refused_read_is_not_retried(scene: Scene, status: int) -> None:
    scene.fault(REPO, status=status, times=None)
    with pytest.raises(GateError):
        scene.client().read(REPO)
    assert len(scene.asked("GET", REPO)) == 1


@pytest.mark.parametrize(("status", "asked"), [(429, 33), (403, 33), (503, 33)])
def test_a_retry_waits_as_long_as_github_asks(scene: Scene, status: int, asked: int) -> None:
    scene.fault(REPO, status=status, headers={"retry-after": str(asked)})
    scene.client().read(REPO)
    assert len(scene.machine.slept) == 1
    assert scene.machine.slept[0] >= asked


def test_each_retry_waits_longer_than_the_last_up_to_half_a_minute(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    scene.fault(REPO, status=502, times=8)
    scene.client(retry_limit=1000).read(REPO)
    assert scene.machine.slept == [1, 2, 4, 8, 16, 30, 30, 30]


def test_at_the_retry_limit_the_last_error_is_raised(scene: Scene) -> None:
    scene.fault(REPO, status=502, times=None)
    error(OutageError, lambda: scene.client(retry_limit=20).read(REPO))
    assert 0 < sum(scene.machine.slept) <= 20


def test_a_wait_beyond_the_retry_limit_is_not_begun(scene: Scene) -> None:
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


@pytest.mark.parametrize("last", [True, False], ids=["last page linked", "last page not linked"])
def test_every_page_is_read_from_the_end(scene: Scene, *, last: bool) -> None:
    client = scene.client()
    client.write("POST", ISSUES, {"title": "x"})
    written = [scene.world.comment(SHOP, 1, "ann", f"{n}").id for n in range(350)]

    def read(path: str, parameters: Mapping[str, str | int]) -> Answer:
        answer = client.get(path, parameters)
        link = answer.headers.get("link", "")
        return answer if last else replace(answer, headers={"link": re.sub(r'<[^>]+>; rel="last"', "", link)})

    pages = list(paging.backward(read, f"{ISSUES}/1/comments"))
    read_ = [[data["id"] for data in page.data] for page in pages]
    assert read_ == [written[300:], written[200:300], written[100:200], written[:100]]
    asked = [request.query.get("page") for request in scene.asked("GET", "/comments")]
    assert asked == [None, *(["4"] if last else ["2", "3", "4"]), "3", "2", "1"]


def test_pages_without_a_link_back_are_an_outage(scene: Scene) -> None:
    link = {"link": f'<{scene.url}{REPO}>; rel="next"'}
    scene.fault(ISSUES, status=200, body="[]", headers=link)
    met = error(OutageError, lambda: list(paging.backward(scene.client().get, ISSUES)))
    assert met.problem == "GitHub's last page does not lead back."


def test_pages_that_form_a_loop_are_an_outage(scene: Scene) -> None:
    link = {"link": f'<{scene.url}{ISSUES}?page=2>; rel="next"'}
    scene.fault(ISSUES, status=200, body="[]", headers=link, times=None)
    met = error(OutageError, lambda: list(scene.client().pages(ISSUES)))
    assert met.problem == "GitHub's pages lead in a circle."
    assert len(scene.world.requests) == 2


# Requests ------------------------------------------------------------------------


def test_requests_carry_the_version_the_name_and_the_token(scene: Scene) -> None:
    scene.client().get(REPO)
    headers = scene.world.requests[0].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"].startswith("approval-gate/")
    assert headers["authorization"].endswith(" app")


def test_another_version_of_the_api_can_be_requested(scene: Scene) -> None:
    scene.client(api_version="2026-03-10").get(REPO)
    assert scene.world.requests[0].headers["x-github-api-version"] == "2026-03-10"


def test_a_client_does_not_show_its_token(scene: Scene) -> None:
    assert repr(scene.client("a-secret")) == f"Client({scene.url!r})"


def test_a_conditional_request_is_unchanged_and_free(scene: Scene) -> None:
    client = scene.client()
    first = client.get(REPO)
    again = client.get(REPO, etag=first.etag)
    assert (first.unchanged, again.unchanged, again.data) == (False, True, None)
    assert scene.world.requests[1].headers["if-none-match"] == first.etag
    assert client.requests_used == 0


# Time and budget ---------------------------------------------------------------------


def test_time_is_githubs(scene: Scene) -> None:
    scene.world.skew = timedelta(hours=-3)
    client = scene.client()
    client.get(REPO)
    scene.machine.seconds += 90
    assert client.now() == scene.machine.time() - timedelta(hours=3)


def test_before_any_answer_the_machines_time_is_used(scene: Scene) -> None:
    scene.fault(REPO, status=404, headers={"date": "yesterday or so"})
    client = scene.client()
    with pytest.raises(NotFoundError):
        client.get(REPO)
    assert abs(datetime.now(UTC) - client.now()) < timedelta(minutes=1)


def test_the_budget_is_unknown_before_the_first_answer(scene: Scene) -> None:
    assert scene.client().budget(1) is None


def test_the_budget_is_read_from_the_headers(scene: Scene) -> None:
    client = scene.client()
    client.get(REPO)
    scene.machine.seconds += 600
    budget = client.budget(0.5)
    assert budget is not None
    assert (budget.remaining, budget.reset_in, budget.poll_cost) == (4999, 3000, 0.5)


def test_charged_requests_are_counted_even_if_others_share_the_budget(scene: Scene) -> None:
    client, other = scene.client(), scene.client()
    client.get(REPO)
    assert client.requests_used == 0
    client.get(REPO)
    assert client.requests_used == 1
    other.get(REPO)
    client.get(REPO)
    assert client.requests_used == 3


def test_a_reset_budget_is_not_counted_as_a_charge(scene: Scene) -> None:
    client = scene.client()
    for _ in range(3):
        client.get(REPO)
    scene.machine.seconds += 4000
    client.get(REPO)
    assert client.requests_used == 2


def test_graphql_has_a_separate_budget_and_is_counted(scene: Scene) -> None:
    client = scene.client()
    client.get(REPO)
    client.get(REPO)
    client.graphql("{ __typename }", {})
    client.get(REPO)
    assert client.requests_used == 3
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
        ('{"data": null, "errors": [{"type": "RATE_LIMIT", "message": "boom"}]}', RateLimitError),
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


@pytest.mark.parametrize("kind", ["RATE_LIMIT", "RATE_LIMITED"])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "+300"}, 301),
        ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": "+40"}, 41),
        ({"x-ratelimit-reset": "+300", "retry-after": "5"}, 5),
        ({}, SECONDARY_WAIT),
    ],
)
def test_graphqls_limit_waits_for_its_reset(
    scene: Scene, kind: str, headers: dict[str, str], wait: float
) -> None:
    now = int(scene.machine.time().timestamp())
    told = {name: str(now + int(value)) if "+" in value else value for name, value in headers.items()}
    body = json.dumps({"errors": [{"type": kind, "message": "API rate limit already exceeded"}]})
    scene.fault("/graphql", method="POST", status=200, headers=told, body=body)
    met = error(RateLimitError, lambda: scene.client().graphql("{ __typename }", {}))
    assert (met.retry_after, met.code) == (wait, "rate-limit")


def test_a_spent_budget_of_graphql_is_a_rate_limit_until_its_reset(scene: Scene) -> None:
    scene.world.tokens["app"].limit = 1
    client = scene.client()
    client.graphql("{ __typename }", {})
    scene.machine.seconds += 600
    assert error(RateLimitError, lambda: client.graphql("{ __typename }", {})).retry_after == 3001
    scene.machine.seconds += 3001
    client.graphql("{ __typename }", {})


def test_graphql_nodes_that_are_gone_are_left_out(scene: Scene) -> None:
    body = '{"data": {"nodes": [null]}, "errors": [{"type": "NOT_FOUND", "message": "gone"}, "odd"]}'
    scene.fault("/graphql", method="POST", status=200, body=body)
    assert scene.client().graphql("{ __typename }", {}) == {"nodes": [None]}


# Another shape -----------------------------------------------------------------------


def test_an_undocumented_answer_is_reported_with_its_request(scene: Scene) -> None:
    scene.fault("/users/ann", status=200, body='{"hello": 1}')
    met = error(OutageError, lambda: scene.people().user("ann"))
    assert met.detail == f"KeyError: 'id' (request {scene.request_id()})"


# Writing once ----------------------------------------------------------------------------


def trying(answers: list[Exception | str]) -> Callable[[], str]:
    def write() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return write


def written_once(client: Client, answers: list[Exception | str], there: list[str | None]) -> str:
    return client.write_once(trying(answers), lambda: there.pop(0))


def test_a_successful_write_is_not_looked_up(scene: Scene) -> None:
    assert written_once(scene.client(), ["written"], []) == "written"


def test_a_write_whose_response_was_lost_is_found_and_not_repeated(scene: Scene) -> None:
    assert written_once(scene.client(), [OutageError("lost")], ["found"]) == "found"


def test_a_lost_write_is_repeated(scene: Scene) -> None:
    assert (
        written_once(scene.client(), [OutageError("lost"), OutageError("lost"), "written"], [None, None])
        == "written"
    )


def test_a_write_is_looked_up_again_after_the_lag_before_it_is_repeated(scene: Scene) -> None:
    sought: list[float] = []
    write = trying([OutageError("lost"), OutageError("lost"), "written"])

    def found() -> None:
        sought.append(scene.machine.seconds - 100)

    assert scene.client().write_once(write, found, lag=10) == "written"
    first, second, third, fourth = sought
    assert [second, fourth] == pytest.approx([10, 20])
    assert (0 < first < 2, 10 < third < 15) == (True, True)


def test_after_a_stop_signal_a_lost_write_is_not_repeated(scene: Scene) -> None:
    client = scene.client()

    def sleep(_seconds: float) -> bool:
        return True

    scene.machine.sleep = sleep  # type: ignore[method-assign, assignment]
    tries: list[Exception | str] = [OutageError("lost"), "written"]
    error(OutageError, lambda: client.write_once(trying(tries), lambda: None, lag=10))
    assert tries == ["written"]


def test_a_refused_write_is_neither_looked_up_nor_repeated(scene: Scene) -> None:
    error(RejectedError, lambda: written_once(scene.client(), [RejectedError("no")], []))
