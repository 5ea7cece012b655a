"""What is new since the last deployment: commits, files, authors, and the pull requests that brought them in.

REST has each commit's author and committer with their accounts, bots included;
only GraphQL has its co-authors, and the pull requests.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from approval_gate.core.change import UnknownAuthor
from approval_gate.core.facts import Author, Change, Files, PullRequests
from approval_gate.errors import (
    GitHubError,
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    PolicyError,
)
from approval_gate.github import paging
from approval_gate.github.authors import ACTOR, Hand, actor_of, by_account, hand_of, is_github
from approval_gate.github.client import Client, in_parts
from approval_gate.github.parse import Answer, parse, sha_of
from approval_gate.github.pull_requests import (
    GRANT,
    WHAT,
    WHERE,
    Merge,
    New,
    read_pull_requests,
    read_reviews_again,
)
from approval_gate.github.situation import LastDeployment, read_last_deployment
from approval_gate.github.sources import read_from, unread, unreadable

COMMITS = 1_000
"""The most commits that are read: ten requests for them, two for their authors."""

BARRED = 2_000
"""The most commits that are read if their authors must be barred; then without their pull requests."""

FILES = 300
"""GitHub lists no more files of a comparison, and only on its first page
(https://docs.github.com/en/rest/commits/commits#compare-two-commits)."""

_AT_ONCE = 500
"""The commits of one query: five times the 100 ids that ``nodes`` takes. They are 56,000 of the 500,000 nodes
that a query can have, and cost 60 of at least 1,000 points an hour
(https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api)."""

_WHAT = "what is new since the last deployment"
_GRANTS = ("contents: read", "deployments: read")
_UNTIL_ONE = "Leave out the exclusion of authors until one has succeeded."

# The git author is first, then the trailers'. A commit has the merged pull request that brought it in, and
# outside of the default branch its open ones too (https://docs.github.com/en/graphql/reference/objects#commit).
_COMMIT = f"""
fragment Wrote on Commit {{
  oid
  authors(first: 100) {{ totalCount nodes {{ {ACTOR} }} }}
  associatedPullRequests(first: 10) {{
    totalCount
    nodes {{ number merged baseRepository {{ nameWithOwner }} commits {{ totalCount }} }}
  }}
}}"""

_Nodes: TypeAlias = "list[tuple[_Commit, Mapping[str, Any]]]"


class ReadChange(NamedTuple):
    """What is new, and those of its authors that have no account, with the addresses that they typed."""

    change: Change
    unknown: tuple[UnknownAuthor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commit:
    """A commit: its hash, its id in GraphQL, its author and committer.

    Attributes:
        joins: whether it is a merge, with several parents.
        verified: whether it has a signature that belongs to its committer.
    """

    sha: str
    node: str
    hands: tuple[Hand, ...]
    joins: bool
    verified: bool

    def is_by_github(self, host: str) -> bool:
        """Whether GitHub made it, as far as its signature proves that."""
        return self.verified and is_github(self.hands[-1].email, host)


class _TooMuchError(Exception):
    """More is new than is read."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def read_change(
    client: Client,
    full_name: str,
    last: LastDeployment,
    head: str,
    host: str,
    *,
    barred: bool = False,
    confirm: bool = True,
) -> ReadChange:
    """Read what is new since the environment's last successful deployment.

    What cannot be read is the source's problem; if the authors must be barred it is an error.

    Args:
        client: of the GitHub that the run is on.
        full_name: the current name of the repository that deploys: a redirect would lose the query.
        last: the last deployment of the environment, as far as it could be read.
        head: the commit to be deployed.
        host: this GitHub's host name, which its no-reply addresses end with.
        barred: whether the policy bars the authors from approving.
        confirm: whether something depends on the pull requests. Then GitHub is asked twice if it refuses
            them, since that can be a passing fault.

    Raises:
        PolicyError: the authors must be barred, and there are more commits or authors than can be read.
        GitHubError: the authors must be barred, and GitHub refuses to tell them, or has a fault.
    """
    at, path = client.now(), f"/repos/{full_name}/compare/{last.commit}...{head}"
    if last.commit is None:
        path = f"/repos/{full_name}/commits?sha={head}"
    try:
        return _Reader(client, full_name, head, host, barred=barred, confirm=confirm).read(last, at)
    except _TooMuchError as error:
        if barred:
            raise PolicyError(f"exclude: {error.problem}.", remedy=error.remedy) from error
        source = unreadable(f"GET {path}", at, error.problem)
    except GitHubError as error:
        if barred:
            raise _refused(error) from error
        source = unread(f"GET {path}", at, _WHAT, _GRANTS, error)
    return ReadChange(Change(source=source, since=last.commit))


def read_change_again(
    client: Client,
    full_name: str,
    environment: str,
    head: str,
    host: str,
    known: Change,
    *,
    run_id: int | None = None,
) -> Change:
    """Read the reviews again, in one request; everything if that could not be read, and now can be.

    The commits are fixed, and keep the time at which they were read.
    """
    requests = known.pull_requests
    if requests is not None and (requests.merged or requests.pushed):
        return replace(known, pull_requests=read_reviews_again(client, full_name, requests))
    lost = known.source if requests is None else requests.source
    if not lost.problem or lost.lasting:
        return known
    if requests is None:
        last = read_last_deployment(client, full_name, environment, run_id)
        return read_change(client, full_name, last, head, host).change
    last = LastDeployment(source=known.source, commit=known.since)
    found = read_change(client, full_name, last, head, host).change
    return replace(known, pull_requests=found.pull_requests or PullRequests(source=found.source))


def _refused(error: GitHubError) -> GitHubError:
    """Return the error where the policy needs the authors."""
    if not isinstance(error, (PermissionDeniedError, NotFoundError)):
        return error
    return PermissionDeniedError(
        "The token cannot see what was deployed before, or who wrote the new commits, "
        "and the policy excludes them.",
        remedy="Grant it `contents: read` and `deployments: read`.",
        detail=error.detail or error.problem,
    )


class _Reader:
    """Reads the commits of one change."""

    def __init__(
        self, client: Client, full_name: str, head: str, host: str, *, barred: bool, confirm: bool
    ) -> None:
        self._client, self._confirm = client, confirm
        self._full_name, self._head, self._host = full_name, head, host
        self._limit = BARRED if barred else COMMITS

    def read(self, last: LastDeployment, at: datetime) -> ReadChange:
        """Read them, and who wrote them."""
        if last.error is not None:
            raise last.error
        if last.source.problem:
            raise _TooMuchError(last.source.problem, _UNTIL_ONE)
        since = last.commit
        compared = self._compared(since) if since is not None else None
        files, commits = compared or (None, self._history())
        wrote, requests = self._asked(commits)
        authors, unknown = by_account(wrote, self._host)
        path = f"commits?sha={self._head}" if compared is None else f"compare/{since}...{self._head}"
        change = Change(
            source=read_from(f"GET /repos/{self._full_name}/{path}", at),
            since=since,
            whole=compared is None,
            commits=len(commits),
            authors=authors,
            unknown=tuple(Author(name=it.name, commit=it.commits[0]) for it in unknown),
            files=files,
            pull_requests=requests,
        )
        return ReadChange(change, unknown)

    # Commits ---------------------------------------------------------------------------

    def _compared(self, base: str) -> tuple[Files, list[_Commit]] | None:
        """Return the files and commits of ``base..head``; None if they cannot be compared.

        GitHub answers 404 for a commit that no longer exists, as for histories without a common ancestor
        (https://docs.github.com/en/rest/commits/commits#compare-two-commits).
        """
        found: list[_Commit] = []
        files: Files | None = None
        total = 0
        try:
            for answer in self._pages(f"compare/{base}...{self._head}"):
                total, some = parse("the commits that are new", partial(_page_of, answer))
                if files is None:
                    files = parse("the files that are changed", partial(_files, answer))
                found += some
                self._check(total, f"since {base[:7]} was deployed")
        except NotFoundError:
            return None
        if files is None or len(found) != total:
            raise OutageError(f"GitHub listed {len(found)} of the {total} new commits.")
        return files, found

    def _history(self) -> list[_Commit]:
        """Return a commit and all its ancestors (https://docs.github.com/en/rest/commits/commits#list-commits).

        The first page says how many pages there are.
        """
        found: list[_Commit] = []
        for answer in self._pages("commits", {"sha": self._head}):
            found += [parse("the commits", partial(_commit, data)) for data in paging.items(answer)]
            least = max(len(found), (paging.last_page(answer) - 1) * paging.PAGE + 1)
            self._check(least, "in all, since no deployment is known")
        if not found or found[0].sha != self._head:
            raise OutageError(f"GitHub did not list the history of {self._head[:7]}.")
        return found

    def _pages(self, path: str, parameters: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """Read all pages. A refusal means something, so it is confirmed."""
        return paging.forward(self._client.read_confirmed, f"/repos/{self._full_name}/{path}", parameters)

    def _check(self, count: int, since: str) -> None:
        if count > self._limit:
            raise _TooMuchError(
                f"there are more than {self._limit:,} commits {since}, too many to read who wrote them",
                "Let deployments be recorded: the job that deploys has an `environment`. Or leave out the "
                "exclusion of authors for this once.",
            )

    # Authors and pull requests ---------------------------------------------------------

    def _asked(self, commits: Sequence[_Commit]) -> tuple[list[tuple[str, Hand]], PullRequests | None]:
        """Read the authors of each commit, co-authors included, and its pull requests."""
        if not commits:
            return [], None
        at = self._client.now()
        wrote: list[tuple[str, Hand]] = []
        nodes: dict[str, Mapping[str, Any]] = {}
        refused: GitHubError | None = None
        for start in range(0, len(commits), _AT_ONCE):
            some = commits[start : start + _AT_ONCE]
            for found, refusal in in_parts(self._client, self._nodes, some, paging.PAGE):
                refused = refused or refusal
                for commit, node in found:
                    more = parse(f"the authors of {commit.sha[:7]}", partial(_authors_of, commit, node))
                    wrote += [(commit.sha, hand) for hand in (*commit.hands, *more)]
                    nodes[commit.sha] = node
        if len(commits) > COMMITS:
            much = unreadable(WHERE, at, f"there are more than {COMMITS:,} commits, too many to read reviews")
            return wrote, PullRequests(source=much)
        try:
            if refused is not None:
                raise refused
            merges = parse(WHAT, partial(_merges_of, nodes, self._full_name.lower()))
            new = {
                it.sha: New(merges=merges[it.sha], joins=it.joins, by_github=it.is_by_github(self._host))
                for it in commits
            }
        except GitHubError as error:
            return wrote, PullRequests(source=unread(WHERE, at, WHAT, GRANT, error))
        return wrote, read_pull_requests(self._client, self._full_name, new, self._host)

    def _nodes(self, client: Client, commits: Sequence[_Commit]) -> tuple[_Nodes, GitHubError | None]:
        """Ask for commits, 100 of them in each part of the query."""
        pages = [commits[start : start + paging.PAGE] for start in range(0, len(commits), paging.PAGE)]
        ids = {f"ids{n}": [it.node for it in page] for n, page in enumerate(pages)}
        declared = ", ".join(f"${name}: [ID!]!" for name in ids)
        parts = "".join(f"  {name}: nodes(ids: ${name}) {{ ...Wrote }}\n" for name in ids)
        query = f"query({declared}) {{\n{parts}}}{_COMMIT}"
        ask = partial(client.with_retry, partial(client.graphql_parts, query, ids))
        try:
            data, refused = ask()
        except (NotFoundError, PermissionDeniedError):
            data, refused = ask()
        else:
            if refused and self._confirm:
                data, refused = ask()
        found: _Nodes = []
        for name, page in zip(ids, pages, strict=True):
            some = data.get(name)
            if not isinstance(some, list) or len(some) != len(page):
                raise OutageError("GitHub's GraphQL returned another number of commits than was asked for.")
            found += zip(page, some, strict=True)
        return found, next(iter(refused.values()), None)


def _page_of(answer: Answer) -> tuple[int, list[_Commit]]:
    return int(answer.data["total_commits"]), [_commit(data) for data in answer.data["commits"]]


def _files(answer: Answer) -> Files:
    """Parse the files of a comparison's first page; one that is moved counts by both its names."""
    files = answer.data["files"]
    names = (str(file[key]) for file in files for key in ("previous_filename", "filename") if file.get(key))
    return Files(paths=tuple(dict.fromkeys(names)), complete=len(files) < FILES)


def _commit(data: Mapping[str, Any]) -> _Commit:
    """Parse a commit of REST."""
    hands = (hand_of(data["commit"][part] or {}, data[part]) for part in ("author", "committer"))
    return _Commit(
        sha=sha_of(data["sha"]),
        node=str(data["node_id"]),
        hands=tuple(hands),
        joins=len(data["parents"]) > 1,
        verified=(data["commit"].get("verification") or {}).get("verified") is True,
    )


def _authors_of(commit: _Commit, node: Mapping[str, Any]) -> list[Hand]:
    if node["oid"] != commit.sha:
        raise ValueError("it is another commit's")
    authors = node["authors"]
    if authors["totalCount"] != len(authors["nodes"]):
        raise _TooMuchError(
            f"the commit {commit.sha[:7]} has {authors['totalCount']} authors, "
            f"and {len(authors['nodes'])} can be read",
            "Leave out the exclusion of authors for this once.",
        )
    return [actor_of(author) for author in authors["nodes"]]


def _merges_of(nodes: Mapping[str, Mapping[str, Any]], full_name: str) -> dict[str, tuple[Merge, ...]]:
    """Parse the merged pull requests of commits, by their hashes.

    A pull request of a fork, or of the repository that this one is a fork of, is not this repository's.
    """
    merges = {}
    for sha, node in nodes.items():
        found = node["associatedPullRequests"]
        if found["totalCount"] != len(found["nodes"]):
            raise ValueError(f"{sha[:7]} has more of them than were told")
        merges[sha] = tuple(
            Merge(number=int(it["number"]), commits=int(it["commits"]["totalCount"]))
            for it in found["nodes"]
            if it["merged"] and it["baseRepository"] is not None
            if it["baseRepository"]["nameWithOwner"].lower() == full_name
        )
    return merges
