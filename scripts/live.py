"""Check on github.com what no double can prove. Needs the internet and a scratch repository.

    GITHUB_TOKEN=… make live REPO=owner/name

It runs the gate as it is, with a window of half a minute in which nobody
answers, and then asks GitHub itself: that the issue was closed with its
labels, which did not exist before; that an unchanged answer is free; that the
edit history is readable with this token, holds the original text and is told
with REST's times; that a conversation can be locked. What it opens it closes; nothing else is touched.
The approver is the repository's owner, or whom APPROVER names: not the account
of the token, whose answers never count.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from approval_gate.core.model import Touch
from approval_gate.errors import GitHubError
from approval_gate.github.client import Client, fixed
from approval_gate.github.history import comments_past, issue_past
from approval_gate.github.reading import time_of
from approval_gate.rehearsal.rehearse import outputs_of

API, SERVER = "https://api.github.com", "https://github.com"


class Machine:
    """This machine's time."""

    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


def main() -> int:
    """Run every check, and return how many failed."""
    if len(sys.argv) != 2 or "/" not in sys.argv[1] or not os.environ.get("GITHUB_TOKEN"):  # noqa: PLR2004 - one argument
        sys.exit("usage: GITHUB_TOKEN=… make live REPO=owner/name (a scratch repository)")
    repository, token = sys.argv[1], os.environ["GITHUB_TOKEN"]
    client = Client(fixed(token), API, Machine())
    number = run_gate(client, repository, token)
    path = f"/repos/{repository}/issues/{number}"
    checks: dict[str, Callable[[], bool]] = {
        "the issue is closed and labelled": lambda: closed(client, path),
        "an unchanged issue answers 304 and costs nothing": lambda: free(client, path),
        "unchanged comments answer 304 and cost nothing": lambda: free(client, f"{path}/comments"),
        "an edited comment's history holds both texts and the editor": lambda: history(client, path),
        "a deleted comment leaves an event with its author": lambda: deletion(client, path),
        "GraphQL and REST tell the same last change": lambda: same_time(client, path),
        "the conversation can be locked": lambda: lock(client, path),
    }
    failed = 0
    for name, check in checks.items():
        try:
            holds = check()
        except GitHubError as error:
            holds = False
            print(f"  {error}")
        failed += not holds
        print(f"{'yes' if holds else 'NO '}  {name}")
    return failed


def run_gate(client: Client, repository: str, token: str) -> int:
    """Run the gate against the repository, and return the issue's number."""
    data = client.read(f"/repos/{repository}").data
    sha = client.read(f"/repos/{repository}/commits/{data['default_branch']}").data["sha"]
    approver = os.environ.get("APPROVER") or data["owner"]["login"]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        output.touch()
        environment = {
            **os.environ,
            "GITHUB_REPOSITORY": repository,
            "GITHUB_RUN_ID": str(secrets.randbelow(10**9) + 1),
            "GITHUB_ACTOR": approver,
            "GITHUB_SHA": sha,
            "GITHUB_API_URL": API,
            "GITHUB_SERVER_URL": SERVER,
            "GITHUB_OUTPUT": str(output),
            "INPUT_TOKEN": token,
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


def history(client: Client, path: str) -> bool:
    """Tell whether an edit shows, with the text before it."""
    made = client.write("POST", f"{path}/comments", {"body": "the first text"}).data
    comment = path.rpartition("/issues/")[0] + f"/issues/comments/{made['id']}"
    client.write("PATCH", comment, {"body": "the second text"})
    past = comments_past(client, [made["node_id"]])[made["node_id"]]
    print(f"  {past}")
    return (
        past is not None
        and past.texts == ("the first text", "the second text")
        and [touch.by for touch in past.edits] == [made["user"]["id"]]
    )


def deletion(client: Client, path: str) -> bool:
    """Tell whether a deleted comment leaves its trace."""
    made = client.write("POST", f"{path}/comments", {"body": "to be deleted"}).data
    client.write("DELETE", path.rpartition("/issues/")[0] + f"/issues/comments/{made['id']}")
    past = issue_past(client, client.read(path).data["node_id"])
    touches: list[Touch] = [gone.touch for gone in past.deletions if gone.author]
    print(f"  {past.deletions}")
    return any(touch.by == made["user"]["id"] for touch in touches)


def same_time(client: Client, path: str) -> bool:
    """Tell whether both APIs agree on when the issue was changed last, once each has heard of it."""
    time.sleep(5)
    issue = client.read(path).data
    past = issue_past(client, issue["node_id"])
    print(f"  {issue['updated_at']} and {past.body.updated_at}")
    return past.body.updated_at == time_of(issue["updated_at"])


def lock(client: Client, path: str) -> bool:
    """Tell whether locking works."""
    client.write("PUT", f"{path}/lock")
    return bool(client.read(path).data["locked"])


if __name__ == "__main__":
    sys.exit(main())
