"""The embedded GitHub, tested over HTTP with a plain client."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests
from github import Auth
from openapi_spec_validator import validate

from approval_gate.emulator import Fault, World, graphql, serve
from approval_gate.emulator.world import NotAllowedError
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, RUN, scene
from tests.emulator import certificate
from tests.emulator.conformance import check_all, description
from tests.whole.keys import pair

REPO = f"/repos/{REPOSITORY}"
ISSUE = f"{REPO}/issues/1"


class GitHub:
    """A client that adds nothing to a request but a token."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url
        self.time = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
        world._clock = lambda: self.time

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        sent = {"Authorization": "token demo-app-token"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else f"{self.url}{path}"
        return requests.request(method, url, json=body, headers=sent, timeout=10, allow_redirects=False)

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.ask("GET", path, **headers)

    def query(self, text: str, **variables: object) -> dict[str, object]:
        return dict(self.ask("POST", "/graphql", {"query": text, "variables": variables}).json())


@pytest.fixture
def github() -> Iterator[GitHub]:
    world = scene()
    with serve(world) as server:
        client = GitHub(world, server.url)
        client.ask("POST", f"{REPO}/issues", {"title": "A request", "labels": ["deployment"]})
        yield client
        check_all(world)


def test_githubs_description_of_its_api_is_a_valid_one() -> None:
    _, whole = description()
    validate(whole)


def test_a_request_and_its_answer_each_take_half_of_the_delay() -> None:
    world = scene()
    received = []
    world.script.append(lambda _: received.append(time.monotonic()))
    with serve(world, delay=0.2) as server:
        sent = time.monotonic()
        answer = requests.get(
            f"{server.url}{REPO}", headers={"Authorization": "token demo-app-token"}, timeout=10
        )
        answered = time.monotonic()
    assert answer.ok
    assert received[0] - sent >= 0.1
    assert answered - received[0] >= 0.1


def test_a_page_has_30_items_by_default_and_at_most_100(github: GitHub) -> None:
    for number in range(150):
        github.world.comment(REPOSITORY, 1, "ann", str(number))
    first = github.get(f"{ISSUE}/comments")
    assert len(first.json()) == 30
    assert set(first.links) == {"next", "last"}
    whole = github.get(f"{ISSUE}/comments?per_page=500")
    assert len(whole.json()) == 100
    rest = github.get(whole.links["next"]["url"])
    assert [comment["body"] for comment in rest.json()] == [str(number) for number in range(100, 150)]
    assert set(rest.links) == {"prev", "first"}


def test_links_to_pages_use_the_repository_id_so_they_survive_a_rename(github: GitHub) -> None:
    for number in range(40):
        github.world.comment(REPOSITORY, 1, "ann", str(number))
    following = github.get(f"{ISSUE}/comments").links["next"]["url"]
    number = github.world.repos[REPOSITORY].id
    assert following == f"{github.url}/repositories/{number}/issues/1/comments?page=2"
    github.world.rename_repo(REPOSITORY, "acme/store")
    assert [comment["body"] for comment in github.get(following).json()] == [str(it) for it in range(30, 40)]
    assert github.world.requests[-1].path == "/repos/acme/store/issues/1/comments"
    assert github.get(f"{REPO}/issues/1").status_code == 301


def test_an_unchanged_response_is_304_and_free(github: GitHub) -> None:
    first = github.get(ISSUE)
    again = github.get(ISSUE, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in (first, again)]
    assert left[0] == left[1]
    assert github.get(ISSUE).headers["ETag"] == first.headers["ETag"]
    github.world.comment(REPOSITORY, 1, "ann", "hello")
    assert github.get(ISSUE, If_None_Match=first.headers["ETag"]).status_code == 200
    other = github.get(ISSUE, Authorization="token demo-job-token")
    assert other.headers["ETag"] != github.get(ISSUE).headers["ETag"]


def test_an_exhausted_rate_limit_refuses_until_the_hour_is_over(github: GitHub) -> None:
    github.world.tokens["demo-app-token"].limit = 3
    assert [github.get(ISSUE).status_code for _ in range(4)] == [200, 200, 403, 403]
    refused = github.get(ISSUE)
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "rate limit exceeded" in refused.json()["message"]
    assert github.get("/rate_limit").json()["resources"]["core"]["used"] == 3
    github.time += timedelta(hours=1, seconds=1)
    assert github.get(ISSUE).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/user", 403),
        ("/users/nobody", 404),
        ("/users/ANN", 200),
        ("/repos/acme/none", 404),
        ("/orgs/acme/teams/none", 404),
        (f"{REPO}/contents/.github/CODEOWNERS", 200),
        (f"{REPO}/contents/.github/CODEOWNERS?ref=other", 404),
        (f"{REPO}/contents/.github", 200),
        (f"{REPO}/contents/none", 404),
        (f"{REPO}/contents/.git", 404),
        (f"{REPO}/collaborators/nobody/permission", 404),
        (f"{REPO}/git/ref/tags/v1.2.3", 200),
        (f"{REPO}/git/ref/tags/v9", 404),
        (f"{REPO}/git/ref/heads/main", 200),
        (f"{REPO}/git/ref/heads/v9", 404),
        (f"{REPO}/git/ref/heads/mai", 404),
        (f"{REPO}/commits/{COMMIT}", 422),
        (f"{REPO}/git/tags/{COMMIT}", 404),
        (f"{REPO}/actions/runs/{RUN}/attempts/1", 200),
        (f"{REPO}/actions/runs/{RUN}/attempts/2", 404),
        (f"{REPO}/issues/99", 404),
        (f"{REPO}/issues/comments/99", 404),
        ("/api/v3/users/ann", 200),
    ],
)
def test_an_object_is_found_only_if_it_exists(github: GitHub, path: str, status: int) -> None:
    assert github.get(path).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body", "what"),
    [
        ("GET", "/nothing/of/the/kind", None, "GET /nothing/of/the/kind"),
        ("GET", f"{REPO}/releases", None, f"GET {REPO}/releases"),
        ("DELETE", ISSUE, None, f"DELETE {ISSUE}"),
        ("GET", f"{REPO}/issues?creator=ann", None, f"the parameter creator of GET {REPO}/issues"),
        (
            "PATCH",
            ISSUE,
            {"milestone": 1, "type": "x"},
            f"milestone in the body and type in the body of PATCH {ISSUE}",
        ),
        (
            "POST",
            f"{ISSUE}/comments",
            ["x"],
            f"a body that is not an object of POST {ISSUE}/comments",
        ),
    ],
)
def test_an_unsupported_request_is_refused_and_fails_the_test(
    github: GitHub, method: str, path: str, body: object, what: str
) -> None:
    refused = github.ask(method, path, body)
    assert (refused.status_code, refused.json()["message"]) == (
        501,
        f"The embedded GitHub does not have {what}.",
    )
    with pytest.raises(AssertionError):
        check_all(github.world)
    forget(github)


def forget(github: GitHub) -> None:
    """Forget the requests so far, unsupported ones included, so that they do not fail the test."""
    github.world.requests.clear()
    github.world.unknown.clear()


def test_a_field_of_githubs_schema_that_is_not_implemented_is_an_error_and_not_null(github: GitHub) -> None:
    node = github.world.issue(REPOSITORY, 1).node_id
    schema = graphql._schema()
    schema.type_map["Issue"].fields["locked"] = schema.type_map["Issue"].fields["title"]  # type: ignore[attr-defined]
    try:
        answer = github.query("query($id: ID!) { node(id: $id) { ... on Issue { locked } } }", id=node)
    finally:
        del schema.type_map["Issue"].fields["locked"]  # type: ignore[attr-defined]
    assert "does not have the field Issue.locked" in str(answer["errors"])
    assert github.world.unknown == ["the field Issue.locked"]
    forget(github)


def test_what_a_token_cannot_see_is_not_found(github: GitHub) -> None:
    world = github.world
    world.token("other", login="x[bot]", app="x", permissions={"issues": "write"}, repos=["acme/else"])
    world.token("stranger", login="mallory")
    assert github.get(REPO, Authorization="token other").status_code == 404
    assert github.get("/orgs/acme/teams/devops-team", Authorization="token demo-job-token").status_code == 404
    assert github.get("/orgs/acme/teams/devops-team", Authorization="token stranger").status_code == 404
    assert github.get("/user", Authorization="token stranger").json()["login"] == "mallory"
    assert github.get(ISSUE, Authorization="token none").status_code == 401
    world.tokens["stranger"].revoked = True
    assert github.get("/user", Authorization="token stranger").status_code == 401


def test_a_refusal_names_the_missing_permission(github: GitHub) -> None:
    github.world.tokens["demo-app-token"].permissions = {"issues": "read"}
    refused = github.ask("POST", f"{REPO}/issues", {"title": "x"})
    assert (refused.status_code, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "issues=write")
    github.world.tokens["demo-app-token"].permissions = {}
    assert github.get(ISSUE).status_code == 403


