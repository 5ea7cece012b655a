"""Every write takes effect once, even if its response is lost, and nobody else's issue counts as ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approval_gate.core.marker import UNMARKED, Marker, read_marker
from approval_gate.core.timing import Deadline
from approval_gate.errors import InputError, OutageError, PermissionDeniedError, RejectedError, UnsettledError
from approval_gate.github.tracker import IssueTracker
from tests.github.scene import BODY, ISSUES, MARKER, NONCE, SHOP, TEXT, Reading, Scene, error, versions

LOST: list[dict[str, Any]] = [{"kind": "after-effect"}, {"kind": "truncate"}, {"status": 502, "effect": True}]
NOT_MADE: list[dict[str, Any]] = [{"kind": "reset"}, {"status": 503}, {"status": 429}]

# Opening -----------------------------------------------------------------------------


def test_an_issue_is_opened_as_requested(scene: Scene) -> None:
    opened = scene.open(labels=["deployment", "production"])._reader.created
    (issue,) = scene.world.issues(SHOP)
    assert (issue.title, issue.body, issue.labels) == ("Deploy v1", BODY, ["deployment", "production"])
    assert (opened.number, opened.id, opened.node_id) == (1, issue.id, issue.node_id)
    assert (opened.title, opened.body, opened.labels) == ("Deploy v1", BODY, ("deployment", "production"))
    assert opened.author == scene.person("app[bot]")
    assert opened.opened_at == issue.created_at
    assert opened.url.endswith(f"/{SHOP}/issues/1")


@pytest.mark.parametrize("how", LOST)
def test_an_issue_whose_response_was_lost_is_found_by_its_marker(scene: Scene, how: dict[str, Any]) -> None:
    scene.fault(ISSUES, method="POST", **how)
    opened = scene.open()._reader.created
    (issue,) = scene.world.issues(SHOP)
    assert opened.id == issue.id
    assert len(scene.asked("POST", ISSUES)) == 1


@pytest.mark.parametrize("how", NOT_MADE)
def test_an_issue_that_was_not_created_is_created_by_the_retry(scene: Scene, how: dict[str, Any]) -> None:
    scene.fault(ISSUES, method="POST", **how)
    opened = scene.open()._reader.created
    assert [issue.id for issue in scene.world.issues(SHOP)] == [opened.id]


def test_a_lost_issue_is_found_even_if_the_lookup_fails_at_first(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, status=502, times=3)
    scene.open()
    assert len(scene.world.issues(SHOP)) == 1


def test_a_lost_issue_is_found_even_if_somebody_has_closed_it(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")

    def close(request: Any) -> None:
        if request.method == "POST":
            scene.world.close_issue(SHOP, 1, by="bob")

    scene.world.script.append(close)
    scene.open()
    assert len(scene.world.issues(SHOP)) == 1


def test_a_lost_issue_is_not_mixed_up_with_another_gates(scene: Scene) -> None:
    other = Marker(run_id=77, run_attempt=2, nonce="f" * 32)
    scene.client().write("POST", ISSUES, {"title": "theirs", "body": str(other)})
    scene.client().write("POST", ISSUES, {"title": "quoted", "body": f"see {MARKER}"})
    scene.client().write("POST", ISSUES, {"title": "empty"})
    scene.fault(ISSUES, method="POST", kind="after-effect")
    assert scene.open().number == 4


@pytest.mark.parametrize("how", NOT_MADE)
def test_an_issue_with_its_marker_by_somebody_else_is_not_adopted(scene: Scene, how: dict[str, Any]) -> None:
    scene.world.token("pat", login="mallory")
    scene.world.permit(SHOP, "read", "mallory")
    scene.client("pat").write("POST", ISSUES, {"title": "Deploy v1", "body": BODY})
    scene.fault(ISSUES, method="POST", **how)
    opened = scene.open()._reader.created
    assert (opened.number, opened.author.bot) == (2, True)


def test_where_its_own_account_cannot_be_known_no_issue_is_adopted(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.world.tokens["app"].graphql = False
    met = error(PermissionDeniedError, scene.open)
    assert "Close it by hand" in met.remedy
    assert len(scene.world.issues(SHOP)) == 1


def test_labels_that_github_rejects_are_left_out(scene: Scene) -> None:
    opened = scene.open("A request", "body", [f"label-{number}" for number in range(101)])
    assert opened.labels == ()
    assert [request.status for request in scene.world.requests if request.method == "POST"] == [422, 201]


@pytest.mark.parametrize("labels", [(), ("deployment",)])
def test_a_request_that_github_rejects_for_another_cause_is_refused(
    scene: Scene, labels: tuple[str, ...]
) -> None:
    met = error(InputError, lambda: scene.open("A request", "x" * 70_000, labels))
    assert "Issue.body: too_long" in met.detail


def test_opening_gives_up_at_its_retry_limit(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", status=502, times=None)
    error(OutageError, lambda: scene.open(retry_limit=25))
    assert sum(scene.machine.slept) <= 25
    assert len(scene.asked("POST")) == 3


def test_an_issue_that_a_list_does_not_show_yet_is_not_opened_again(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, kind="stale", times=None)
    issue = scene.open()
    assert issue.number == 1
    assert len(scene.world.issues(SHOP)) == 1
    assert not issue.may_have_duplicate
    assert sum(scene.machine.slept) == pytest.approx(10)


def test_without_time_to_look_it_up_an_issue_is_not_opened_again(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, kind="stale", times=None)
    error(OutageError, lambda: scene.open(retry_limit=4))
    assert len(scene.world.issues(SHOP)) == 1


def test_a_duplicate_that_is_listed_late_is_found_once_it_is_listed(scene: Scene) -> None:
    scene.fault(ISSUES, method="POST", kind="after-effect")
    scene.fault(ISSUES, status=200, body="[]", times=2)
    issue = scene.open(labels=["approved"])
    assert (issue.number, issue.may_have_duplicate) == (2, True)
    assert [(found.number, found.marker) for found in scene.tracker().open_issues()] == [
        (2, MARKER),
        (1, MARKER),
    ]


@pytest.mark.parametrize(
    ("title", "body", "named", "said"),
    [
        ("", "x", "`issue-title`", "Issue.title"),
        ("x", "x" * 70_000, "`issue-body`", "Issue.body: too_long, body is too long"),
    ],
)
def test_a_rejected_issue_names_the_input_and_githubs_message(
    scene: Scene, title: str, body: str, named: str, said: str
) -> None:
    met = error(InputError, lambda: scene.open(title, body, ["deployment"]))
    assert met.remedy == f"Correct {named}. No issue was opened."
    assert said in met.detail
    assert (met.code, met.exit_code) == ("input", 2)
    assert scene.world.issues(SHOP) == []


def test_any_other_rejection_has_githubs_message(scene: Scene) -> None:
    body = '{"message": "Validation Failed", "errors": [{"message": "You have blocked yourself"}]}'
    scene.fault(ISSUES, method="POST", status=422, body=body)
    met = error(InputError, lambda: scene.open("x", "y", []))
    assert met.remedy == "Correct what its answer names. No issue was opened."
    assert "You have blocked yourself" in met.detail


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_that_cannot_open_issues_is_refused_with_the_grant(scene: Scene, status: int) -> None:
    scene.fault(ISSUES, method="POST", status=status)
    met = error(PermissionDeniedError, scene.open)
    assert "issues: write" in met.remedy
    assert f"{status} to POST {ISSUES}" in met.detail
    assert len(scene.world.requests) == 1


@pytest.mark.parametrize(
    "body", ["[]", "{}", "null", '{"user": null}', '{"user": {"id": "x", "login": "a"}}']
)
def test_a_new_issue_of_another_shape_is_looked_up(scene: Scene, body: str) -> None:
    scene.fault(ISSUES, method="POST", status=201, body=body, effect=True)
    assert scene.open().number == 1
    assert len(scene.world.issues(SHOP)) == 1


# Comments ----------------------------------------------------------------------------


def test_a_comment_is_written_with_its_marker(issue: Reading) -> None:
    number = issue.handle.comment("status", "0 of 2")
    (comment,) = issue.issue().comments
    assert comment.id == number
    assert comment.body == f"0 of 2\n\n<!-- approval-gate:v1 status nonce={NONCE} -->\n"


@pytest.mark.parametrize("how", LOST)
def test_a_comment_whose_response_was_lost_is_found(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", **how)
    number = issue.handle.comment("status", "0 of 2")
    assert [comment.id for comment in issue.issue().comments] == [number]


@pytest.mark.parametrize("how", NOT_MADE)
def test_a_comment_that_was_not_created_is_created_by_the_retry(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", **how)
    number = issue.handle.comment("status", "0 of 2")
    assert [comment.id for comment in issue.issue().comments] == [number]


def test_a_lost_comment_is_found_behind_a_flood(issue: Reading) -> None:
    for count in range(150):
        issue.comment("mallory", f"{count}")
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", kind="after-effect")
    number = issue.handle.comment("closing", "Approved.")
    assert issue.issue().comments[-1].id == number
    assert len(issue.issue().comments) == 151


def test_a_lost_comment_is_not_mixed_up_with_another_of_ours_a_quotation_or_a_copy(issue: Reading) -> None:
    issue.handle.comment("status", "0 of 2")
    copied = MARKER.comment("closing", "Approved.")
    issue.comment("mallory", "".join(f"> {line}\n" for line in copied.splitlines()))
    issue.comment("mallory", copied)
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", kind="reset")
    number = issue.handle.comment("closing", "Approved.")
    assert issue.issue().comments[-1].id == number
    assert len(issue.issue().comments) == 4


def test_a_comment_is_edited_in_place_with_its_marker(issue: Reading) -> None:
    number = issue.handle.comment("status", "0 of 2")
    issue.handle.edit_comment(number, "status", "1 of 2")
    (comment,) = issue.issue().comments
    assert comment.body == f"1 of 2\n\n<!-- approval-gate:v1 status nonce={NONCE} -->\n"


def test_a_reaction_is_given_once(issue: Reading) -> None:
    number = issue.comment("ann", "approve")
    for _ in range(2):
        issue.handle.react(number, "+1")
    assert [content for _, _, content in issue.issue().comments[0].reactions] == ["+1"]


# The issue's state -------------------------------------------------------------------


def test_labels_are_added(issue: Reading) -> None:
    issue.handle.add_labels(["production"])
    assert issue.issue().labels == ["deployment", "production"]


def test_assignees_are_returned_in_lower_case(issue: Reading) -> None:
    issue.scene.world.rename_user("ann", "Ann")
    assert issue.handle._assign(["ann", "mallory"]) == {"ann"}


@pytest.mark.parametrize("body", ["[]", "null", '{"assignees": [1]}'])
def test_assignees_of_another_shape_are_an_outage(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1/assignees", method="POST", status=201, body=body)
    error(OutageError, lambda: issue.handle.assign(["ann"]))


@pytest.mark.parametrize(("completed", "reason"), [(True, "completed"), (False, "not_planned")])
def test_closing_and_labels_are_one_request(issue: Reading, reason: str, *, completed: bool) -> None:
    before = len(issue.scene.world.requests)
    issue.handle.close(["deployment", "approved"], completed=completed)
    assert (issue.issue().state, issue.issue().state_reason) == ("closed", reason)
    assert issue.issue().labels == ["deployment", "approved"]
    assert len(issue.scene.world.requests) == before + 1


@pytest.mark.parametrize("how", LOST)
def test_a_closing_whose_response_was_lost_is_not_repeated(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", **how)
    issue.handle.close(["approved"], completed=True)
    assert len(issue.scene.asked("PATCH")) == 1
    assert issue.issue().state == "closed"


@pytest.mark.parametrize("how", NOT_MADE)
def test_a_closing_without_effect_is_repeated(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", **how)
    issue.handle.close(["approved"], completed=True)
    assert len(issue.scene.asked("PATCH")) == 2
    assert issue.issue().state == "closed"


@pytest.mark.parametrize("how", NOT_MADE)
def test_an_issue_closed_by_a_person_still_gets_its_labels(issue: Reading, how: dict[str, Any]) -> None:
    issue.scene.world.close_issue(SHOP, 1, by="bob")
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", **how)
    issue.handle.close(["deployment", "cancelled"], completed=False)
    assert issue.issue().labels == ["deployment", "cancelled"]


@pytest.mark.parametrize("body", ["[]", "null", "{}"])
def test_a_closing_lookup_of_another_shape_is_a_fault_and_not_a_crash(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1", method="PATCH", kind="after-effect")
    issue.scene.fault(f"{ISSUES}/1", status=200, body=body)
    issue.handle.close(["approved"], completed=True)
    assert issue.issue().state == "closed"


@pytest.mark.parametrize("body", ['[{"id": "x"}]', "[{}]", "[null]", '["x"]'])
def test_a_comment_lookup_of_another_shape_is_a_fault_and_not_a_crash(issue: Reading, body: str) -> None:
    issue.scene.fault(f"{ISSUES}/1/comments", method="POST", kind="after-effect")
    issue.scene.fault(f"{ISSUES}/1/comments", status=200, body=body)
    issue.handle.comment("status", "0 of 2")
    assert len(issue.issue().comments) == 1


# Markers -----------------------------------------------------------------------------


def test_a_marker_is_read_as_it_was_written() -> None:
    assert read_marker(MARKER.body("Deploy v1?")) == MARKER


@pytest.mark.parametrize(
    "body", [f"{MARKER}", f"x\r\n\r\n{MARKER}\r\n", f"x\n{MARKER} \n\n \n", f"{MARKER}\nA word more."]
)
def test_a_marker_is_read_whatever_line_ends_and_words_an_edit_adds(body: str) -> None:
    assert read_marker(body) == MARKER


def test_a_marker_that_people_typed_is_not_the_requests() -> None:
    typed = replace(MARKER, run_attempt=1, nonce="f" * 32)
    assert read_marker(MARKER.body(typed.body("Deploy v1?"))) == MARKER
    assert MARKER.tag_of(MARKER.comment("hint-1", MARKER.comment("status", "2 of 2"))) == "hint-1"


@pytest.mark.parametrize(
    "body",
    [
        "",
        f" {MARKER}",
        f"> {MARKER}",
        f"Quoted: {MARKER}",
        f"{MARKER} and more",
        str(MARKER).replace("v1", "v2"),
        str(MARKER).replace("run=77", "run=x"),
        str(MARKER).replace("run=77", f"run={'7' * 21}"),
        str(MARKER).replace("attempt=2", "attempt=1234567"),
        str(MARKER).replace(NONCE, NONCE[1:]),
        str(MARKER).replace(NONCE, NONCE.upper()),
        MARKER.comment("status", ""),
    ],
)
def test_other_text_is_not_a_marker(body: str) -> None:
    assert read_marker(body) is UNMARKED


# Finding -----------------------------------------------------------------------------


def leave_open(scene: Scene, marker: Marker, token: str = "app") -> int:
    answer = scene.client(token).write(
        "POST", ISSUES, {"title": "x", "body": f"{marker}\n", "labels": ["deployment"]}
    )
    return int(answer.data["number"])


FIRST = Marker(run_id=77, run_attempt=1, nonce="a" * 32)


def test_the_open_approval_issues_are_found_with_their_authors_and_markers(scene: Scene) -> None:
    leave_open(scene, FIRST)
    leave_open(scene, MARKER, token="job")
    found = [*scene.tracker().open_issues()]
    assert [(issue.number, issue.marker, issue.labels) for issue in found] == [
        (2, MARKER, ("deployment",)),
        (1, FIRST, ("deployment",)),
    ]
    assert [issue.author_id for issue in found] == [scene.person(f"{who}[bot]").id for who in ("job", "app")]
    assert found[1].url.endswith(f"/{SHOP}/issues/1")


def test_a_closed_issue_and_one_without_a_marker_are_not_found(scene: Scene) -> None:
    scene.world.close_issue(SHOP, leave_open(scene, FIRST), by="bob")
    scene.client().write("POST", ISSUES, {"title": "x"})
    assert [*scene.tracker().open_issues()] == []


def test_an_open_issue_is_found_behind_a_hundred_others(scene: Scene) -> None:
    number = leave_open(scene, FIRST)
    for _ in range(110):
        scene.client().write("POST", ISSUES, {"title": "x"})
    assert [issue.number for issue in scene.tracker().open_issues()] == [number]


def test_a_pull_request_is_not_an_approval_issue(scene: Scene) -> None:
    leave_open(scene, FIRST)
    (request,) = scene.asked("POST")
    body = request.answer.replace('{"', '{"pull_request": {}, "', 1)
    scene.fault(ISSUES, status=200, body=f"[{body}]")
    assert [*scene.tracker().open_issues()] == []


@pytest.mark.parametrize("body", ["[{}]", "[null]", f'[{{"user": null, "body": "{MARKER}"}}]'])
def test_issues_of_another_shape_are_an_outage(scene: Scene, body: str) -> None:
    scene.fault(ISSUES, status=200, body=body)
    error(OutageError, lambda: list(scene.tracker().open_issues()))


# The handle --------------------------------------------------------------------------


def test_an_issue_is_opened_read_and_closed(scene: Scene) -> None:
    issue = scene.open(labels=["deployment"])
    scene.world.comment(SHOP, issue.number, "ann", "approve")
    assert [versions(comment) for comment in issue.poll([], facts=False).comments] == [("approve",)]
    assert [versions(comment) for comment in issue.confirm([]).comments] == [("approve",)]
    issue.close([*issue.labels, "approved"], completed=True)
    assert scene.world.issue(SHOP, 1).labels == ["deployment", "approved"]
    assert scene.world.issue(SHOP, 1).state == "closed"


def test_labels_that_people_added_meanwhile_are_known(scene: Scene) -> None:
    issue = scene.open(labels=["deployment"])
    scene.world.issue(SHOP, 1).labels.append("urgent")
    issue.poll([], facts=False)
    assert issue.labels == ("deployment", "urgent")


def test_labels_that_were_added_are_known(scene: Scene) -> None:
    issue = scene.open()
    issue.add_labels(["production"])
    assert issue.labels == ("production",)


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.parametrize("times", [1, 3])
def test_an_issue_that_seems_gone_for_a_moment_is_closed(scene: Scene, status: int, times: int) -> None:
    issue = scene.open()
    scene.fault(f"{ISSUES}/1", method="", status=status, times=times)
    issue.close(["approved"], completed=True)
    assert scene.world.issue(SHOP, 1).state == "closed"


def test_the_client_knows_the_time_and_the_budget(scene: Scene) -> None:
    client = scene.client()
    assert (client.requests_used, client.budget(1)) == (0, None)
    issue = IssueTracker(client, SHOP).open(MARKER, "Deploy v1", TEXT, [])
    assert client.now() == scene.machine.time()
    budget = client.budget(2)
    assert budget is not None
    assert (budget.remaining, budget.poll_cost) == (4999, 2)
    issue.poll([], facts=True)
    issue.confirm([])
    assert client.requests_used == 5


def test_a_read_must_show_the_rewritten_comment(scene: Scene) -> None:
    issue = scene.open()
    status = issue.comment("status", "1 of 2")
    scene.machine.seconds += 5
    issue.edit_comment(status, "status", "confirming")
    assert issue.confirm([], status).comments == ()
    for lag in ("lists_lag", "graphql_lag"):
        setattr(scene.world, lag, timedelta(seconds=3))
        error(UnsettledError, lambda: issue.confirm([], status))
        setattr(scene.world, lag, timedelta())


def test_with_short_timeouts_nothing_is_retried(scene: Scene) -> None:
    client = scene.client()
    issue = IssueTracker(client, SHOP).open(MARKER, "Deploy v1", TEXT, [])
    client.shorten_timeouts()
    scene.fault(f"{ISSUES}/1", method="PATCH", status=502, times=None)
    error(OutageError, lambda: issue.close(["cancelled"], completed=False))
    assert len(scene.asked("PATCH")) == 1


def test_a_write_is_retried_until_its_deadline(scene: Scene) -> None:
    issue = scene.open()
    scene.fault(f"{ISSUES}/1", method="PATCH", status=502, times=None)
    until = Deadline.after(scene.machine.monotonic, 5)
    error(OutageError, lambda: issue.close(["cancelled"], completed=False, until=until))
    assert len(scene.asked("PATCH")) > 1
    assert sum(scene.machine.slept) <= 5


def test_writes_go_to_the_issue(scene: Scene) -> None:
    handle = scene.open()
    handle.edit_comment(handle.comment("status", "0 of 2"), "status", "1 of 2")
    handle.react(scene.world.comment(SHOP, 1, "ann", "approve").id, "+1")
    handle.add_labels(["deployment"])
    issue = scene.world.issue(SHOP, 1)
    assert [c.body.split("\n")[0] for c in issue.comments] == ["1 of 2", "approve"]
    assert [content for _, _, content in issue.comments[1].reactions] == ["+1"]
    assert issue.labels == ["deployment"]


def test_the_first_ten_are_assigned_and_the_others_are_returned(scene: Scene) -> None:
    crowd = [f"p{n}" for n in range(12)]
    scene.world.permit(SHOP, "write", *crowd)
    assert scene.open().assign(["mallory", "Ann", *crowd]) == ["mallory", *crowd[8:]]
    assigned = [user.login for user in scene.world.issue(SHOP, 1).assignees]
    assert assigned == ["ann", *crowd[:8]]


def test_where_one_assignee_makes_all_fail_they_are_assigned_one_by_one(scene: Scene) -> None:
    issue = scene.open()
    scene.fault(f"{ISSUES}/1/assignees", method="POST", status=422)
    scene.fault(f"{ISSUES}/1/assignees", method="POST", status=422)
    assert issue.assign(["mallory", "ann", "bob"]) == ["mallory"]
    assert [user.login for user in scene.world.issue(SHOP, 1).assignees] == ["ann", "bob"]


def test_an_issue_that_was_found_is_read_and_closed(scene: Scene) -> None:
    number = leave_open(scene, FIRST)
    scene.world.comment(SHOP, number, "ann", "approve")
    (found,) = scene.tracker().open_issues()
    assert found.answers() == [(scene.person("ann"), "approve")]
    assert found.find_comment("replaced") is None
    found.comment("replaced", "Go to the new one.")
    found.close(["cancelled"], completed=False)
    issue = scene.world.issue(SHOP, number)
    assert (issue.state, issue.state_reason) == ("closed", "not_planned")
    assert issue.labels == ["cancelled"]
    assert issue.comments[-1].body == FIRST.comment("replaced", "Go to the new one.")
    assert found.find_comment("replaced") == issue.comments[-1].id


def test_a_new_issue_without_an_author_is_an_outage(scene: Scene) -> None:
    body = '{"user": null, "number": 1, "id": 1, "node_id": "I", "html_url": "x", "labels": []}'
    scene.fault(ISSUES, method="POST", status=201, body=body, times=None)
    error(OutageError, lambda: scene.open(retry_limit=0))


@pytest.mark.parametrize("body", ['[{"id": 1}]', "[null]", '[{"user": {}, "body": ""}]'])
def test_answers_of_another_shape_are_an_outage(scene: Scene, body: str) -> None:
    issue = scene.open()
    scene.fault(f"{ISSUES}/1/comments", status=200, body=body)
    error(OutageError, issue.answers)


def test_a_rejected_label_is_reported(issue: Reading) -> None:
    issue.scene.fault(f"{ISSUES}/1/labels", method="POST", status=422)
    error(RejectedError, lambda: issue.handle.add_labels(["x"]))


def test_a_reaction_is_removed(issue: Reading) -> None:
    number = issue.comment("ann", "approve")
    kept, mistaken = issue.handle.react(number, "+1"), issue.handle.react(number, "confused")
    assert kept != mistaken
    issue.handle.remove_reaction(number, mistaken)
    assert [(identity, content) for identity, _, content in issue.issue().comments[0].reactions] == [
        (kept, "+1")
    ]


@pytest.mark.parametrize("body", ["[]", "null", "{}", '{"id": "x"}'])
def test_a_reaction_of_another_shape_is_an_outage(issue: Reading, body: str) -> None:
    number = issue.comment("ann", "approve")
    issue.scene.fault(f"{ISSUES}/comments", method="POST", status=201, body=body)
    error(OutageError, lambda: issue.handle.react(number, "+1"))
