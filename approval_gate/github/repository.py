"""Reads a repository: settings, files, refs, commits, runs."""

import base64
import re
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from approval_gate.core.model import Person
from approval_gate.errors import NotFoundError, PermissionDeniedError, RejectedError
from approval_gate.github.client import Client
from approval_gate.github.parse import parse, person_of

_TAG_DEPTH = 5
_NAME_LIMIT = 255
# Would lead to another address; Git allows none of these in a ref (https://git-scm.com/docs/git-check-ref-format).
_NO_REF = re.compile(r"\.\.|[\x00-\x20\x7f~^:?*\[\\]|(?:^|/)(?:\.|/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The settings of a repository that the gate uses."""

    id: int
    full_name: str
    has_issues: bool
    private: bool
    default_branch: str
    owner_is_organization: bool


def read_repository(client: Client, full_name: str) -> Repository:
    """Read a repository."""
    data = client.read(f"/repos/{full_name}").data
    return parse(
        f"the repository {full_name}",
        lambda: Repository(
            id=int(data["id"]),
            full_name=str(data["full_name"]),
            has_issues=bool(data["has_issues"]),
            private=bool(data["private"]),
            default_branch=str(data["default_branch"]),
            owner_is_organization=data["owner"]["type"] == "Organization",
        ),
    )


def read_file(client: Client, full_name: str, path: str) -> str | None:
    """Read a text file from the default branch; None if it does not exist, or is not a text file."""
    return find_file(client, full_name, path)[0]


def find_file(client: Client, full_name: str, path: str, commit: str = "") -> tuple[str | None, str]:
    """Read a text file from the default branch, or as of a commit; or say what is there instead."""
    address = f"/repos/{full_name}/contents/{quote(path, errors='surrogateescape')}"
    try:
        # Without a ref GitHub reads the default branch; its name could also be a tag's.
        answer = client.read(address, {"ref": commit} if commit else None)
    except NotFoundError:
        return None, "does not exist"
    return parse(f"the file {path}", partial(_text_of, answer.data))


def _text_of(content: Any) -> tuple[str | None, str]:  # noqa: ANN401 - JSON
    """Return a file's text, or what it is instead; GitHub returns no more than 1 MB.

    (https://docs.github.com/en/rest/repos/contents#get-repository-content)
    """
    if isinstance(content, list) and content and all(entry["path"] for entry in content):
        return None, "is a folder"
    if content["type"] != "file":
        return None, f"is a {content['type']}"
    if content["encoding"] != "base64":
        return None, "is larger than 1 MB"
    data = base64.b64decode(content["content"])
    try:
        return data.decode(), ""
    except UnicodeDecodeError:
        return None, "is not text in UTF-8"


def commit_of_tag(client: Client, full_name: str, tag: str) -> str | None:
    """Return the commit that a tag names now, annotated or not; None if there is no such tag.

    For a tag nested deeper than five tags, the result is the hash of a tag object.
    """
    kind, sha = _read_ref(client, full_name, "tags", tag)
    for _ in range(_TAG_DEPTH):
        if kind != "tag":
            break
        target = client.get(f"/repos/{full_name}/git/tags/{sha}").data
        kind, sha = parse(f"the tag {tag}", partial(_object_of, target))
    return sha


def commit_of_branch(client: Client, full_name: str, branch: str) -> str | None:
    """Return the commit of a branch's head now; None if there is no such branch."""
    return _read_ref(client, full_name, "heads", branch)[1]


def _read_ref(client: Client, full_name: str, kind: str, name: str) -> tuple[str, str] | tuple[None, None]:
    """Return the type and hash of what a ref points to; nothing for a text that is not a ref's name."""
    if _NO_REF.search(name) or len(name) > _NAME_LIMIT:
        return None, None
    path = f"/repos/{full_name}/git/ref/{kind}/{quote(name, errors='surrogateescape')}"
    try:
        target = client.get(path).data
    except NotFoundError:
        return None, None
    return parse(f"the ref {kind}/{name}", partial(_object_of, target))


def commit_of_hash(client: Client, full_name: str, beginning: str) -> str | None:
    """Return the commit that begins with seven hexadecimal digits or more; None if none or several do."""
    try:
        # One changed file is enough: only the hash is used.
        found = client.get(f"/repos/{full_name}/commits/{beginning}", {"per_page": 1}).data
    except (NotFoundError, RejectedError):
        return None
    return parse("the commit", lambda: str(found["sha"]))


def _object_of(target: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    return str(target["object"]["type"]), str(target["object"]["sha"])


def triggering_actors(client: Client, full_name: str, run_id: int, attempts: int) -> list[Person] | None:
    """Return who started each attempt of a run; None if the token cannot see it."""
    people = []
    for attempt in range(1, attempts + 1):
        try:
            answer = client.read_confirmed(f"/repos/{full_name}/actions/runs/{run_id}/attempts/{attempt}")
        except (NotFoundError, PermissionDeniedError):
            return None
        person = parse("the run", partial(lambda run: person_of(run["triggering_actor"]), answer.data))
        if person is not None:
            people.append(person)
    return people