def test_a_user_without_write_access_opens_issues_without_labels(github: GitHub) -> None:
    github.world.token("stranger", login="mallory")
    made = github.ask(
        "POST", f"{REPO}/issues", {"title": "x", "labels": ["a"]}, Authorization="token stranger"
    )
    assert (made.status_code, made.json()["labels"]) == (201, [])
    closed = github.ask("PATCH", f"{REPO}/issues/2", {"state": "closed"}, Authorization="token stranger")
    assert closed.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{REPO}/issues", {"title": ""}),
        ("POST", f"{REPO}/issues", {"title": "x", "body": "x" * 70_000}),
        ("POST", f"{REPO}/issues", {"title": "x", "assignees": ["mallory", "nobody"]}),
        ("POST", f"{ISSUE}/comments", {"body": ""}),
    ],
)
def test_invalid_content_is_rejected(github: GitHub, method: str, path: str, body: object) -> None:
    assert github.ask(method, path, body).status_code == 422


def test_a_transferred_issue_redirects_and_deleted_or_disabled_issues_are_gone(github: GitHub) -> None:
    world = github.world
    world.repo("acme/other")
    world.transfer_issue(REPOSITORY, 1, "acme/other")
    moved = github.get(f"{ISSUE}/comments")
    assert (moved.status_code, moved.headers["Location"]) == (
        301,
        f"{github.url}/repos/acme/other/issues/1/comments",
    )
    github.ask("POST", f"{REPO}/issues", {"title": "x"})
    world.delete_issue(REPOSITORY, 2)
    assert github.get(f"{REPO}/issues/2").status_code == 410
    world.repos[REPOSITORY].has_issues = False
    assert github.get(f"{REPO}/issues").status_code == 410
    assert github.ask("POST", f"{REPO}/issues", {"title": "x"}).status_code == 410


def test_issues_are_listed_newest_first_by_state_and_label(github: GitHub) -> None:
    for title, label in (("two", "a"), ("three", "b")):
        github.ask("POST", f"{REPO}/issues", {"title": title, "labels": [label]})
    github.world.close_issue(REPOSITORY, 2, by="ann")
    assert [issue["number"] for issue in github.get(f"{REPO}/issues?state=all").json()] == [3, 2, 1]
    assert [issue["number"] for issue in github.get(f"{REPO}/issues").json()] == [3, 1]
    assert [issue["number"] for issue in github.get(f"{REPO}/issues?state=all&labels=a").json()] == [2]


def test_the_case_of_a_label_does_not_matter_in_a_list(github: GitHub) -> None:
    assert len(github.get(f"{REPO}/issues?labels=DEPLOYMENT").json()) == 1


def test_an_issue_has_one_parent_unless_it_is_replaced(github: GitHub) -> None:
    ids = [github.ask("POST", f"{REPO}/issues", {"title": title}).json()["id"] for title in ("two", "three")]
    adding = {"sub_issue_id": ids[0]}
    assert github.ask("POST", f"{ISSUE}/sub_issues", adding).status_code == 201
    github.world.close_issue(REPOSITORY, 2, by="ann")
    parent, child = (github.get(f"{REPO}/issues/{number}").json() for number in (1, 2))
    assert parent["sub_issues_summary"] == {"total": 1, "completed": 1, "percent_completed": 100}
    assert (parent["parent_issue_url"], child["parent_issue_url"]) == (None, f"{github.url}{ISSUE}")
    again = github.ask("POST", f"{REPO}/issues/3/sub_issues", adding)
    assert again.json()["errors"][0]["message"].endswith("Sub issue may only have one parent")
    moved = github.ask("POST", f"{REPO}/issues/3/sub_issues", {**adding, "replace_parent": True})
    assert moved.json()["sub_issues_summary"]["total"] == 1
    assert github.get(ISSUE).json()["sub_issues_summary"]["total"] == 0


def test_only_another_issue_of_the_owner_can_be_a_sub_issue(github: GitHub) -> None:
    github.world.repo("other/place")
    own = github.get(ISSUE).json()["id"]
    for number, status in (
        (github.world.open_issue("other/place", "ann", "x", "").id, 404),
        (github.world.next_id(), 404),
        (own, 422),
    ):
        assert github.ask("POST", f"{ISSUE}/sub_issues", {"sub_issue_id": number}).status_code == status
    for _ in range(100):
        made = github.world.open_issue(REPOSITORY, "ann", "x", "")
        github.world.issue(REPOSITORY, 1).sub_issues.append(made)
    more = github.world.open_issue(REPOSITORY, "ann", "x", "")
    assert github.ask("POST", f"{ISSUE}/sub_issues", {"sub_issue_id": more.id}).status_code == 422


def test_a_file_is_read_as_of_a_commit(github: GitHub) -> None:
    first = github.world.push(REPOSITORY, "ann", {"policy.yml": "one"})
    second = github.world.push(REPOSITORY, "ann", {"policy.yml": "two!"})
    for ref, size in ((first, 3), (second, 4), ("main", 4)):
        assert github.get(f"{REPO}/contents/policy.yml?ref={ref}").json()["size"] == size
    assert github.get(f"{REPO}/contents/policy.yml?ref={'0' * 40}").status_code == 404


def test_an_issue_is_closed_and_reopened(github: GitHub) -> None:
    closed = github.ask("PATCH", ISSUE, {"state": "closed", "labels": ["Deployment", "done"]}).json()
    assert (closed["state"], closed["closed_by"]["type"]) == ("closed", "Bot")
    assert [label["name"] for label in closed["labels"]] == ["deployment", "done"]
    again = github.ask("PATCH", ISSUE, {"state": "closed"}).json()
    assert again["closed_at"] == closed["closed_at"]
    opened = github.ask("PATCH", ISSUE, {"state": "open"}).json()
    assert (opened["state"], opened["closed_by"]) == ("open", None)


def test_an_edit_updates_a_comments_time_to_the_second_and_a_reaction_does_not(github: GitHub) -> None:
    made = github.ask("POST", f"{ISSUE}/comments", {"body": "one"}).json()
    path = f"{REPO}/issues/comments/{made['id']}"
    github.time += timedelta(seconds=5, milliseconds=400)
    assert github.ask("POST", f"{path}/reactions", {"content": "+1"}).status_code == 201
    again = github.ask("POST", f"{path}/reactions", {"content": "+1"})
    assert again.status_code == 200
    assert github.get(path).json()["updated_at"] == made["created_at"]
    assert [content for _, _, content in github.world.find_comment(made["id"])[2].reactions] == ["+1"]
    assert github.ask("DELETE", f"{path}/reactions/{again.json()['id']}").status_code == 204
    assert github.ask("DELETE", f"{path}/reactions/{again.json()['id']}").status_code == 404
    edited = github.ask("PATCH", path, {"body": "two"}).json()
    assert edited["updated_at"] == "2026-03-02T14:00:05Z"
    assert [c["id"] for c in github.get(f"{ISSUE}/comments?since=2026-03-02T14:00:05Z").json()] == [
        made["id"]
    ]
    assert github.get(f"{ISSUE}/comments?since=2026-03-02T14:00:06Z").json() == []
    assert github.ask("DELETE", path).status_code == 204
    assert github.get(ISSUE).json()["comments"] == 0


def test_a_locked_conversation_is_closed_to_strangers(github: GitHub) -> None:
    github.world.token("stranger", login="mallory")
    assert github.ask("PUT", f"{ISSUE}/lock").status_code == 204
    refused = github.ask("POST", f"{ISSUE}/comments", {"body": "x"}, Authorization="token stranger")
    assert refused.status_code == 403
    with pytest.raises(NotAllowedError):
        github.world.comment(REPOSITORY, 1, "mallory", "approve")


def statuses_when_locked(github: GitHub, token: str) -> dict[str, int]:
    """Lock an issue with a comment of the token's account, and return the status of each action on it."""
    comment = github.ask(
        "POST", f"{ISSUE}/comments", {"body": "mine"}, Authorization=f"token {token}"
    ).json()["id"]
    github.world.issue(REPOSITORY, 1).locked = True
    tried: dict[str, tuple[str, str, object]] = {
        "comment": ("POST", f"{ISSUE}/comments", {"body": "x"}),
        "react": ("POST", f"{REPO}/issues/comments/{comment}/reactions", {"content": "+1"}),
        "edit": ("PATCH", f"{REPO}/issues/comments/{comment}", {"body": "y"}),
        "label": ("POST", f"{ISSUE}/labels", {"labels": ["x"]}),
        "close": ("PATCH", ISSUE, {"state": "closed"}),
    }
    return {
        what: github.ask(method, path, body, Authorization=f"token {token}").status_code
        for what, (method, path, body) in tried.items()
    }


@pytest.mark.parametrize("edits", [True, False])
def test_on_a_locked_issue_an_app_cannot_comment_or_react_and_can_edit_if_the_world_allows_it(
    github: GitHub, *, edits: bool
) -> None:
    github.world.locked_edits = edits
    other = 200 if edits else 403
    assert statuses_when_locked(github, "demo-app-token") == {
        "comment": 403,
        "react": 403,
        "edit": other,
        "label": 200,
        "close": other,
    }


