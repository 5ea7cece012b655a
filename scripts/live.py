"""Check the assumptions of the embedded GitHub on github.com, in a scratch repository.

    GITHUB_TOKEN=… [SECOND_TOKEN=…] [TEAM=org/slug] make live REPO=owner/name

It runs the gate with a window of half a minute in which nobody answers, and then
checks GitHub's behaviour, mostly on the issue that the gate opened and closed.
Most checks state an assumption; if GitHub's behaviour is not known yet, a check
prints an observation.

Checks that need more than GITHUB_TOKEN are skipped without it: SECOND_TOKEN belongs
to another account that can write to the repository; one of the two tokens must be an
app's (a workflow's own token is) for the limits of bots; TEAM is a team with access
to the repository. The approver is the repository's owner or APPROVER. It must not be
the account of GITHUB_TOKEN, whose answers never count. Only the issue and its
comments are changed.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from approval_gate.errors import GitHubError, PermissionDeniedError
from approval_gate.github.client import Client
from approval_gate.github.parse import time_of
from approval_gate.github.people import account_id
from approval_gate.github.wire import static_token
from approval_gate.rehearsal.rehearse import outputs_of

API, SERVER = "https://api.github.com", "https://github.com"
USAGE = (
    "usage: GITHUB_TOKEN=… [SECOND_TOKEN=…] [TEAM=org/slug] make live REPO=owner/name (a scratch repository)"
)
LAG = 5.0
"""Seconds until a change is visible in every replica of GitHub."""


class SystemClock:
    """The system's clock."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings from the command line and the environment."""

    repository: str
    token: str = field(repr=False)
    second: str = field(default="", repr=False)
    team: str = ""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of a token."""

    client: Client
    id: int
    is_app: bool


@dataclass(frozen=True)
class Check:
    """A check of GitHub's behaviour.

    Attributes:
        text: the assumption, or the subject of the observation.
        run: returns whether the assumption holds, or the observation.
        skip_reason: why the check cannot run; empty if it can.
    """

    text: str
    run: Callable[[], bool | str]
    skip_reason: str = ""


def main() -> int:
    """Run every check, and return the number of failures."""
    settings = read_settings(sys.argv[1:], os.environ)
    first = account(settings.token)
    second = account(settings.second) if settings.second else None
    number = run_gate(first.client, settings)
    return run_checks(checks(settings, f"/repos/{settings.repository}/issues/{number}", first, second))


def read_settings(arguments: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Read the command line and the environment; exit if they are invalid."""
    if len(arguments) != 1 or not _is_pair(arguments[0]):
        sys.exit(USAGE)
    settings = Settings(
        repository=arguments[0],
        token=environ.get("GITHUB_TOKEN", ""),
        second=environ.get("SECOND_TOKEN", ""),
        team=environ.get("TEAM", ""),
    )
    if not settings.token:
        sys.exit(f"GITHUB_TOKEN is not set.\n{USAGE}")
    if settings.second == settings.token:
        sys.exit("SECOND_TOKEN is the same as GITHUB_TOKEN; use a token of another account, or leave it out.")
    if settings.team and not _is_pair(settings.team):
        sys.exit(f"TEAM is {settings.team!r}; write it as org/slug.")
    return settings


def _is_pair(text: str) -> bool:
    before, slash, after = text.partition("/")
    return bool(before and slash and after) and "/" not in after


def account(token: str, api: str = API) -> Account:
    """Look up the account of a token."""
    client = Client(static_token(token), api, SystemClock())
    try:
        client.read("/user")
    except PermissionDeniedError:
        return Account(client=client, id=account_id(client), is_app=True)
    return Account(client=client, id=account_id(client), is_app=False)


def run_checks(checks: Iterable[Check]) -> int:
    """Run checks, print the results, and return the number of failures."""
    failed = 0
    for check in checks:
        if check.skip_reason:
            print(f"skipped: {check.text} ({check.skip_reason})")
            continue
        try:
            result = check.run()
        except GitHubError as error:
            print(f"  {error.problem} {error.detail}")
            result = False
        failed += result is False
        observation = f": {result}" if isinstance(result, str) else ""
        print(f"{'?  ' if observation else 'yes' if result else 'NO '}  {check.text}{observation}")
    return failed


