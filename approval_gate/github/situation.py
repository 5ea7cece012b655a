"""What was deployed before, here and in other environments, and which issues are open: one query of GraphQL.

Each source is a field of the query itself, so that one that the token cannot read takes no other with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any, TypeAlias

from approval_gate.core.facts import Deployed, OpenIssue, OpenIssues, Source
from approval_gate.errors import GitHubError, NotFoundError, PermissionDeniedError
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.parse import parse, sha_of, time_of, web_address
from approval_gate.github.sources import read_from, unread, unreadable

DEPLOYMENTS = 1_000
"""The most deployments that are searched for one that succeeded."""

_OPEN_ISSUES = 3
"""The open issues of a label that are named; all are counted."""

_HERE, _ELSEWHERE, _OPEN = "here", "elsewhere", "open"
"""The fields of the query. The last two have a number, one for each environment or label."""

_DEPLOYMENTS_GRANT = ("deployments: read",)
_ELSEWHERE_GRANT = ("contents: read", "deployments: read")
_ISSUES_GRANT = ("issues: read",)

# A later success makes earlier deployments inactive, but their statuses still say that they had succeeded
# (https://docs.github.com/en/graphql/reference/objects#deployment). What deploys through the API can report a
# failure after the success, such as of tests there.
_HERE_PART = """
  here: repository(owner: $owner, name: $name) {
    deployments(
      environments: [$here]
      first: 50
      after: $after
      orderBy: {field: CREATED_AT, direction: DESC}
    ) {
      nodes { commitOid statuses(first: 100) { nodes { state createdAt logUrl } } }
      pageInfo { hasNextPage endCursor }
    }
  }"""

_ELSEWHERE_PART = """
  elsewhere%(number)d: repository(owner: $owner, name: $name) {
    object(oid: $head) {
      ... on Commit {
        deployments(
          environments: [$elsewhere%(number)d]
          first: 20
          orderBy: {field: CREATED_AT, direction: DESC}
        ) {
          nodes { commitOid environment statuses(first: 50) { nodes { state createdAt logUrl } } }
        }
      }
    }
  }"""

_OPEN_PART = """
  open%(number)d: repository(owner: $owner, name: $name) {
    label(name: $open%(number)d) { name }
    issues(
      labels: [$open%(number)d]
      states: [OPEN]
      first: %(shown)d
      orderBy: {field: CREATED_AT, direction: DESC}
    ) {
      totalCount
      nodes { number title url }
    }
  }"""

_Parts: TypeAlias = tuple[Mapping[str, Any], Mapping[str, PermissionDeniedError]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDeployment:
    """The commit that was deployed last to an environment with success; None if none was.

    Attributes:
        error: why it could not be read.
    """

    source: Source
    commit: str | None = None
    error: GitHubError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What one query found; ``last`` is None if it was not asked for."""

    last: LastDeployment | None = None
    deployed: tuple[Deployed, ...] = ()
    issues: tuple[OpenIssues, ...] = ()


def read_situation(
    client: Client,
    full_name: str,
    head: str,
    *,
    here: str | None = None,
    elsewhere: Sequence[str] = (),
    labels: Sequence[str] = (),
    run_id: int | None = None,
    confirm: bool = True,
) -> Situation:
    """Read what was deployed and what is open; if a part fails, it is the problem of that source alone.

    Args:
        client: of the GitHub that the run is on.
        full_name: the current name of the repository that deploys: a redirect would lose the query.
        head: the commit to be deployed.
        here: the environment whose last deployment is looked for.
        elsewhere: other environments, in which the commit itself is looked for.
        labels: of open issues.
        run_id: of the run that asks, whose own jobs do not count as the last deployment.
        confirm: whether something depends on a refusal, which can be a passing fault: then GitHub is asked
            twice.
    """
    if here is None and not elsewhere and not labels:
        return Situation()
    reader = _Reader(client, full_name, head, run_id, confirm=confirm)
    found = reader.ask(here, elsewhere, labels)
    return Situation(
        last=None if here is None else reader.last(here, found),
        deployed=tuple(reader.elsewhere(name, f"{_ELSEWHERE}{n}", found) for n, name in enumerate(elsewhere)),
        issues=tuple(reader.open(label, f"{_OPEN}{n}", found) for n, label in enumerate(labels)),
    )


