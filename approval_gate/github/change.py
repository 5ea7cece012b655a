"""The commits since the last deployment, and their authors.

REST has each commit's author and committer with their accounts, bots included;
only GraphQL has its co-authors. Names and addresses in a commit are whatever
somebody typed into Git: an address belongs to an account only if GitHub says so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from approval_gate.core.change import UnknownAuthor
from approval_gate.core.facts import Author, Change, Source
from approval_gate.core.model import Person
from approval_gate.errors import NotFoundError, OutageError, PermissionDeniedError, PolicyError
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.parse import Answer, parse, person_of

COMMITS = 2_000
"""The most commits whose authors are read: some forty requests."""

DEPLOYMENTS = 1_000
"""The most deployments that are searched for one that succeeded."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NO_REPLY = re.compile(r"(?P<id>[1-9][0-9]{0,18})\+(?P<login>[^@+\s]+)@users\.noreply\.(?P<host>[^@\s]+)")

# https://docs.github.com/en/graphql/reference/objects#deployment: a later success makes the earlier ones
# inactive, but their statuses still say that they had succeeded.
_DEPLOYED = """
query($owner: String!, $name: String!, $environment: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    deployments(
      environments: [$environment]
      first: 50
      after: $after
      orderBy: {field: CREATED_AT, direction: DESC}
    ) {
      nodes { commitOid statuses(first: 100) { nodes { state } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""

# https://docs.github.com/en/graphql/reference/objects#commit: the git author first, then the trailers'.
_AUTHORS = """
query($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Commit {
      oid
      authors(first: 100) { totalCount nodes { name email user { login id: databaseId } } }
    }
  }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hand:
    """A person as a commit names them, and their account if GitHub gives it."""

    name: str
    email: str
    account: Person | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commit:
    """A commit: its hash, its id in GraphQL, its author and committer."""

    sha: str
    node: str
    hands: tuple[_Hand, ...]


def read_change(
    client: Client, full_name: str, environment: str, head: str, host: str
) -> tuple[Change, tuple[UnknownAuthor, ...]]:
    """Read the commits since the environment's last successful deployment, and their authors.

    Authors without an account are returned a second time, with their addresses.

    Args:
        client: of the GitHub that the run is on.
        full_name: the current name of the repository that deploys: a redirect would lose the query.
        environment: the one whose deployments count.
        head: the commit to be deployed.
        host: this GitHub's host name, which its no-reply addresses end with.

    Raises:
        PolicyError: there are more commits, authors or deployments than can be read.
        PermissionDeniedError: the token cannot read them.
    """
    at = client.now()
    try:
        since = _deployed(client, full_name, environment)
        new = _compared(client, full_name, since, head) if since else None
        commits = _history(client, full_name, head) if new is None else new
        named = [
            (commit.sha, hand)
            for commit, more in zip(commits, _authors(client, commits), strict=True)
            for hand in (*commit.hands, *more)
        ]
    except (PermissionDeniedError, NotFoundError) as error:
        raise PermissionDeniedError(
            "The token cannot see what was deployed before, or who wrote the new commits, "
            "and the policy excludes them.",
            remedy="Grant it `contents: read` and `deployments: read`.",
            detail=error.detail or error.problem,
        ) from error
    authors, unknown = _by_account(named, host)
    path = f"commits?sha={head}" if new is None else f"compare/{since}...{head}"
    change = Change(
        source=Source(where=f"GET /repos/{full_name}/{path}", at=at),
        since=since,
        whole=new is None,
        commits=len(commits),
        authors=authors,
        unknown=tuple(Author(name=it.name, commit=it.commits[0]) for it in unknown),
    )
    return change, unknown


# The last deployment --------------------------------------------------------------------


def _deployed(client: Client, full_name: str, environment: str) -> str | None:
    """Return the commit of the newest successful deployment; None if none succeeded."""
    owner, _, name = full_name.partition("/")
    variables = {"owner": owner, "name": name, "environment": environment}
    after, seen = None, 0
    while seen < DEPLOYMENTS:
        data = client.with_retry(partial(client.graphql, _DEPLOYED, {**variables, "after": after}))
        found, after, count = parse("the deployments", partial(_newest, data, after))
        if found is not None or after is None:
            return found
        seen += count
    raise PolicyError(
        f"exclude: of the last {seen} deployments of {environment[:100]!r} none succeeded, "
        "and no more are looked at.",
        remedy="Leave out the exclusion of authors until one has succeeded.",
    )


def _newest(data: Mapping[str, Any], before: str | None) -> tuple[str | None, str | None, int]:
    """Return a page's newest success, the cursor of the next page, and the page's length."""
    if data["repository"] is None:
        raise NotFoundError("GitHub's GraphQL finds no such repository that this token can see.")
    page = data["repository"]["deployments"]
    end = paging.cursor(page, before)
    if end is not None and not page["nodes"]:
        raise ValueError("a page leads nowhere")
    succeeded = (_sha(it["commitOid"]) for it in page["nodes"] if it and _succeeded(it))
    return next(succeeded, None), end, len(page["nodes"])


def _succeeded(deployment: Mapping[str, Any]) -> bool:
    statuses = deployment["statuses"] or {"nodes": []}
    return any(status["state"] == "SUCCESS" for status in statuses["nodes"] if status)


def _sha(text: object) -> str:
    if not isinstance(text, str) or not _SHA.fullmatch(text):
        raise ValueError("a commit has a hash")
    return text


# The new commits ------------------------------------------------------------------------