def checks(settings: Settings, path: str, first: Account, second: Account | None) -> list[Check]:
    """List the checks.

    Args:
        settings: the repository, and the team if there is one.
        path: of the issue that the gate opened and closed.
        first: the account that runs the gate.
        second: another account, if there is one.
    """
    client, repository = first.client, f"/repos/{settings.repository}"
    other = "" if second and second.id != first.id else "needs a second account: SECOND_TOKEN"
    two = second or first
    bot = next((one.client for one in (first, two) if one.is_app), client)
    person = "" if first.is_app or two.is_app else "needs an app's token as GITHUB_TOKEN or SECOND_TOKEN"
    team = "" if settings.team else "needs TEAM=org/slug"
    return [
        Check("the issue is closed and labelled", lambda: closed(client, path)),
        Check("an unchanged issue answers 304 and costs nothing", lambda: free(client, path)),
        Check("unchanged comments answer 304 and cost nothing", lambda: free(client, f"{path}/comments")),
        Check(
            "the history of an edited comment has whole texts, newest first, and the editor",
            lambda: whole_texts(first, path),
        ),
        Check("GraphQL and REST give the same time of the last change", lambda: same_time(client, path)),
        Check("deleting one's own comment leaves no event", lambda: own_deletion(two, client, path), other),
        Check(
            "deleting somebody else's comment leaves an event with both names",
            lambda: others_deletion(first, two, path),
            other,
        ),
        Check("the actor of that event that the second account sees", lambda: deleter(two, path), other),
        Check(
            "a team's permission on the repository takes one request",
            lambda: team_permission(client, settings),
            team,
        ),
        Check("a team's members have at least its permission", lambda: inherited(client, settings), team),
        Check(
            "people who can push are listed in pages",
            lambda: collaborators(client, repository),
        ),
        Check(
            "a filter of collaborators lets through everybody with at least that permission",
            lambda: at_least(client, repository),
        ),
        Check("an issue can be made a sub-issue", lambda: sub_issue(client, path)),
        Check("GraphQL lists issues by a label in any case", lambda: by_label(client, settings, path)),
        Check("GraphQL lists a commit's deployments", lambda: of_commit(client, settings)),
        Check(
            "the commit that merged a pull request has it, and its reviews are counted as they are listed",
            lambda: of_merge(client, settings),
        ),
        # The first of these locks the conversation.
        Check("a conversation can be locked", lambda: lock(client, path)),
        Check("on a locked issue a bot cannot comment", lambda: not comment_on(bot, path), person),
        Check("on a locked issue a bot cannot react", lambda: not react_on(bot, path), person),
        Check("a bot edits its own comment on a locked issue", lambda: edit_locked(bot, path), person),
        Check("a bot closes and labels a locked issue", lambda: close_locked(bot, path), person),
    ]


def run_gate(client: Client, settings: Settings) -> int:
    """Run the gate in the repository, and return the issue's number."""
    data = client.read(f"/repos/{settings.repository}").data
    head = client.read(f"/repos/{settings.repository}/commits", {"per_page": 1}).data[0]
    approver = os.environ.get("APPROVER") or data["owner"]["login"]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        output.touch()
        environment = {
            **{name: value for name, value in os.environ.items() if name != "SECOND_TOKEN"},
            "GITHUB_REPOSITORY": settings.repository,
            "GITHUB_RUN_ID": str(secrets.randbelow(10**9) + 1),
            "GITHUB_ACTOR": approver,
            "GITHUB_SHA": head["sha"],
            "GITHUB_API_URL": API,
            "GITHUB_SERVER_URL": SERVER,
            "GITHUB_OUTPUT": str(output),
            "INPUT_TOKEN": settings.token,
            "INPUT_APPROVERS": f"user:{approver}",
            "INPUT_TIMEOUT_MINUTES": "0.5",
            "INPUT_ISSUE_LABELS": f"deployment,live-{secrets.token_hex(4)}",
        }
        command = [sys.executable, "-m", "approval_gate", "wait"]
        ended = subprocess.run(command, env=environment, check=False)  # noqa: S603 - our own program
        outputs = outputs_of(output.read_text(encoding="utf-8"))
    print(f"the gate exited with {ended.returncode}, {outputs['approval-status']} (expected: 3, timed-out)")
    if not outputs["issue-number"]:
        sys.exit("no issue was opened")
    return int(outputs["issue-number"])