def read_last_deployment(
    client: Client, full_name: str, environment: str, run_id: int | None = None
) -> LastDeployment:
    """Read the last deployment alone; ``run_id`` is that of the run that asks."""
    reader = _Reader(client, full_name, "", run_id, confirm=True)
    return reader.last(environment, reader.ask(environment, (), ()))


class _Reader:
    """Asks one repository; what GitHub answers at once has one time."""

    def __init__(
        self, client: Client, full_name: str, head: str, run_id: int | None, *, confirm: bool
    ) -> None:
        self._client, self._confirm, self._run_id = client, confirm, run_id
        self._owner, _, self._name = full_name.partition("/")
        self._head = head
        self._at = client.now()

    def ask(
        self, here: str | None, elsewhere: Sequence[str], labels: Sequence[str], after: str | None = None
    ) -> _Parts | GitHubError:
        """Return GitHub's answer, or why there is none."""
        query, variables = _query(here, elsewhere, labels)
        given: dict[str, object] = {"owner": self._owner, "name": self._name, **variables}
        given |= {"head": self._head} if elsewhere else {}
        given |= {"after": after} if here is not None else {}
        found = self._ask(query, given)
        return self._ask(query, given) if self._confirm and _refused(found) else found

    def _ask(self, query: str, variables: Mapping[str, object]) -> _Parts | GitHubError:
        try:
            return self._client.with_retry(partial(self._client.graphql_parts, query, variables))
        except GitHubError as error:
            return error

    def last(self, here: str, found: _Parts | GitHubError) -> LastDeployment:
        """Find the newest success, on further pages if it is not on the first."""
        where, what = "GraphQL Repository.deployments", "the deployments to this environment"
        after, seen = None, 0
        try:
            while seen < DEPLOYMENTS:
                page = _part(found, _HERE)
                commit, after, count = parse(what, partial(_newest, page, after, self._run_id))
                if commit is not None or after is None:
                    return LastDeployment(source=read_from(where, self._at), commit=commit)
                seen += count
                found = self.ask(here, (), (), after)
        except GitHubError as error:
            source = unread(where, self._at, what, _DEPLOYMENTS_GRANT, error)
            return LastDeployment(source=source, error=error)
        problem = f"of the last {seen} deployments to this environment none succeeded"
        return LastDeployment(source=unreadable(where, self._at, problem))

    def elsewhere(self, name: str, part: str, found: _Parts | GitHubError) -> Deployed:
        """Find when the commit succeeded in another environment."""
        where, what = "GraphQL Commit.deployments", f"the deployments to {name}"
        try:
            successes = parse(what, partial(_successes, _part(found, part), name, self._head))
        except GitHubError as error:
            source = unread(where, self._at, what, _ELSEWHERE_GRANT, error)
            return Deployed(environment=name, source=source)
        source = read_from(where, self._at)
        if not successes:
            return Deployed(environment=name, source=source)
        at, url = max(successes, key=itemgetter(0))
        return Deployed(environment=name, source=source, at=at, url=url)

    def open(self, label: str, part: str, found: _Parts | GitHubError) -> OpenIssues:
        """Count the open issues with a label."""
        where, what = "GraphQL Repository.issues", f"the open issues with the label {label}"
        try:
            exists, count, first = parse(what, partial(_open, _part(found, part)))
        except GitHubError as error:
            return OpenIssues(label=label, source=unread(where, self._at, what, _ISSUES_GRANT, error))
        if not exists:
            source = unreadable(
                where, self._at, f"this repository has no label {label}: create it, or correct the policy"
            )
            return OpenIssues(label=label, source=source)
        return OpenIssues(label=label, source=read_from(where, self._at), count=count, first=first)