def test_on_a_locked_issue_people_with_write_access_can_comment_but_not_react(github: GitHub) -> None:
    github.world.token("hers", login="ann")
    statuses = statuses_when_locked(github, "hers")
    assert statuses == {"comment": 201, "react": 403, "edit": 200, "label": 200, "close": 200}


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("POST", f"{REPO}/issues", {"title": ""}, ("Issue", "title", "missing_field")),
        ("POST", f"{REPO}/issues", {"title": "x", "body": "x" * 70_000}, ("Issue", "body", "too_long")),
        ("POST", f"{REPO}/issues", {"title": "x", "labels": ["x" * 51]}, ("Label", "name", "invalid")),
        ("PATCH", ISSUE, {"labels": ["x" * 51]}, ("Label", "name", "invalid")),
        ("POST", f"{ISSUE}/labels", {"labels": ["fine", "x" * 68]}, ("Label", "name", "invalid")),
        ("POST", f"{ISSUE}/comments", {"body": ""}, ("IssueComment", "body", "missing_field")),
        ("GET", f"{REPO}/issues?after=nonsense", None, ("Issue", "after", "invalid")),
    ],
)
def test_a_rejection_names_the_resource_the_field_and_the_code(
    github: GitHub, method: str, path: str, body: object, problem: tuple[str, str, str]
) -> None:
    rejected = github.ask(method, path, body)
    (error,) = rejected.json()["errors"]
    assert (rejected.status_code, error["resource"], error["field"], error["code"]) == (422, *problem)
    assert error["message"].startswith(f"{problem[1]} ")


def test_a_comment_names_the_app_that_wrote_it_and_an_issue_does_not(github: GitHub) -> None:
    assert github.get(ISSUE).json()["performed_via_github_app"] is None
    made = github.ask("POST", f"{ISSUE}/comments", {"body": "x"}).json()
    assert made["performed_via_github_app"]["slug"] == "acme-approval-gate"


def test_a_renamed_repository_redirects_to_its_id(github: GitHub) -> None:
    github.world.rename_repo(REPOSITORY, "acme/store")
    repo = github.world.repos["acme/store"]
    bodies = {"PATCH": {"state": "closed"}, "POST": {"title": "x"}}
    for method, path, status in (
        ("GET", "/issues?per_page=1", 301),
        ("PATCH", "/issues/1", 307),
        ("POST", "/issues", 307),
        ("DELETE", "/issues/comments/1", 307),
    ):
        moved = github.ask(method, f"{REPO}{path}", bodies.get(method))
        location = f"{github.url}/repositories/{repo.id}{path}"
        assert (moved.status_code, moved.headers["Location"]) == (status, location)
    assert github.get(f"/repositories/{repo.id}/issues/1").json()["number"] == 1
    assert github.get(f"/repositories/{repo.id}").json()["full_name"] == "acme/store"
    assert github.get(f"/repositories/{repo.id + 999}/issues/1").status_code == 501
    forget(github)
    repo.private = True
    github.world.token("stranger", login="eve")
    assert github.get(ISSUE, Authorization="token stranger").status_code == 404


def test_issues_are_paged_by_cursors(github: GitHub) -> None:
    for number in range(2, 8):
        github.world.open_issue(REPOSITORY, "ann", f"{number}", "")
    first = github.get(f"{REPO}/issues?per_page=3")
    assert set(first.links) == {"next"}
    second = github.get(first.links["next"]["url"])
    third = github.get(second.links["next"]["url"])
    shown = [[issue["number"] for issue in page.json()] for page in (first, second, third)]
    assert shown == [[7, 6, 5], [4, 3, 2], [1]]
    assert "next" not in third.links


def test_an_exhausted_graphql_rate_limit_is_an_error_with_status_200(github: GitHub) -> None:
    github.world.tokens["demo-app-token"].limit = 1
    for _ in range(2):
        answer = github.ask("POST", "/graphql", {"query": "{ viewer { login } }"})
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (200, "RATE_LIMIT")
    assert answer.headers["X-RateLimit-Remaining"] == "0"


def test_a_retired_api_version_is_410_and_the_end_of_a_version_is_announced(github: GitHub) -> None:
    github.world.sunset = {"sunset": "Wed, 10 Mar 2027 00:00:00 GMT"}
    assert github.get(ISSUE).headers["Sunset"] == "Wed, 10 Mar 2027 00:00:00 GMT"
    github.world.retired = {"2022-11-28"}
    assert github.get(ISSUE).status_code == 410
    assert github.get(ISSUE, X_GitHub_Api_Version="2026-03-10").status_code == 200


def test_a_request_without_a_user_agent_is_forbidden(github: GitHub) -> None:
    connection = HTTPConnection(github.url.removeprefix("http://"), timeout=10)
    connection.request("GET", ISSUE, headers={"Authorization": "token demo-app-token"})
    answer = connection.getresponse()
    assert (answer.status, b"administrative rules" in answer.read()) == (403, True)
    connection.close()


HISTORY = """
query($ids: [ID!]!) { nodes(ids: $ids) { id ... on IssueComment {
  includesCreatedEdit lastEditedAt editor { login }
  userContentEdits(first: 10) { totalCount nodes { editedAt diff editor { login } } } } } }
"""


def test_the_edit_history_is_newest_first_and_includes_the_original(github: GitHub) -> None:
    comment = github.world.comment(REPOSITORY, 1, "ann", "one")
    assert github.query(HISTORY, ids=[comment.node_id])["data"]["nodes"][0]["userContentEdits"]["nodes"] == []  # type: ignore[index]
    github.world.edit_comment(comment.id, by="bob", body="two")
    github.world.delete_revision(comment.id, 0)
    node = github.query(HISTORY, ids=[comment.node_id])["data"]["nodes"][0]  # type: ignore[index]
    assert (node["includesCreatedEdit"], node["editor"]) == (True, {"login": "bob"})
    assert [edit["diff"] for edit in node["userContentEdits"]["nodes"]] == ["two", None]


def test_graphql_reports_the_errors_of_githubs_api(github: GitHub) -> None:
    assert "NOT_FOUND" in str(github.query(HISTORY, ids=["IC_none"]))
    assert "ARGUMENT_LIMIT" in str(github.query(HISTORY, ids=["x"] * 101))
    assert "Cannot query field 'nonsense'" in str(github.query("{ nonsense }"))
    assert len(github.world.unknown) == 1
    github.world.unknown.clear()
    assert "query attribute" in str(github.ask("POST", "/api/graphql", {}).json())
    github.world.tokens["demo-app-token"].graphql = False
    assert "FORBIDDEN" in str(github.query(HISTORY, ids=["x"]))


def test_graphqls_viewer_is_the_tokens_account(github: GitHub) -> None:
    github.world.token("stranger", login="mallory")
    for token, login in (("demo-app-token", "acme-approval-gate[bot]"), ("stranger", "mallory")):
        body = {"query": "{ viewer { __typename id databaseId login } }"}
        answer = github.ask("POST", "/graphql", body, Authorization=f"token {token}").json()
        account = github.world.user(login)
        assert answer["data"]["viewer"] == {
            "__typename": "User",
            "id": account.node_id,
            "databaseId": account.id,
            "login": login,
        }


def test_commits_are_listed_newest_first_and_compared_oldest_first(github: GitHub) -> None:
    world = github.world
    root, one = world.commit(REPOSITORY, "ann"), world.commit(REPOSITORY, "bob", committer="cid")
    two = world.commit(REPOSITORY, "Eve <eve@nowhere.example>", co_authors=["dee"])
    side = world.commit(REPOSITORY, "lea", parents=[root])
    listed = github.get(f"{REPO}/commits?sha={two}").json()
    assert [commit["sha"] for commit in listed] == [two, one, root]
    assert [commit["author"] and commit["author"]["login"] for commit in listed] == [None, "bob", "ann"]
    assert listed[1]["committer"]["login"] == "cid"
    assert listed[0]["commit"]["message"] == "A change\n\nCo-authored-by: dee <dee@example.com>"
    assert github.get(f"{REPO}/commits").json()[0]["sha"] == side
    compared = github.get(f"{REPO}/compare/{root}...{two}").json()
    assert [commit["sha"] for commit in compared["commits"]] == [one, two]
    for head, status, ahead, behind in (
        (two, "ahead", 2, 0),
        (root, "identical", 0, 0),
        (side, "ahead", 1, 0),
    ):
        compared = github.get(f"{REPO}/compare/{root}...{head}").json()
        assert (compared["status"], compared["ahead_by"], compared["behind_by"]) == (status, ahead, behind)
    assert github.get(f"{REPO}/compare/{two}...{root}").json()["status"] == "behind"
    compared = github.get(f"{REPO}/compare/{two}...{side}").json()
    assert (compared["status"], compared["merge_base_commit"]["sha"]) == ("diverged", root)


