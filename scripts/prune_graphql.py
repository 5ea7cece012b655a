"""Prune GitHub's published GraphQL schema to the types and fields in use.

    python scripts/prune_graphql.py schema.graphql approval_gate/emulator/data/schema.graphql

The source is `schema.graphql` of the npm package @octokit/graphql-schema.
Types, nullability and arguments are kept; descriptions are removed.
"""

import sys
from pathlib import Path

from graphql import parse, print_ast
from graphql.language import (
    DefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
)

EVENT = {"id", "createdAt", "actor"}
KEEP: dict[str, set[str]] = {
    "Query": {"node", "nodes", "viewer", "organization", "repository", "search"},
    "Node": {"id"},
    "Actor": {"login"},
    "User": {"id", "login", "databaseId"},
    "Bot": {"id", "login", "databaseId"},
    "Issue": {
        "id",
        "databaseId",
        "number",
        "url",
        "title",
        "body",
        "state",
        "stateReason",
        "labels",
        "createdAt",
        "updatedAt",
        "lastEditedAt",
        "includesCreatedEdit",
        "author",
        "comments",
        "editor",
        "fullDatabaseId",
        "userContentEdits",
        "timelineItems",
    },
    "IssueCommentConnection": {"nodes", "totalCount", "pageInfo"},
    "IssueComment": {
        "id",
        "databaseId",
        "fullDatabaseId",
        "createdViaEmail",
        "isMinimized",
        "minimizedReason",
        "body",
        "createdAt",
        "updatedAt",
        "lastEditedAt",
        "includesCreatedEdit",
        "author",
        "editor",
        "userContentEdits",
    },
    "UserContentEditConnection": {"nodes", "totalCount", "pageInfo"},
    "UserContentEdit": {"id", "editedAt", "diff", "editor"},
    "IssueTimelineItemsConnection": {"nodes", "totalCount", "pageInfo"},
    "PageInfo": {"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"},
    "CommentDeletedEvent": EVENT | {"deletedCommentAuthor"},
    "RenamedTitleEvent": EVENT | {"previousTitle", "currentTitle"},
    "ClosedEvent": EVENT,
    "ReopenedEvent": EVENT,
    "IssueConnection": {"nodes", "totalCount", "pageInfo"},
    "LabelConnection": {"nodes", "totalCount", "pageInfo"},
    "Label": {"id", "name", "description", "color"},
    "Organization": {"id", "login", "repositories"},
    "RepositoryConnection": {"nodes", "totalCount", "pageInfo"},
    "Repository": {
        "id",
        "databaseId",
        "nameWithOwner",
        "url",
        "isArchived",
        "hasIssuesEnabled",
        "deployments",
        "environments",
        "issues",
        "label",
        "labels",
        "object",
        "pullRequest",
        "pullRequests",
    },
    "SearchResultItemConnection": {"issueCount", "nodes", "pageInfo"},
    "DeploymentConnection": {"nodes", "totalCount", "pageInfo"},
    "Deployment": {"id", "databaseId", "commitOid", "createdAt", "creator", "environment", "statuses"},
    "DeploymentStatusConnection": {"nodes", "totalCount", "pageInfo"},
    "DeploymentStatus": {"id", "state", "createdAt", "logUrl"},
    "GitObject": {"oid"},
    "Tree": {"id", "oid", "entries"},
    "TreeEntry": {"name", "object"},
    "Blob": {"id", "oid", "text", "isTruncated"},
    "EnvironmentConnection": {"nodes", "totalCount", "pageInfo"},
    "Environment": {"id", "name"},
    "Commit": {"id", "oid", "associatedPullRequests", "authors", "committer", "deployments"},
    "PullRequestConnection": {"nodes", "totalCount", "pageInfo"},
    "PullRequest": {
        "id",
        "number",
        "title",
        "url",
        "author",
        "baseRepository",
        "commits",
        "headRefOid",
        "latestOpinionatedReviews",
        "mergeCommit",
        "merged",
    },
    "PullRequestCommitConnection": {"nodes", "totalCount", "pageInfo"},
    "PullRequestCommit": {"id", "commit"},
    "PullRequestReviewConnection": {"nodes", "totalCount", "pageInfo"},
    "PullRequestReview": {"id", "author", "commit", "state"},
    "GitActorConnection": {"nodes", "totalCount", "pageInfo"},
    "GitActor": {"name", "email", "user"},
}
UNIONS = {"IssueTimelineItems", "SearchResultItem"}
ENUMS = {
    "IssueTimelineItemsItemType",
    "IssueState",
    "IssueStateReason",
    "IssueOrderField",
    "SearchType",
    "DeploymentStatusState",
    "DeploymentOrderField",
    "OrderDirection",
    "PullRequestOrderField",
    "PullRequestReviewState",
    "PullRequestState",
}
INPUTS = {"DeploymentOrder", "IssueFilters", "IssueOrder", "PullRequestOrder"}
SCALARS = {"BigInt", "DateTime", "GitObjectID", "ID", "URI"}