# The issue ------------------------------------------------------------------------------


def closed(client: Client, path: str) -> bool:
    """Tell whether the gate closed its issue with labels that it had to create."""
    issue = client.read(path).data
    labels = {label["name"] for label in issue["labels"]}
    return issue["state"] == "closed" and "timed-out" in labels and any(n.startswith("live-") for n in labels)


def free(client: Client, path: str) -> bool:
    """Tell whether a repeated request with the entity tag is free."""
    first = client.read(path)
    again = client.get(path, etag=first.etag)
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, again)]
    return again.unchanged and left[0] == left[1]


_BY_LABEL = """
query($owner: String!, $name: String!, $label: String!) {
  repository(owner: $owner, name: $name) {
    issues(labels: [$label], states: [CLOSED], first: 1) { totalCount nodes { number } } } }"""

_LAST_DEPLOYED = """
query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { deployments(last: 1) { nodes { commitOid } } } }"""

_OF_COMMIT = """
query($owner: String!, $name: String!, $oid: GitObjectID!) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) { ... on Commit { deployments(last: 50) { nodes { commitOid } } } } } }"""


def by_label(client: Client, settings: Settings, path: str) -> bool:
    """Tell whether the issue is found by its own label, written in capitals."""
    issue = client.read(path).data
    label = next(it["name"] for it in issue["labels"] if it["name"].startswith("live-"))
    found = client.graphql(_BY_LABEL, {**_named(settings), "label": label.upper()})["repository"]["issues"]
    return bool(found == {"totalCount": 1, "nodes": [{"number": issue["number"]}]})


def of_commit(client: Client, settings: Settings) -> bool | str:
    """Tell whether the commit that was deployed last has deployments, all of them its own."""
    last = client.graphql(_LAST_DEPLOYED, _named(settings))["repository"]["deployments"]["nodes"]
    if not last:
        return "nothing was deployed in this repository"
    oid = last[0]["commitOid"]
    commit = client.graphql(_OF_COMMIT, {**_named(settings), "oid": oid})["repository"]["object"]
    return {it["commitOid"] for it in commit["deployments"]["nodes"]} == {oid}


_MERGED = """
query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: [MERGED], last: 1) { nodes {
      number
      mergeCommit { associatedPullRequests(first: 100) { nodes { number } } }
      latestOpinionatedReviews(first: 100, writersOnly: true) { totalCount nodes { state } } } } } }"""


def of_merge(client: Client, settings: Settings) -> bool | str:
    """Tell whether the last merge's commit has its pull request, whose reviews fit their count."""
    last = client.graphql(_MERGED, _named(settings))["repository"]["pullRequests"]["nodes"]
    if not last:
        return "nothing was merged in this repository"
    reviews = last[0]["latestOpinionatedReviews"]
    found = {it["number"] for it in last[0]["mergeCommit"]["associatedPullRequests"]["nodes"]}
    return last[0]["number"] in found and reviews["totalCount"] == len(reviews["nodes"])


def _named(settings: Settings) -> dict[str, object]:
    owner, _, name = settings.repository.partition("/")
    return {"owner": owner, "name": name}


# The history ----------------------------------------------------------------------------

_EDITS = """
query($id: ID!) { node(id: $id) { ... on IssueComment {
  userContentEdits(first: 100) { nodes { diff editor { login } } } } } }"""