def test_a_commit_is_found_by_its_hash_or_an_unambiguous_prefix(github: GitHub) -> None:
    for sha in ("abcd1" + "0" * 35, "abcd2" + "0" * 35):
        github.world.commit(REPOSITORY, "ann", sha=sha)
    whole, short = (github.get(f"{REPO}/commits/{ref}") for ref in ("abcd1" + "0" * 35, "ABCD1"))
    assert whole.json() == short.json()
    assert whole.json()["sha"] == "abcd1" + "0" * 35
    assert [github.get(f"{REPO}/commits/{ref}").status_code for ref in ("abcd", "abc", "ffff")] == [422] * 3
    assert "No commit found for SHA: ffff" in github.get(f"{REPO}/commits/ffff").text


def test_a_branch_reference_points_to_its_head(github: GitHub) -> None:
    github.world.branch(REPOSITORY, "feature/a", COMMIT)
    found = github.get(f"{REPO}/git/ref/heads/feature/a").json()
    assert (found["ref"], found["object"]["sha"]) == ("refs/heads/feature/a", COMMIT)
    github.world.tokens["demo-app-token"].permissions = {"issues": "write"}
    assert github.get(f"{REPO}/git/ref/heads/feature/a").status_code == 403


def test_commits_are_paged(github: GitHub) -> None:
    root, *new = [github.world.commit(REPOSITORY, "ann") for _ in range(131)]
    first = github.get(f"{REPO}/compare/{root}...{new[-1]}?per_page=100")
    more = github.get(first.links["next"]["url"])
    assert [c["sha"] for page in (first, more) for c in page.json()["commits"]] == new
    assert (first.json()["total_commits"], more.json()["total_commits"]) == (130, 130)
    listed = github.get(f"{REPO}/commits?per_page=100")
    assert len(github.get(listed.links["next"]["url"]).json()) == 31


@pytest.mark.parametrize("path", ["commits?sha=", "compare/HEAD...", "compare/ROOT..."])
def test_an_unknown_or_unrelated_commit_is_404(github: GitHub, path: str) -> None:
    head, root = github.world.commit(REPOSITORY, "ann"), github.world.commit(REPOSITORY, "ann", parents=[])
    other = root if "HEAD" in path else "de" * 20
    path = path.replace("HEAD", head).replace("ROOT", root)
    assert github.get(f"{REPO}/{path}{other}").status_code == 404


def test_commits_require_the_permission_to_read_contents(github: GitHub) -> None:
    head = github.world.commit(REPOSITORY, "ann")
    github.world.tokens["demo-app-token"].permissions = {"issues": "write"}
    for path in (f"commits?sha={head}", f"compare/{head}...{head}"):
        refused = github.get(f"{REPO}/{path}")
        assert (refused.status_code, refused.headers["X-Accepted-GitHub-Permissions"]) == (
            403,
            "contents=read",
        )
    node = github.world.repos[REPOSITORY].commits[head].node_id
    assert "FORBIDDEN" in str(github.query(AUTHORS, ids=[node]))


CONVERSATION = """
query($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Issue {
  comments(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes {
      databaseId fullDatabaseId body updatedAt lastEditedAt isMinimized minimizedReason createdViaEmail } }
  timelineItems(first: 9, itemTypes: [COMMENT_DELETED_EVENT]) {
    nodes { ... on CommentDeletedEvent { actor { login } deletedCommentAuthor { login } } } } } } }
"""


def conversation(github: GitHub, **variables: object) -> Any:
    issue = github.world.issue(REPOSITORY, 1)
    variables = {"id": issue.node_id, "first": 100, **variables}
    return github.query(CONVERSATION, **variables)["data"]["node"]


def test_the_database_id_of_a_comment_is_null_because_ids_exceed_graphqls_integers(github: GitHub) -> None:
    comment = github.world.comment(REPOSITORY, 1, "ann", "one")
    (node,) = conversation(github)["comments"]["nodes"]
    assert (node["databaseId"], node["fullDatabaseId"]) == (None, str(comment.id))
    assert comment.id > 2**31


def test_hiding_a_comment_updates_its_time_and_is_not_an_edit(github: GitHub) -> None:
    comment = github.world.comment(REPOSITORY, 1, "ann", "one")
    github.time += timedelta(seconds=5)
    github.world.hide_comment(comment.id, "resolved")
    (node,) = conversation(github)["comments"]["nodes"]
    assert (node["isMinimized"], node["minimizedReason"], node["lastEditedAt"]) == (True, "resolved", None)
    assert node["updatedAt"] > github.get(ISSUE).json()["created_at"]
    github.world.hide_comment(comment.id, None)
    assert conversation(github)["comments"]["nodes"][0]["isMinimized"] is False


def test_graphql_shows_which_comments_came_by_email(github: GitHub) -> None:
    github.world.comment(REPOSITORY, 1, "ann", "yes", via_email=True)
    github.world.comment(REPOSITORY, 1, "ann", "yes")
    nodes = conversation(github)["comments"]["nodes"]
    assert [node["createdViaEmail"] for node in nodes] == [True, False]


def test_a_conversation_is_paged_by_opaque_cursors(github: GitHub) -> None:
    for number in range(5):
        github.world.comment(REPOSITORY, 1, "ann", f"{number}")
    page = conversation(github, first=3)["comments"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (5, True)
    rest = conversation(github, first=3, after=page["pageInfo"]["endCursor"])["comments"]
    assert [node["body"] for node in page["nodes"] + rest["nodes"]] == list("01234")
    assert not page["pageInfo"]["endCursor"].isdecimal()


def test_the_last_comments_are_a_page_in_the_same_order(github: GitHub) -> None:
    for number in range(5):
        github.world.comment(REPOSITORY, 1, "ann", f"{number}")

    def last(size: int, before: str | None = None) -> tuple[str, dict[str, object]]:
        query = """query($id: ID!, $size: Int, $before: String) { node(id: $id) { ... on Issue {
          comments(last: $size, before: $before) { nodes { body } pageInfo {
            hasPreviousPage hasNextPage startCursor } } } } }"""
        variables = {"id": github.world.issue(REPOSITORY, 1).node_id, "size": size, "before": before}
        page = github.query(query, **variables)["data"]["node"]["comments"]  # type: ignore[index]
        return "".join(node["body"] for node in page["nodes"]), page["pageInfo"]

    shown, info = last(2)
    assert (shown, info["hasPreviousPage"], info["hasNextPage"]) == ("34", True, False)
    shown, info = last(9, info["startCursor"])  # type: ignore[arg-type]
    assert (shown, info["hasPreviousPage"], info["hasNextPage"]) == ("012", False, True)


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({"first": 101}, "EXCESSIVE_PAGINATION"),
        ({"first": None}, "MISSING_PAGINATION_BOUNDARIES"),
        ({"after": "Mw=="}, "INVALID_CURSOR_ARGUMENTS"),
    ],
)
def test_a_page_that_github_refuses_is_refused(
    github: GitHub, variables: dict[str, object], kind: str
) -> None:
    variables = {"id": github.world.issue(REPOSITORY, 1).node_id, "first": 100, **variables}
    assert kind in str(github.query(CONVERSATION, **variables))


def test_an_unsupported_argument_is_refused(github: GitHub) -> None:
    query = CONVERSATION.replace("first: 9", "first: 9, skip: 2")
    answer = github.query(query, id=github.world.issue(REPOSITORY, 1).node_id, first=100)
    assert "does not know skip" in str(answer)


def test_only_another_persons_deletion_is_an_event_and_only_writers_see_its_actor(github: GitHub) -> None:
    for by in ("ann", "bob"):
        github.world.delete_comment(github.world.comment(REPOSITORY, 1, "ann", "one").id, by=by)
    event = {"actor": {"login": "bob"}, "deletedCommentAuthor": {"login": "ann"}}
    assert conversation(github)["timelineItems"]["nodes"] == [event]
    github.world.tokens["demo-app-token"].permissions = {"issues": "read"}
    assert conversation(github)["timelineItems"]["nodes"] == [event | {"actor": None}]


def perform_changes(github: GitHub) -> None:
    """Write, edit, hide and delete a comment and rename the issue, two seconds apart."""
    ann = github.world.comment(REPOSITORY, 1, "ann", "one")
    acts = (
        lambda: github.world.edit_comment(ann.id, by="ann", body="two"),
        lambda: github.world.hide_comment(ann.id),
        lambda: github.world.edit_issue(REPOSITORY, 1, by="bob", title="Another"),
        lambda: github.world.delete_comment(ann.id, by="bob"),
    )
    for act in acts:
        github.time += timedelta(seconds=2)
        act()


