"""The commits that are deployed for the first time, and their authors."""

import json
from typing import Any

import pytest

from approval_gate.core.change import UnknownAuthor
from approval_gate.core.model import Person
from approval_gate.errors import OutageError, PermissionDeniedError, PolicyError
from approval_gate.github import change, situation
from approval_gate.github.change import ReadChange
from approval_gate.github.situation import read_last_deployment
from tests.github.scene import SHOP, Scene, error

NEEDED = {"contents": "read", "deployments": "read"}
REVIEWED = NEEDED | {"pull_requests": "read"}
EVE = "Eve <eve@nowhere.example>"


@pytest.fixture(autouse=True)
def _permitted(scene: Scene) -> None:
    scene.world.tokens["app"].permissions = dict(NEEDED)


def commit(scene: Scene, author: str, **how: Any) -> str:
    return scene.world.commit(SHOP, author, **how)


def deploy(scene: Scene, sha: str, *states: str, environment: str = "production") -> None:
    scene.world.deploy(SHOP, environment, sha, *states)


def read(scene: Scene, head: str, *, host: str = "github.com") -> ReadChange:
    """Read what is new for a policy that bars the authors."""
    client = scene.client()
    last = read_last_deployment(client, SHOP, "production")
    return change.read_change(client, SHOP, last, head, host, barred=True)


def logins(found: ReadChange) -> list[str]:
    return [person.login for person in found.change.authors]


def base(scene: Scene) -> str:
    """Deploy a first commit of zoe's."""
    sha = commit(scene, "zoe")
    deploy(scene, sha, "IN_PROGRESS", "SUCCESS")
    return sha


# Authors ---------------------------------------------------------------------------


def test_authors_co_authors_and_committers_are_reported(scene: Scene) -> None:
    since = base(scene)
    commit(scene, "ann", committer="cy")
    head = commit(scene, "bob", co_authors=["dee", "eli"])
    found = read(scene, head).change
    assert (found.since, found.whole, found.commits, found.unknown) == (since, False, 2, ())
    assert found.authors == tuple(scene.person(login) for login in ("ann", "cy", "bob", "dee", "eli"))


def test_an_author_of_many_commits_is_reported_once(scene: Scene) -> None:
    base(scene)
    commit(scene, "ann", committer="bob")
    assert logins(read(scene, commit(scene, "bob", co_authors=["ann"]))) == ["ann", "bob"]


def test_a_bot_is_an_author_even_if_graphql_has_no_user_for_it(scene: Scene) -> None:
    base(scene)
    found = read(scene, commit(scene, "renovate[bot]"))
    assert [(person.login, person.bot) for person in found.change.authors] == [("renovate[bot]", True)]
    assert found.unknown == ()


def test_a_co_author_bot_is_recognised_by_another_of_its_commits(scene: Scene) -> None:
    base(scene)
    head = commit(scene, "ann", co_authors=["renovate[bot]"])
    assert [stranger.name for stranger in read(scene, head).unknown] == ["renovate[bot]"]
    found = read(scene, commit(scene, "renovate[bot]"))
    assert (logins(found), found.unknown) == (["ann", "renovate[bot]"], ())


@pytest.mark.parametrize(
    ("address", "person"),
    [
        ("77+ann@users.noreply.github.com", Person(id=77, login="ann")),
        ("77+Ann@Users.Noreply.GitHub.com", Person(id=77, login="ann")),
        ("77+deploy[bot]@users.noreply.github.com", Person(id=77, login="deploy[bot]", bot=True)),
        ("ann@users.noreply.github.com", None),
        ("0+ann@users.noreply.github.com", None),
        ("x77+ann@users.noreply.github.com", None),
        ("77+ann@users.noreply.github.com.evil.example", None),
        ("77+ann@users.noreply.github.acme.example", None),
    ],
)
def test_a_no_reply_address_contains_the_accounts_id(
    scene: Scene, address: str, person: Person | None
) -> None:
    base(scene)
    found = read(scene, commit(scene, "bob", co_authors=[f"Somebody <{address}>"]))
    assert found.change.authors[1:] == ((person,) if person else ())
    assert [stranger.email for stranger in found.unknown] == ([] if person else [address.lower()])


def test_a_servers_no_reply_addresses_use_its_own_host_name(scene: Scene) -> None:
    base(scene)
    address = "77+ann@users.noreply.github.acme.example"
    found = read(scene, commit(scene, f"Ann <{address}>"), host="github.acme.example")
    assert found.change.authors == (Person(id=77, login="ann"),)


