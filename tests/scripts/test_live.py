"""The questions that are put to github.com: what they take, and what the embedded GitHub answers."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from pytest_mock import MockerFixture

from approval_gate.emulator import World, serve
from approval_gate.errors import OutageError
from approval_gate.rehearsal.scenarios import REPOSITORY, scene
from scripts import live
from scripts.live import Account, Question, Setting

ISSUE = f"/repos/{REPOSITORY}/issues/1"


@dataclass
class Scratch:
    """A repository with an issue, and who asks: an app that writes, and two people."""

    world: World
    url: str

    def account(self, token: str) -> Account:
        return live.account(token, self.url)


@pytest.fixture
def scratch(mocker: MockerFixture) -> Iterator[Scratch]:
    mocker.patch.object(live, "LAG", 0.0)
    world = scene()
    world.token("anns", login="ann")
    world.token("bobs", login="bob")
    world.open_issue(REPOSITORY, "dee", "A request", "")
    with serve(world) as github:
        yield Scratch(world, github.url)


# What it takes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        ([], {"GITHUB_TOKEN": "t"}, "usage:"),
        ([""], {"GITHUB_TOKEN": "t"}, "usage:"),
        (["acme"], {"GITHUB_TOKEN": "t"}, "usage:"),
        (["acme/"], {"GITHUB_TOKEN": "t"}, "usage:"),
        (["acme/shop/x"], {"GITHUB_TOKEN": "t"}, "usage:"),
        (["acme/shop", "acme/audit"], {"GITHUB_TOKEN": "t"}, "usage:"),
        (["acme/shop"], {}, "GITHUB_TOKEN is not set"),
        (["acme/shop"], {"GITHUB_TOKEN": "t", "SECOND_TOKEN": "t"}, "the same as GITHUB_TOKEN"),
        (["acme/shop"], {"GITHUB_TOKEN": "t", "TEAM": "devops-team"}, "write it as org/slug"),
    ],
)
def test_what_is_wrong_with_the_arguments_is_said(
    arguments: list[str], environ: dict[str, str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        live.read_setting(arguments, environ)
    assert said in str(ended.value)


def test_the_second_account_and_the_team_can_be_left_out() -> None:
    environ = {"GITHUB_TOKEN": "one", "SECOND_TOKEN": "", "TEAM": ""}
    assert live.read_setting(["acme/shop"], environ) == Setting(repository="acme/shop", token="one")
    whole = live.read_setting(["acme/shop"], {**environ, "SECOND_TOKEN": "two", "TEAM": "acme/devops"})
    assert (whole.second, whole.team) == ("two", "acme/devops")
    assert "one" not in repr(whole)
    assert "two" not in repr(whole)


def lacking(asked: list[Question]) -> dict[str, int]:
    """Count the questions that are not asked, by why."""
    reasons = [question.lacks for question in asked if question.lacks]
    return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}


def test_with_one_persons_token_it_says_what_needs_a_second_account_an_app_and_a_team(
    scratch: Scratch,
) -> None:
    setting = Setting(repository=REPOSITORY, token="anns")
    ann = scratch.account("anns")
    one = live.questions(setting, ISSUE, ann, None)
    assert lacking(one) == {
        "needs a second account: SECOND_TOKEN": 3,
        "needs TEAM=org/slug": 2,
        "needs an app's token as GITHUB_TOKEN or SECOND_TOKEN": 4,
    }
    # Another token of the same account's is not another account.
    assert lacking(live.questions(setting, ISSUE, ann, ann)) == lacking(one)


def test_with_two_accounts_one_of_them_an_apps_and_a_team_everything_is_asked(scratch: Scratch) -> None:
    setting = Setting(repository=REPOSITORY, token="anns", second="demo-app-token", team="acme/devops-team")
    ann, app = scratch.account("anns"), scratch.account("demo-app-token")
    assert (ann.is_app, app.is_app) == (False, True)
    for first, second in ((ann, app), (app, ann)):
        assert lacking(live.questions(setting, ISSUE, first, second)) == {}


def test_a_no_and_an_error_fail_and_an_open_answer_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> bool:
        raise OutageError("GitHub has a fault.", detail="502")

    asked = [
        Question("it is so", lambda: True),
        Question("it is not so", lambda: False),
        Question("what it does", lambda: "done"),
        Question("nobody knows", broken),
        Question("never put", broken, "needs a second account"),
    ]
    assert live.put(asked) == 2
    assert capsys.readouterr().out.splitlines() == [
        "yes  it is so",
        "NO   it is not so",
        "?    what it does: done",
        "  GitHub has a fault. 502",
        "NO   nobody knows",
        "not asked: never put (needs a second account)",
    ]


def test_without_a_repository_it_ends_before_it_asks_anything(mocker: MockerFixture) -> None:
    mocker.patch.object(sys, "argv", ["live.py"])
    with pytest.raises(SystemExit, match="usage:"):
        live.main()


# What the embedded GitHub answers ---------------------------------------------------------


@pytest.mark.parametrize("token", ["anns", "demo-app-token"])
def test_the_history_has_whole_texts(scratch: Scratch, token: str) -> None:
    assert live.whole_texts(scratch.account(token), ISSUE)


def test_both_apis_tell_the_same_last_change(scratch: Scratch) -> None:
    assert live.same_time(scratch.account("anns").client, ISSUE)
    assert live.free(scratch.account("anns").client, ISSUE)


def test_an_own_deletion_leaves_no_event_and_somebody_elses_does(scratch: Scratch) -> None:
    ann, bob = scratch.account("anns"), scratch.account("bobs")
    assert live.own_deletion(bob, ann.client, ISSUE)
    assert live.deleter(bob, ISSUE) == "no event"
    assert live.others_deletion(ann, bob, ISSUE)
    assert live.deleter(bob, ISSUE) == "ann"


@pytest.mark.parametrize("edits", [True, False])
def test_on_a_locked_issue_an_app_can_neither_comment_nor_react(scratch: Scratch, *, edits: bool) -> None:
    scratch.world.locked_edits = edits
    app, ann = scratch.account("demo-app-token"), scratch.account("anns")
    live.comment(app.client, ISSUE, "before the lock")
    assert live.lock(ann.client, ISSUE)
    assert not live.comment_on(app.client, ISSUE)
    assert not live.react_on(app.client, ISSUE)
    for told in (live.edit_locked(app.client, ISSUE), live.close_locked(app.client, ISSUE)):
        assert told == "done" if edits else "because issue is locked" in told
    assert live.comment_on(ann.client, ISSUE)


def test_an_app_that_wrote_nothing_before_the_lock_has_nothing_to_edit(scratch: Scratch) -> None:
    assert live.edit_locked(scratch.account("demo-app-token").client, ISSUE) == "it wrote none before"


TEAM = Setting(repository=REPOSITORY, token="demo-app-token", team="acme/devops-team")


def test_a_teams_right_is_told_in_one_request_and_its_members_have_it(scratch: Scratch) -> None:
    app = scratch.account("demo-app-token").client
    assert str(live.team_right(app, TEAM)).startswith("write, {")
    assert live.inherited(app, TEAM)
    assert live.collaborators(app, f"/repos/{REPOSITORY}")


def test_a_team_without_a_right_is_a_no(scratch: Scratch) -> None:
    scratch.world.team("acme/guests", ["zoe"])
    app = scratch.account("demo-app-token")
    setting = replace(TEAM, team="acme/guests")
    asked = [it for it in live.questions(setting, ISSUE, app, None) if "team's" in it.text]
    assert (len(asked), live.put(asked)) == (2, 2)
