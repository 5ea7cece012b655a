"""Ask github.com what no double can prove. Needs the internet and a scratch repository.

    GITHUB_TOKEN=… [SECOND_TOKEN=…] [TEAM=org/slug] make live REPO=owner/name

It runs the gate as it is, with a window of half a minute in which nobody
answers, and then puts questions to GitHub itself, most of them on the issue
that the gate opened and closed. Each question says what the embedded GitHub
takes for granted; where that is not known yet, it prints what GitHub did.

A question that takes more than one token is not asked without it, and says so:
SECOND_TOKEN is another account's that can write to the repository; one of the
two has to be an app's (a workflow's own is) for what bots cannot do; TEAM is a
team that the repository was given to. The approver is the repository's owner,
or whom APPROVER names: not the account of GITHUB_TOKEN, whose answers never
count. Nothing but the issue and its comments is touched.
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
"""Seconds until every copy of GitHub's has heard of a change."""


class Machine:
    """This machine's time."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the command line and the environment say."""

    repository: str
    token: str = field(repr=False)
    second: str = field(default="", repr=False)
    team: str = ""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One of the accounts that ask."""

    client: Client
    id: int
    is_app: bool


@dataclass(frozen=True)
class Question:
    """A question to GitHub.

    Attributes:
        text: what is taken for granted, or, where ``put`` gives a text, what is asked.
        put: tells whether it is so, or what GitHub did.
        lacks: what it takes that is not there; then it is not put.
    """

    text: str
    put: Callable[[], bool | str]
    lacks: str = ""


def main() -> int:
    """Put every question, and return how many were answered with no."""
    setting = read_setting(sys.argv[1:], os.environ)
    first = account(setting.token)
    second = account(setting.second) if setting.second else None
    number = run_gate(first.client, setting)
    return put(questions(setting, f"/repos/{setting.repository}/issues/{number}", first, second))


def read_setting(arguments: Sequence[str], environ: Mapping[str, str]) -> Setting:
    """Read the command line and the environment; what is wrong with them ends the program."""
    if len(arguments) != 1 or not _is_pair(arguments[0]):
        sys.exit(USAGE)
    setting = Setting(
        repository=arguments[0],
        token=environ.get("GITHUB_TOKEN", ""),
        second=environ.get("SECOND_TOKEN", ""),
        team=environ.get("TEAM", ""),
    )
    if not setting.token:
        sys.exit(f"GITHUB_TOKEN is not set.\n{USAGE}")
    if setting.second == setting.token:
        sys.exit("SECOND_TOKEN is the same as GITHUB_TOKEN; it takes another account's, or leave it out.")
    if setting.team and not _is_pair(setting.team):
        sys.exit(f"TEAM is {setting.team!r}; write it as org/slug.")
    return setting


def _is_pair(text: str) -> bool:
    before, slash, after = text.partition("/")
    return bool(before and slash and after) and "/" not in after


def account(token: str, api: str = API) -> Account:
    """Find out whose a token is."""
    client = Client(static_token(token), api, Machine())
    try:
        client.read("/user")
    except PermissionDeniedError:
        return Account(client=client, id=account_id(client), is_app=True)
    return Account(client=client, id=account_id(client), is_app=False)


def put(asked: Iterable[Question]) -> int:
    """Put questions, print the answers, and return how many were no."""
    failed = 0
    for question in asked:
        if question.lacks:
            print(f"not asked: {question.text} ({question.lacks})")
            continue
        try:
            answer = question.put()
        except GitHubError as error:
            print(f"  {error.problem} {error.detail}")
            answer = False
        failed += answer is False
        told = f": {answer}" if isinstance(answer, str) else ""
        print(f"{'?  ' if told else 'yes' if answer else 'NO '}  {question.text}{told}")
    return failed


def questions(setting: Setting, path: str, first: Account, second: Account | None) -> list[Question]:
    """List the questions.

    Args:
        setting: the repository, and the team if there is one.
        path: of the issue that the gate opened and closed.
        first: who runs the gate.
        second: another account, if there is one.
    """
    client, repository = first.client, f"/repos/{setting.repository}"
    other = "" if second and second.id != first.id else "needs a second account: SECOND_TOKEN"
    two = second or first
    bot = next((one.client for one in (first, two) if one.is_app), client)
    person = "" if first.is_app or two.is_app else "needs an app's token as GITHUB_TOKEN or SECOND_TOKEN"
    team = "" if setting.team else "needs TEAM=org/slug"
    return [
        Question("the issue is closed and labelled", lambda: closed(client, path)),
        Question("an unchanged issue answers 304 and costs nothing", lambda: free(client, path)),
        Question("unchanged comments answer 304 and cost nothing", lambda: free(client, f"{path}/comments")),
        Question(
            "an edited comment's history has whole texts, the newest first, and the editor",
            lambda: whole_texts(first, path),
        ),
        Question("GraphQL and REST tell the same last change", lambda: same_time(client, path)),
        Question(
            "deleting one's own comment leaves no event", lambda: own_deletion(two, client, path), other
        ),
        Question(
            "deleting somebody else's comment leaves an event with both names",
            lambda: others_deletion(first, two, path),
            other,
        ),
        Question("who deleted it is told to the second account as", lambda: deleter(two, path), other),
        Question(
            "a team's right on the repository is one request", lambda: team_right(client, setting), team
        ),
        Question("a team's members have at least its right", lambda: inherited(client, setting), team),
        Question(
            "people who can push are listed by the page",
            lambda: collaborators(client, repository),
        ),
        # From here on the conversation is locked.
        Question("a conversation can be locked", lambda: lock(client, path)),
        Question("on a locked issue a bot cannot comment", lambda: not comment_on(bot, path), person),
        Question("on a locked issue a bot cannot react", lambda: not react_on(bot, path), person),
        Question("a bot edits its own comment on a locked issue", lambda: edit_locked(bot, path), person),
        Question("a bot closes and labels a locked issue", lambda: close_locked(bot, path), person),
    ]


def run_gate(client: Client, setting: Setting) -> int:
    """Run the gate against the repository, and return the issue's number."""
    data = client.read(f"/repos/{setting.repository}").data
    head = client.read(f"/repos/{setting.repository}/commits", {"per_page": 1}).data[0]
    approver = os.environ.get("APPROVER") or data["owner"]["login"]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        output.touch()
        environment = {
            **{name: value for name, value in os.environ.items() if name != "SECOND_TOKEN"},
            "GITHUB_REPOSITORY": setting.repository,
            "GITHUB_RUN_ID": str(secrets.randbelow(10**9) + 1),
            "GITHUB_ACTOR": approver,
            "GITHUB_SHA": head["sha"],
            "GITHUB_API_URL": API,
            "GITHUB_SERVER_URL": SERVER,
            "GITHUB_OUTPUT": str(output),
            "INPUT_TOKEN": setting.token,
            "INPUT_APPROVERS": f"user:{approver}",
            "INPUT_TIMEOUT_MINUTES": "0.5",
            "INPUT_ISSUE_LABELS": f"deployment,live-{secrets.token_hex(4)}",
        }
        command = [sys.executable, "-m", "approval_gate", "wait"]
        ended = subprocess.run(command, env=environment, check=False)  # noqa: S603 - our own program
        outputs = outputs_of(output.read_text(encoding="utf-8"))
    print(f"the gate ended with {ended.returncode}, {outputs['approval-status']} (3, timed-out is right)")
    if not outputs["issue-number"]:
        sys.exit("no issue was opened")
    return int(outputs["issue-number"])