@pytest.mark.parametrize(
    ("address", "itself"),
    [
        ("noreply@github.com", True),
        ("noreply@github.acme.example", True),
        ("noreply@evil.example", False),
    ],
)
def test_github_as_the_committer_of_a_merge_is_nobody(scene: Scene, address: str, *, itself: bool) -> None:
    base(scene)
    head = commit(scene, "ann", committer=f"GitHub <{address}>")
    found = read(scene, head, host="github.acme.example")
    assert logins(found) == ["ann"]
    assert [stranger.email for stranger in found.unknown] == ([] if itself else [address])


def test_an_author_without_an_account_is_reported_once_with_the_commits(scene: Scene) -> None:
    base(scene)
    first = commit(scene, EVE, committer="ann")
    second = commit(scene, "ann", co_authors=["Evelyn <EVE@nowhere.example>", "Fay <>"])
    third = commit(scene, "Fay <>", committer="Gus <>")
    found = read(scene, third)
    assert found.unknown == (
        UnknownAuthor(name="Eve", email="eve@nowhere.example", commits=(first, second)),
        UnknownAuthor(name="Fay", email="", commits=(second, third)),
        UnknownAuthor(name="Gus", email="", commits=(third,)),
    )


def test_a_deleted_account_is_not_an_account(scene: Scene) -> None:
    base(scene)
    head = commit(scene, "ann")
    scene.world.delete_user("ann")
    found = read(scene, head)
    assert (found.change.authors, [stranger.email for stranger in found.unknown]) == ((), ["ann@example.com"])


def test_an_empty_object_is_not_an_account(scene: Scene) -> None:
    base(scene)
    head = commit(scene, EVE)
    git = {"name": "Eve", "email": "eve@nowhere.example"}
    body = {
        "total_commits": 1,
        "files": [],
        "commits": [plain(scene, head, author={}, committer={}, git=git)],
    }
    scene.fault(".*/compare/", status=200, body=json.dumps(body))
    assert [stranger.name for stranger in read(scene, head).unknown] == ["Eve"]


def test_a_commit_without_names_has_an_unknown_author(scene: Scene) -> None:
    base(scene)
    head = commit(scene, "ann")
    body = {"total_commits": 1, "files": [], "commits": [plain(scene, head, git=None)]}
    scene.fault(".*/compare/", status=200, body=json.dumps(body))
    assert read(scene, head).unknown == (UnknownAuthor(name="", email="", commits=(head,)),)


def plain(
    scene: Scene, sha: str, *, author: object = None, committer: object = None, git: object = {}
) -> dict[str, object]:
    """Return a commit with the least that REST gives."""
    node = scene.world.repos[SHOP].commits[sha].node_id
    both = {"author": git, "committer": git}
    accounts = {"author": author, "committer": committer}
    return {"sha": sha, "node_id": node, **accounts, "commit": both, "parents": []}


# The last deployment ----------------------------------------------------------------------------


def test_the_deployed_commit_contains_no_change(scene: Scene) -> None:
    since = base(scene)
    found = read(scene, since).change
    assert (found.since, found.whole, found.commits, found.authors) == (since, False, 0, ())


def test_an_older_commit_contains_no_change(scene: Scene) -> None:
    old = commit(scene, "ann")
    since = base(scene)
    found = read(scene, old).change
    assert (found.since, found.whole, found.commits, found.authors) == (since, False, 0, ())


def test_only_commits_of_the_deployed_branch_count(scene: Scene) -> None:
    root = commit(scene, "zoe")
    since = commit(scene, "ann", parents=[root])
    deploy(scene, since, "SUCCESS")
    found = read(scene, commit(scene, "bob", parents=[root]))
    assert (found.change.since, found.change.commits, logins(found)) == (since, 1, ["bob"])


def test_every_commit_that_a_merge_brings_in_is_new(scene: Scene) -> None:
    since = base(scene)
    side = commit(scene, "ann", parents=[since])
    main = commit(scene, "bob", parents=[since])
    found = read(scene, commit(scene, "cy", parents=[main, side]))
    assert logins(found) == ["ann", "bob", "cy"]


def test_without_a_deployment_all_of_the_history_is_new(scene: Scene) -> None:
    commit(scene, "ann")
    head = commit(scene, "bob")
    commit(scene, "later")
    found = read(scene, head)
    assert (found.change.since, found.change.whole, found.change.commits, logins(found)) == (
        None,
        True,
        2,
        ["bob", "ann"],
    )


