"""The merged pull requests of a change: who wrote them, and who approved which of their commits.

Merging needs no review, so that one is there is never taken for granted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from approval_gate.core.facts import PullRequest, PullRequests, Review
from approval_gate.core.model import Person
from approval_gate.errors import GitHubError, NotFoundError, PermissionDeniedError
from approval_gate.github import paging
from approval_gate.github.authors import ACTOR, Hand, actor_of, by_account
from approval_gate.github.client import Client, in_parts
from approval_gate.github.parse import parse, person_of, sha_of
from approval_gate.github.sources import read_from, unread

GRANT = ("pull-requests: read",)
WHERE = "GraphQL PullRequest.latestOpinionatedReviews"
WHAT = "the pull requests of what is new"

COMMITS = 1_000
"""The most commits of one pull request that are read."""

_AT_ONCE = 200
"""The pull requests of one query. They are at most 440,000 of the 500,000 nodes that a query can have, and
cost 204 of at least 1,000 points an hour: that depends on how many commits are asked for
(https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api)."""

_LEAST = 50
"""The pull requests of one query after a fault."""

_SIZES = (5, 20, 100)
"""How many commits of a pull request are asked for: the least of these that holds them all, or the last."""

_ACCOUNT = "type: __typename login ... on User { id: databaseId } ... on Bot { id: databaseId }"

# The last review of each person with write access that approves, asks for changes, or was dismissed
# (https://docs.github.com/en/graphql/reference/objects#pullrequest).
_REVIEWS = f"""
  headRefOid
  latestOpinionatedReviews(first: 100, writersOnly: true) {{
    totalCount
    nodes {{ state author {{ {_ACCOUNT} }} commit {{ oid }} }}
    pageInfo {{ hasNextPage }}
  }}"""

_COMMITS = f"""{{
    totalCount
    nodes {{
      commit {{ oid committer {{ {ACTOR} }} authors(first: 20) {{ totalCount nodes {{ {ACTOR} }} }} }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}"""

_FURTHER = f"""
query($owner: String!, $name: String!, $number: Int!, $after: String!) {{
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{ commits(first: 100, after: $after) {_COMMITS} }}
  }}
}}"""


_FRAGMENTS = {
    "Reviews": f"{{{_REVIEWS}\n}}",
    **{
        f"UpTo{size}": f"""{{
  number title url author {{ {_ACCOUNT} }} mergeCommit {{ oid }}{_REVIEWS}
  commits(first: {size}) {_COMMITS}
}}"""
        for size in _SIZES
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A pull request that brought a commit in, and how many commits it has."""

    number: int
    commits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A new commit: the pull requests that GitHub says brought it in, and how it was made.

    Attributes:
        joins: whether it is a merge, with several parents.
        by_github: whether GitHub made and signed it.
    """

    merges: tuple[Merge, ...]
    joins: bool
    by_github: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page of a pull request's commits, how many there are in all, and where the next page begins."""

    commits: list[Mapping[str, Any]]
    total: int
    end: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A pull request, its own commits, and the commit that its merge made the head of the branch."""

    request: PullRequest
    own: frozenset[str]
    merge: str | None

    def brought(self, sha: str, commit: New, new: Collection[str]) -> bool:
        """Whether all that is in a commit was there to be reviewed: it is its own, or GitHub made it.

        GitHub takes a pull request as merged once its last commit is pushed to the branch, whatever a merge
        or another commit on top adds to it. What GitHub merges itself has a signature; what it squashes or
        rebases has not always one, but then the last commit is not in the branch
        (https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges#indirect-merges).
        """
        if sha in self.own or not self.request.complete:
            return True
        return commit.by_github if commit.joins else self.request.head not in new


def read_pull_requests(client: Client, full_name: str, new: Mapping[str, New], host: str) -> PullRequests:
    """Read the pull requests that brought commits in; if that fails, it is the source's problem.

    Args:
        client: of the GitHub that the run is on.
        full_name: the current name of the repository.
        new: the commits that are new, by their hashes.
        host: this GitHub's host name, which its no-reply addresses end with.
    """
    at, reader = client.now(), _Reader(client, full_name, host)
    sizes = {merge.number: merge.commits for commit in new.values() for merge in commit.merges}
    try:
        found = list(reader.whole(sizes))
    except GitHubError as error:
        return PullRequests(source=unread(WHERE, at, WHAT, GRANT, error))
    return PullRequests(
        source=read_from(WHERE, at),
        merged=tuple(it.request for it in found),
        pushed=tuple(_pushed(new, found)),
    )


def read_reviews_again(client: Client, full_name: str, known: PullRequests) -> PullRequests:
    """Read the reviews again, in one request for 200 pull requests; a failure is the source's problem."""
    at, reader = client.now(), _Reader(client, full_name, "")
    try:
        found = list(reader.reviews(known.merged))
    except GitHubError as error:
        return replace(known, source=unread(WHERE, at, WHAT, GRANT, error))
    return replace(known, source=read_from(WHERE, at), merged=tuple(found))


class _Reader:
    """Reads pull requests of one repository."""

    def __init__(self, client: Client, full_name: str, host: str) -> None:
        self._client, self._host = client, host
        owner, _, name = full_name.partition("/")
        self._repository = {"owner": owner, "name": name}

    def whole(self, sizes: Mapping[int, int]) -> Iterator[_Read]:
        """Read pull requests by their numbers, each with so many commits."""
        for number, data in self._nodes({number: _fragment(size) for number, size in sizes.items()}):
            what = f"pull request #{number}"
            commits = list(self._commits(number, data, what))
            yield parse(what, partial(_read, data, commits, self._host))

    def reviews(self, known: Iterable[PullRequest]) -> Iterator[PullRequest]:
        """Read the reviews of pull requests."""
        requests = {it.number: it for it in known}
        for number, data in self._nodes(dict.fromkeys(requests, "Reviews")):
            head, approvals, complete = parse(f"pull request #{number}", partial(_reviews, data))
            it = requests[number]
            yield replace(it, head=head, approvals=approvals, complete=it.complete and complete)

    def _commits(self, number: int, data: Any, what: str) -> Iterator[_Page]:  # noqa: ANN401 - JSON
        """Parse the commits, and read further pages while there are some."""
        page = parse(what, partial(_page_of, data, None))
        yield page
        count = len(page.commits)
        while page.end is not None and count < COMMITS:
            further = self._ask(self._client, _FURTHER, {"number": number, "after": page.end})
            page = parse(what, partial(_page_of, further["pullRequest"], page.end))
            count += len(page.commits)
            yield page

    def _nodes(self, fragments: Mapping[int, str]) -> Iterator[tuple[int, Any]]:
        """Ask for pull requests, with a fragment for each."""
        numbers = sorted(fragments)

        def ask(client: Client, some: Sequence[int]) -> Iterator[tuple[int, Any]]:
            found = self._ask(client, _query({number: fragments[number] for number in some}))
            return ((number, found.get(f"p{number}")) for number in some)

        for start in range(0, len(numbers), _AT_ONCE):
            for found in in_parts(self._client, ask, numbers[start : start + _AT_ONCE], _LEAST):
                yield from found

    def _ask(
        self, client: Client, query: str, variables: Mapping[str, object] | None = None
    ) -> Mapping[str, Any]:
        """Ask about the repository. A refusal means something, so it is confirmed."""
        given = {**self._repository, **(variables or {})}
        ask = partial(client.with_retry, partial(client.graphql, query, given))
        try:
            return _repository_of(ask())
        except (NotFoundError, PermissionDeniedError):
            return _repository_of(ask())


def _pushed(new: Mapping[str, New], found: Sequence[_Read]) -> Iterator[str]:
    """Find the commits that no pull request brought in as it was reviewed."""
    numbered = {it.request.number: it for it in found}
    merges = {it.merge: it for it in found}
    for sha, commit in new.items():
        brought = [numbered[merge.number] for merge in commit.merges]
        brought += [merges[sha]] if sha in merges else []
        if not any(it.brought(sha, commit, new) for it in brought):
            yield sha


def _repository_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    repository = data.get("repository")
    if repository is None:
        raise NotFoundError("GitHub's GraphQL finds no such repository that this token can see.")
    return parse("the repository", lambda: {**repository})


def _query(fragments: Mapping[int, str]) -> str:
    parts = "".join(
        f"    p{it}: pullRequest(number: {it}) {{ ...{name} }}\n" for it, name in fragments.items()
    )
    used = "".join(f"\nfragment {name} on PullRequest {_FRAGMENTS[name]}" for name in {*fragments.values()})
    return (
        "query($owner: String!, $name: String!) {\n  repository(owner: $owner, name: $name) {\n"
        f"{parts}  }}\n}}{used}"
    )


def _fragment(size: int) -> str:
    return f"UpTo{next((it for it in _SIZES if size <= it), _SIZES[-1])}"


def _page_of(data: Mapping[str, Any], before: str | None) -> _Page:
    commits = data["commits"]
    return _Page(
        commits=[it["commit"] for it in commits["nodes"]],
        total=int(commits["totalCount"]),
        end=paging.cursor(commits, before),
    )


def _read(data: Mapping[str, Any], pages: Sequence[_Page], host: str) -> _Read:
    head, approvals, complete = _reviews(data)
    commits = [commit for page in pages for commit in page.commits]
    authors, _ = by_account(_hands(commits), host)
    known = all(it["authors"]["totalCount"] == len(it["authors"]["nodes"]) for it in commits)
    request = PullRequest(
        number=int(data["number"]),
        title=str(data["title"]),
        url=str(data["url"]),
        author=_person(data["author"]),
        head=head,
        authors=authors,
        approvals=approvals,
        complete=complete and known and len(commits) == pages[-1].total,
    )
    return _Read(
        request=request,
        own=frozenset(sha_of(it["oid"]) for it in commits),
        merge=data["mergeCommit"] and sha_of(data["mergeCommit"]["oid"]),
    )


def _hands(commits: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Hand]]:
    for commit in commits:
        committer = [commit["committer"]] if commit["committer"] else []
        for actor in (*commit["authors"]["nodes"], *committer):
            yield sha_of(commit["oid"]), actor_of(actor)


def _reviews(data: Mapping[str, Any]) -> tuple[str, tuple[Review, ...], bool]:
    """Parse the last commit, each person's approval, and whether there are no more reviews than these."""
    reviews = data["latestOpinionatedReviews"]
    nodes, complete = reviews["nodes"], not reviews["pageInfo"]["hasNextPage"]
    if complete and reviews["totalCount"] != len(nodes):
        raise ValueError("it has more reviews than were told")
    approvals = (
        Review(by=by, commit=sha_of(it["commit"]["oid"]) if it["commit"] else "")
        for it in nodes
        if it["state"] == "APPROVED" and (by := _person(it["author"])) is not None
    )
    return sha_of(data["headRefOid"]), tuple(approvals), complete


def _person(actor: Mapping[str, Any] | None) -> Person | None:
    """Parse an account; GraphQL leaves out what REST appends to the login of a bot."""
    person = person_of(actor)
    return replace(person, login=f"{person.login}[bot]") if person is not None and person.bot else person
