"""A quarter of approvals on the embedded GitHub, each a copy of one that a real gate decided."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from approval_gate.core.blocks import fenced
from approval_gate.core.marker import Marker, read_marker
from approval_gate.core.record.canonical import digest, indented
from approval_gate.core.record.comments import joined
from approval_gate.emulator.world import Comment, Deployment, DeploymentStatus, Issue, Revision
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.whole.stage import Stage

DAYS = 90
_TIME = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"')
_RESULT = "### 🚀 Deployed, 14:30 UTC, 30 minutes after the request\n- Deployment succeeded\n"


def fill(stage: Stage, count: int) -> None:
    """Have a gate decide once, and spread copies of its issue and a deployment of each over the days."""
    stage.says(1, "cid", "approve")
    stage.says(2, "lea", "approve - all tests passed")
    assert stage.run().status == "approved"
    repo = stage.world.repos[REPOSITORY]
    model = repo.issues.pop(1)
    step = timedelta(days=DAYS) / (count + 1)
    for place in range(1, count + 1):
        _copy(stage, model, place * step, f"{place:040x}")
    stage.passed += DAYS * 24 * 3600


def _copy(stage: Stage, model: Issue, later: timedelta, commit: str) -> None:
    world, repo = stage.world, stage.world.repos[REPOSITORY]
    later -= timedelta(microseconds=later.microseconds)
    old = read_marker(model.body)
    new = Marker(run_id=old.run_id, run_attempt=1, nonce=commit[-32:])
    number = next(repo.numbers)
    issue = Issue(
        world.next_id(),
        number,
        model.author,
        model.title,
        [_later(it, later, lambda text: text.replace(old.nonce, new.nonce)) for it in model.revisions],
        model.created_at + later,
        model.updated_at + later,
        state="closed",
    )

    def changed(text: str) -> str:
        found = joined([text])
        if not found:
            return text.replace(old.nonce, new.nonce)
        moved = found.replace(old.nonce, new.nonce).replace(COMMIT, commit)
        moved = moved.replace(f"/issues/{model.number}", f"/issues/{number}")
        document = json.loads(_TIME.sub(lambda at: f'"{_moved(at[1], later)}"', moved))
        document["issue"] |= {"id": issue.id, "number": number}
        document["digest"] = digest(document)
        return new.comment("closing", fenced(indented(document), "json"))

    issue.comments = [
        Comment(
            it.id,
            it.author,
            [_later(one, later, changed) for one in it.revisions],
            it.created_at + later,
            it.updated_at + later,
        )
        for it in model.comments
    ]
    at = issue.updated_at + timedelta(minutes=10)
    text = new.comment("result-1-deployed", _RESULT)
    issue.comments.append(Comment(world.next_id(), model.author, [Revision(text, model.author, at)], at, at))
    repo.issues[number] = issue
    statuses = [DeploymentStatus(state, at) for state in ("IN_PROGRESS", "SUCCESS")]
    url = f"https://github.com/{REPOSITORY}/actions/runs/{number}/job/1"
    repo.deployments.append(
        Deployment(world.next_id(), "production", commit, "v1.2.3", model.author, at, statuses, url)
    )


def _later(revision: Revision, later: timedelta, changed: Callable[[str], str]) -> Revision:
    return Revision(changed(revision.text or ""), revision.by, revision.at + later)


def _moved(time: str, later: timedelta) -> str:
    return (datetime.fromisoformat(time) + later).isoformat().replace("+00:00", "Z")