def test_where_the_deployed_commit_is_gone_all_of_the_history_is_new(scene: Scene) -> None:
    gone = "de" * 20
    deploy(scene, gone, "SUCCESS")
    found = read(scene, commit(scene, "ann"))
    assert (found.change.since, found.change.whole, found.change.commits, logins(found)) == (
        gone,
        True,
        1,
        ["ann"],
    )


def test_a_history_without_the_deployed_commit_is_all_new(scene: Scene) -> None:
    base(scene)
    found = read(scene, commit(scene, "ann", parents=[]))
    assert (found.change.whole, logins(found)) == (True, ["ann"])


@pytest.mark.parametrize(
    "states", [(), ("QUEUED",), ("IN_PROGRESS", "FAILURE"), ("ERROR",), ("WAITING",), ("INACTIVE",)]
)
def test_an_unsuccessful_deployment_is_skipped(scene: Scene, states: tuple[str, ...]) -> None:
    base(scene)
    deploy(scene, commit(scene, "ann"), *states)
    assert logins(read(scene, commit(scene, "bob"))) == ["ann", "bob"]


def test_a_success_that_is_inactive_now_counts_as_a_success(scene: Scene) -> None:
    base(scene)
    since = commit(scene, "ann")
    deploy(scene, since, "SUCCESS", "INACTIVE")
    deploy(scene, commit(scene, "bob"), "FAILURE")
    assert read(scene, commit(scene, "cy")).change.since == since


def test_the_newest_success_counts(scene: Scene) -> None:
    base(scene)
    since = commit(scene, "ann")
    deploy(scene, since, "SUCCESS")
    assert read(scene, commit(scene, "bob")).change.since == since


def test_deployments_to_another_environment_do_not_count(scene: Scene) -> None:
    since = base(scene)
    deploy(scene, commit(scene, "ann"), "SUCCESS", environment="staging")
    assert read(scene, commit(scene, "bob")).change.since == since


def test_only_so_many_failed_deployments_are_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(situation, "DEPLOYMENTS", 100)
    base(scene)
    head = commit(scene, "ann")
    for _ in range(100):
        deploy(scene, head, "FAILURE")
    met = error(PolicyError, lambda: read(scene, head))
    assert met.problem == "exclude: of the last 100 deployments to this environment none succeeded."


# Many commits ----------------------------------------------------------------------------


def test_more_commits_than_a_page_holds_are_all_read(scene: Scene) -> None:
    base(scene)
    names = [f"user{number}" for number in range(230)]
    head = [commit(scene, name) for name in names][-1]
    found = read(scene, head)
    assert (found.change.commits, logins(found)) == (230, names)
    assert len(scene.asked("GET")) == 3


def test_a_longer_history_than_a_page_is_all_read(scene: Scene) -> None:
    names = [f"user{number}" for number in range(230)]
    head = [commit(scene, name) for name in names][-1]
    assert logins(read(scene, head)) == names[::-1]


@pytest.mark.parametrize("deployed", [True, False])
def test_too_many_commits_are_refused_with_a_remedy(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, *, deployed: bool
) -> None:
    monkeypatch.setattr(change, "BARRED", 150)
    since = base(scene) if deployed else ""
    head = [commit(scene, "ann") for _ in range(150)][-1]
    assert read(scene, head).change.commits == 150
    further = commit(scene, "ann")
    met = error(PolicyError, lambda: read(scene, further))
    when = f"since {since[:7]} was deployed" if deployed else "in all, since no deployment is known"
    assert met.problem == (
        f"exclude: there are more than 150 commits {when}, too many to read who wrote them."
    )
    assert "the job that deploys has an `environment`" in met.remedy


def test_more_authors_than_can_be_read_are_an_error(scene: Scene) -> None:
    base(scene)
    head = commit(scene, "ann", co_authors=[f"user{number}" for number in range(100)])
    met = error(PolicyError, lambda: read(scene, head))
    assert met.problem == f"exclude: the commit {head[:7]} has 101 authors, and 100 can be read."


# Refused, or not to be trusted ---------------------------------------------------------


@pytest.mark.parametrize("lacking", NEEDED)
@pytest.mark.parametrize("deployed", [True, False])
def test_a_missing_permission_is_named(scene: Scene, lacking: str, *, deployed: bool) -> None:
    if deployed:
        base(scene)
    head = commit(scene, "ann")
    granted = {name: level for name, level in NEEDED.items() if name != lacking}
    scene.world.tokens["app"].permissions = granted
    met = error(PermissionDeniedError, lambda: read(scene, head))
    assert met.remedy.startswith("Grant it `contents: read` and `deployments: read`.")


