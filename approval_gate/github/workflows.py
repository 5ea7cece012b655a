"""Reads what the checks of a policy name: jobs in workflow files, labels, environments, files."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import yaml

from approval_gate.core.policy.model import Policy
from approval_gate.core.policy.places import Places, conditions
from approval_gate.core.policy.workflows import Job, Name, Step, Workflow
from approval_gate.errors import NotFoundError, PermissionDeniedError
from approval_gate.github.client import Client
from approval_gate.github.parse import parse
from approval_gate.github.repository import Repository

_FOLDER = ".github/workflows"
_PAGE = 100

_PARTS = {
    "workflows": """
    object(expression: "HEAD:.github/workflows") {
      ... on Tree { entries { name object { ... on Blob { text isTruncated } } } }
    }""",
    "labels": """
    labels(first: 100) { nodes { name } }""",
    "environments": """
    environments(first: 100) { nodes { name } pageInfo { hasNextPage } }""",
}
_LABEL = """
    label%(number)d: label(name: $label%(number)d) { name }"""


def read_places(client: Client, repository: Repository, policy: Policy) -> Places:
    """Read what the policy's checks can name, in two requests at the most; nothing that no check names."""
    named = [condition for _, condition in conditions(policy)]
    labels = list(dict.fromkeys(label for it in named for label in it.no_open_issues))
    wanted = {
        "workflows": any(it.jobs for it in named),
        "labels": bool(labels),
        "environments": any(it.deployed_to for it in named),
    }
    asked = [part for part, needed in wanted.items() if needed]
    found = _ask(client, repository, asked, labels)
    read: dict[str, Any] = {
        part: parse(f"the {part}", partial(_READERS[part], found[part])) for part in asked if found.get(part)
    }
    if any(it.changed for it in named):
        asked.append("paths")
        read["paths"] = _paths(client, repository)
    unread = ("files" if part == "paths" else part for part in asked if read.get(part) is None)
    return Places(branch=repository.default_branch, unread=tuple(unread), **read)


def _ask(client: Client, repository: Repository, parts: list[str], labels: list[str]) -> Mapping[str, Any]:
    """Ask for some parts at once; what the token cannot read is left out."""
    if not parts:
        return {}
    aliases = "".join(_LABEL % {"number": number} for number, _ in enumerate(labels))
    texts = {**_PARTS, "labels": _PARTS["labels"] + aliases}
    variables = {f"label{number}": label for number, label in enumerate(labels)}
    declared = ", ".join(f"${name}: String!" for name in ("owner", "name", *variables))
    fields = "".join(f"\n  {it}: repository(owner: $owner, name: $name) {{{texts[it]}\n  }}" for it in parts)
    owner, _, name = repository.full_name.partition("/")
    given = {"owner": owner, "name": name, **variables}
    try:
        data, refused = client.with_retry(
            lambda: client.graphql_parts(f"query({declared}) {{{fields}\n}}", given)
        )
    except PermissionDeniedError:
        return {}
    return {part: found for part, found in data.items() if part not in refused}


def _workflows(repository: Mapping[str, Any]) -> tuple[Workflow, ...]:
    """Parse the files of the workflows' folder, which is null if there is none."""
    entries = (repository["object"] or {}).get("entries", ())
    return tuple(
        workflow_of(f"{_FOLDER}/{entry['name']}", None if file["isTruncated"] else file["text"])
        for entry in entries
        if str(entry["name"]).endswith((".yml", ".yaml")) and (file := entry["object"])
    )


def _labels(repository: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the labels that exist: the first hundred, and those that a check names."""
    named = (it for field, it in repository.items() if field != "labels" and it)
    return tuple(dict.fromkeys(str(it["name"]) for it in (*repository["labels"]["nodes"], *named)))


def _environments(repository: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return all environments; None if there are more than a page."""
    page = repository["environments"]
    if page["pageInfo"]["hasNextPage"]:
        return None
    return tuple(str(it["name"]) for it in page["nodes"])


_READERS = {"workflows": _workflows, "labels": _labels, "environments": _environments}


def _paths(client: Client, repository: Repository) -> tuple[str, ...] | None:
    """Return the files of the default branch; None if there are more than GitHub lists, or none can be seen.

    (https://docs.github.com/en/rest/git/trees#get-a-tree)
    """
    try:
        data = client.read(f"/repos/{repository.full_name}/git/trees/HEAD", {"recursive": 1}).data
    except (NotFoundError, PermissionDeniedError):
        return None

    def listed() -> tuple[str, ...] | None:
        files = tuple(str(it["path"]) for it in data["tree"] if it["type"] != "tree")
        return None if data["truncated"] else files

    return parse("the files", listed)


def workflow_of(path: str, text: str | None) -> Workflow:
    """Parse a workflow file: its jobs, or None if that is not possible."""
    try:
        found = yaml.load(text or "", Loader=yaml.BaseLoader)  # noqa: S506 - it makes plain texts only
    except (yaml.YAMLError, RecursionError):
        return Workflow(path=path, jobs=None)
    jobs = _mapping(_mapping(found).get("jobs"))
    return Workflow(path=path, jobs=None if text is None else tuple(_jobs(jobs)))


def _jobs(jobs: Mapping[str, Any]) -> Iterator[Job]:
    for id_, job in ((str(id_), _mapping(job)) for id_, job in jobs.items()):
        name = _text(job.get("name")) or id_
        names = [Name(name)]
        if "matrix" in _mapping(job.get("strategy")) and "${{" not in name:
            names.append(Name(f"{name} (${{{{}}}})"))
        steps = job.get("steps")
        yield Job(
            id=id_,
            names=tuple(names),
            steps=tuple(map(_step, map(_mapping, steps if isinstance(steps, list) else ()))),
            calls=_text(job.get("uses")),
        )


def _step(step: Mapping[str, Any]) -> Step:
    """Parse a step; one without a name is shown by what it runs."""
    runs = _text(step.get("uses")) or _text(step.get("run")).strip().partition("\n")[0]
    return Step(name=Name(_text(step.get("name")) or f"Run {runs}"), id=_text(step.get("id")))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
