"""An embedded GitHub with a repository, and a clock on which nothing really waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from approval_gate.core.marker import Marker
from approval_gate.core.model import Comment, Modification, Person, Thread
from approval_gate.emulator import world as embedded
from approval_gate.emulator.faults import Fault
from approval_gate.emulator.world import World
from approval_gate.errors import GateError
from approval_gate.github.client import Client
from approval_gate.github.issue import ApprovalIssue
from approval_gate.github.people import People
from approval_gate.github.repository import Repository
from approval_gate.github.thread.issue import ListedIssue
from approval_gate.github.thread.reader import ThreadReader
from approval_gate.github.tracker import IssueTracker
from approval_gate.github.wire import static_token

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHOP = "acme/shop"
ISSUES = f"/repos/{SHOP}/issues"
NONCE = "0123456789abcdef0123456789abcdef"
MARKER = Marker(run_id=77, run_attempt=2, nonce=NONCE)
TEXT = "Please approve.\n\n- [ ] All tests passing\n- [ ] Backup made\n"
BODY = MARKER.body(TEXT)
EVERYTHING = {"issues": "write", "contents": "read", "actions": "read"}


@dataclass
class Machine:
    """A clock that waits by advancing, and GitHub's time with it."""

    seconds: float = 100.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def time(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)


@dataclass
class Scene:
    """A GitHub on loopback."""

    world: World
    machine: Machine
    url: str
    clients: list[Client] = field(default_factory=list)

    def client(self, token: str = "app", **options: Any) -> Client:
        self.clients.append(Client(static_token(token), self.url, self.machine, **options))
        return self.clients[-1]

    def disconnect(self) -> None:
        """Close the clients' connections, which would stay open until the garbage is collected."""
        for client in self.clients:
            requester: Any = getattr(client._wire, "_requester", None)
            if requester is not None:
                requester.close()

    def fault(self, path: str = "", **how: Any) -> Fault:
        fault = Fault(path=path, **how)
        self.world.faults.append(fault)
        return fault

    def asked(self, method: str, path: str = "") -> list[embedded.Request]:
        """Return the requests with this method and end of the path."""
        return [r for r in self.world.requests if r.method == method and r.path.endswith(path)]

    def request_id(self) -> str:
        """Return the id that GitHub gave to the last request."""
        return self.world.requests[-1].answer_headers["x-github-request-id"]

    def shop(self) -> Repository:
        return Repository(
            id=self.world.repos[SHOP].id,
            full_name=SHOP,
            has_issues=True,
            private=True,
            default_branch="main",
            owner_is_organization=True,
        )

    def people(self, token: str = "app", *, require_write: bool = True) -> People:
        return People(self.client(token), self.shop(), require_write=require_write)

    def person(self, login: str) -> Person:
        user = self.world.users[login.lower()]
        return Person(id=user.id, login=user.login, bot=user.type != "User")

    def tracker(self, token: str = "app", **options: Any) -> IssueTracker:
        return IssueTracker(self.client(token, **options), SHOP)

    def open(
        self, title: str = "Deploy v1", body: str = TEXT, labels: Sequence[str] = (), **options: Any
    ) -> ApprovalIssue:
        """Open the approval issue."""
        return self.tracker(**options).open(MARKER, title, body, labels)


@dataclass
class Reading:
    """An open approval issue and its reader; a minute passes before each read."""

    scene: Scene
    client: Client
    reader: ThreadReader
    opened: ListedIssue
    handle: ApprovalIssue

    def comment(self, login: str, text: str) -> int:
        return self.scene.world.comment(SHOP, self.opened.number, login, text).id

    def edit(self, number: int, by: str, text: str) -> None:
        self.scene.world.edit_comment(number, by=by, body=text)

    def delete(self, number: int, by: str) -> None:
        self.scene.world.delete_comment(number, by=by)

    def later(self, seconds: float = 60) -> None:
        self.scene.machine.seconds += seconds

    def voters(self) -> list[int]:
        return [self.scene.world.users[login].id for login in ("ann", "bob", "cy")]

    def poll(self) -> Thread:
        self.later()
        return self.reader.poll(self.voters())

    def confirm(self, after: float = 60) -> Thread:
        self.later(after)
        return self.reader.confirm(self.voters())

    def issue(self) -> embedded.Issue:
        return self.scene.world.issue(SHOP, self.opened.number)


def furnish(world: World, machine: Machine) -> None:
    """Start over with a repository that ann, bob and cy can write to, and dee and strangers cannot."""
    vars(world).update(vars(World(clock=machine.time)))
    world.org("acme")
    world.repo(SHOP, labels=["incident", "freeze"])
    world.permit(SHOP, "write", "ann", "bob", "cy")
    world.permit(SHOP, "read", "dee")
    for token, members in (("app", {"members": "read"}), ("job", {})):
        world.token(
            token,
            login=f"{token}[bot]",
            app=token,
            permissions=EVERYTHING,
            repos=[SHOP],
            org_permissions=members,
        )


def reading(scene: Scene, token: str = "app") -> Reading:
    """Open the approval issue."""
    handle = scene.open(labels=["deployment"], token=token)
    return Reading(scene, handle._client, handle._reader, handle._reader.created, handle)


E = TypeVar("E", bound=GateError)


def error(kind: type[E], call: Callable[[], object]) -> E:
    """Return the error that a call raises, which is of exactly this type."""
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return caught.value


def versions(comment: Comment) -> tuple[str | None, ...]:
    """Return the text of every revision."""
    return tuple(revision.text for revision in comment.revisions)


def texts(thread: Thread) -> list[tuple[str | None, ...]]:
    return [versions(comment) for comment in sorted(thread.comments, key=lambda c: c.id)]


def edits(comment: Comment) -> list[Modification]:
    """Return who edited a comment, and when."""
    return [Modification(by=revision.by, at=revision.at) for revision in comment.revisions[1:]]


def only(thread: Thread) -> Comment:
    """Return the one comment there is."""
    assert len(thread.comments) == 1
    return thread.comments[0]