def test_a_repository_that_graphql_does_not_find_is_a_missing_permission(scene: Scene) -> None:
    head = commit(scene, "ann")
    scene.world.tokens["app"].repos = []
    error(PermissionDeniedError, lambda: read(scene, head))


def test_a_fault_that_passes_is_waited_out(scene: Scene) -> None:
    base(scene)
    head = commit(scene, "ann")
    scene.fault("/graphql", method="POST", status=502)
    scene.fault("/graphql", method="POST", first=2, status=502)
    scene.fault(".*/compare/", status=502)
    assert logins(read(scene, head)) == ["ann"]
    assert len(scene.asked("POST")) == 5


def test_a_fault_where_authors_must_be_barred_is_an_error(scene: Scene) -> None:
    base(scene)
    scene.fault("/graphql", method="POST", status=200, body="[]", times=None)
    error(OutageError, lambda: read(scene, commit(scene, "ann")))


def test_a_commit_that_only_github_wrote_has_no_author(scene: Scene) -> None:
    """On github.com its address has an account."""
    base(scene)
    scene.world.emails["noreply@github.com"] = scene.world.user("web-flow")
    found = read(scene, commit(scene, "GitHub <noreply@github.com>"))
    assert (found.change.authors, found.unknown) == ((), ())


def answered(data: object) -> str:
    return json.dumps({"data": data})


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "null",
        "{}",
        '{"total_commits": 1, "commits": [{}]}',
        '{"total_commits": 1, "commits": [], "files": []}',
        '{"total_commits": 0, "commits": null, "files": []}',
    ],
)
def test_a_comparison_of_another_shape_or_with_commits_missing_is_an_outage(scene: Scene, body: str) -> None:
    base(scene)
    head = commit(scene, "ann")
    scene.fault(".*/compare/", status=200, body=body)
    error(OutageError, lambda: read(scene, head))


@pytest.mark.parametrize("body", ["[]", "null", "{}", "[{}]", "[null]"])
def test_a_history_of_another_shape_or_of_another_commit_is_an_outage(scene: Scene, body: str) -> None:
    head = commit(scene, "ann")
    scene.fault(".*/commits", status=200, body=body)
    error(OutageError, lambda: read(scene, head))


def test_the_history_of_another_commit_is_an_outage(scene: Scene) -> None:
    other, head = commit(scene, "ann"), commit(scene, "bob")
    scene.fault(".*/commits", status=200, body=json.dumps([plain(scene, other)]))
    error(OutageError, lambda: read(scene, head))


@pytest.mark.parametrize(
    "nodes",
    [
        None,
        [],
        [None],
        [{}],
        [{"oid": "de" * 20, "authors": {"totalCount": 0, "nodes": []}}],
        [{"oid": "HEAD", "authors": {"totalCount": 1, "nodes": [None]}}],
    ],
)
def test_authors_of_another_shape_or_of_another_commit_are_an_outage(scene: Scene, nodes: object) -> None:
    base(scene)
    head = commit(scene, "ann")
    scene.fault(
        "/graphql", method="POST", first=2, status=200, body=answered({"ids0": nodes}).replace("HEAD", head)
    )
    error(OutageError, lambda: read(scene, head))


def test_an_author_whose_account_has_no_id_is_unknown(scene: Scene) -> None:
    base(scene)
    head = commit(scene, EVE)
    author = {"name": None, "email": None, "user": {"id": None, "login": "ghost"}}
    nodes = [{"oid": head, "authors": {"totalCount": 1, "nodes": [author]}}]
    scene.fault("/graphql", method="POST", first=2, status=200, body=answered({"ids0": nodes}))
    assert [stranger.email for stranger in read(scene, head).unknown] == ["eve@nowhere.example", ""]


def test_an_account_without_an_address_does_not_match_other_empty_addresses(scene: Scene) -> None:
    base(scene)
    head = commit(scene, "Fay <>")
    author = {"name": "Ann", "email": None, "user": {"id": 77, "login": "ann"}}
    nodes = [{"oid": head, "authors": {"totalCount": 1, "nodes": [author]}}]
    scene.fault("/graphql", method="POST", first=2, status=200, body=answered({"ids0": nodes}))
    found = read(scene, head)
    assert (logins(found), [stranger.name for stranger in found.unknown]) == (["ann"], ["Fay"])