_HISTORY = """
query($id: ID!) { node(id: $id) { ... on Issue {
  updatedAt
  timelineItems(first: 100, itemTypes: [COMMENT_DELETED_EVENT]) { nodes { ... on CommentDeletedEvent {
    actor { login } deletedCommentAuthor { login ... on User { databaseId } ... on Bot { databaseId } }
  } } } } } }"""


def whole_texts(who: Account, path: str) -> bool:
    """Tell whether each revision is a whole text, not a diff: each edit changes one of several lines."""
    texts = [
        f"The first line stays.\n\nThe third is {word}.\n\nThe last stays." for word in ("one", "two", "3")
    ]
    made = comment(who.client, path, texts[0])
    for text in texts[1:]:
        who.client.write("PATCH", _comment_path(path, made), {"body": text})
    time.sleep(LAG)
    edits = who.client.graphql(_EDITS, {"id": made["node_id"]})["node"]["userContentEdits"]["nodes"]
    print(f"  {edits}")
    # The login of an app ends with [bot] in REST only.
    editors = {edit["editor"]["login"].removesuffix("[bot]") for edit in edits}
    revisions = [edit["diff"].replace("\r\n", "\n") for edit in edits]
    return revisions == texts[::-1] and editors == {made["user"]["login"].removesuffix("[bot]")}


def same_time(client: Client, path: str) -> bool:
    """Tell whether both APIs agree on the time of the issue's last change."""
    time.sleep(LAG)
    issue = client.read(path).data
    updated_at = client.graphql(_HISTORY, {"id": issue["node_id"]})["node"]["updatedAt"]
    print(f"  {issue['updated_at']} and {updated_at}")
    return time_of(updated_at) == time_of(issue["updated_at"])


def own_deletion(writer: Account, reader: Client, path: str) -> bool:
    """Tell whether deleting one's own comment leaves no event for another account to see."""
    before = deletions(reader, path)
    writer.client.write("DELETE", _comment_path(path, comment(writer.client, path, "to be deleted")))
    time.sleep(LAG)
    return deletions(reader, path) == before


def others_deletion(deletes: Account, writer: Account, path: str) -> bool:
    """Tell whether deleting another person's comment leaves an event with the actor and the author."""
    made = comment(writer.client, path, "to be deleted by somebody else")
    who = comment(deletes.client, path, "deletes the comment above")["user"]["login"].removesuffix("[bot]")
    deletes.client.write("DELETE", _comment_path(path, made))
    time.sleep(LAG)
    found = deletions(deletes.client, path)
    print(f"  {found}")
    return any(
        (event["actor"] or {}).get("login", "").removesuffix("[bot]") == who
        and (event["deletedCommentAuthor"] or {}).get("databaseId") == made["user"]["id"]
        for event in found
    )


def deleter(reader: Account, path: str) -> str:
    """Return the login of the actor of the last deletion, ``None`` if the account cannot see it."""
    last = deletions(reader.client, path)[-1:]
    return str((last[0]["actor"] or {"login": None})["login"]) if last else "no event"


def deletions(client: Client, path: str) -> list[Any]:
    """List the events of deleted comments."""
    data = client.graphql(_HISTORY, {"id": client.read(path).data["node_id"]})
    return list(data["node"]["timelineItems"]["nodes"])


# Permissions ----------------------------------------------------------------------------


def team_repository(client: Client, settings: Settings) -> Mapping[str, Any]:
    """Return the repository with the team's permissions.

    Raises:
        NotFoundError: the team has no permission on it, or the token cannot see the team.
    """
    org, _, slug = settings.team.partition("/")
    accept = "application/vnd.github.v3.repository+json"
    return dict(client.get(f"/orgs/{org}/teams/{slug}/repos/{settings.repository}", accept=accept).data)


def team_permission(client: Client, settings: Settings) -> bool | str:
    """Return the team's role and permissions on the repository, or False if they are not in the response."""
    data = team_repository(client, settings)
    return "permissions" in data and f"{data.get('role_name', 'no role_name')}, {data['permissions']}"