def test_a_lagging_list_of_rest_shows_an_earlier_state_and_the_issue_does_not(github: GitHub) -> None:
    perform_changes(github)
    seen = {}
    for seconds in (0, 2, 4, 6, 8, 10):
        github.world.lists_lag = timedelta(seconds=seconds)
        listed = github.get(f"{ISSUE}/comments").json()
        seen[seconds] = [(comment["body"], comment["updated_at"][-2:-1]) for comment in listed]
    assert seen == {0: [], 2: [("two", "4")], 4: [("two", "4")], 6: [("two", "2")], 8: [("one", "0")], 10: []}
    assert github.get(ISSUE).json()["title"] == "Another"
    assert conversation(github)["comments"]["nodes"] == []


def test_a_lagging_graphql_shows_an_earlier_state(github: GitHub) -> None:
    perform_changes(github)
    seen = {}
    for seconds in (0, 2, 4, 6, 8):
        github.world.graphql_lag = timedelta(seconds=seconds)
        issue = conversation(github)
        events = len(issue["timelineItems"]["nodes"])
        seen[seconds] = [(it["body"], it["isMinimized"]) for it in issue["comments"]["nodes"]], events
    assert seen == {
        0: ([], 1),
        2: ([("two", True)], 0),
        4: ([("two", True)], 0),
        6: ([("two", False)], 0),
        8: ([("one", False)], 0),
    }
    assert github.get(f"{ISSUE}/comments").json() == []


AUTHORS = """
query($ids: [ID!]!) { nodes(ids: $ids) { ... on Commit {
  oid authors(first: 2) {
    totalCount pageInfo { endCursor } nodes { name email user { login databaseId } } } } } }
"""


def test_graphql_lists_a_commits_authors_with_the_accounts_of_people_only(github: GitHub) -> None:
    world = github.world
    ann = world.user("ann").id
    trailers = ["renovate[bot]", f"Ann <{ann}+ann@users.noreply.github.com>"]
    head = world.commit(REPOSITORY, "Eve <eve@nowhere.example>", co_authors=trailers)
    answer = github.query(AUTHORS, ids=[_node(github, head)])
    (node,) = answer["data"]["nodes"]  # type: ignore[index]
    assert (node["oid"], node["authors"]["totalCount"]) == (head, 3)
    assert node["authors"]["nodes"] == [
        {"name": "Eve", "email": "eve@nowhere.example", "user": None},
        {"name": "renovate[bot]", "email": "renovate[bot]@example.com", "user": None},
    ]
    cursor = node["authors"]["pageInfo"]["endCursor"]
    second = AUTHORS.replace("first: 2", f'first: 2, after: "{cursor}"')
    last = github.query(second, ids=[_node(github, head)])
    assert last["data"]["nodes"][0]["authors"]["nodes"] == [  # type: ignore[index]
        {
            "name": "Ann",
            "email": f"{ann}+ann@users.noreply.github.com",
            "user": {"login": "ann", "databaseId": ann},
        }
    ]


def _node(github: GitHub, sha: str) -> str:
    return github.world.repos[REPOSITORY].commits[sha].node_id


DEPLOYED = """
query($order: OrderDirection!, $environments: [String!]) {
  repository(owner: "acme", name: "shop") {
    deployments(first: 2, environments: $environments, orderBy: {field: CREATED_AT, direction: $order}) {
      totalCount nodes { commitOid environment statuses(first: 1) { totalCount nodes { state } } }
      pageInfo { hasNextPage endCursor } } } }
"""


def test_graphql_lists_deployments_and_a_success_makes_earlier_ones_inactive(github: GitHub) -> None:
    world = github.world
    for sha, environment, states in (
        ("a1" * 20, "production", ("IN_PROGRESS", "SUCCESS")),
        ("b2" * 20, "staging", ("SUCCESS",)),
        ("c3" * 20, "production", ("SUCCESS",)),
        ("d4" * 20, "production", ("FAILURE",)),
    ):
        world.deploy(REPOSITORY, environment, sha, *states)
    world.tokens["demo-app-token"].permissions = {"deployments": "read"}

    def listed(**variables: object) -> list[tuple[str, str]]:
        page = github.query(DEPLOYED, **variables)["data"]["repository"]["deployments"]  # type: ignore[index]
        assert page["pageInfo"]["hasNextPage"] is True
        return [(it["commitOid"][:2], it["statuses"]["nodes"][0]["state"]) for it in page["nodes"]]

    assert listed(order="DESC", environments=["production"]) == [("d4", "FAILURE"), ("c3", "SUCCESS")]
    assert listed(order="ASC", environments=["production"]) == [("a1", "INACTIVE"), ("c3", "SUCCESS")]
    assert listed(order="ASC") == [("a1", "INACTIVE"), ("b2", "SUCCESS")]


def test_a_deployments_status_has_its_time_and_the_job(github: GitHub) -> None:
    world = github.world
    world.tokens["demo-app-token"].permissions = {"deployments": "read"}
    world.deploy(REPOSITORY, "production", "a1" * 20, "SUCCESS", log_url="https://github.com/a/b/job/1")
    query = """{ repository(owner: "acme", name: "shop") { databaseId nameWithOwner isArchived
      deployments(last: 1) { nodes {
        databaseId creator { login } statuses(first: 9) { nodes { createdAt logUrl } } } } } }"""
    found = github.query(query)["data"]["repository"]  # type: ignore[index]
    assert (found["nameWithOwner"], found["isArchived"]) == (REPOSITORY, False)
    one = found["deployments"]["nodes"][0]
    assert one["creator"] == {"login": "github-actions"}  # REST: github-actions[bot]
    assert one["statuses"]["nodes"] == [
        {"createdAt": "2026-03-02T14:00:00Z", "logUrl": "https://github.com/a/b/job/1"}
    ]


def test_graphql_lists_the_repositories_of_an_organisation_that_the_token_can_see(github: GitHub) -> None:
    world = github.world
    world.repo("acme/hidden")
    world.repo("acme/open", private=False)
    world.repo("elsewhere/shop", private=False)
    query = """query($login: String!) { organization(login: $login) {
      login repositories(first: 9) { totalCount nodes { nameWithOwner } } } }"""
    found = github.query(query, login="Acme")["data"]["organization"]  # type: ignore[index]
    assert [it["nameWithOwner"] for it in found["repositories"]["nodes"]] == [REPOSITORY, "acme/open"]
    assert "Could not resolve to an Organization" in str(github.query(query, login="nobody"))


def test_graphql_lists_deployments_only_with_the_permission(github: GitHub) -> None:
    assert "FORBIDDEN" in str(github.query(DEPLOYED, order="DESC"))
    github.world.token("stranger", login="eve")
    body = {"query": DEPLOYED, "variables": {"order": "DESC"}}
    answer = github.ask("POST", "/graphql", body, Authorization="token stranger").json()
    assert (answer["data"], answer["errors"][0]["type"]) == ({"repository": None}, "NOT_FOUND")


OF_COMMIT = """
query($oid: GitObjectID!) {
  repository(owner: "acme", name: "shop") {
    object(oid: $oid) {
      oid
      ... on Commit {
        deployments(environments: ["staging"], first: 9, orderBy: {field: CREATED_AT, direction: DESC}) {
          nodes { databaseId commitOid environment statuses(first: 9) { nodes { state createdAt } } }
        } } } } }
"""


def test_graphql_lists_the_deployments_of_a_commit(github: GitHub) -> None:
    world = github.world
    world.tokens["demo-app-token"].permissions = {"contents": "read", "deployments": "read"}
    sha = world.commit(REPOSITORY, "ann")
    old = world.deploy(REPOSITORY, "staging", sha, "SUCCESS")
    world.deploy(REPOSITORY, "staging", "a1" * 20, "SUCCESS")
    world.deploy(REPOSITORY, "production", sha, "SUCCESS")
    github.time += timedelta(minutes=1)
    new = world.deploy(REPOSITORY, "staging", sha, "IN_PROGRESS")
    answer: Any = github.query(OF_COMMIT, oid=sha)
    found = answer["data"]["repository"]["object"]["deployments"]["nodes"]
    assert [(it["databaseId"], it["commitOid"]) for it in found] == [(new.id, sha), (old.id, sha)]
    statuses = found[0]["statuses"]["nodes"]
    assert statuses == [{"state": "IN_PROGRESS", "createdAt": "2026-03-02T14:01:00Z"}]
    missing: Any = github.query(OF_COMMIT, oid="b2" * 20)
    assert missing["data"]["repository"]["object"] is None


@pytest.mark.parametrize("permission", ["contents", "deployments"])
def test_graphql_lists_the_deployments_of_a_commit_only_with_both_permissions(
    github: GitHub, permission: str
) -> None:
    github.world.tokens["demo-app-token"].permissions = {permission: "read"}
    sha = github.world.commit(REPOSITORY, "ann")
    assert "FORBIDDEN" in str(github.query(OF_COMMIT, oid=sha)["errors"])


