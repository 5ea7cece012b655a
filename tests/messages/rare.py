"""Situations of races, of second faults, and of answers in which GitHub contradicts itself."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from approval_gate.cli.wait import Run
from approval_gate.core.conditions.model import Assessment, State
from approval_gate.core.conditions.remedies import remedy
from approval_gate.emulator.world import Request
from approval_gate.github.change import BARRED
from approval_gate.github.situation import DEPLOYMENTS
from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY
from tests.core import test_remedies
from tests.messages.recorded import Recorded, Situation
from tests.program import test_policy as program
from tests.whole import test_policy, test_sweep, test_verified

ISSUES = f"/repos/{REPOSITORY}/issues$"
COMMENTS = f"/repos/{REPOSITORY}/issues/1/comments$"
WRITTEN = f"/repos/{REPOSITORY}/issues/comments/"
GRAPHQL = {"method": "POST", "path": "/graphql$", "status": 200}
SOON = {"timeout-minutes": "4", "polling-interval-seconds": "3"}


def rare() -> Iterator[tuple[str, Situation]]:
    """Yield each of them, with its name."""
    yield from RARE.items()
    yield "facts of another shape", unread
    for name, fault in AUTHORS.items():
        yield name, partial(excluding, fault=fault)
    for name, fault in UNDEPLOYED.items():
        yield name, partial(excluding, fault=fault, deployed=False)
    for name, content in FILES.items():
        yield name, partial(policy_read, content=content)
    for name, act in RACES.items():
        yield name, partial(confirming, act=act)


# Before there is an issue --------------------------------------------------------------------------


def graphql(pattern: str, data: object) -> Mapping[str, Any]:
    """Return the fault of a query whose answer has this data."""
    return {**GRAPHQL, "body_pattern": pattern, "body": json.dumps({"data": data})}


def rest(path: str, data: object) -> Mapping[str, Any]:
    return {"path": f"/repos/{REPOSITORY}/{path}", "status": 200, "body": json.dumps(data)}


def commit(sha: str) -> Mapping[str, Any]:
    by = {"author": None, "committer": None}
    return {"sha": sha, "node_id": sha, "commit": by, "parents": [], **by}


def authors(count: int) -> Mapping[str, Any]:
    return {"ids0": [{"oid": COMMIT, "authors": {"totalCount": count, "nodes": []}}]}


_FAILED = {"nodes": [None] * DEPLOYMENTS, "pageInfo": {"hasNextPage": True, "endCursor": "x"}}
AUTHORS: Mapping[str, Mapping[str, Any]] = {
    "no deployment that succeeded": graphql(r"deployments\(", {"here": {"deployments": _FAILED}}),
    "deployments of another shape": graphql(r"deployments\(", {"here": {}}),
    "no repository in GraphQL": graphql(r"deployments\(", {"here": None}),
    "too many new commits": rest("compare/", {"total_commits": BARRED + 1, "commits": [], "files": []}),
    "commits missing": rest("compare/", {"total_commits": 2, "commits": [commit(COMMIT)], "files": []}),
    "too many authors": graphql("authors", authors(101)),
    "authors missing": graphql("authors", {"ids0": []}),
}
UNDEPLOYED: Mapping[str, Mapping[str, Any]] = {
    "a long history": rest("commits$", [commit(COMMIT)] * (BARRED + 1)),
    "the history of another commit": rest("commits$", [commit("b" * 40)]),
}


def unread(stage: Recorded) -> None:
    """Required checks whose facts are of another shape."""
    test_verified.built(stage)
    stage.fault(times=None, **graphql("open0: repository", {"here": {}, "elsewhere0": {}, "open0": {}}))
    test_verified.run(stage, test_verified.STAGING, test_verified.INCIDENTS, inputs={"timeout-minutes": "1"})


def excluding(stage: Recorded, fault: Mapping[str, Any], *, deployed: bool = True) -> None:
    """A policy that excludes the authors of what is deployed, whom GitHub does not tell."""
    test_policy.wrote(stage, "ann", deployed=deployed)
    test_policy.add_policy(stage, test_policy.EXCLUDING)
    stage.fault(times=None, **fault)
    test_policy.run(stage)


FILES: Mapping[str, Mapping[str, str]] = {
    "a policy of 2 MB": {"type": "file", "encoding": "none", "content": ""},
    "a policy in another encoding": {"type": "file", "encoding": "base64", "content": "//4="},
}


def policy_read(stage: Recorded, content: Mapping[str, str]) -> None:
    stage.fault(**rest("contents/", content))
    test_policy.run(stage)


def tried(stage: Recorded) -> None:
    """A token for which GraphQL has no repository."""
    stage.fault(times=None, **graphql("repository", {"repository": None}))
    stage.run()


def checked(stage: Recorded) -> str:
    """A policy that is checked while GitHub refuses an environment, then with a fault of GitHub's."""
    printed = []
    with program.github() as there:
        long = program.EXAMPLE.read_text(encoding="utf-8").replace("minutes: 60", "minutes: 600", 1)
        file = stage.folder / "policy.yml"
        file.write_text(long, encoding="utf-8")
        printed.append(there.check(str(file), GH_TOKEN="demo-job-token").output)
        refused = json.dumps({"errors": [{"type": "FORBIDDEN", "message": "Forbidden"}]})
        viewer = {**GRAPHQL, "body_pattern": "viewer", "body": refused}
        there.world.faults.append(program.Fault(**viewer, times=None))
        printed.append(there.check(str(program.EXAMPLE), GH_TOKEN="demo-job-token").output)
        there.world.faults.append(program.Fault(path=".*/environments/", status=403, times=None))
        printed.append(there.check(str(program.EXAMPLE)).output)
        printed.append(str(program.outage(there)))
    return "\n".join(printed)


