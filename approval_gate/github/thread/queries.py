"""What GraphQL has on a conversation and REST has not: edits, deletions, hidden comments, mail.

Schema: https://docs.github.com/en/graphql/reference/objects#issuecomment, #usercontentedit,
#commentdeletedevent, #renamedtitleevent, #closedevent. Comments and accounts are asked for under the
names that REST gives to their fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from approval_gate.core.model import Closing, Modification
from approval_gate.errors import (
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
    TamperedError,
    UnsettledError,
)
from approval_gate.github import paging
from approval_gate.github.client import Client
from approval_gate.github.parse import ListedComment, comment_of, parse, person_of, time_of
from approval_gate.github.thread.deletions import Deletion
from approval_gate.github.thread.issue import IssueHistory
from approval_gate.github.thread.store import EditHistory

REVISIONS = 1_000
"""The most edits of the issue that are read: each comes with a whole text."""

_PERSON = "type: __typename login ... on User { id: databaseId } ... on Bot { id: databaseId }"
_EDITS = f"""
  totalCount
  pageInfo {{ hasNextPage endCursor }}
  nodes {{ editedAt diff editor {{ {_PERSON} }} }}
"""
_COMMENT = f"""
  node_id: id id: fullDatabaseId body created_at: createdAt updated_at: updatedAt lastEditedAt
  isMinimized createdViaEmail
  user: author {{ {_PERSON} }}
"""
_STATUS = f"status: node(id: $status) @include(if: $barred) {{ ... on IssueComment {{ {_COMMENT} }} }}"

_REVISIONS = f"""
query($ids: [ID!]!, $status: ID!, $barred: Boolean!) {{
  nodes(ids: $ids) {{
    node_id: id
    ... on IssueComment {{ {_COMMENT} userContentEdits(first: 100) {{ {_EDITS} }} }}
  }}
  {_STATUS}
}}"""

_PAST = f"""
  title body created_at: createdAt updated_at: updatedAt lastEditedAt
  userContentEdits(first: $page, after: $userContentEdits) {{ {_EDITS} }}
  timelineItems(
    first: $page
    after: $timelineItems
    itemTypes: [COMMENT_DELETED_EVENT, RENAMED_TITLE_EVENT, CLOSED_EVENT]
  ) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      __typename
      ... on CommentDeletedEvent {{ createdAt actor {{ {_PERSON} }} deletedCommentAuthor {{ {_PERSON} }} }}
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


def try_everything(client: Client, repository: str) -> None:
    """Ask GraphQL once for every field that the gate uses later, before an issue is opened there.

    Raises:
        PermissionDeniedError: this token cannot read what an approval is confirmed with.
    """
    owner, _, name = repository.partition("/")
    variables = {"owner": owner, "name": name, "page": 1, "whole": True}
    detail = "GitHub's GraphQL does not find the repository."
    try:
        found = client.with_retry(lambda: client.graphql(_TRIAL, variables)).get("repository")
    except (PermissionDeniedError, NotFoundError) as error:
        found, detail = None, error.detail
    except RejectedError as error:
        raise PermissionDeniedError(
            "This GitHub's GraphQL does not have every field that an approval is confirmed with.",
            remedy="Update GitHub Enterprise Server to a version that is supported.",
            detail=error.detail,
        ) from error
    if found is None:
        raise PermissionDeniedError(
            f"This token cannot read the issues of {repository} by GitHub's GraphQL, which shows who edited, "
            "hid or deleted a comment.",
            remedy="Pass a token that can: `token: ${{ github.token }}` with `permissions: issues: write`, "
            "or an App's or a personal one with that permission.",
            detail=detail,
        )


def comment_histories(
    client: Client, node_ids: Sequence[str], barrier: ListedComment | None = None
) -> dict[str, tuple[ListedComment, EditHistory] | None]:
    """Read comments with their edits, by node id; None for a comment that is gone. See :func:`_ask`."""
    nodes = paging.nodes(lambda ids: _ask(client, _REVISIONS, {"ids": ids}, barrier), node_ids, "comments")
    return {
        node_id: parse("a comment's history", partial(_with_history, node)) if node else None
        for node_id, node in nodes
    }


def _with_history(node: Mapping[str, Any]) -> tuple[ListedComment, EditHistory]:
    return comment_of(node), _history(node)


