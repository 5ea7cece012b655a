"""One request to the REST API: its token, its parameters and its reply."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from approval_gate.emulator.world import Comment, Issue, Repo, Request, Token, User, World

T = TypeVar("T")

_DOCS = "https://docs.github.com/rest"
_RESOURCES = {"comments": "IssueComment", "reactions": "Reaction", "labels": "Label"}
_PROBLEMS = {"missing_field": "is missing", "invalid": "is invalid", "too_long": "is too long"}


@dataclass
class Reply:
    """A response.

    Attributes:
        headers: in addition to those of every response.
        pages: for a page of a numbered list, its number and the last page's.
        following: for a page of a list with cursors, the query parameters of the next page.
    """

    status: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    pages: tuple[int, int] | None = None
    following: dict[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """An error response of GitHub's; ``reply`` is the response."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        data = {"message": message, "documentation_url": _DOCS, "status": str(status)}
        self.reply = Reply(status, data, {name.replace("_", "-"): value for name, value in headers.items()})


def not_found() -> RefusedError:
    """Return GitHub's error for an object that does not exist or that the token cannot see."""
    return RefusedError(404, "Not Found")


def invalid(
    resource: str, name: str, code: str, problem: str = "", message: str = "Validation Failed"
) -> RefusedError:
    """Return GitHub's error for invalid content.

    https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
    """
    error = RefusedError(422, message)
    detail = f"{name} {problem or _PROBLEMS[code]}"
    error.reply.data["errors"] = [{"resource": resource, "field": name, "code": code, "message": detail}]
    return error


@dataclass
class Call:
    """A request being handled, with its token and the API's base address."""

    world: World
    token: Token
    request: Request
    base: str

    @property
    def user(self) -> User:
        """The account that the token belongs to."""
        return self.token.user

    def body_member(self, name: str, kind: type, *, required: bool = False) -> Any:  # noqa: ANN401 - JSON
        """Return a member of the request's body, or None if it is absent and not required.

        Raises:
            RefusedError: it is required and missing, or of another type.
        """
        body = self.request.body if isinstance(self.request.body, dict) else {}
        value = body.get(name)
        if value is None and not required:
            return None
        if not isinstance(value, kind) or value == "":
            resource = _RESOURCES.get(self.request.path.rpartition("/")[2], "Issue")
            raise invalid(resource, name, "missing_field" if not value else "invalid")
        return value

    def repo(self, full_name: str) -> Repo:
        """Return a repository that the token can see.

        Raises:
            RefusedError: it does not exist or was renamed.
        """
        moved = self.world.moved.get(full_name.lower())
        if moved is not None and (not moved.private or self.token.reaches(moved)):
            raise self._redirect(moved, self.request.path.removeprefix(f"/repos/{full_name}"))
        repo = self.world.repos.get(full_name.lower())
        if repo is None or (repo.private and not self.token.reaches(repo)):
            raise not_found()
        return repo

    def _redirect(self, repo: Repo, rest: str) -> RefusedError:
        """Return GitHub's redirect from a repository's former name.

        https://github.com/octokit/fixtures, scenario ``rename-repository``
        """
        status, message = (
            (301, "Moved Permanently") if self.request.method == "GET" else (307, "Temporary Redirect")
        )
        query = f"?{urlencode(self.request.query)}" if self.request.query else ""
        location = f"{self.base}/repositories/{repo.id}{rest}{query}"
        error = RefusedError(status, message, location=location)
        error.reply.data["url"] = location
        return error

    def require(self, repo: Repo, permission: str, level: str) -> None:
        """Require a permission on a repository.

        Raises:
            RefusedError: 403, the token lacks the permission.
        """
        if self.token.can(repo, permission, level):
            return
        if self.token.app:
            accepted = f"{permission}={level}"
            if permission == "issues" and "/issues/" in self.request.path:
                accepted += f"; pull_requests={level}"  # a pull request has the same comments and labels
            message = "Resource not accessible by integration"
            raise RefusedError(403, message, x_accepted_github_permissions=accepted)
        raise RefusedError(403, "Must have admin rights to Repository.")

    def issue(self, repo: Repo, number: int) -> Issue:
        """Return an issue.

        Raises:
            RefusedError: it does not exist, was deleted or transferred, or cannot be read.
        """
        self.require(repo, "issues", "read")
        if not repo.has_issues:
            raise RefusedError(410, "Issues are disabled for this repo")
        it = repo.issues.get(number)
        if it is None:
            raise not_found()
        if it.deleted:
            raise RefusedError(410, "This issue was deleted")
        if it.moved_to is not None:
            other, moved = it.moved_to
            rest = self.request.path.partition(f"/issues/{number}")[2]
            location = f"{self.base}/repos/{other.full_name}/issues/{moved}{rest}"
            raise RefusedError(301, "Moved Permanently", location=location)
        return it

    def comment(self, repo: Repo, number: int) -> dict[str, Issue | Comment]:
        """Return a comment and its issue, by the names of a handler's arguments; or raise a RefusedError."""
        try:
            place, issue, comment = self.world.find_comment(number)
        except KeyError:
            raise not_found() from None
        if place is not repo:
            raise not_found()
        return {"it": issue, "comment": comment}

    def page(self, items: Sequence[T], show: Callable[[T], Any]) -> Reply:
        """Return the requested page of a list, with the JSON of each item."""
        size, number = self._page_parameters()
        last = max(1, -(-len(items) // size))
        shown = [show(item) for item in items[(number - 1) * size : number * size]]
        return Reply(200, shown, pages=(number, last))

    def page_by_cursor(self, items: list[Issue], show: Callable[[Issue], Any]) -> Reply:
        """Return the requested page of issues, newest first: by ``after`` or number."""
        size, number = self._page_parameters()
        rest = items[(number - 1) * size :]
        if "after" in self.request.query:
            last = _issue_number(self.request.query["after"])
            rest = [it for it in items if it.number < last]
        reply = Reply(200, [show(it) for it in rest[:size]])
        if len(rest) > size:
            reply.following = {"after": _cursor(rest[size - 1]), "page": str(number + 1)}
        return reply

    def _page_parameters(self) -> tuple[int, int]:
        """Return the size and the number of the requested page."""
        size = min(max(1, _number(self.request.query.get("per_page"), 30)), 100)
        return size, max(1, _number(self.request.query.get("page"), 1))


def _cursor(it: Issue) -> str:
    return base64.urlsafe_b64encode(f"cursor:v2:{it.number}".encode()).decode()


def _issue_number(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("cursor:v2:"))
    except ValueError:
        raise invalid("Issue", "after", "invalid") from None


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