# While the issue is opened --------------------------------------------------------------------------


def lost(stage: Recorded) -> None:
    """A lost answer to the opening, and a token that GraphQL does not know."""
    stage.fault(method="POST", path=ISSUES, status=502, effect=True)
    refused = json.dumps({"errors": [{"type": "FORBIDDEN", "message": "x"}]})
    stage.fault(**{**GRAPHQL, "body_pattern": "viewer . databaseId login", "body": refused, "times": None})
    stage.run()


def rejected(stage: Recorded) -> None:
    """A request that GitHub rejects, and does not say for which input."""
    stage.fault(method="POST", path=ISSUES, status=422, times=None)
    stage.run()


def authorless(stage: Recorded) -> None:
    """An answer to the opening that has no author."""
    issue = {"user": None, "id": 1, "node_id": "I", "number": 1, "html_url": "x", "title": "x", "body": "x"}
    times = {"created_at": "2026-03-02T14:00:00Z", "updated_at": "2026-03-02T14:00:00Z"}
    body = json.dumps({**issue, **times, "state": "open", "labels": [], "comments": 0})
    stage.fault(method="POST", path=ISSUES, status=201, body=body, times=None)
    stage.run()


def opened_twice(stage: Recorded) -> None:
    """A lost answer to the opening, while the list does not show the issue."""
    stage.fault(method="POST", path=ISSUES, status=502, effect=True)
    stage.fault(path=ISSUES, status=200, body="[]", times=3)
    stage.run({"timeout-minutes": "1"})


def dropped(stage: Recorded) -> None:
    """A token whose labels GitHub drops."""
    stage.world.token("visitor", login="visitor")
    stage.world.permit(REPOSITORY, "read", "visitor")
    stage.run({"token": "visitor", "approvers": "ann,lea", "timeout-minutes": "1"})


def crowded(stage: Recorded) -> None:
    """More approvers than GitHub assigns."""
    many = [f"u{number}" for number in range(11)]
    stage.world.permit(REPOSITORY, "write", *many)
    stage.run({"approvers": ",".join(many), "timeout-minutes": "1"})


def objected(stage: Recorded) -> None:
    """A run again after an objection, of whose author the gate cannot write."""
    stage.says(1, "ann", "deny - no")
    test_sweep.killed(stage, 0.5)
    stage.sleep(120)
    comments = f"/repos/{REPOSITORY}/issues/2/comments$"
    stage.fault(method="POST", path=comments, body_pattern="object", status=403, times=None)
    stage.run({"timeout-minutes": "1"}, GITHUB_RUN_ATTEMPT="2")


# While the gate waits ------------------------------------------------------------------------------


def outage(stage: Recorded) -> None:
    stage.at(1, lambda: stage.fault(path=COMMENTS, status=502, times=5))
    stage.run(SOON)


def reserved(stage: Recorded) -> None:
    """A token of few requests."""
    for token in stage.world.tokens.values():
        token.limit = 60
    for minute in range(1, 10):
        stage.says(minute, "ann", "approve")
    stage.run({"timeout-minutes": "10"})


def circling(stage: Recorded) -> None:
    """Pages of comments that lead in a circle."""
    stage.at(1, partial(stage.fault, path=COMMENTS, status=200, body="[]", headers=NEXT, times=3))
    stage.run(SOON)


NEXT = {"link": f'<http://127.0.0.1:1/repos/{REPOSITORY}/issues/1/comments?page=2>; rel="next"'}