def _compared(client: Client, full_name: str, base: str, head: str) -> list[_Commit] | None:
    """Return the commits of ``base..head``; None if they cannot be compared.

    GitHub answers 404 for a commit that no longer exists, as for histories without a common ancestor
    (https://docs.github.com/en/rest/commits/commits#compare-two-commits).
    """
    found: list[_Commit] = []
    total = 0
    try:
        for answer in paging.forward(client.read, f"/repos/{full_name}/compare/{base}...{head}"):
            total, some = parse("the commits that are new", partial(_page_of, answer))
            found += some
            _limit_commits(total, f"since {base[:7]} was deployed")
    except NotFoundError:
        return None
    if len(found) != total:
        raise OutageError(f"GitHub told {len(found)} of the {total} commits that are new.")
    return found


def _page_of(answer: Answer) -> tuple[int, list[_Commit]]:
    return int(answer.data["total_commits"]), [_commit(data) for data in answer.data["commits"]]


def _history(client: Client, full_name: str, head: str) -> list[_Commit]:
    """Return a commit and all its ancestors (https://docs.github.com/en/rest/commits/commits#list-commits)."""
    found: list[_Commit] = []
    for answer in paging.forward(client.read, f"/repos/{full_name}/commits", {"sha": head}):
        found += [parse("the commits", partial(_commit, data)) for data in paging.items(answer)]
        _limit_commits(len(found), "in all, since no deployment is known")
    if not found or found[0].sha != head:
        raise OutageError(f"GitHub told another history than that of {head[:7]}.")
    return found


def _limit_commits(count: int, since: str) -> None:
    if count > COMMITS:
        raise PolicyError(
            f"exclude: there are more than {COMMITS} commits {since}, too many to read who wrote them.",
            remedy="Let deployments be recorded: the job that deploys has an `environment`. Or leave out the "
            "exclusion of authors for this once.",
        )


def _commit(data: Mapping[str, Any]) -> _Commit:
    """Parse a commit of REST."""
    hands = (_hand(data["commit"][part] or {}, data[part]) for part in ("author", "committer"))
    return _Commit(sha=_sha(data["sha"]), node=str(data["node_id"]), hands=tuple(hands))


def _hand(git: Mapping[str, Any], account: Mapping[str, Any] | None) -> _Hand:
    """Parse an author or committer; a missing account is null, an empty object, or has no id."""
    person = person_of(account) if account and account["id"] is not None else None
    return _Hand(name=str(git.get("name") or ""), email=str(git.get("email") or ""), account=person)


# The authors ----------------------------------------------------------------------------


def _authors(client: Client, commits: Sequence[_Commit]) -> Iterator[tuple[_Hand, ...]]:
    """Read the authors of each commit, co-authors included."""
    nodes = paging.nodes(
        lambda ids: client.with_retry(lambda: client.graphql(_AUTHORS, {"ids": ids})),
        [commit.node for commit in commits],
        "commits",
    )
    for commit, (_, node) in zip(commits, nodes, strict=True):
        yield parse(f"the authors of {commit.sha[:7]}", partial(_authors_of, commit, node))


def _authors_of(commit: _Commit, node: Mapping[str, Any]) -> tuple[_Hand, ...]:
    if node["oid"] != commit.sha:
        raise ValueError("it is another commit's")
    authors = node["authors"]
    if authors["totalCount"] != len(authors["nodes"]):
        raise PolicyError(
            f"exclude: the commit {commit.sha[:7]} has {authors['totalCount']} authors, "
            f"and {len(authors['nodes'])} can be read.",
            remedy="Leave out the exclusion of authors for this once.",
        )
    return tuple(_hand(author, author["user"]) for author in authors["nodes"])


def _by_account(
    named: Sequence[tuple[str, _Hand]], host: str
) -> tuple[tuple[Person, ...], tuple[UnknownAuthor, ...]]:
    """Separate the authors with an account from those without.

    GraphQL gives no account for a bot, REST does: an address that has an
    account in one commit has it in every other.
    """
    owners = {hand.email.lower(): hand.account for _, hand in named if hand.account and hand.email}
    people: dict[int, Person] = {}
    unknown: dict[tuple[str, str], dict[str, None]] = {}
    for sha, hand in named:
        person = hand.account or owners.get(hand.email.lower()) or _no_reply_account(hand.email, host)
        if person is not None:
            people.setdefault(person.id, person)
        elif not _is_github(hand.email, host):
            who = ("" if hand.email else hand.name, hand.email.lower())
            unknown.setdefault(who, {})[sha] = None
    names = {hand.email.lower(): hand.name for _, hand in reversed(named)}
    return tuple(people.values()), tuple(
        UnknownAuthor(name=name or names[email], email=email, commits=tuple(commits))
        for (name, email), commits in unknown.items()
    )


def _no_reply_account(email: str, host: str) -> Person | None:
    """Return the account of a no-reply address, which contains its id.

    Only addresses of this GitHub count, since ids are its own
    (https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address).
    """
    found = _NO_REPLY.fullmatch(email.lower())
    if found is None or found["host"] != host:
        return None
    return Person(id=int(found["id"]), login=found["login"], bot=found["login"].endswith("[bot]"))


def _is_github(email: str, host: str) -> bool:
    """Whether an address is GitHub's own, which commits what people merge in the browser.

    On github.com it has an account, on a server only if one was set up
    (https://docs.github.com/en/enterprise-server@latest/admin/configuring-settings/configuring-user-applications-for-your-enterprise/configuring-web-commit-signing).
    """
    return email.lower() in {"noreply@github.com", f"noreply@{host}"}