# The issue ------------------------------------------------------------------------------


def closed(client: Client, path: str) -> bool:
    """Tell whether the gate closed its issue, with labels that it had to make."""
    issue = client.read(path).data
    labels = {label["name"] for label in issue["labels"]}
    return issue["state"] == "closed" and "timed-out" in labels and any(n.startswith("live-") for n in labels)


def free(client: Client, path: str) -> bool:
    """Tell whether asking again with the entity tag is free."""
    first = client.read(path)
    again = client.get(path, etag=first.etag)
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, again)]
    return again.unchanged and left[0] == left[1]


# The history ----------------------------------------------------------------------------

_EDITS = """
query($id: ID!) { node(id: $id) { ... on IssueComment {
  userContentEdits(first: 100) { nodes { diff editor { login } } } } } }"""

_PAST = """
query($id: ID!) { node(id: $id) { ... on Issue {
  updatedAt
  timelineItems(first: 100, itemTypes: [COMMENT_DELETED_EVENT]) { nodes { ... on CommentDeletedEvent {
    actor { login } deletedCommentAuthor { login ... on User { databaseId } ... on Bot { databaseId } }
  } } } } } }"""


def whole_texts(who: Account, path: str) -> bool:
    """Tell whether each revision is a whole text: of several lines all but one stay as they are."""
    texts = [
        f"The first line stays.\n\nThe third is {word}.\n\nThe last stays." for word in ("one", "two", "3")
    ]
    made = comment(who.client, path, texts[0])
    for text in texts[1:]:
        who.client.write("PATCH", _comment_path(path, made), {"body": text})
    time.sleep(LAG)
    edits = who.client.graphql(_EDITS, {"id": made["node_id"]})["node"]["userContentEdits"]["nodes"]
    print(f"  {edits}")
    # GraphQL has an app's login without the ending that REST gives it.
    editors = {edit["editor"]["login"].removesuffix("[bot]") for edit in edits}
    told = [edit["diff"].replace("\r\n", "\n") for edit in edits]
    return told == texts[::-1] and editors == {made["user"]["login"].removesuffix("[bot]")}


def same_time(client: Client, path: str) -> bool:
    """Tell whether both APIs agree on when the issue was changed last, once each has heard of it."""
    time.sleep(LAG)
    issue = client.read(path).data
    told = client.graphql(_PAST, {"id": issue["node_id"]})["node"]["updatedAt"]
    print(f"  {issue['updated_at']} and {told}")
    return time_of(told) == time_of(issue["updated_at"])