def _query(here: str | None, elsewhere: Sequence[str], labels: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the query, and its variables but for those that every part shares."""
    numbered = [(_ELSEWHERE, elsewhere, _ELSEWHERE_PART), (_OPEN, labels, _OPEN_PART)]
    variables = {} if here is None else {_HERE: here}
    variables |= {f"{kind}{n}": name for kind, names, _ in numbered for n, name in enumerate(names)}
    parts = [] if here is None else [_HERE_PART]
    parts += [
        part % {"number": number, "shown": _OPEN_ISSUES}
        for _, names, part in numbered
        for number, _ in enumerate(names)
    ]
    declared = ["$owner: String!", "$name: String!", *(f"${name}: String!" for name in variables)]
    declared += ["$head: GitObjectID!"] if elsewhere else []
    declared += ["$after: String"] if here is not None else []
    return f"query({', '.join(declared)}) {{{''.join(parts)}\n}}", variables


def _refused(found: _Parts | GitHubError) -> bool:
    """Whether the token may not see something, or GitHub says so."""
    if isinstance(found, GitHubError):
        return isinstance(found, (NotFoundError, PermissionDeniedError))
    return bool(found[1]) or None in found[0].values()


def _part(found: _Parts | GitHubError, part: str) -> Mapping[str, Any]:
    """Return what a part of the query found, or raise why it did not."""
    if isinstance(found, GitHubError):
        raise found
    data, refused = found
    if part in refused:
        raise refused[part]
    repository = data.get(part)
    if repository is None:
        raise NotFoundError("GitHub's GraphQL finds no such repository that this token can see.")
    return parse("the repository", lambda: {**repository})


def _newest(
    repository: Mapping[str, Any], before: str | None, run_id: int | None
) -> tuple[str | None, str | None, int]:
    """Return a page's newest success, the cursor of the next page, and the page's length.

    A job of this run that names the environment, such as one that builds with its secrets, has deployed
    nothing: it would make all commits seem deployed. GitHub gives its address with each status.
    """
    page = repository["deployments"]
    end = paging.cursor(page, before)
    if end is not None and not page["nodes"]:
        raise ValueError("a page leads nowhere")
    succeeded = (
        sha_of(it["commitOid"])
        for it in page["nodes"]
        if it and not all(_is_of(status, run_id) for status in _lasting(it))
    )
    return next(succeeded, None), end, len(page["nodes"])


def _successes(repository: Mapping[str, Any], name: str, head: str) -> list[tuple[datetime, str | None]]:
    """Return when the commit succeeded in an environment, and where its log is."""
    deployments = repository["object"]["deployments"]["nodes"]
    return [
        (time_of(status["createdAt"]), web_address(status["logUrl"]))
        for it in deployments
        if it and it["commitOid"] == head and it["environment"].lower() == name.lower()
        for status in _lasting(it)
    ]


def _is_of(status: Mapping[str, Any], run_id: int | None) -> bool:
    """Whether a job of a run gave a status."""
    return run_id is not None and f"/actions/runs/{run_id}/" in (status["logUrl"] or "")


def _lasting(deployment: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Find the successes of a deployment after which it did not fail."""
    statuses = [it for it in (deployment["statuses"] or {"nodes": []})["nodes"] if it]
    failures = [time_of(it["createdAt"]) for it in statuses if it["state"] in {"FAILURE", "ERROR"}]
    for it in statuses:
        if it["state"] == "SUCCESS" and all(at < time_of(it["createdAt"]) for at in failures):
            yield it


def _open(repository: Mapping[str, Any]) -> tuple[bool, int, tuple[OpenIssue, ...]]:
    """Return whether the label exists, how many open issues have it, and the first of them.

    Without the label no issue could have it, and a misspelt one would never hold anything back.
    """
    issues = repository["issues"]
    first = [
        OpenIssue(number=int(it["number"]), title=str(it["title"]), url=str(it["url"]))
        for it in issues["nodes"]
    ]
    count = int(issues["totalCount"])
    if count < len(first) or (count and not first):
        raise ValueError("the count is another than that of the issues")
    return repository["label"] is not None, count, tuple(first)