def issue_history(
    client: Client, node_id: str, barrier: ListedComment | None = None, *, comments: bool = False
) -> IssueHistory:
    """Read what happened to the issue: its edits, renamings, closings, and deleted comments.

    With ``comments`` the conversation is read too, a page with each page of these. See :func:`_ask`.

    Raises:
        TamperedError: it was edited more often than is read.
    """
    node: Mapping[str, Any] = {}
    lists = _LISTS if comments else _LISTS[:2]
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in lists}
    after: dict[str, str | None] = dict.fromkeys(lists)
    more = True
    while more:
        variables = {"id": node_id, "page": paging.PAGE, "whole": comments, **after}
        answer = _ask(client, _ISSUE, variables, barrier).get("node") or {}
        node, more = node or answer, False
        for name, read in found.items():
            page = partial(_page, answer, name, after[name])
            some, after[name], another = parse("the approval issue's history", page)
            read.extend(some)
            more = more or another
        if len(found["userContentEdits"]) > REVISIONS:
            raise TamperedError(
                f"The approval issue was edited more than {REVISIONS} times.",
                remedy="Find out who did it, and start a new deployment.",
            )
    return parse("the approval issue's history", partial(_issue_history, node, found))


def _ask(
    client: Client, query: str, variables: Mapping[str, object], barrier: ListedComment | None
) -> Mapping[str, Any]:
    """Ask once; each response must show the barrier, a comment, as it is or later.

    Raises:
        UnsettledError: the response is older than the barrier.
    """
    status = barrier.node_id if barrier else ""
    data: Mapping[str, Any] = client.graphql(
        query, {**variables, "status": status, "barred": barrier is not None}
    )
    if barrier is not None:
        shown = parse("the status comment", lambda: data.get("status") and comment_of(data["status"]))
        if not shown or not shown.is_as_new_as(barrier):
            raise UnsettledError("GitHub's GraphQL does not show yet what the gate wrote last.")
    return data


def _page(
    node: Mapping[str, Any], name: str, after: str | None
) -> tuple[list[Mapping[str, Any]], str | None, bool]:
    """Return a page of a list, where to continue, and whether the next page exists already."""
    found = node[name] or {"nodes": [], "pageInfo": {"endCursor": None, "hasNextPage": False}}
    more = paging.cursor(found, after) is not None
    return [item for item in found["nodes"] if item], found["pageInfo"]["endCursor"] or after, more


def _issue_history(node: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> IssueHistory:
    # The count is that of the first page: an edit since then is found by the next poll.
    edits, events = node["userContentEdits"], found["timelineItems"]
    return IssueHistory(
        body=_history({**node, "userContentEdits": edits and {**edits, "nodes": found["userContentEdits"]}}),
        updated_at=time_of(node["updated_at"]),
        renamed=tuple(_made(event) for event in _of("RenamedTitleEvent", events)),
        deletions=tuple(
            Deletion(author=person_of(event["deletedCommentAuthor"]), modification=_made(event))
            for event in _of("CommentDeletedEvent", events)
        ),
        closings=tuple(Closing(by=it.by, at=it.at) for it in map(_made, _of("ClosedEvent", events))),
        comments=tuple(comment_of(comment) for comment in found.get("comments", ())),
    )


def _of(kind: str, events: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (event for event in events if event.get("__typename") == kind)


def _made(event: Mapping[str, Any], who: str = "actor", when: str = "createdAt") -> Modification:
    return Modification(by=person_of(event[who]), at=time_of(event[when]))


def _history(node: Mapping[str, Any]) -> EditHistory:
    """Read ``userContentEdits``: newest first, each ``diff`` a whole text, the original included.

    A text that was never edited has none. More edits than were read leave the oldest text unknown,
    which is a None.
    """
    history = node["userContentEdits"] or {"totalCount": 0, "nodes": []}
    oldest_first = [edit for edit in reversed(history["nodes"]) if edit]
    revisions = sorted(oldest_first, key=lambda edit: time_of(edit["editedAt"]))
    texts = [edit["diff"] for edit in revisions]
    original = bool(revisions) and time_of(revisions[0]["editedAt"]) <= time_of(node["created_at"])
    edits = [_made(edit, "editor", "editedAt") for edit in revisions[1 if original else 0 :]]
    if history["totalCount"] > len(revisions) or (revisions and not original):
        texts.insert(0, None)
    if not edits and node.get("lastEditedAt"):
        texts = [None, str(node["body"] or "")]
        edits.append(Modification(by=None, at=time_of(node["lastEditedAt"])))
    return EditHistory(texts=tuple(texts), edits=tuple(edits))
