"""Prune GitHub's published OpenAPI description to the endpoints in use.

    python scripts/prune_openapi.py api.github.com.json tests/emulator/data/openapi.json.gz

The source is `generated/api.github.com.json` of the npm package
@octokit/openapi. Schemas are kept; descriptions and examples are removed. One
correction: null is added to the values of nullable enums and to the choices of
nullable `oneOf` and `anyOf`. Without it, GitHub's own `state_reason: null` and a
commit's `author: null` would be invalid.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

REPO = "/repos/{owner}/{repo}"
ISSUE = f"{REPO}/issues/{{issue_number}}"
COMMENT = f"{REPO}/issues/comments/{{comment_id}}"
TEAM = "/orgs/{org}/teams/{team_slug}"
KEEP = {
    "/meta": {"get"},
    "/rate_limit": {"get"},
    "/user": {"get"},
    "/users/{username}": {"get"},
    REPO: {"get"},
    f"{REPO}/contents/{{path}}": {"get"},
    f"{REPO}/collaborators": {"get"},
    f"{REPO}/collaborators/{{username}}/permission": {"get"},
    f"{REPO}/git/ref/{{ref}}": {"get"},
    f"{REPO}/git/tags/{{tag_sha}}": {"get"},
    f"{REPO}/git/trees/{{tree_sha}}": {"get"},
    f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}": {"get"},
    f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}/jobs": {"get"},
    f"{REPO}/commits": {"get"},
    f"{REPO}/commits/{{ref}}": {"get"},
    f"{REPO}/compare/{{basehead}}": {"get"},
    f"{REPO}/environments/{{environment_name}}": {"get"},
    f"{REPO}/environments/{{environment_name}}/deployment-branch-policies": {"get"},
    f"{REPO}/deployments": {"get"},
    f"{REPO}/deployments/{{deployment_id}}": {"get"},
    f"{REPO}/deployments/{{deployment_id}}/statuses": {"get"},
    f"{REPO}/installation": {"get"},
    "/app/installations/{installation_id}/access_tokens": {"post"},
    "/orgs/{org}/teams": {"get"},
    TEAM: {"get"},
    f"{TEAM}/members": {"get"},
    f"{TEAM}/repos/{{owner}}/{{repo}}": {"get"},
    f"{REPO}/issues": {"get", "post"},
    ISSUE: {"get", "patch"},
    f"{ISSUE}/assignees": {"post"},
    f"{ISSUE}/labels": {"post"},
    f"{ISSUE}/lock": {"put"},
    f"{ISSUE}/sub_issues": {"post"},
    f"{ISSUE}/comments": {"get", "post"},
    COMMENT: {"get", "patch", "delete"},
    f"{COMMENT}/reactions": {"post"},
    f"{COMMENT}/reactions/{{reaction_id}}": {"delete"},
}
# Documentation, and discriminators: the response for a folder is a list, which cannot have their property.
PROSE = {"summary", "examples", "example", "externalDocs", "tags", "operationId", "discriminator"}


def main(source: str, target: str) -> None:
    """Prune one file into another."""
    whole = json.loads(Path(source).read_text(encoding="utf-8"))
    paths = {
        path: {
            key: stripped(value)
            for key, value in whole["paths"][path].items()
            if key in methods or key == "parameters"
        }
        for path, methods in KEEP.items()
    }
    components: dict[str, dict[str, Any]] = {}
    follow(paths, whole, components)
    small = {
        "openapi": whole["openapi"],
        "info": {"title": "GitHub, in part", "version": whole["info"]["version"]},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": components,
    }
    text = json.dumps(small, sort_keys=True, separators=(",", ":")).encode()
    Path(target).write_bytes(gzip.compress(text, mtime=0))


def follow(node: Any, whole: dict[str, Any], components: dict[str, dict[str, Any]]) -> None:  # noqa: ANN401 - JSON
    """Add the components that a node refers to, directly or indirectly."""
    if isinstance(node, list):
        for item in node:
            follow(item, whole, components)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            _, _, kind, name = value.split("/")
            group = components.setdefault(kind, {})
            if name not in group:
                group[name] = stripped(whole["components"][kind][name])
                follow(group[name], whole, components)
        else:
            follow(value, whole, components)


def stripped(node: Any, *, names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Remove the documentation from a node; ``names``: its keys are names of properties, not keywords."""
    if isinstance(node, list):
        return [stripped(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: stripped(value, names=key in {"properties", "patternProperties"} and not names)
        for key, value in node.items()
        if names or not (key in PROSE or key.startswith("x-"))
    }
    if kept.get("nullable") is True and "enum" in kept and None not in kept["enum"] and not names:
        kept["enum"] = [*kept["enum"], None]
    null = {"enum": [None], "nullable": True}
    for choices in {"oneOf", "anyOf"} & kept.keys() if kept.get("nullable") is True and not names else ():
        kept[choices] = kept[choices] if null in kept[choices] else [*kept[choices], null]
    if isinstance(kept.get("description"), str) and not names:
        kept["description"] = ""  # a response must have one
    return kept


if __name__ == "__main__":
    main(*sys.argv[1:])