def moved(stage: Recorded) -> None:
    """An issue that is transferred to where the token sees it."""
    stage.world.repo("acme/other", private=False)
    stage.world.tokens["demo-app-token"].repos = [REPOSITORY, "acme/other"]
    stage.at(1, lambda: stage.world.transfer_issue(REPOSITORY, 1, "acme/other"))
    stage.run(SOON)


def edited(stage: Recorded) -> None:
    """An edit that GraphQL does not have yet."""
    stage.says(1, "ann", "approve")
    stage.at(1.1, partial(lagging, stage, "graphql_lag"))
    stage.edits(1.2, "ann", "approve - tests are green")
    stage.run(SOON)


def unlisted_field(stage: Recorded) -> None:
    """A field that GraphQL has only before the issue is opened."""
    error = {"message": "x", "extensions": {"code": "undefinedField"}}
    fault = {**GRAPHQL, "body": json.dumps({"errors": [error]}), "times": None}
    stage.at(1, lambda: stage.fault(**fault))
    stage.says(1, "ann", "approve")
    stage.says(1, "lea", "approve")
    stage.run(SOON)


# While an approval is confirmed --------------------------------------------------------------------


def confirming(stage: Recorded, act: Callable[[Recorded], object]) -> None:
    """Do something with each answer to the first status that says that an approval is being confirmed."""

    def react(request: Request) -> None:
        if request.method == "PATCH" and "Confirming since" in str(request.body):
            act(stage)

    stage.world.script.append(react)
    stage.says(1, "ann", "approve")
    stage.says(2, "lea", "approve")
    stage.edits(2.1, "lea", "approve")
    stage.run(SOON)


def deletes(stage: Recorded) -> None:
    """On a locked issue one of the comments is gone from GraphQL's edits."""
    stage.fault(**graphql('"ids"', {"nodes": [None]}))


def speaks(stage: Recorded) -> None:
    stage.says((stage.passed + 5) / 60, "cid", "wait")


def cut_off(stage: Recorded) -> None:
    """The last page of comments does not lead back."""
    stage.fault(path=COMMENTS, status=200, body="[]", headers=NEXT)
    stage.fault(path=COMMENTS, status=200, body="[]")


def lagging(stage: Recorded, which: str) -> None:
    setattr(stage.world, which, timedelta(minutes=9))


RACES: Mapping[str, Callable[[Recorded], object]] = {
    "REST's list is behind": partial(lagging, which="lists_lag"),
    "a last page without a way back": cut_off,
    "GraphQL is behind": partial(lagging, which="graphql_lag"),
}


def locked(stage: Recorded, act: Callable[[Recorded], object]) -> None:
    """Confirm an approval where the gate cannot write; and do something meanwhile."""
    stage.fault(method="PATCH", path=WRITTEN, times=None, status=403)
    confirming(stage, act)


# After the gate ------------------------------------------------------------------------------------


def reported_twice(stage: Recorded) -> None:
    stage.says(1, "ann", "approve")
    stage.says(1, "lea", "approve")
    stage.run({"keep-issue-open": "true"})
    stage.report("success")
    stage.report("success")


def failed_checks(_: Recorded) -> str:
    """Return what to do about every kind of check that failed."""
    failed = (
        Assessment(condition=it, state=State.FAILED, reason="", lasting=lasting)
        for it in test_remedies.CONDITIONS
        for lasting in (True, False)
    )
    return "\n".join(map(remedy, failed))


def hung(stage: Recorded) -> str:
    """A gate that a stop signal finds hanging, and whose other thread writes the outputs."""
    output = stage.folder / "output"
    run = Run({"GITHUB_OUTPUT": str(output)})
    run.begin()
    run.signals._last_resort("SIGTERM")
    return output.read_text(encoding="utf-8")


RARE: Mapping[str, Situation] = {
    "no repository for GraphQL": tried,
    "a policy checked while GitHub has faults": checked,
    "a lost issue": lost,
    "a rejected request": rejected,
    "an issue without an author": authorless,
    "two issues": opened_twice,
    "dropped labels": dropped,
    "eleven approvers": crowded,
    "an objection before": objected,
    "an outage that ends": outage,
    "few requests": reserved,
    "pages in a circle": circling,
    "an issue moved to where it can be seen": moved,
    "an edit that GraphQL does not have yet": edited,
    "a field that is gone": unlisted_field,
    "a comment deleted while confirming": partial(locked, act=deletes),
    "a comment written while confirming": partial(locked, act=speaks),
    "a second report": reported_twice,
    "a gate that hangs": hung,
    "checks that failed": failed_checks,
}