def inherited(client: Client, settings: Settings) -> bool:
    """Tell whether the first members of the team have at least the team's permissions."""
    granted = {name for name, has in team_repository(client, settings)["permissions"].items() if has}
    org, _, slug = settings.team.partition("/")
    members = [member["login"] for member in client.pages(f"/orgs/{org}/teams/{slug}/members")][:5]
    path = f"/repos/{settings.repository}/collaborators"
    users = {login: client.read(f"{path}/{login}/permission").data["user"] for login in members}
    print(f"  {sorted(granted)} and { ({login: user['permissions'] for login, user in users.items()}) }")
    return bool(granted and users) and all(
        granted <= {name for name, has in user["permissions"].items() if has} for user in users.values()
    )


def collaborators(client: Client, repository: str) -> bool:
    """Tell whether the page of people who can push lists only such people."""
    page = client.read(f"{repository}/collaborators", {"permission": "push", "per_page": 100}).data
    print(f"  {[(who['login'], who.get('role_name')) for who in page]}")
    return bool(page) and all(who["permissions"]["push"] for who in page)


def at_least(client: Client, repository: str) -> bool:
    """Tell whether each filter of collaborators gives all who have the permission, and their right by it."""
    everybody = list(client.pages(f"{repository}/collaborators"))
    return all(
        {who["id"] for who in client.pages(f"{repository}/collaborators", {"permission": name})}
        == {who["id"] for who in everybody if who["permissions"][name]}
        for name in ("push", "maintain", "admin")
    )


def sub_issue(client: Client, path: str) -> bool:
    """Tell whether the account can make an issue a sub-issue of another one."""
    issues = path.rpartition("/")[0]
    child = client.write("POST", issues, {"title": "A sub-issue"}).data
    done = outcome(lambda: client.write("POST", f"{path}/sub_issues", {"sub_issue_id": child["id"]}))
    client.write("PATCH", f"{issues}/{child['number']}", {"state": "closed"})
    print(f"  {done}")
    return done == "done"


# A locked conversation --------------------------------------------------------------------


def lock(client: Client, path: str) -> bool:
    """Tell whether locking works."""
    client.write("PUT", f"{path}/lock")
    return bool(client.read(path).data["locked"])


def comment_on(client: Client, path: str) -> bool:
    """Tell whether a comment is accepted."""
    return outcome(lambda: comment(client, path, "after the lock")) == "done"


def react_on(client: Client, path: str) -> bool:
    """Tell whether a reaction to the first comment is accepted."""
    first = client.read(f"{path}/comments").data[0]
    content = {"content": "rocket"}
    return outcome(lambda: client.write("POST", f"{_comment_path(path, first)}/reactions", content)) == "done"


def edit_locked(client: Client, path: str) -> str:
    """Edit one of the account's own comments, and return the outcome."""
    own = account_id(client)
    mine = [data for data in client.read(f"{path}/comments").data if data["user"]["id"] == own]
    if not mine:
        return "it has no comment to edit"
    return outcome(lambda: client.write("PATCH", _comment_path(path, mine[-1]), {"body": "after the lock"}))


def close_locked(client: Client, path: str) -> str:
    """Close and label the issue, and return the outcome."""
    change = {"state": "closed", "state_reason": "not_planned", "labels": ["live-locked"]}
    return outcome(lambda: client.write("PATCH", path, change))


def outcome(write: Callable[[], object]) -> str:
    """Make a request, and return ``done`` or GitHub's error."""
    try:
        write()
    except GitHubError as error:
        return f"{error.problem} {error.detail}"
    return "done"


def comment(client: Client, path: str, text: str) -> Any:  # noqa: ANN401 - JSON
    """Comment on the issue, and return the comment's data."""
    return client.write("POST", f"{path}/comments", {"body": text}).data


def _comment_path(path: str, data: Mapping[str, Any]) -> str:
    return f"{path.rpartition('/issues/')[0]}/issues/comments/{data['id']}"


if __name__ == "__main__":
    sys.exit(main())
