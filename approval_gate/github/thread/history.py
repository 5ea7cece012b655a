"""What GraphQL says of the conversation and REST does not: edits, deletions, hidden comments, mail.

Schema: https://docs.github.com/en/graphql/reference/objects#issuecomment,
#usercontentedit, #commentdeletedevent, #renamedtitleevent, #closedevent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from approval_gate.core.model import Closing, Modification, Person
from approval_gate.errors import (
    NotFoundError,
    OutageError,
    PermissionDeniedError,
    RejectedError,
    TamperedError,
    UnsettledError,
)
from approval_gate.github.client import Client
from approval_gate.github.parse import shaped, time_of
from approval_gate.github.thread.comments import EditHistory, Facts, Listed
from approval_gate.github.thread.deletions import Deletion

NODES = 100
"""The most ids one query may name (https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api)."""

REVISIONS = 1_000
"""The most edits of the issue that are read: each comes with a whole text."""

_PERSON = "__typename login ... on User { databaseId } ... on Bot { databaseId }"
_EDITS = f"""
  totalCount
  pageInfo {{ hasNextPage endCursor }}
  nodes {{ editedAt diff editor {{ {_PERSON} }} }}
"""
_COMMENT = f"""
  id fullDatabaseId body createdAt updatedAt lastEditedAt isMinimized createdViaEmail
  author {{ {_PERSON} }}
"""
_STATUS = "status: node(id: $status) @include(if: $barred) { ... on IssueComment { updatedAt body } }"

_REVISIONS = f"""
query($ids: [ID!]!, $status: ID!, $barred: Boolean!) {{
  nodes(ids: $ids) {{
    id
    ... on IssueComment {{ {_COMMENT} userContentEdits(first: 100) {{ {_EDITS} }} }}
  }}
  {_STATUS}
}}"""

_PAST = f"""
  title body createdAt updatedAt lastEditedAt
  userContentEdits(first: $page, after: $userContentEdits) {{ {_EDITS} }}
  timelineItems(
    first: $page
    after: $timelineItems
    itemTypes: [COMMENT_DELETED_EVENT, RENAMED_TITLE_EVENT, CLOSED_EVENT]
  ) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      __typename
      ... on CommentDeletedEvent {{
        createdAt
        actor {{ {_PERSON} }}
        deletedCommentAuthor {{ {_PERSON} }}
      }}
      ... on RenamedTitleEvent {{ createdAt actor {{ {_PERSON} }} }}
      ... on ClosedEvent {{ createdAt actor {{ {_PERSON} }} }}
    }}
  }}
  comments(first: $page, after: $comments) @include(if: $whole) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_COMMENT} }}
  }}
