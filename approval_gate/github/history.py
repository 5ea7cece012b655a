"""What GraphQL tells of an issue's past and REST does not: edits and deletions.

Schema: https://docs.github.com/en/graphql/reference/objects#issuecomment,
#usercontentedit, #commentdeletedevent, #renamedtitleevent, #closedevent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from approval_gate.core.model import Closure, Person, Touch
from approval_gate.errors import GitHubError, OutageError, PermissionDeniedError, TamperedError
from approval_gate.github.client import Client
from approval_gate.github.deletions import Deletion
from approval_gate.github.reading import shaped, time_of

NODES = 100
"""The most ids one query may name (https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api)."""

REVISIONS = 1_000
"""The most edits of the issue that are read: each comes with a whole text."""

_PERSON = "__typename login ... on User { databaseId } ... on Bot { databaseId }"
_EDIT = f"editedAt diff editor {{ {_PERSON} }}"

_COMMENTS = f"""
query($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    id
    ... on IssueComment {{
      lastEditedAt
      createdAt
      updatedAt
      userContentEdits(first: 100) {{ totalCount nodes {{ {_EDIT} }} }}
    }}
  }}
}}"""

_ISSUE = f"""
query($id: ID!, $timelineItems: String, $userContentEdits: String) {{
  node(id: $id) {{
    ... on Issue {{
      title
      body
      createdAt
      updatedAt
      userContentEdits(first: 100, after: $userContentEdits) {{
        totalCount
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ {_EDIT} }}
      }}
      timelineItems(
        first: 100
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
          ... on RenamedTitleEvent {{ createdAt }}
          ... on ClosedEvent {{ createdAt actor {{ {_PERSON} }} }}
        }}
      }}
    }}
  }}
}}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A text's revisions: what it said from the first on, and who changed it when.

    ``texts`` holds None for a revision that can no longer be read;
    ``updated_at`` tells how new this is.
    """

    texts: tuple[str | None, ...]
    edits: tuple[Touch, ...]
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePast:
    """What happened to the issue itself."""

    body: Past
    renamed_at: tuple[datetime, ...]
    deletions: tuple[Deletion, ...]
    closures: tuple[Closure, ...]


def ticks_unknown(error: GitHubError) -> PermissionDeniedError:
    """Return the error of a checklist that must be ticked, where edits cannot be read."""
    return PermissionDeniedError(
        "require-checklist: this token may not read who edits the issue, so who ticks a box cannot be told.",
        remedy="Pass a token that may use GitHub's GraphQL, `token: ${{ github.token }}` say, or leave "
        "require-checklist out.",
        detail=error.detail,
    )


def comments_past(client: Client, node_ids: Sequence[str]) -> dict[str, Past | None]:
    """Read the edit history of comments, by node id.

    Returns:
        For each id its past; None where the comment is gone.

    Raises:
        GitHubError: GraphQL refused, or has a fault.
    """
    found: dict[str, Past | None] = {}
    for start in range(0, len(node_ids), NODES):
        ids = list(node_ids[start : start + NODES])
        nodes = client.graphql(_COMMENTS, {"ids": ids}).get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(ids):
            raise OutageError("GitHub's GraphQL answered another number of comments than was asked for.")
        for node_id, node in zip(ids, nodes, strict=True):
            found[node_id] = None if not node else shaped("a comment's history", partial(_past, node))
    return found


def issue_past(client: Client, node_id: str) -> IssuePast:
    """Read what happened to the issue: its edits, renamings, closings, and deleted comments.

    Raises:
        TamperedError: it was edited more often than anybody reads.
        GitHubError: GraphQL refused, or has a fault.
    """
    node: Mapping[str, Any] = {}
    found: dict[str, list[Mapping[str, Any]]] = {"timelineItems": [], "userContentEdits": []}
    after: dict[str, str | None] = dict.fromkeys(found)
    more = True
    while more:
        answer = client.graphql(_ISSUE, {"id": node_id, **after}).get("node") or {}
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
    return shaped(
        "the approval issue's history",
        lambda: _issue_past(node, found["timelineItems"], found["userContentEdits"]),
    )


def _page(
    node: Mapping[str, Any], name: str, after: str | None
) -> tuple[list[Mapping[str, Any]], str | None, bool]:
    """Return a page of a list, where the next one begins, and whether there is one already."""
    found = node[name] or {"nodes": [], "pageInfo": {"endCursor": None, "hasNextPage": False}}
    end, more = found["pageInfo"]["endCursor"], bool(found["pageInfo"]["hasNextPage"])
    if more and end in {None, after}:
        raise ValueError("a page leads nowhere")
    return [item for item in found["nodes"] if item], end or after, more


def _issue_past(
    node: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    edits: Sequence[Mapping[str, Any]],
) -> IssuePast:
    # What was counted at the first page: an edit since then is found by the next look.
    history = node["userContentEdits"]
    return IssuePast(
        body=_past({**node, "userContentEdits": history and {**history, "nodes": edits}}),
        renamed_at=tuple(time_of(event["createdAt"]) for event in _of("RenamedTitleEvent", events)),
        deletions=tuple(
            Deletion(author=_person(event["deletedCommentAuthor"]), touch=_touch(event, "actor", "createdAt"))
            for event in _of("CommentDeletedEvent", events)
        ),
        closures=tuple(
            Closure(by=_person(event["actor"]), at=time_of(event["createdAt"]))
            for event in _of("ClosedEvent", events)
        ),
    )


def _of(kind: str, events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (event for event in events if event and event.get("__typename") == kind)


def _past(node: Mapping[str, Any]) -> Past:
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
    edits = [_touch(edit, "editor", "editedAt") for edit in revisions[1 if original else 0 :]]
    if history["totalCount"] > len(revisions) or (revisions and not original):
        texts.insert(0, None)
    if not edits and node.get("lastEditedAt"):
        edits.append(Touch(by=None, at=time_of(node["lastEditedAt"])))
    return Past(texts=tuple(texts), edits=tuple(edits), updated_at=_newest(node))


def _newest(node: Mapping[str, Any]) -> datetime | None:
    return time_of(node["updatedAt"]) if node.get("updatedAt") else None


def _touch(event: Mapping[str, Any], who: str, when: str) -> Touch:
    person = _person(event[who])
    return Touch(by=person, at=time_of(event[when]))


def _person(actor: Mapping[str, Any] | None) -> Person | None:
    if not actor or not isinstance(actor.get("databaseId"), int):
        return None
    return Person(id=actor["databaseId"], login=actor["login"], bot=actor["__typename"] == "Bot")
