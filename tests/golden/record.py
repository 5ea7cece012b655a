"""A run as a readable text: everything that the gate sent, wrote and left behind.

Only the fields of the stage's results and of the embedded GitHub's issues are used, so that a file
changes when the behaviour or a wording does, and not when a module is renamed.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.whole.stage import BEGAN, REPOSITORY, Stage

_ADDRESS = re.compile(r"https?://127\.0\.0\.1:\d+")
_SPACES = re.compile(r"\s+")
_RECORD = re.compile(r"(```json\n *)\{\n.*?\}(\n *```)", re.DOTALL)
"""A record that is indented for people: its value is that of the output."""


class SteadyStage(Stage):
    """A stage with pauses that are the same in every run.

    Pauses have random jitter, so every wait resets the generator: numbers drawn elsewhere do not matter.
    """

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        random.seed(0)


def recorded(stage: Stage, ends: Iterable[Any]) -> str:
    """Return the text of a golden file: each program that ran, and then each issue in its last state."""
    lines: list[str] = []
    records = []
    for number, end in enumerate(ends, 1):
        lines += [f"{'═' * 30} program {number}: exit code {end.exit_code}", ""]
        lines += _section("requests", _requests(end.requests))
        lines += _section("log", end.log.splitlines())
        outputs = dict(getattr(end, "outputs", {}))
        if record := outputs.pop("decision", ""):
            records.append(record)
        lines += _section("outputs", [f"{name}: {value}" for name, value in sorted(outputs.items())])
        lines += _section("record", _indented(json.loads(record)) if record else [])
        lines += _section("summary", getattr(end, "summary", "").splitlines())
    for issue in stage.world.issues(REPOSITORY):
        lines += [f"{'═' * 30} issue {issue.number}", "", *_issue(issue)]
    text = "\n".join(lines)
    for number, record in enumerate(records, 1):
        # Shown once, indented. Digests cover the server's address, whose port differs between runs.
        parsed = json.loads(record)
        text = text.replace(record, f"RECORD {number}").replace(parsed["digest"], "DIGEST")
        if parsed["issue"]:
            text = text.replace(parsed["issue"]["body_digest"], "DIGEST OF THE TEXT")
    text = _RECORD.sub(r"\1RECORD\2", text)
    text = _ADDRESS.sub("GITHUB", text).replace(str(stage.folder), "FOLDER")
    return "\n".join(line.rstrip() for line in text.split("\n")) + "\n"


def queries(requests: Iterable[Any]) -> set[str]:
    """Return the distinct queries of GraphQL among some requests."""
    bodies = (request.body for request in requests if request.path == "/graphql")
    return {_SPACES.sub(" ", str(body["query"])).strip() for body in bodies}


def pretty(query: str) -> str:
    """Break a query into lines where a selection opens or closes."""
    lines, depth = [], 0
    for part in re.split(r"(?<=\{) | (?=\})|(?<=\}) ", query):
        depth -= part.startswith("}")
        lines.append(f"{'  ' * depth}{part}")
        depth += part.endswith("{")
    return "\n".join(lines)


def _section(name: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return [f"── {name}", *found, ""] if found else []


def _indented(value: Any) -> list[str]:
    return json.dumps(value, indent=1, ensure_ascii=False).splitlines()


def _requests(requests: Iterable[Any]) -> Iterator[str]:
    """One line for a request: when, method, path with parameters, status; its body below it."""
    for request in requests:
        parameters = "&".join(f"{name}={value}" for name, value in sorted(request.query.items()))
        path = f"{request.path}?{parameters}" if parameters else request.path
        yield f"{_since(request.at)} {request.method} {path} → {request.status}"
        yield from (f"    {line}" for line in _body(request.body))


def _body(body: Any) -> Iterator[str]:
    """A body field by field, with real line ends; a query by its variables (queries.txt has its text)."""
    if not isinstance(body, Mapping):
        if body is not None:
            yield json.dumps(body, ensure_ascii=False)
        return
    for name, value in body.items():
        if name == "query":
            yield _SPACES.sub(" ", str(value).partition("{")[0]).strip()
        elif isinstance(value, str) and "\n" in value:
            yield f"{name}:"
            yield from (f"    {line}" for line in value.split("\n"))
        else:
            yield f"{name}: {json.dumps(value, ensure_ascii=False)}"


def _issue(issue: Any) -> Iterator[str]:
    state = f"{issue.state} ({issue.state_reason})" if issue.state_reason else issue.state
    yield f"title: {issue.title}"
    yield f"by: {issue.author.login} {_since(issue.created_at)}"
    yield f"state: {state}{', locked' if issue.locked else ''}"
    yield f"labels: {', '.join(issue.labels)}"
    yield f"assignees: {', '.join(user.login for user in issue.assignees)}"
    yield f"edits: {len(issue.revisions) - 1}"
    yield ""
    yield from _section("body", issue.body.split("\n"))
    for comment in issue.comments:
        author = comment.author.login if comment.author else "ghost"
        edits = len(comment.revisions) - 1
        edited = f", edited {edits}×, last {_since(comment.updated_at)}" if edits else ""
        yield f"── comment of {author} {_since(comment.created_at)}{edited}"
        yield from comment.body.split("\n")
        for _, user, content in comment.reactions:
            yield f"   [{content} of {user.login}]"
        yield ""


def _since(moment: datetime) -> str:
    """Hours, minutes and seconds since the run's beginning."""
    seconds = int((moment - BEGAN).total_seconds())
    return f"+{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
