"""The issue and its comments by REST; what is unchanged is free.

A poll is two conditional requests
(https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from approval_gate.core.timing import LAG
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.parse import Answer, ListedComment, comment_of, parse
from approval_gate.github.thread.issue import ListedIssue, read_issue


@dataclass(slots=True)
class Feed:
    """Reads the issue with this path, and its comments."""

    client: Client
    path: str
    _issue_etag: str | None = None
    _comments_etag: str | None = None
    _since: str = ""

    def issue(self, take: Callable[[ListedIssue], None], *, conditional: bool = True) -> None:
        """Read the issue, and call ``take`` if it changed; if that raises, the next poll reads it again."""
        answer = self.client.get(self.path, etag=self._issue_etag if conditional else None)
        if not answer.unchanged:
            take(parse("the approval issue", partial(read_issue, answer.data, self.client.now())))
            self._issue_etag = answer.etag

    def news(self) -> Iterator[ListedComment]:
        """Read the comments that are new or changed since the last whole list, and some more than once."""
        if not self._since:
            yield from self.whole()
            return
        since, etags = "", []
        get = partial(self.client.get, etag=self._comments_etag)
        for answer in paging.forward(get, f"{self.path}/comments", {"since": self._since}):
            if answer.unchanged:
                return
            since = since or self._time()
            etags.append(answer.etag)
            yield from _comments(answer)
        if len(etags) == 1:
            self._comments_etag = etags[0]
        else:
            # The next poll begins here: each comment of a flood is read once, not at every poll.
            self._since, self._comments_etag = since, None

    def whole(self) -> list[ListedComment]:
        """Read the whole list, without conditions.

        From the end: a comment that is deleted meanwhile must not hide another one, such as a denial.
        """
        since, listed = "", []
        for answer in paging.backward(self.client.get, f"{self.path}/comments"):
            since = since or self._time()
            listed += _comments(answer)
        self._since, self._comments_etag = since, None
        return listed

    def _time(self) -> str:
        """Return the time to ask ``since``: a comment can be listed late."""
        return (self.client.now() - timedelta(seconds=LAG)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _comments(answer: Answer) -> list[ListedComment]:
    return [parse("a comment", partial(comment_of, data)) for data in paging.items(answer)]
