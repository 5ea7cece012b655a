"""The gate's parsers, tested with recorded responses of the real GitHub.

The expected values are read directly from the same responses; a few are written out.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from approval_gate.core.conditions.model import RequiredJob
from approval_gate.core.facts import OwnJob, Source
from approval_gate.core.marker import UNMARKED, Marker
from approval_gate.core.model import Person
from approval_gate.errors import GitHubError, NotFoundError, OutageError, RejectedError
from approval_gate.github import issue, paging, repository, tracker
from approval_gate.github.change import read_change
from approval_gate.github.client import Client
from approval_gate.github.clock import SystemClock
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.jobs import read_jobs
from approval_gate.github.parse import Answer, comment_of, labels_of, person_of
from approval_gate.github.repository import Repository, read_file, read_repository, triggering_actors
from approval_gate.github.situation import LastDeployment
from approval_gate.github.thread.issue import ListedIssue, read_issue
from approval_gate.github.tracker import IssueTracker
from approval_gate.github.wire import static_token
from tests.clients import recorded
from tests.clients.recorded import API, Exchange, Json, objects
from tests.github.test_jobs import REQUEST, RUN

ORG = "octokit-fixture-org"
MARKER = Marker(run_id=1, run_attempt=1, nonce="0" * 32)

Replay = Callable[[list[Exchange]], Client]


@pytest.fixture(scope="module")
def scenarios(packages: Path) -> dict[str, list[Exchange]]:
    return recorded.scenarios(packages)


@pytest.fixture(scope="module")
def json_answers(scenarios: dict[str, list[Exchange]]) -> list[Exchange]:
    """The responses that are JSON or empty: the gate never requests Markdown or raw files."""
    exchanges = [one for recording in scenarios.values() for one in recording]
    return [one for one in exchanges if not isinstance(one.data, str) or not one.data]


@pytest.fixture(scope="module")
def webhooks(packages: Path) -> dict[str, list[Json]]:
    return recorded.webhooks(packages)


@pytest.fixture(scope="module")
def everything(json_answers: list[Exchange], webhooks: dict[str, list[Json]]) -> list[Any]:
    """Every response and every webhook payload."""
    return [[one.data for one in json_answers], *webhooks.values()]


@pytest.fixture
def replay(mocker: MockerFixture) -> Replay:
    """Make a client that gets recorded responses."""

    def client(exchanges: list[Exchange]) -> Client:
        mocker.patch("requests.Session.get_adapter", return_value=recorded.Replay(exchanges))
        return Client(static_token("recorded"), API, SystemClock(lambda _: None))

    return client


def ask(client: Client, one: Exchange) -> Answer:
    return client.get(one.path) if one.method == "GET" else client.write(one.method, one.path, {})


def person(data: Json | None) -> Person | None:
    if data is None:
        return None
    return Person(id=data["id"], login=data["login"], bot=data["type"] in {"Bot", "Organization"})


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def names(data: Json) -> list[str]:
    return [label["name"] for label in data["labels"]]


# Responses and errors -------------------------------------------------------------------


def test_every_successful_response_is_read_unchanged(json_answers: list[Exchange], replay: Replay) -> None:
    good = [one for one in json_answers if one.status < 300]
    for one in good:
        answer = ask(replay([one]), one)
        nothing = one.data == ""
        assert (answer.status, answer.data) == (one.status, None if nothing else one.data), one.path
        assert answer.etag == one.header.get("etag")
    assert len(good) > 150


def test_every_error_response_raises_its_exception_with_githubs_message(
    json_answers: list[Exchange], replay: Replay
) -> None:
    bad = [one for one in json_answers if one.status >= 400]
    kinds: dict[int, type[GitHubError]] = {404: NotFoundError, 422: RejectedError}
    for one in bad:
        with pytest.raises(kinds[one.status]) as raised:
            ask(replay([one]), one)
        assert one.data["message"] in raised.value.detail
        assert one.header["x-github-request-id"] in raised.value.detail
    assert {one.status for one in bad} == {404, 422}


def test_a_validation_error_names_its_field(json_answers: list[Exchange], replay: Replay) -> None:
    one = next(one for one in json_answers if one.status == 422 and one.path.endswith("/labels"))
    with pytest.raises(RejectedError) as raised:
        ask(replay([one]), one)
    assert "color" in raised.value.detail


def test_every_response_gives_the_rate_limit_and_the_time(
    json_answers: list[Exchange], replay: Replay
) -> None:
    for one in json_answers:
        if one.status < 300:
            client = replay([one])
            ask(client, one)
            budget = client.budget(1.0)
            core = one.header["x-ratelimit-resource"] == "core"
            assert (budget and budget.remaining) == (
                int(one.header["x-ratelimit-remaining"]) if core else None
            )
            off = client.now() - parsedate_to_datetime(one.header["date"])
            assert abs(off.total_seconds()) < 60


def test_a_redirect_to_an_archive_on_another_host_is_not_followed(
    scenarios: dict[str, list[Exchange]], replay: Replay
) -> None:
    one = next(one for one in scenarios["get-archive/raw-fixture"] if one.status == 302)
    with pytest.raises(OutageError, match="elsewhere"):
        replay([one]).get(one.path)


# Pages and redirects --------------------------------------------------------------------


def test_all_pages_of_a_list_are_read_though_their_links_use_the_repository_id(
    scenarios: dict[str, list[Exchange]], replay: Replay
) -> None:
    pages = scenarios["paginate-issues/normalized-fixture"]
    path = f"/repos/{ORG}/paginate-issues/issues"
    read = [data["number"] for data in replay(pages).pages(path)]
    assert read == list(range(13, 0, -1))
    first = replace(pages[0], path="/repositories/1000/issues?per_page=3&page=1")
    client = replay([*pages, first])
    backwards = [[data["number"] for data in page.data] for page in paging.backward(client.get, path)]
    assert backwards == [[1], [4, 3, 2], [7, 6, 5], [10, 9, 8], [13, 12, 11]]


def test_a_renamed_repository_is_found_by_its_former_name(
    scenarios: dict[str, list[Exchange]], replay: Replay
) -> None:
    recording = [one for one in scenarios["rename-repository/normalized-fixture"] if one.method == "GET"]
    found = read_repository(replay(recording), f"{ORG}/rename-repository")
    assert found.full_name == f"{ORG}/rename-repository-newname"


def test_a_write_to_a_renamed_repository_follows_the_redirect(
    scenarios: dict[str, list[Exchange]], replay: Replay
) -> None:
    recording = scenarios["rename-repository/normalized-fixture"]
    first = next(place for place, one in enumerate(recording) if one.status == 307)
    client = replay(recording[first:])
    answer = client.write("PATCH", recording[first].path, {"description": "a new one"})
    assert (answer.status, answer.data) == (200, recording[first + 1].data)


# Objects --------------------------------------------------------------------------------


def test_every_account_is_read(everything: list[Any]) -> None:
    found = list(objects(everything, "login", "id", "node_id", "type", "site_admin"))
    for data in found:
        assert person_of(data) == person(data)
    assert {data["type"] for data in found} == {"User", "Bot", "Organization"}
    assert len(found) > 2_000


def test_bots_and_organizations_are_told_from_people(webhooks: dict[str, list[Json]]) -> None:
    accounts = objects(webhooks["api.github.com"], "login", "id", "type")
    assert {
        Person(id=49795351, login="octocoders-linter[bot]", bot=True),
        Person(id=38302899, login="Octocoders", bot=True),
        Person(id=21031067, login="Codertocat"),
    } <= {person_of(data) for data in accounts}


def test_jobs_are_read_as_recorded(replay: Replay, everything: list[Any]) -> None:
    found = list(objects(everything, "check_run_url", "runner_name", "steps"))
    assert {data["status"] for data in found} >= {"completed", "in_progress", "queued", "waiting"}
    for data in found:
        answer = {"total_count": 1, "jobs": [data]}
        path = f"/repos/{REQUEST.repository}/actions/runs/{RUN}/attempts/1/jobs"
        client = replay([Exchange("GET", path, 200, (), answer)])
        named = [RequiredJob(name=data["name"], steps=tuple(step["name"] for step in data["steps"]))]
        (job,) = read_jobs(client, REQUEST.repository, REQUEST, named, OwnJob()).listed
        assert (job.id, job.name, job.url) == (data["id"], data["name"], data["html_url"])
        assert job.conclusion == data["conclusion"]
        assert [(it.name, it.conclusion) for it in job.steps] == [
            (step["name"], step["conclusion"]) for step in data["steps"]
        ]
        assert not job.carried_over


def test_commits_are_read_as_recorded(replay: Replay, everything: list[Any]) -> None:
    found = list(objects(everything, "sha", "node_id", "commit", "author", "committer", "parents"))
    assert {(data["author"] is None, data["committer"] is None) for data in found} >= {
        (False, False),
        (True, True),
        (False, True),
    }
    for data in found:
        sha, since = data["sha"], "a" * 40
        none = {"totalCount": 0, "nodes": []}
        node = {"oid": sha, "authors": none, "associatedPullRequests": none}
        compared = {"total_commits": 1, "commits": [data], "files": []}
        path = f"/repos/{REQUEST.repository}/compare/{since}...{sha}"
        client = replay(
            [
                Exchange("GET", path, 200, (), compared),
                Exchange("POST", "/graphql", 200, (), {"data": {"ids0": [node]}}),
            ]
        )
        last = LastDeployment(source=Source(where="GitHub", at=client.now()), commit=since)
        change, unknown = read_change(client, REQUEST.repository, last, sha, "github.com")
        accounts = {(it["id"], it["login"]) for it in (data["author"], data["committer"]) if it}
        assert (change.source.problem, change.commits) == ("", 1)
        assert {(it.id, it.login) for it in change.authors} >= accounts - {(19864447, "web-flow")}
        assert 19864447 not in {it.id for it in change.authors}
        named = {data["commit"][part]["email"] for part in ("author", "committer") if data[part] is None}
        assert {it.email for it in unknown} <= {email.lower() for email in named}


def recorded_issues(everything: list[Any]) -> list[Json]:
    return list(objects(everything, "number", "title", "events_url", "repository_url", "labels", "node_id"))


def test_every_issue_is_read_with_its_author_and_address(everything: list[Any]) -> None:
    found = recorded_issues(everything)
    for data in found:
        opened = read_issue(data, datetime(2026, 1, 1, tzinfo=UTC))
        assert (opened.number, opened.id, opened.node_id) == (data["number"], data["id"], data["node_id"])
        assert (opened.title, opened.body) == (data["title"], data["body"] or "")
        assert opened.author == person(data["user"])
        assert opened.opened_at == moment(data["created_at"])
        assert list(opened.labels) == list(labels_of(data)) == names(data)
        assert tracker._marker(data) == UNMARKED
        assert issue._state_and_labels(Answer(200, {}, data)) == (data["state"], frozenset(names(data)))
        assert opened.url == data["html_url"]
    assert len(found) > 100


def test_every_issue_is_read_with_its_state_and_a_closed_one_with_its_closing(everything: list[Any]) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    closed = 0
    for data in recorded_issues(everything):
        issue = read_issue(data, now)
        assert (issue.id, issue.title, issue.body) == (data["id"], data["title"], data["body"] or "")
        assert (issue.count, list(issue.labels)) == (data["comments"], names(data))
        assert issue.updated_at == moment(data["updated_at"])
        assert (issue.closing is None) == (data["state"] == "open")
        if issue.closing is not None:
            closed += 1
            assert issue.closing.by == person(data.get("closed_by"))
            assert issue.closing.at == (moment(data["closed_at"]) if data["closed_at"] else now)
    assert closed


def recorded_comments(everything: list[Any]) -> list[Json]:
    return list(objects(everything, "issue_url", "body", "author_association", without="number"))


def test_every_comment_is_read(everything: list[Any]) -> None:
    found = recorded_comments(everything)
    for data in found:
        comment = comment_of(data)
        assert (comment.id, comment.text, comment.node_id) == (data["id"], data["body"], data["node_id"])
        assert comment.author == person(data["user"])
        assert comment.created_at == moment(data["created_at"])
        assert comment.updated_at == moment(data["updated_at"])
        assert not comment.via_app
    assert len(found) > 10


def test_a_comment_has_its_author_its_text_and_its_time(everything: list[Any]) -> None:
    comments = [comment_of(data) for data in recorded_comments(everything)]
    comment = next(comment for comment in comments if comment.id == 492700400)
    assert comment.author == Person(id=21031067, login="Codertocat")
    assert comment.text == "You are totally right! I'll get this fixed right away."
    assert comment.created_at == datetime(2019, 5, 15, 15, 20, 21, tzinfo=UTC)


def test_every_repository_is_read(everything: list[Any], replay: Replay) -> None:
    found = {
        (data["full_name"], data["default_branch"]): data
        for data in objects(everything, "full_name", "owner", "default_branch", "has_issues")
    }
    for (full_name, branch), data in found.items():
        answer = Exchange("GET", f"/repos/{full_name}", 200, (), data)
        assert read_repository(replay([answer]), full_name) == Repository(
            id=data["id"],
            full_name=full_name,
            has_issues=data["has_issues"],
            private=data["private"],
            default_branch=branch,
            owner_is_organization=data["owner"]["type"] == "Organization",
        )
    assert len(found) > 20


def test_every_run_has_its_triggering_actor(everything: list[Any], replay: Replay) -> None:
    found = list(objects(everything, "triggering_actor", "run_attempt"))
    for data in found:
        answer = Exchange("GET", "/repos/a/b/actions/runs/7/attempts/1", 200, (), data)
        assert triggering_actors(replay([answer]), "a/b", 7, 1) == [person(data["triggering_actor"])]
    assert len(found) > 5


def test_every_reference_is_read_with_its_object(everything: list[Any]) -> None:
    found = [data for data in objects(everything, "ref", "object", "node_id") if data["object"]]
    for data in found:
        assert repository._object_of(data) == (data["object"]["type"], data["object"]["sha"])
        assert data["object"]["type"] == "commit"
    assert len(found) > 5


# Whole calls ----------------------------------------------------------------------------


def posted(recording: list[Exchange], ending: str) -> Iterator[Exchange]:
    return (one for one in recording if one.method == "POST" and one.path.endswith(ending))


def test_the_response_to_a_new_issue_is_read_as_the_created_issue(
    scenarios: dict[str, list[Exchange]], replay: Replay
) -> None:
    for name in ("add-labels-to-issue", "lock-issue", "paginate-issues", "search-issues"):
        one = next(posted(scenarios[f"{name}/raw-fixture"], "/issues"))
        there = IssueTracker(replay([one]), one.path.removeprefix("/repos/").removesuffix("/issues"))
        opened = there.open(MARKER, "", "", [])._reader.created
        assert (opened.number, opened.title, opened.author) == (
            1,
            one.data["title"],
            person(one.data["user"]),
        )


def test_the_response_to_added_labels_is_read_as_all_labels_of_the_issue(
    scenarios: dict[str, list[Exchange]], replay: Replay
) -> None:
    one = next(posted(scenarios["add-labels-to-issue/normalized-fixture"], "/labels"))
    opened = datetime(2026, 3, 2, tzinfo=UTC)
    created = ListedIssue(
        number=1,
        id=1,
        node_id="I_1",
        url="",
        author=Person(id=1, login="ann"),
        opened_at=opened,
        title="",
        body="",
        labels=(),
        updated_at=opened,
    )
    handle = ApprovalIssue(replay([one]), f"{ORG}/add-labels-to-issue", created, MARKER)
    handle.add_labels([])
    assert handle.labels == tuple(label["name"] for label in one.data)


def test_a_folder_is_not_a_file(scenarios: dict[str, list[Exchange]], replay: Replay) -> None:
    one = scenarios["get-content/normalized-fixture"][0]
    assert isinstance(one.data, list)
    assert read_file(replay([one]), f"{ORG}/hello-world", "") is None