def own_deletion(writer: Account, reader: Client, path: str) -> bool:
    """Tell whether deleting an own comment stays untold to another account."""
    before = deletions(reader, path)
    writer.client.write("DELETE", _comment_path(path, comment(writer.client, path, "to be deleted")))
    time.sleep(LAG)
    return deletions(reader, path) == before


def others_deletion(deletes: Account, writer: Account, path: str) -> bool:
    """Tell whether deleting somebody's comment is told with who did it, and whose it was."""
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
    """Return who the last deletion was done by, as an account is told: nobody, where it may not know."""
    last = deletions(reader.client, path)[-1:]
    return str((last[0]["actor"] or {"login": None})["login"]) if last else "no event"


def deletions(client: Client, path: str) -> list[Any]:
    """List the events of deleted comments."""
    data = client.graphql(_PAST, {"id": client.read(path).data["node_id"]})
    return list(data["node"]["timelineItems"]["nodes"])


# Rights ---------------------------------------------------------------------------------


def team_on(client: Client, setting: Setting) -> Mapping[str, Any]:
    """Return what GitHub tells of the repository as a team's.

    Raises:
        NotFoundError: the team has no right on it, or cannot be seen.
    """
    org, _, slug = setting.team.partition("/")
    accept = "application/vnd.github.v3.repository+json"
    return dict(client.get(f"/orgs/{org}/teams/{slug}/repos/{setting.repository}", accept=accept).data)


def team_right(client: Client, setting: Setting) -> bool | str:
    """Return the right that a team has on the repository, if GitHub tells it in one answer."""
    data = team_on(client, setting)
    return "permissions" in data and f"{data.get('role_name', 'no role_name')}, {data['permissions']}"


def inherited(client: Client, setting: Setting) -> bool:
    """Tell whether a team's members can do what it can, as far as its first ones show it."""
    rights = {name for name, has in team_on(client, setting)["permissions"].items() if has}
    org, _, slug = setting.team.partition("/")
    members = [member["login"] for member in client.pages(f"/orgs/{org}/teams/{slug}/members")][:5]
    path = f"/repos/{setting.repository}/collaborators"
    told = {login: client.read(f"{path}/{login}/permission").data["user"] for login in members}
    print(f"  {sorted(rights)} and { ({login: user['permissions'] for login, user in told.items()}) }")
    return bool(rights and told) and all(
        rights <= {name for name, has in user["permissions"].items() if has} for user in told.values()
    )


def collaborators(client: Client, repository: str) -> bool:
    """Tell whether a page of people who can push has such people alone."""
    page = client.read(f"{repository}/collaborators", {"permission": "push", "per_page": 100}).data
    print(f"  {[(who['login'], who.get('role_name')) for who in page]}")
    return bool(page) and all(who["permissions"]["push"] for who in page)


# A locked conversation --------------------------------------------------------------------


def lock(client: Client, path: str) -> bool:
    """Tell whether locking works."""
    client.write("PUT", f"{path}/lock")
    return bool(client.read(path).data["locked"])


def comment_on(client: Client, path: str) -> bool:
    """Tell whether a comment is taken."""
    return taken(lambda: comment(client, path, "after the lock")) == "done"


def react_on(client: Client, path: str) -> bool:
    """Tell whether a reaction to the first comment is taken."""
    there = client.read(f"{path}/comments").data[0]
    content = {"content": "rocket"}
    return taken(lambda: client.write("POST", f"{_comment_path(path, there)}/reactions", content)) == "done"


def edit_locked(client: Client, path: str) -> str:
    """Return what GitHub says to the edit of an own comment."""
    own = account_id(client)
    mine = [data for data in client.read(f"{path}/comments").data if data["user"]["id"] == own]
    if not mine:
        return "it wrote none before"
    return taken(lambda: client.write("PATCH", _comment_path(path, mine[-1]), {"body": "after the lock"}))


def close_locked(client: Client, path: str) -> str:
    """Return what GitHub says to a change of the issue."""
    change = {"state": "closed", "state_reason": "not_planned", "labels": ["live-locked"]}
    return taken(lambda: client.write("PATCH", path, change))


def taken(write: Callable[[], object]) -> str:
    """Write, and return ``done`` or why not."""
    try:
        write()
    except GitHubError as error:
        return f"{error.problem} {error.detail}"
    return "done"


def comment(client: Client, path: str, text: str) -> Any:  # noqa: ANN401 - JSON
    """Comment on the issue, and return the comment."""
    return client.write("POST", f"{path}/comments", {"body": text}).data


def _comment_path(path: str, data: Mapping[str, Any]) -> str:
    return f"{path.rpartition('/issues/')[0]}/issues/comments/{data['id']}"


if __name__ == "__main__":
    sys.exit(main())