def main(source: str, target: str) -> None:
    """Prune one file into another."""
    document = parse(Path(source).read_text(encoding="utf-8"), no_location=True)
    kept = [text for node in document.definitions if (text := pruned(node))]
    Path(target).write_text("\n\n".join(sorted(kept)) + "\n", encoding="utf-8")


def pruned(node: DefinitionNode) -> str | None:
    """Return the text of a definition with only the kept parts, or None to drop it."""
    name = getattr(getattr(node, "name", None), "value", "")
    if isinstance(node, ScalarTypeDefinitionNode) and name in SCALARS:
        return f"scalar {name}"
    if isinstance(node, EnumTypeDefinitionNode) and name in ENUMS:
        return f"enum {name} {{\n" + "".join(f"  {v.name.value}\n" for v in node.values or ()) + "}"
    if isinstance(node, InputObjectTypeDefinitionNode) and name in INPUTS:
        return f"input {name} {{\n" + "".join(f"  {argument_text(f)}\n" for f in node.fields or ()) + "}"
    if isinstance(node, UnionTypeDefinitionNode) and name in UNIONS:
        members = [member.name.value for member in node.types or () if member.name.value in KEEP]
        return f"union {name} = {' | '.join(members)}"
    if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode) and name in KEEP:
        return composite(node, name)
    return None


def composite(node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode, name: str) -> str:
    """Write an object or interface with the fields that are kept."""
    word = "type" if isinstance(node, ObjectTypeDefinitionNode) else "interface"
    faces = [face.name.value for face in node.interfaces or () if face.name.value in KEEP and name != "Query"]
    head = f"{word} {name}{' implements ' + ' & '.join(faces) if faces else ''} {{\n"
    fields = [field for field in node.fields or () if field.name.value in KEEP[name]]
    missing = KEEP[name] - {field.name.value for field in fields}
    if missing:
        raise SystemExit(f"{name} no longer has {', '.join(sorted(missing))}")
    return head + "".join(f"  {signature(field)}\n" for field in fields) + "}"


def signature(field: FieldDefinitionNode) -> str:
    """Write a field with the arguments whose types are kept."""
    known = SCALARS | ENUMS | INPUTS | {"Int", "String", "Boolean", "Float"}
    arguments = [argument for argument in field.arguments or () if innermost(argument.type) in known]
    shown = ", ".join(map(argument_text, arguments))
    return f"{field.name.value}{f'({shown})' if shown else ''}: {print_ast(field.type)}"


def argument_text(argument: InputValueDefinitionNode) -> str:
    """Write an argument with its default."""
    default = f" = {print_ast(argument.default_value)}" if argument.default_value else ""
    return f"{argument.name.value}: {print_ast(argument.type)}{default}"


def innermost(node: TypeNode) -> str:
    """Return the name of the type inside lists and non-nulls."""
    while not hasattr(node, "name"):
        node = node.type
    return str(node.name.value)


if __name__ == "__main__":
    main(*sys.argv[1:])