def test_rest_lists_a_deployments_statuses_newest_first(github: GitHub) -> None:
    world = github.world
    world.tokens["demo-app-token"].permissions = {"deployments": "read"}
    job = f"{github.url}/acme/shop/actions/runs/1/job/2"
    made = world.deploy(REPOSITORY, "production", "a1" * 20, "IN_PROGRESS", "SUCCESS", log_url=job)
    listed = github.get(f"{REPO}/deployments/{made.id}/statuses").json()
    assert [(it["state"], it["log_url"]) for it in listed] == [("success", job), ("in_progress", job)]
    assert github.get(f"{REPO}/deployments/{made.id}/statuses?per_page=1&page=2").json() == listed[1:]
    assert github.get(f"{REPO}/deployments/99/statuses").status_code == 404


def test_rest_lists_deployments_newest_first_and_only_with_the_permission(github: GitHub) -> None:
    world = github.world
    world.tokens["demo-app-token"].permissions = {"deployments": "read"}
    old = world.deploy(REPOSITORY, "production", "a1" * 20, "SUCCESS", ref="v1.2.2")
    world.deploy(REPOSITORY, "staging", "b2" * 20, "SUCCESS")
    new = world.deploy(REPOSITORY, "production", "c3" * 20, "IN_PROGRESS", ref="v1.2.3")
    listed = github.get(f"{REPO}/deployments?per_page=2")
    assert [(it["environment"], it["ref"]) for it in listed.json()] == [
        ("production", "v1.2.3"),
        ("staging", "b2" * 20),
    ]
    assert [it["id"] for it in github.get(listed.links["next"]["url"]).json()] == [old.id]
    production = github.get(f"{REPO}/deployments?environment=production").json()
    assert [it["id"] for it in production] == [new.id, old.id]
    assert github.get(f"{REPO}/deployments?environment=production&ref=v1.2.2").json()[0]["sha"] == "a1" * 20
    one = github.get(f"{REPO}/deployments/{old.id}").json()
    assert (one["ref"], one["creator"]["login"]) == ("v1.2.2", "github-actions[bot]")
    assert github.get(f"{REPO}/deployments/99").status_code == 404
    world.tokens["demo-app-token"].permissions = {"issues": "write"}
    for path in ("deployments", f"deployments/{old.id}", f"deployments/{old.id}/statuses"):
        refused = github.get(f"{REPO}/{path}")
        assert refused.headers["X-Accepted-GitHub-Permissions"] == "deployments=read"


SEARCH = """
query($query: String!, $last: Int, $after: String, $type: SearchType = ISSUE) {
  search(type: $type, last: $last, after: $after, query: $query) {
    issueCount pageInfo { hasNextPage endCursor }
    nodes { ... on Issue {
      number url state stateReason labels(first: 100) { totalCount nodes { id name color description } }
    } } } }
"""


def _closed(github: GitHub, *labels: str) -> int:
    issue = github.world.open_issue(REPOSITORY, "dee", "A request", "")
    issue.labels += labels
    github.world.close_issue(REPOSITORY, issue.number, by="dee", reason="not_planned")
    return issue.number


def test_graphql_finds_issues_by_label_and_state_newest_first(github: GitHub) -> None:
    old, other, new = (
        _closed(github, *names)
        for names in (("deployment", "Production"), ("deployment",), ("deployment", "production", "a b"))
    )

    def found(query: str) -> list[int]:
        answer = github.query(SEARCH, query=f"repo:acme/shop {query}", last=30)
        return [node["number"] for node in answer["data"]["search"]["nodes"]]  # type: ignore[index]

    assert found("label:deployment label:production state:closed type:issue") == [new, old]
    assert found('label:"a b"') == [new]
    assert found("label:production (repo:acme/shop) state:closed") == [new, old]
    assert found("label:deployment is:open author:acme-approval-gate[bot]") == [1]
    assert found("is:closed is:issue") == [new, other, old]
    assert found("state:closed type:pr") == []
    github.world.repo("acme/audit")
    github.world.transfer_issue(REPOSITORY, other, "acme/audit")
    github.world.delete_issue(REPOSITORY, old)
    assert found("state:closed") == [new]


def test_a_search_returns_an_issue_with_its_labels_and_the_reason_it_was_closed(github: GitHub) -> None:
    number = _closed(github, "deployment", "approved")
    answer = github.query(SEARCH, query="state:closed", last=1)
    (issue,) = answer["data"]["search"]["nodes"]  # type: ignore[index]
    assert (issue["url"], issue["state"], issue["stateReason"]) == (
        f"{github.url}/acme/shop/issues/{number}",
        "CLOSED",
        "NOT_PLANNED",
    )
    assert [label["name"] for label in issue["labels"]["nodes"]] == ["deployment", "approved"]


