"""What is written is there once, whatever became of the answer; and only our own is taken for ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.model import Ineligibility
from approval_gate.core.policy.model import Role
from approval_gate.core.roster import assemble
from approval_gate.errors import InputError, OutageError, PermissionDeniedError, RejectedError, UnsettledError
from approval_gate.github.issue import Marker, read_marker
from tests.github.scene import BODY, ISSUES, MARKER, NONCE, SHOP, Reading, Scene, error

LOST: list[dict[str, Any]] = [{"kind": "after-effect"}, {"kind": "truncate"}, {"status": 502, "effect": True}]
NOT_MADE: list[dict[str, Any]] = [{"kind": "reset"}, {"status": 503}, {"status": 429}]

# Opening -----------------------------------------------------------------------------


def test_an_issue_is_opened_as_asked(scene: Scene) -> None:
    opened = scene.desk().open("Deploy v1", BODY, ["deployment", "production"])
    (issue,) = scene.world.issues(SHOP)
    assert (issue.title, issue.body, issue.labels) == ("Deploy v1", BODY, ["deployment", "production"])
    assert (opened.number, opened.id, opened.node_id) == (1, issue.id, issue.node_id)
    assert (opened.title, opened.body, opened.labels) == ("Deploy v1", BODY, ("deployment", "production"))
    assert opened.author == scene.person("app[bot]")
    assert opened.opened_at == issue.created_at
    assert opened.url.endswith(f"/{SHOP}/issues/1")


@pytest.mark.parametrize("how", LOST)
def test_an_issue_whose_answer_was_lost_is_found_by_its_marker(scene: Scene, how: dict[str, Any]) -> None:
    scene.fault(ISSUES, method="POST", **how)
    opened = scene.desk().open("Deploy v1", BODY, [])
    (issue,) = scene.world.issues(SHOP)
    assert opened.id == issue.id
    assert len(scene.asked("POST", ISSUES)) == 1


@pytest.mark.parametrize("how", NOT_MADE)
def test_an_issue_that_was_not_made_is_made_again(scene: Scene, how: dict[str, Any]) -> None:
    scene.fault(ISSUES, method="POST", **how)
    opened = scene.desk().open("Deploy v1", BODY, [])
    assert [issue.id for issue in scene.world.issues(SHOP)] == [opened.id]


def test_a_lost_issue_is_found_although_looking_for_it_fails_at_first(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, status=502, times=3)
    scene.desk().open("Deploy v1", BODY, [])
    assert len(scene.world.issues(SHOP)) == 1


def test_a_lost_issue_is_found_although_somebody_has_closed_it(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")

    def close(request: Any) -> None:
        if request.method == "POST":
            scene.world.close_issue(SHOP, 1, by="bob")

    scene.world.script.append(close)
    scene.desk().open("Deploy v1", BODY, [])
    assert len(scene.world.issues(SHOP)) == 1


def test_a_lost_issue_is_not_mixed_up_with_another_gates(scene: Scene) -> None:
    other = Marker(run_id=77, run_attempt=2, nonce="f" * 32)
    scene.client().write("POST", ISSUES, {"title": "theirs", "body": str(other)})
    scene.client().write("POST", ISSUES, {"title": "quoted", "body": f"see {MARKER}"})
    scene.client().write("POST", ISSUES, {"title": "empty"})
    scene.fault(ISSUES, method="POST", kind="after-effect")
    assert scene.desk().open("Deploy v1", BODY, []).number == 4


@pytest.mark.parametrize("how", NOT_MADE)
def test_an_issue_with_its_marker_by_somebody_else_is_not_adopted(scene: Scene, how: dict[str, Any]) -> None:
    scene.world.token("pat", login="mallory")
    scene.world.permit(SHOP, "read", "mallory")
    scene.client("pat").write("POST", ISSUES, {"title": "Deploy v1", "body": BODY})
    scene.fault(ISSUES, method="POST", **how)
    opened = scene.desk().open("Deploy v1", BODY, [])
    assert (opened.number, opened.author.bot) == (2, True)


def test_where_its_own_account_cannot_be_known_no_issue_is_adopted(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.world.tokens["app"].graphql = False
    met = error(PermissionDeniedError, lambda: scene.desk().open("Deploy v1", BODY, []))
    assert "Close it by hand" in met.remedy
    assert len(scene.world.issues(SHOP)) == 1


def test_labels_that_github_rejects_are_left_out(scene: Scene) -> None:
    opened = scene.desk().open("A request", "body", [f"label-{number}" for number in range(101)])
    assert opened.labels == ()
    assert [request.status for request in scene.world.requests if request.method == "POST"] == [422, 201]


@pytest.mark.parametrize("labels", [(), ("deployment",)])
def test_a_request_that_github_rejects_for_another_cause_is_refused(
    scene: Scene, labels: tuple[str, ...]
) -> None:
    met = error(InputError, lambda: scene.desk().open("A request", "x" * 70_000, labels))
    assert "Issue.body: too_long" in met.detail


def test_opening_gives_up_with_its_patience(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", status=502, times=None)
    error(OutageError, lambda: scene.desk(retry_limit=25).open("Deploy v1", BODY, []))
    assert sum(scene.machine.slept) <= 25
    assert len(scene.asked("POST")) == 3


def test_an_issue_that_a_list_does_not_show_yet_is_not_opened_again(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, kind="stale", times=None)
    host = scene.host()
    assert host.open("Deploy v1", BODY, []).number == 1
    assert len(scene.world.issues(SHOP)) == 1
    assert not host.may_have_twin
    assert sum(scene.machine.slept) == pytest.approx(10)


def test_with_little_patience_it_is_rather_not_opened_again(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, kind="stale", times=None)
    error(OutageError, lambda: scene.desk(retry_limit=4).open("Deploy v1", BODY, []))
    assert len(scene.world.issues(SHOP)) == 1


def test_a_twin_that_is_hidden_for_longer_is_closed_once_it_is_seen(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, status=200, body="[]", times=2)
    host = scene.host()
    assert host.open("Deploy v1", BODY, ["approved"]).number == 2
    assert host.may_have_twin
    (twin,) = host.left()
    host.replace(twin, "Go to the other one.")
    first, second = scene.world.issues(SHOP)
    assert (first.state, first.labels, second.state) == ("closed", ["cancelled"], "open")
    assert host.left() == []


@pytest.mark.parametrize(
    ("title", "body", "named", "said"),
    [
        ("", "x", "`issue-title`", "Issue.title"),
        ("x", "x" * 70_000, "`issue-body`", "Issue.body: too_long, body is too long"),
    ],
)
def test_an_issue_that_github_does_not_take_names_the_input_and_what_github_said(
    scene: Scene, title: str, body: str, named: str, said: str
) -> None:
    met = error(InputError, lambda: scene.desk().open(title, body, ["deployment"]))
    assert met.remedy == f"Correct {named}. No issue was opened."
    assert said in met.detail
    assert (met.code, met.exit_code) == ("input", 2)
    assert scene.world.issues(SHOP) == []


def test_a_rejection_of_something_else_says_what_github_said(scene: Scene) -> None:
    body = '{"message": "Validation Failed", "errors": [{"message": "You have blocked yourself"}]}'
    scene.fault(ISSUES, method="POST", status=422, body=body)
    met = error(InputError, lambda: scene.desk().open("x", "y", []))
    assert met.remedy == "Correct what its answer names. No issue was opened."
    assert "You have blocked yourself" in met.detail


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_that_may_not_open_issues_says_what_to_grant(scene: Scene, status: int) -> None:
    scene.fault(ISSUES, method="POST", status=status)
    met = error(PermissionDeniedError, lambda: scene.desk().open("Deploy v1", BODY, []))
    assert "issues: write" in met.remedy
    assert f"{status} to POST {ISSUES}" in met.detail
    assert len(scene.world.requests) == 1


@pytest.mark.parametrize(
    "body", ["[]", "{}", "null", '{"user": null}', '{"user": {"id": "x", "login": "a"}}']
)
def test_a_new_issue_of_another_shape_is_looked_up(scene: Scene, body: str) -> None:
    scene.fault(ISSUES, method="POST", status=201, body=body, effect=True)
    assert scene.desk().open("Deploy v1", BODY, []).number == 1
    assert len(scene.world.issues(SHOP)) == 1


# Comments ----------------------------------------------------------------------------


def test_a_comment_is_written_with_its_mark(issue: Reading) -> None:
    number = issue.scene.desk().comment(1, "status", "0 of 2", issue.opened.author.id)
    (comment,) = issue.issue().comments
    assert comment.id == number
    assert comment.body == f"<!-- approval-gate:v1 status nonce={NONCE} -->\n0 of 2"


@pytest.mark.parametrize("how", LOST)
def test_a_comment_whose_answer_was_lost_is_found(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", **how)
    number = issue.scene.desk().comment(1, "status", "0 of 2", issue.opened.author.id)
    assert [comment.id for comment in issue.issue().comments] == [number]


@pytest.mark.parametrize("how", NOT_MADE)
def test_a_comment_that_was_not_made_is_made_again(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", **how)
    number = issue.scene.desk().comment(1, "status", "0 of 2", issue.opened.author.id)
    assert [comment.id for comment in issue.issue().comments] == [number]


def test_a_lost_comment_is_found_behind_a_flood(issue: Reading) -> None:
    for count in range(150):
        issue.comment("mallory", f"{count}")
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", kind="after-effect")
    number = issue.scene.desk().comment(1, "closing", "Approved.", issue.opened.author.id)
    assert issue.issue().comments[-1].id == number
    assert len(issue.issue().comments) == 151


def test_a_lost_comment_is_not_mixed_up_with_another_of_ours_a_quotation_or_a_copy(issue: Reading) -> None:
    issue.scene.desk().comment(1, "status", "0 of 2", issue.opened.author.id)
    issue.comment("mallory", f"> {MARKER.tagged('closing')}\nApproved.")
    issue.comment("mallory", f"{MARKER.tagged('closing')}\nApproved.")
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", kind="reset")
    number = issue.scene.desk().comment(1, "closing", "Approved.", issue.opened.author.id)
    assert issue.issue().comments[-1].id == number
    assert len(issue.issue().comments) == 4


def test_a_comment_is_rewritten_in_place_with_its_mark(issue: Reading) -> None:
    number = issue.scene.desk().comment(1, "status", "0 of 2", issue.opened.author.id)
    issue.scene.desk().edit_comment(number, "status", "1 of 2")
    (comment,) = issue.issue().comments
    assert comment.body == f"<!-- approval-gate:v1 status nonce={NONCE} -->\n1 of 2"


def test_a_reaction_is_given_once(issue: Reading) -> None:
    number = issue.comment("ann", "approve")
    for _ in range(2):
        issue.scene.desk().react(number, "+1")
    assert [content for _, _, content in issue.issue().comments[0].reactions] == ["+1"]


# The issue's state -------------------------------------------------------------------


def test_labels_are_added(issue: Reading) -> None:
    issue.scene.desk().add_labels(1, ["production"])
    assert issue.issue().labels == ["deployment", "production"]


def test_people_are_assigned_and_told_in_lower_case(issue: Reading) -> None:
    issue.scene.world.rename_user("ann", "Ann")
    assert issue.scene.desk().assign(1, ["ann", "mallory"]) == {"ann"}


@pytest.mark.parametrize("body", ["[]", "null", '{"assignees": [1]}'])
def test_assignees_of_another_shape_are_an_outage(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1/assignees", method="POST", status=201, body=body)
    error(OutageError, lambda: issue.scene.desk().assign(1, ["ann"]))


@pytest.mark.parametrize(("completed", "reason"), [(True, "completed"), (False, "not_planned")])
def test_closing_and_labels_are_one_request(issue: Reading, reason: str, *, completed: bool) -> None:
    before = len(issue.scene.world.requests)
    issue.scene.desk().close(1, ["deployment", "approved"], completed=completed)
    assert (issue.issue().state, issue.issue().state_reason) == ("closed", reason)
    assert issue.issue().labels == ["deployment", "approved"]
    assert len(issue.scene.world.requests) == before + 1


@pytest.mark.parametrize("how", LOST)
def test_a_closing_whose_answer_was_lost_is_not_repeated(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", **how)
    issue.scene.desk().close(1, ["approved"], completed=True)
    assert len(issue.scene.asked("PATCH")) == 1
    assert issue.issue().state == "closed"


@pytest.mark.parametrize("how", NOT_MADE)
def test_a_closing_that_took_no_effect_is_repeated(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", **how)
    issue.scene.desk().close(1, ["approved"], completed=True)
    assert len(issue.scene.asked("PATCH")) == 2
    assert issue.issue().state == "closed"


@pytest.mark.parametrize("how", NOT_MADE)
def test_what_somebody_else_has_closed_gets_its_labels_all_the_same(
    issue: Reading, how: dict[str, Any]
) -> None:
    issue.scene.world.close_issue(SHOP, 1, by="bob")
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", **how)
    issue.scene.desk().close(1, ["deployment", "cancelled"], completed=False)
    assert issue.issue().labels == ["deployment", "cancelled"]


@pytest.mark.parametrize("body", ["[]", "null", "{}"])
def test_a_closing_looked_up_in_another_shape_is_a_fault_and_no_crash(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", kind="after-effect")
    issue.scene.fault(f"{ISSUES}/1", status=200, body=body)
    issue.scene.desk().close(1, ["approved"], completed=True)
    assert issue.issue().state == "closed"


@pytest.mark.parametrize("body", ['[{"id": "x"}]', "[{}]", "[null]", '["x"]'])
def test_comments_looked_up_in_another_shape_are_a_fault_and_no_crash(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", kind="after-effect")
    issue.scene.fault(f"{ISSUES}/1/comments", status=200, body=body)
    issue.scene.desk().comment(1, "status", "0 of 2", issue.opened.author.id)
    assert len(issue.issue().comments) == 1


# Markers -----------------------------------------------------------------------------


def test_a_marker_is_read_as_it_was_written() -> None:
    assert read_marker(f"{MARKER}\nmore") == MARKER


@pytest.mark.parametrize(
    "body",
    [
        "",
        f" {MARKER}",
        f"\n{MARKER}",
        f"> {MARKER}",
        f"Quoted: {MARKER}",
        str(MARKER).replace("v1", "v2"),
        str(MARKER).replace("run=77", "run=x"),
        str(MARKER).replace("run=77", f"run={'7' * 21}"),
        str(MARKER).replace("attempt=2", "attempt=1234567"),
        str(MARKER).replace(NONCE, NONCE[1:]),
        str(MARKER).replace(NONCE, NONCE.upper()),
        MARKER.tagged("status"),
    ],
)
def test_what_is_no_marker_at_the_bodys_start_is_none(body: str) -> None:
    assert read_marker(body) is None


# Earlier attempts, and twins --------------------------------------------------------------------


def left(scene: Scene, marker: Marker, token: str = "app") -> int:
    answer = scene.client(token).write(
        "POST", ISSUES, {"title": "x", "body": f"{marker}\n", "labels": ["deployment"]}
    )
    return int(answer.data["number"])


def earlier(scene: Scene) -> list[int]:
    return [found.number for found in scene.desk().left(0, scene.person("app[bot]").id)]


FIRST = Marker(run_id=77, run_attempt=1, nonce="a" * 32)


def test_what_an_earlier_attempt_left_open_is_found(scene: Scene) -> None:
    number = left(scene, FIRST)
    (found,) = scene.desk().left(0, scene.person("app[bot]").id)
    assert (found.number, found.marker, found.labels) == (number, FIRST, ("deployment",))
    assert found.url.endswith(f"/{SHOP}/issues/{number}")


@pytest.mark.parametrize(
    "marker",
    [
        Marker(run_id=78, run_attempt=1, nonce="a" * 32),
        Marker(run_id=77, run_attempt=2, nonce="a" * 32),
        Marker(run_id=77, run_attempt=3, nonce="a" * 32),
    ],
)
def test_other_runs_other_gates_of_this_attempt_and_later_ones_are_left_alone(
    scene: Scene, marker: Marker
) -> None:
    left(scene, marker)
    assert earlier(scene) == []


def test_the_request_itself_is_not_among_what_is_left_and_its_twin_is(scene: Scene) -> None:
    one, other = left(scene, MARKER), left(scene, MARKER)
    (found,) = scene.desk().left(one, scene.person("app[bot]").id)
    assert (found.number, found.twin) == (other, True)


def test_a_marker_that_another_account_wrote_is_not_believed(scene: Scene) -> None:
    left(scene, FIRST, token="job")
    assert earlier(scene) == []


def test_what_is_closed_or_has_no_marker_is_left_alone(scene: Scene) -> None:
    scene.world.close_issue(SHOP, left(scene, FIRST), by="bob")
    scene.client().write("POST", ISSUES, {"title": "x"})
    assert earlier(scene) == []


def test_an_earlier_attempt_is_found_behind_a_hundred_issues(scene: Scene) -> None:
    number = left(scene, FIRST)
    for _ in range(110):
        scene.client().write("POST", ISSUES, {"title": "x"})
    assert earlier(scene) == [number]


def test_a_pull_request_is_no_request_of_ours(scene: Scene) -> None:
    left(scene, FIRST)
    (request,) = scene.asked("POST")
    body = request.answer.replace('{"', '{"pull_request": {}, "', 1)
    scene.fault(ISSUES, status=200, body=f"[{body}]")
    assert earlier(scene) == []


@pytest.mark.parametrize("body", ["[{}]", "[null]", '[{"user": null, "body": "x"}]'])
def test_issues_of_another_shape_are_an_outage(scene: Scene, body: str) -> None:
    scene.fault(ISSUES, status=200, body=body)
    desk = scene.desk()
    error(OutageError, lambda: desk.left(0, 1))


# The host ----------------------------------------------------------------------------


def test_a_request_is_opened_read_and_closed(scene: Scene) -> None:
    host = scene.host()
    opened = host.open("Deploy v1", BODY, ["deployment"])
    scene.world.comment(SHOP, opened.number, "ann", "approve")
    assert [comment.texts for comment in host.poll([], facts=False).comments] == [("approve",)]
    assert [comment.texts for comment in host.confirm([]).comments] == [("approve",)]
    host.close("approved", completed=True)
    assert scene.world.issue(SHOP, 1).labels == ["deployment", "approved"]
    assert scene.world.issue(SHOP, 1).state == "closed"


def test_closing_keeps_labels_that_people_gave_meanwhile(scene: Scene) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, ["deployment"])
    scene.world.issue(SHOP, 1).labels.append("urgent")
    host.poll([], facts=False)
    host.close(None, completed=False)
    assert scene.world.issue(SHOP, 1).labels == ["deployment", "urgent"]


def test_closing_keeps_labels_that_were_set_again(scene: Scene) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    host.add_labels(["production"])
    host.close("cancelled", completed=False)
    assert scene.world.issue(SHOP, 1).labels == ["production", "cancelled"]


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.parametrize("times", [1, 3])
def test_an_issue_that_seems_gone_for_a_moment_is_closed(scene: Scene, status: int, times: int) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    scene.fault(f"{ISSUES}/1", method="", status=status, times=times)
    host.close("approved", completed=True)
    assert scene.world.issue(SHOP, 1).state == "closed"


def test_closing_gives_no_label_twice(scene: Scene) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, ["approved"])
    host.close("approved", completed=True)
    assert scene.asked("PATCH")[0].body["labels"] == ["approved"]


def test_what_a_host_tells_is_its_clients(scene: Scene) -> None:
    host = scene.host()
    assert (host.marker, host.charged) == (str(MARKER), 0)
    assert host.budget(1) is None
    host.open("Deploy v1", BODY, [])
    assert host.now() == scene.machine.time()
    budget = host.budget(2)
    assert budget is not None
    assert (budget.remaining, budget.look_cost) == (4999, 2)
    host.poll([], facts=True)
    host.confirm([])
    assert host.charged == 5


def test_a_rewritten_comment_is_what_a_read_must_show(scene: Scene) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    status = host.comment("status", "1 of 2")
    scene.machine.seconds += 5
    barrier = host.barrier(status, "status", "confirming")
    assert (barrier.id, barrier.updated_at) == (status, scene.machine.time())
    assert barrier.text.endswith("confirming")
    assert host.confirm([], barrier).comments == ()
    for lag in ("lists_lag", "graphql_lag"):
        setattr(scene.world, lag, timedelta(seconds=3))
        error(UnsettledError, lambda: host.confirm([], barrier))
        setattr(scene.world, lag, timedelta())


def test_a_hurried_host_asks_nothing_twice(scene: Scene) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    host.hurry()
    scene.fault(f"{ISSUES}/1", method="PATCH", status=502, times=None)
    error(OutageError, lambda: host.close("cancelled", completed=False))
    assert len(scene.asked("PATCH")) == 1


def test_what_a_host_writes_goes_to_its_issue(scene: Scene) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    host.edit_comment(host.comment("status", "0 of 2"), "status", "1 of 2")
    host.react(scene.world.comment(SHOP, 1, "ann", "approve").id, "+1")
    host.add_labels(["deployment"])
    issue = scene.world.issue(SHOP, 1)
    assert [c.body.split("\n")[-1] for c in issue.comments] == ["1 of 2", "approve"]
    assert [content for _, _, content in issue.comments[1].reactions] == ["+1"]
    assert issue.labels == ["deployment"]


def test_the_first_ten_are_assigned_and_who_is_not_is_told(scene: Scene) -> None:
    crowd = [f"p{n}" for n in range(12)]
    scene.world.permit(SHOP, "write", *crowd)
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    assert host.assign(["mallory", "Ann", *crowd]) == ["mallory", *crowd[8:]]
    assigned = [user.login for user in scene.world.issue(SHOP, 1).assignees]
    assert assigned == ["ann", *crowd[:8]]


def test_where_one_costs_all_the_others_they_are_assigned_one_by_one(scene: Scene) -> None:
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    scene.fault(f"{ISSUES}/1/assignees", method="POST", status=422)
    scene.fault(f"{ISSUES}/1/assignees", method="POST", status=422)
    assert host.assign(["mallory", "ann", "bob"]) == ["mallory"]
    assert [user.login for user in scene.world.issue(SHOP, 1).assignees] == ["ann", "bob"]


def test_a_host_replaces_what_an_earlier_attempt_left(scene: Scene) -> None:
    number = left(scene, FIRST)
    scene.world.comment(SHOP, number, "ann", "approve")
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    (found,) = host.left()
    assert host.answers_on(found) == [(scene.person("ann"), "approve")]
    host.replace(found, "Go to the new one.")
    issue = scene.world.issue(SHOP, number)
    assert (issue.state, issue.state_reason) == ("closed", "not_planned")
    assert issue.labels == ["deployment", "cancelled"]
    assert issue.comments[-1].body == f"{FIRST.tagged('replaced')}\nGo to the new one."


def test_a_host_looks_again_at_people_and_tags(scene: Scene) -> None:
    scene.world.tag(SHOP, "v1", "a1" * 20)
    host = scene.host()
    names = host._people.find((Role(name="ann", members=("ann",), source="approvers"),))
    (ann,) = assemble(names, own_id=None, writers=None, barred={})
    assert host.recheck([ann]) == {}
    scene.world.permit(SHOP, "read", "ann")
    assert host.recheck([ann]) == {ann.person.id: replace(ann, ineligibility=Ineligibility.LEFT)}
    assert host.commit_of_tag("v1") == "a1" * 20


def test_a_new_issue_without_an_author_is_an_outage(scene: Scene) -> None:
    body = '{"user": null, "number": 1, "id": 1, "node_id": "I", "html_url": "x", "labels": []}'
    scene.fault(ISSUES, method="POST", status=201, body=body, times=None)
    error(OutageError, lambda: scene.desk(retry_limit=0).open("Deploy v1", BODY, []))


@pytest.mark.parametrize("body", ['[{"id": 1}]', "[null]", '[{"user": {}, "body": ""}]'])
def test_answers_of_another_shape_are_an_outage(scene: Scene, body: str) -> None:
    left(scene, FIRST)
    host = scene.host()
    host.open("Deploy v1", BODY, [])
    (found,) = host.left()
    scene.fault(f"{ISSUES}/1/comments", status=200, body=body)
    error(OutageError, lambda: host.answers_on(found))


def test_a_rejected_label_is_told(issue: Reading) -> None:
    issue.scene.fault(f"{ISSUES}/1/labels", method="POST", status=422)
    error(RejectedError, lambda: issue.scene.desk().add_labels(1, ["x"]))


def test_a_reaction_is_taken_back(issue: Reading) -> None:
    host = issue.scene.host()
    host.open("Another", "body", [])
    number = issue.comment("ann", "approve")
    kept, mistaken = host.react(number, "+1"), host.react(number, "confused")
    assert kept != mistaken
    host.take_back(number, mistaken)
    assert [(identity, content) for identity, _, content in issue.issue().comments[0].reactions] == [
        (kept, "+1")
    ]


@pytest.mark.parametrize("body", ["[]", "null", "{}", '{"id": "x"}'])
def test_a_reaction_of_another_shape_is_an_outage(issue: Reading, body: str) -> None:
    number = issue.comment("ann", "approve")
    issue.scene.fault(f"{ISSUES}/comments", method="POST", status=201, body=body)
    error(OutageError, lambda: issue.scene.desk().react(number, "+1"))