"""

_CURSORS = "$comments: String, $timelineItems: String, $userContentEdits: String"

_ISSUE = f"""
query($id: ID!, $status: ID!, $barred: Boolean!, $whole: Boolean!, $page: Int!, {_CURSORS}) {{
  node(id: $id) {{ ... on Issue {{ {_PAST} }} }}
  {_STATUS}
}}"""

_TRIAL = f"""
query($owner: String!, $name: String!, $page: Int!, $whole: Boolean!, {_CURSORS}) {{
  viewer {{ databaseId }}
  repository(owner: $owner, name: $name) {{
    issues(first: 1) {{ nodes {{ {_PAST} ...Revisions }} }}
  }}
}}
fragment Revisions on Issue {{
  revised: comments(first: 1) {{ nodes {{ userContentEdits(first: 1) {{ {_EDITS} }} }} }}
}}"""

_LISTS = ("timelineItems", "userContentEdits", "comments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """An edit of the gate's own status comment; a read that shows it is not older than that edit.

    Attributes:
        comment_id: the status comment.
        node_id: its id in GraphQL.
        updated_at: when GitHub says that it was edited.
        body: what it was edited to.
    """

    comment_id: int
    node_id: str
    updated_at: datetime
    body: str

    def shown_by(self, updated_at: datetime, body: str) -> bool:
        """Whether a read that has the status comment so is not older than the edit."""
        return updated_at > self.updated_at or (updated_at == self.updated_at and body == self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePast:
    """What happened to the issue itself, and the conversation where that was asked for."""

    body: EditHistory
    updated_at: datetime
    renamed: tuple[Modification, ...]
    deletions: tuple[Deletion, ...]
    closures: tuple[Closing, ...]
    comments: tuple[Listed, ...] = ()


def try_everything(client: Client, repository: str) -> None:
    """Ask GraphQL once for every field that the gate uses later, before anything is opened.

    Args:
        client: who is asked.
        repository: ``owner/name`` of the one that the issue goes to.

    Raises:
        PermissionDeniedError: this token cannot read what an approval is confirmed with.
        GitHubError: GitHub has a fault.
    """
    owner, _, name = repository.partition("/")
    variables = {"owner": owner, "name": name, "page": 1, "whole": True}
    try:
        data = client.patiently(lambda: client.graphql(_TRIAL, variables))
    except (PermissionDeniedError, NotFoundError) as error:
        raise _not_readable(repository, error.detail) from error
    except RejectedError as error:
        raise PermissionDeniedError(
            "This GitHub's GraphQL does not have every field that an approval is confirmed with.",
            remedy="Update GitHub Enterprise Server to a version that is supported. No issue was opened.",
            detail=error.detail,
        ) from error
    if data.get("repository") is None:
        raise _not_readable(repository, "GitHub's GraphQL does not find the repository.")


def _not_readable(repository: str, detail: str) -> PermissionDeniedError:
    return PermissionDeniedError(
        f"This token cannot read the issues of {repository} by GitHub's GraphQL, which shows who edited, "
        "hid or deleted a comment.",
        remedy="Pass a token that can: `token: ${{ github.token }}` with `permissions: issues: write`, or an "
        "App's or a personal one with that permission. No issue was opened.",
        detail=detail,
    )


def comments_past(
    client: Client, node_ids: Sequence[str], barrier: Barrier | None = None
) -> dict[str, tuple[Listed, EditHistory] | None]:
    """Read comments with every revision, by node id.

    Args:
        client: who is asked.
        node_ids: of the comments.
        barrier: what each answer must show, if anything.

    Returns:
        For each id what is told of it; None where the comment is gone.

    Raises:
        UnsettledError: an answer is older than the barrier.
        GitHubError: GraphQL refused, or has a fault.
    """
    found: dict[str, tuple[Listed, EditHistory] | None] = {}
    for start in range(0, len(node_ids), NODES):
        ids = list(node_ids[start : start + NODES])
        data = _ask(client, _REVISIONS, {"ids": ids}, barrier)
        nodes = data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(ids):
            raise OutageError("GitHub's GraphQL answered another number of comments than was asked for.")
        for node_id, node in zip(ids, nodes, strict=True):
            found[node_id] = None if not node else shaped("a comment's history", partial(_revised, node))
    return found


def issue_past(
    client: Client, node_id: str, barrier: Barrier | None = None, *, comments: bool = False
) -> IssuePast:
    """Read what happened to the issue: its edits, renamings, closings, and deleted comments.

    Args:
        client: who is asked.
        node_id: of the issue.
        barrier: what each page must show, if anything.
        comments: whether the conversation is read with it, a hundred comments a page.

    Raises:
        TamperedError: it was edited more often than anybody reads.
        UnsettledError: a page is older than the barrier.
        GitHubError: GraphQL refused, or has a fault.
    """
    node: Mapping[str, Any] = {}
    lists = _LISTS if comments else _LISTS[:2]
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in lists}
    after: dict[str, str | None] = dict.fromkeys(lists)
    more = True
    while more:
        variables = {"id": node_id, "page": NODES, "whole": comments, **after}
        answer = _ask(client, _ISSUE, variables, barrier).get("node") or {}
        node, more = node or answer, False
        for name, read in found.items():
            page = partial(_page, answer, name, after[name])
            some, after[name], another = shaped("the approval issue's history", page)
            read.extend(some)
            more = more or another
        if len(found["userContentEdits"]) > REVISIONS:
            raise TamperedError(
                f"The approval issue was edited more than {REVISIONS} times.",
                remedy="Find out who did it, and start a new deployment.",
            )
    return shaped("the approval issue's history", partial(_issue_past, node, found))


def _ask(
    client: Client, query: str, variables: Mapping[str, object], barrier: Barrier | None
) -> Mapping[str, Any]:
    """Ask, and believe only what is not older than the barrier."""
    status = barrier.node_id if barrier else ""
    asked = {**variables, "status": status, "barred": barrier is not None}
    data: Mapping[str, Any] = client.graphql(query, asked)
    if barrier is not None:
        told = data.get("status")
        read = shaped("the status comment", lambda: told and (time_of(told["updatedAt"]), str(told["body"])))
        if not read or not barrier.shown_by(*read):
            raise UnsettledError("GitHub's GraphQL does not show yet what the gate wrote last.")
    return data


def _page(
    node: Mapping[str, Any], name: str, after: str | None
) -> tuple[list[Mapping[str, Any]], str | None, bool]:
    """Return a page of a list, where the next one begins, and whether there is one already."""
    found = node[name] or {"nodes": [], "pageInfo": {"endCursor": None, "hasNextPage": False}}
    end, more = found["pageInfo"]["endCursor"], bool(found["pageInfo"]["hasNextPage"])
    if more and end in {None, after}:
        raise ValueError("a page leads nowhere")
    return [item for item in found["nodes"] if item], end or after, more


def _issue_past(node: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> IssuePast:
    # What was counted at the first page: an edit since then is found by the next look.
    history, events = node["userContentEdits"], found["timelineItems"]
    return IssuePast(
        body=_past({**node, "userContentEdits": history and {**history, "nodes": found["userContentEdits"]}}),
        updated_at=time_of(node["updatedAt"]),
        renamed=tuple(
            _modification(event, "actor", "createdAt") for event in _of("RenamedTitleEvent", events)
        ),
        deletions=tuple(
            Deletion(
                author=_person(event["deletedCommentAuthor"]),
                modification=_modification(event, "actor", "createdAt"),
            )
            for event in _of("CommentDeletedEvent", events)
        ),
        closures=tuple(
            Closing(by=_person(event["actor"]), at=time_of(event["createdAt"]))
            for event in _of("ClosedEvent", events)
        ),
        comments=tuple(_listed(comment) for comment in found.get("comments", ())),
    )


def _of(kind: str, events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (event for event in events if event and event.get("__typename") == kind)


def _revised(node: Mapping[str, Any]) -> tuple[Listed, EditHistory]:
    return _listed(node), _past(node)


def _listed(node: Mapping[str, Any]) -> Listed:
    edited_at = node["lastEditedAt"]
    return Listed(
        id=int(node["fullDatabaseId"]),
        node_id=str(node["id"]),
        author=_person(node["author"]),
        text=str(node["body"] or ""),
        created_at=time_of(node["createdAt"]),
        updated_at=time_of(node["updatedAt"]),
        facts=Facts(
            hidden=bool(node["isMinimized"]),
            via_email=bool(node["createdViaEmail"]),
            edited_at=time_of(edited_at) if edited_at else None,
        ),
    )


def _past(node: Mapping[str, Any]) -> EditHistory:
    """Read ``userContentEdits``: newest first, each ``diff`` a whole text, the original included.

    A text that was never edited has none. More edits than were read leave the
    oldest unread, which is said by a None.
    """
    history = node["userContentEdits"] or {"totalCount": 0, "nodes": []}
    oldest_first = [edit for edit in reversed(history["nodes"]) if edit]
    revisions = sorted(oldest_first, key=lambda edit: time_of(edit["editedAt"]))
    texts = [edit["diff"] for edit in revisions]
    created = time_of(node["createdAt"])
    original = bool(revisions) and time_of(revisions[0]["editedAt"]) <= created
    edits = [_modification(edit, "editor", "editedAt") for edit in revisions[1 if original else 0 :]]
    if history["totalCount"] > len(revisions) or (revisions and not original):
        texts.insert(0, None)
    if not edits and node.get("lastEditedAt"):
        texts = [None, str(node["body"] or "")]
        edits.append(Modification(by=None, at=time_of(node["lastEditedAt"])))
    return EditHistory(texts=tuple(texts), edits=tuple(edits))


def _modification(event: Mapping[str, Any], who: str, when: str) -> Modification:
    return Modification(by=_person(event[who]), at=time_of(event[when]))


def _person(actor: Mapping[str, Any] | None) -> Person | None:
    if not actor or not isinstance(actor.get("databaseId"), int):
        return None
    return Person(id=actor["databaseId"], login=actor["login"], bot=actor["__typename"] == "Bot")