def test_the_results_of_a_search_are_paged(github: GitHub) -> None:
    numbers = [_closed(github) for _ in range(5)]
    first = github.query(SEARCH, query="state:closed", last=3)["data"]["search"]  # type: ignore[index]
    assert (first["issueCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    after = first["pageInfo"]["endCursor"]
    rest = github.query(SEARCH, query="state:closed", last=3, after=after)["data"]["search"]  # type: ignore[index]
    found = [node["number"] for page in (first, rest) for node in page["nodes"]]
    assert (found, rest["pageInfo"]["hasNextPage"]) == (numbers[::-1], False)


@pytest.mark.parametrize(
    ("variables", "error"),
    [
        ({"query": "reason:completed", "last": 1}, "does not search for 'reason:completed'"),
        ({"query": "state:open a word", "last": 1}, "does not search for 'a word'"),
        ({"query": "", "last": 1, "type": "USER"}, "does not search for USER"),
        ({"query": ""}, "must provide a `first` or `last` value"),
        ({"query": "", "last": 101}, "exceeds the limit of 100"),
    ],
)
def test_an_unsupported_search_is_refused(github: GitHub, variables: dict[str, object], error: str) -> None:
    assert error in str(github.query(SEARCH, **variables)["errors"])


def test_a_search_finds_nothing_if_the_token_cannot_read_issues(github: GitHub) -> None:
    world = github.world
    world.token("stranger", login="eve")
    world.token("other", login="x[bot]", app="x", permissions={"contents": "read"}, repos=[REPOSITORY])
    for token in ("stranger", "other"):
        body = {"query": SEARCH, "variables": {"query": "repo:acme/shop", "last": 9}}
        answer = github.ask("POST", "/graphql", body, Authorization=f"token {token}").json()
        assert answer["data"]["search"]["issueCount"] == 0


def test_the_pages_of_a_search_end_after_a_thousand(github: GitHub) -> None:
    for _ in range(1005):
        github.world.open_issue(REPOSITORY, "dee", "A request", "")
    after, found = None, 0
    while found < 1000:
        page = github.query(SEARCH, query="is:open", last=100, after=after)["data"]["search"]  # type: ignore[index]
        assert page["issueCount"] == 1006
        after, found = page["pageInfo"]["endCursor"], found + len(page["nodes"])
    assert (found, page["pageInfo"]["hasNextPage"]) == (1000, False)


def test_it_states_the_version_of_an_enterprise_server(github: GitHub) -> None:
    assert github.get("/api/v3/meta").json()["installed_version"] == "3.18.0"


ISSUES = """
query($states: [IssueState!], $by: IssueFilters, $order: IssueOrder, $labels: [String!]) {
  repository(owner: "acme", name: "shop") {
    hasIssuesEnabled
    issues(first: 9, states: $states, filterBy: $by, orderBy: $order, labels: $labels) {
      totalCount nodes { number } } } }
"""


def test_graphql_lists_a_repositorys_issues(github: GitHub) -> None:
    one, two = _closed(github), _closed(github)

    def listed(**variables: object) -> list[int]:
        answer = github.query(ISSUES, **variables)
        return [node["number"] for node in answer["data"]["repository"]["issues"]["nodes"]]  # type: ignore[index]

    newest = {"field": "CREATED_AT", "direction": "DESC"}
    assert listed() == [1, one, two]
    assert listed(states=["CLOSED"], order=newest, by={}) == [two, one]


def test_graphql_lists_the_issues_with_a_label_in_any_case(github: GitHub) -> None:
    one, _ = _closed(github, "Incident"), _closed(github, "incidental")
    answer: Any = github.query(ISSUES, labels=["INCIDENT"])
    found = answer["data"]["repository"]["issues"]
    assert (found["totalCount"], found["nodes"]) == (1, [{"number": one}])


def test_graphql_answers_the_rest_of_a_query_of_which_a_part_is_forbidden(github: GitHub) -> None:
    github.world.tokens["demo-app-token"].permissions = {"contents": "read"}
    answer: Any = github.query(
        """{ name: repository(owner: "acme", name: "shop") { nameWithOwner }
        open: repository(owner: "acme", name: "shop") { nameWithOwner issues(first: 1) { totalCount } } }"""
    )
    assert answer["data"] == {"name": {"nameWithOwner": "acme/shop"}, "open": None}
    assert [(it["type"], it["path"]) for it in answer["errors"]] == [("FORBIDDEN", ["open", "issues"])]


def test_graphql_lists_the_issues_that_an_account_created_and_that_were_updated_since(github: GitHub) -> None:
    github.world.open_issue(REPOSITORY, "ann", "Hers", "")
    github.time += timedelta(minutes=1)
    since = github.time.isoformat()
    late = github.world.open_issue(REPOSITORY, "ann", "Hers as well", "").number

    def listed(**by: object) -> list[int]:
        answer = github.query(ISSUES, by=by)
        return [node["number"] for node in answer["data"]["repository"]["issues"]["nodes"]]  # type: ignore[index]

    assert listed(createdBy="ANN") == [2, late]
    assert listed(createdBy="acme-approval-gate[bot]") == [1]
    assert listed(since=since) == [late]
    github.world.comment(REPOSITORY, 1, "ann", "approve")
    assert listed(since=since) == [1, late]


@pytest.mark.parametrize(
    "variables",
    [
        {"by": {"mentioned": "ann"}},
        {"labels": ["deployment", "incident"]},
        {"by": {"labels": ["deployment"]}},
        {"order": {"field": "COMMENTS", "direction": "ASC"}},
    ],
)
def test_an_unsupported_list_of_issues_is_refused(github: GitHub, variables: dict[str, object]) -> None:
    assert "The embedded GitHub does not" in str(github.query(ISSUES, **variables)["errors"])


def test_graphql_lists_issues_only_with_the_permission(github: GitHub) -> None:
    github.world.tokens["demo-app-token"].permissions = {"contents": "read"}
    assert "FORBIDDEN" in str(github.query(ISSUES)["errors"])


@pytest.mark.parametrize(("kind", "effect"), [("reset", False), ("after-effect", True), ("truncate", True)])
def test_a_broken_connection_is_an_error_whether_or_not_the_request_took_effect(
    github: GitHub,
    kind: str,
    effect: bool,  # noqa: FBT001 - a column of the table
) -> None:
    github.world.faults.append(Fault(method="POST", path=f"{REPO}/issues$", kind=kind))  # type: ignore[arg-type]
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        github.ask("POST", f"{REPO}/issues", {"title": "x"})
    assert len(github.world.issues(REPOSITORY)) == 1 + effect


def test_a_fault_has_the_injected_status_and_headers_at_the_chosen_request(github: GitHub) -> None:
    github.world.faults.append(Fault(path=ISSUE, first=2, times=1, status=503, headers={"retry-after": "9"}))
    answers = [github.get(ISSUE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["Retry-After"] == "9"


def test_a_hanging_request_blocks_neither_other_requests_nor_the_shutdown(github: GitHub) -> None:
    github.world.faults.append(Fault(path=ISSUE, kind="hang"))
    with pytest.raises(requests.Timeout):
        requests.get(
            f"{github.url}{ISSUE}", headers={"Authorization": "token demo-app-token"}, timeout=(1, 0.2)
        )
    assert github.get(ISSUE).status_code == 200


def test_members_join_and_leave_and_accounts_are_deleted_and_renamed(github: GitHub) -> None:
    world = github.world
    world.team("acme/child", ["zoe"], parent="acme/devops-team")
    members = "/orgs/acme/teams/devops-team/members"
    assert [user["login"] for user in github.get(members).json()] == ["ann", "bob", "cid", "zoe"]
    world.leave("acme/devops-team", "cid")
    world.join("acme/devops-team", "lea")
    assert [user["login"] for user in github.get(members).json()] == ["ann", "bob", "lea", "zoe"]
    comment = world.comment(REPOSITORY, 1, "ann", "hello")
    world.delete_user("ann")
    ghost = github.get(f"{REPO}/issues/comments/{comment.id}").json()["user"]
    assert (ghost["login"], ghost["id"], ghost["type"]) == ("ghost", 10137, "User")
    before = world.user("bob").id
    world.rename_user("bob", "robert")
    assert github.get("/users/robert").json()["id"] == before
    assert github.get("/users/bob").status_code == 404
    world.repo("zoe/own", private=False)
    assert github.get("/repos/zoe/own").json()["owner"]["type"] == "User"


RIGHT = "/orgs/acme/teams/{slug}/repos/" + REPOSITORY
AS_REPOSITORY = "application/vnd.github.v3.repository+json"


def test_a_teams_role_is_given_only_for_the_repository_media_type(github: GitHub) -> None:
    world = github.world
    world.team("acme/readers", ["zoe"])
    world.team("acme/child", ["kim"], parent="acme/devops-team")
    world.team("acme/none", ["pam"])
    world.permit(REPOSITORY, "read", "acme/readers")
    responses = {
        slug: github.get(RIGHT.format(slug=slug), Accept=AS_REPOSITORY)
        for slug in ("devops-team", "child", "readers")
    }
    assert {slug: answer.json()["role_name"] for slug, answer in responses.items()} == {
        "devops-team": "write",
        "child": "write",
        "readers": "read",
    }
    assert responses["readers"].json()["permissions"]["push"] is False
    assert github.get(RIGHT.format(slug="devops-team")).status_code == 204
    for slug in ("none", "nowhere"):
        assert github.get(RIGHT.format(slug=slug), Accept=AS_REPOSITORY).status_code == 404


def test_a_user_has_the_highest_role_of_their_own_and_of_their_teams(github: GitHub) -> None:
    world = github.world
    world.team("acme/child", ["kim"], parent="acme/devops-team")
    world.team("acme/readers", ["zoe", "yan"])
    world.permit(REPOSITORY, "read", "acme/readers", "ann")
    world.permit(REPOSITORY, "maintain", "zoe")
    people = ("ann", "kim", "zoe", "yan", "stranger")
    world.user("stranger")
    roles = [github.get(f"{REPO}/collaborators/{who}/permission").json()["role_name"] for who in people]
    assert roles == ["write", "write", "maintain", "read", "none"]


def test_collaborators_are_paged_and_listing_them_requires_write_access(github: GitHub) -> None:
    world = github.world
    world.team("acme/many", [f"p{number}" for number in range(130)])
    world.permit(REPOSITORY, "write", "acme/many")
    path = f"{REPO}/collaborators?permission=push&per_page=100"
    first, second = github.get(path), github.get(f"{path}&page=2")
    logins = [user["login"] for page in (first, second) for user in page.json()]
    assert len(logins) == len(set(logins))
    assert {"ann", "ayo-anu", "dee", "p0", "p129"} <= set(logins)
    assert "mallory" not in logins
    assert "mallory" in [user["login"] for user in github.get(f"{REPO}/collaborators?per_page=100").json()]
    world.token("reads", login="mallory")
    assert github.get(path, Authorization="token reads").status_code == 403


def test_a_custom_role_has_its_own_name_and_the_permissions_that_it_includes(github: GitHub) -> None:
    github.world.permit(REPOSITORY, "write", "zoe", custom="deployer")
    github.world.permit(REPOSITORY, "maintain", "ann", custom="release manager")
    told = {who: github.get(f"{REPO}/collaborators/{who}/permission").json() for who in ("zoe", "ann")}
    listed = {who["login"]: who for who in github.get(f"{REPO}/collaborators?permission=maintain").json()}
    assert [(it["permission"], it["role_name"]) for it in told.values()] == [
        ("write", "deployer"),
        ("write", "release manager"),
    ]
    assert {"ann", "ayo-anu"} == set(listed)
    assert (listed["ann"]["role_name"], listed["ann"]["permissions"]["maintain"]) == ("release manager", True)
    github.world.permit(REPOSITORY, "admin", "zoe")
    assert github.get(f"{REPO}/collaborators/zoe/permission").json()["role_name"] == "admin"


def test_a_suspended_account_is_hidden_and_not_a_member_of_any_team(github: GitHub) -> None:
    github.world.suspend("ann")
    assert github.get("/users/ann").status_code == 404
    assert github.get(f"{REPO}/collaborators/ann/permission").status_code == 404
    members = github.get("/orgs/acme/teams/devops-team/members").json()
    assert [user["login"] for user in members] == ["bob", "cid"]


def test_listing_the_teams_of_an_organisation_requires_the_members_permission(github: GitHub) -> None:
    listed = github.get("/orgs/acme/teams")
    assert [team["slug"] for team in listed.json()] == ["devops-team", "platform-leads", "sre-team"]
    assert github.get("/orgs/acme/teams", Authorization="token demo-job-token").status_code == 403


def test_an_enterprises_team_is_not_found(github: GitHub) -> None:
    github.world.team("acme/ent:everyone", ["ann"])
    assert github.get("/orgs/acme/teams/ent:everyone").status_code == 404
    assert github.get("/orgs/acme/teams/ent:everyone/members").status_code == 404


def test_an_environment_lists_only_the_protection_rules_in_use(github: GitHub) -> None:
    world = github.world
    world.environment(REPOSITORY, "open")
    world.environment(
        REPOSITORY,
        "Production/EU",
        reviewers=["ann", "acme/platform-leads"],
        wait_timer=30,
        branches=[("branch", "main"), ("tag", "v*")],
    )
    world.environment(REPOSITORY, "staging", branches="protected")
    bare = github.get(f"{REPO}/environments/open").json()
    assert (bare["protection_rules"], bare["deployment_branch_policy"]) == ([], None)
    whole = github.get(f"{REPO}/environments/production%2FEU").json()
    assert [rule["type"] for rule in whole["protection_rules"]] == [
        "wait_timer",
        "required_reviewers",
        "branch_policy",
    ]
    reviewers = whole["protection_rules"][1]["reviewers"]
    assert [who["reviewer"].get("login", who["reviewer"].get("slug")) for who in reviewers] == [
        "ann",
        "platform-leads",
    ]
    assert whole["deployment_branch_policy"] == {"protected_branches": False, "custom_branch_policies": True}
    named = github.get(f"{REPO}/environments/Production%2FEU/deployment-branch-policies?per_page=1")
    assert (named.json()["total_count"], set(named.links)) == (2, {"next", "last"})
    assert [(p["type"], p["name"]) for p in named.json()["branch_policies"]] == [("branch", "main")]
    protected = github.get(f"{REPO}/environments/staging").json()["deployment_branch_policy"]
    assert protected == {"protected_branches": True, "custom_branch_policies": False}
    assert github.get(f"{REPO}/environments/staging/deployment-branch-policies").json()["total_count"] == 0
    assert github.get(f"{REPO}/environments/none").status_code == 404


def test_environments_require_the_permission_to_read_actions(github: GitHub) -> None:
    github.world.environment(REPOSITORY, "production")
    github.world.tokens["demo-app-token"].permissions = {"issues": "write"}
    refused = github.get(f"{REPO}/environments/production")
    assert (refused.status_code, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "actions=read")


def test_every_response_announces_the_tokens_expiration_and_an_expired_token_is_invalid(
    github: GitHub,
) -> None:
    github.world.token("hers", login="ann").expires_at = github.time + timedelta(hours=1)
    answers = [
        github.get("/users/ann", Authorization=f"token {token}") for token in ("hers", "demo-app-token")
    ]
    assert [answer.headers.get("GitHub-Authentication-Token-Expiration") for answer in answers] == [
        "2026-03-02 15:00:00 UTC",
        None,
    ]
    github.time += timedelta(hours=1)
    assert github.get("/users/ann", Authorization="token hers").status_code == 401


def test_a_stale_response_is_the_one_before_the_last_change(github: GitHub) -> None:
    for text in ("one", "two"):
        github.get(f"{ISSUE}/comments")
        github.world.comment(REPOSITORY, 1, "ann", text)
    github.world.faults.append(Fault(path=f"{ISSUE}/comments", kind="stale"))
    assert [comment["body"] for comment in github.get(f"{ISSUE}/comments").json()] == ["one"]
    assert [comment["body"] for comment in github.get(f"{ISSUE}/comments").json()] == ["one", "two"]


def test_a_redirect_loop_leads_back_to_the_first_address(github: GitHub) -> None:
    github.world.faults.append(Fault(path=ISSUE, status=301, headers={"location": "circle"}, times=None))
    there = github.get(ISSUE).headers["Location"]
    assert there != f"{github.url}{ISSUE}"
    assert github.get(there).headers["Location"] == f"{github.url}{ISSUE}"


def test_a_fault_can_be_limited_to_one_query(github: GitHub) -> None:
    github.world.faults.append(Fault(method="POST", body_pattern="viewer", status=500, times=None))
    assert github.ask("POST", "/graphql", {"query": "{ viewer { login } }"}).status_code == 500
    assert github.ask("POST", "/graphql", {"query": '{ node(id: "x") { id } }'}).status_code == 200


def test_over_https_every_address_in_a_response_is_https(tmp_path: Path) -> None:
    trusted = certificate.make(tmp_path / "certificate.pem")
    world = scene()
    for number in range(3):
        world.open_issue(REPOSITORY, "dee", str(number), "")
    with serve(world, certificate=trusted) as server:
        assert server.url.startswith("https://127.0.0.1:")
        first = requests.get(
            f"{server.url}{REPO}/issues?per_page=2",
            headers={"Authorization": "token demo-app-token"},
            verify=trusted,
            timeout=10,
        )
        assert first.json()[0]["html_url"] == f"{server.url}/{REPOSITORY}/issues/3"
        number = world.repos[REPOSITORY].id
        following = f"{server.url}/repositories/{number}/issues?per_page=2&after="
        assert first.links["next"]["url"].startswith(following)


@pytest.mark.parametrize(
    ("requested", "granted"),
    [
        (None, {"issues": "write", "contents": "read"}),
        ({"issues": "write"}, {"issues": "write"}),
        ({"issues": "read", "contents": "read"}, {"issues": "read", "contents": "read"}),
        ({"members": "read"}, None),
        ({"issues": "write", "contents": "write"}, None),
    ],
)
def test_an_apps_token_has_the_requested_permissions_if_the_installation_has_them(
    github: GitHub, requested: dict[str, str] | None, granted: dict[str, str] | None
) -> None:
    private, public = pair()
    available = {"issues": "write", "contents": "read"}
    app = github.world.app("gatekeeper", public_key=public, repos=[REPOSITORY], permissions=available)
    installation = github.get(f"{REPO}/installation", Authorization=f"Bearer {signed(app.id, private)}")
    address = f"/app/installations/{installation.json()['id']}/access_tokens"
    body = {"repositories": ["shop"]} | ({} if requested is None else {"permissions": requested})
    answer = github.ask("POST", address, body, Authorization=f"Bearer {signed(app.id, private)}")
    assert answer.status_code == (422 if granted is None else 201)
    assert answer.json().get("permissions") == granted


def signed(app: int, private: str) -> str:
    """Return the JWT by which an app authenticates."""
    return Auth.AppAuth(app, private).create_jwt()


# Jobs --------------------------------------------------------------------------------


def _jobs(github: GitHub, attempt: int = 1, run: int = RUN) -> Any:
    return github.get(f"{REPO}/actions/runs/{run}/attempts/{attempt}/jobs?per_page=100")


def test_a_runs_jobs_are_listed_with_their_steps(github: GitHub) -> None:
    steps = [("Set up job", "success"), ("Unit tests", "skipped"), ("Upload", None)]
    done = github.world.job(REPOSITORY, RUN, "Build & Test", "failure", steps=steps[:2], runner="GHA 1")
    running = github.world.job(REPOSITORY, RUN, "Deploy", None, steps=steps, runner="GHA 2")
    github.world.job(REPOSITORY, RUN, "Later", None, queued=True)
    listed = _jobs(github).json()
    assert listed["total_count"] == 3
    assert [(it["id"], it["name"], it["status"], it["conclusion"]) for it in listed["jobs"][:2]] == [
        (done.id, "Build & Test", "completed", "failure"),
        (running.id, "Deploy", "in_progress", None),
    ]
    assert listed["jobs"][2]["status"] == "queued"
    assert [(it["name"], it["conclusion"]) for it in listed["jobs"][1]["steps"]] == steps
    assert listed["jobs"][0]["runner_name"] == "GHA 1"
    assert listed["jobs"][0]["check_run_url"].endswith(f"/check-runs/{done.id}")


def test_300_jobs_are_listed_on_three_pages(github: GitHub) -> None:
    for number in range(300):
        github.world.job(REPOSITORY, RUN, f"Test ({number})")
    first = _jobs(github)
    second = github.get(first.links["next"]["url"])
    third = github.get(second.links["next"]["url"])
    assert "next" not in third.links
    names = [it["name"] for page in (first, second, third) for it in page.json()["jobs"]]
    assert names == [f"Test ({number})" for number in range(300)]
    assert third.json()["total_count"] == 300


def test_a_rerun_of_failed_jobs_carries_the_others_over_under_new_ids_and_without_steps(
    github: GitHub,
) -> None:
    passed = github.world.job(REPOSITORY, RUN, "Build", steps=[("Compile", "success")])
    github.world.job(REPOSITORY, RUN, "Gate", "failure")
    github.time += timedelta(hours=1)
    github.world.rerun_failed_jobs(REPOSITORY, RUN, "dee")
    github.world.job(REPOSITORY, RUN, "Gate", None)
    carried, gate = _jobs(github, 2).json()["jobs"]
    assert (carried["name"], carried["run_attempt"], carried["steps"]) == ("Build", 2, [])
    assert carried["id"] > passed.id
    assert carried["started_at"] < carried["created_at"]
    assert (gate["name"], gate["status"]) == ("Gate", "in_progress")
    assert [it["name"] for it in _jobs(github).json()["jobs"]] == ["Build", "Gate"]


def test_jobs_are_listed_only_of_an_attempt_that_exists_and_with_the_permission(github: GitHub) -> None:
    assert _jobs(github).json() == {"total_count": 0, "jobs": []}
    assert _jobs(github, 2).status_code == 404
    assert _jobs(github, run=1).status_code == 404
    github.world.tokens["demo-app-token"].permissions = {"issues": "write"}
    refused = _jobs(github)
    assert (refused.status_code, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "actions=read")
