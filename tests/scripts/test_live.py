"""The checks against github.com: their requirements, and their results on the embedded GitHub."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from pytest_mock import MockerFixture

from approval_gate.emulator import World, serve
from approval_gate.errors import OutageError
from approval_gate.rehearsal.scenarios import REPOSITORY, scene
from scripts import live
from scripts.live import Account, Check, Settings

EXACTLY = {"push": "write", "maintain": "maintain", "admin": "admin"}
ISSUE = f"/repos/{REPOSITORY}/issues/1"


@dataclass
class Scratch:
    """A repository with an issue, and the accounts of an app and two people."""

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


# Requirements ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
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
def test_invalid_arguments_end_it_with_a_message(
    arguments: list[str], environ: dict[str, str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        live.read_settings(arguments, environ)
    assert message in str(ended.value)


def test_the_second_account_and_the_team_are_optional() -> None:
    environ = {"GITHUB_TOKEN": "one", "SECOND_TOKEN": "", "TEAM": ""}
    assert live.read_settings(["acme/shop"], environ) == Settings(repository="acme/shop", token="one")
    whole = live.read_settings(["acme/shop"], {**environ, "SECOND_TOKEN": "two", "TEAM": "acme/devops"})
    assert (whole.second, whole.team) == ("two", "acme/devops")
    assert "one" not in repr(whole)
    assert "two" not in repr(whole)


def skipped(checks: list[Check]) -> dict[str, int]:
    """Count the checks that are skipped, by reason."""
    return dict(Counter(check.skip_reason for check in checks if check.skip_reason))


def test_with_one_persons_token_the_checks_that_need_more_are_skipped(scratch: Scratch) -> None:
    settings = Settings(repository=REPOSITORY, token="anns")
    ann = scratch.account("anns")
    one = live.checks(settings, ISSUE, ann, None)
    assert skipped(one) == {
        "needs a second account: SECOND_TOKEN": 3,
        "needs TEAM=org/slug": 2,
        "needs an app's token as GITHUB_TOKEN or SECOND_TOKEN": 4,
    }
    # Another token of the same account is not another account.
    assert skipped(live.checks(settings, ISSUE, ann, ann)) == skipped(one)


def test_with_a_persons_token_an_apps_token_and_a_team_no_check_is_skipped(scratch: Scratch) -> None:
    settings = Settings(repository=REPOSITORY, token="anns", second="demo-app-token", team="acme/devops-team")
    ann, app = scratch.account("anns"), scratch.account("demo-app-token")
    assert (ann.is_app, app.is_app) == (False, True)
    for first, second in ((ann, app), (app, ann)):
        assert skipped(live.checks(settings, ISSUE, first, second)) == {}


def test_a_no_and_an_error_are_failures_and_an_observation_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> bool:
        raise OutageError("GitHub has a fault.", detail="502")

    checks = [
        Check("it is so", lambda: True),
        Check("it is not so", lambda: False),
        Check("the effect", lambda: "done"),
        Check("it fails", broken),
        Check("it is skipped", broken, "needs a second account"),
    ]
    assert live.run_checks(checks) == 2
    assert capsys.readouterr().out.splitlines() == [
        "yes  it is so",
        "NO   it is not so",
        "?    the effect: done",
        "  GitHub has a fault. 502",
        "NO   it fails",
        "skipped: it is skipped (needs a second account)",
    ]


def test_without_a_repository_it_ends_before_any_request(mocker: MockerFixture) -> None:
    mocker.patch.object(sys, "argv", ["live.py"])
    with pytest.raises(SystemExit, match="usage:"):
        live.main()


# Results on the embedded GitHub -----------------------------------------------------------


@pytest.mark.parametrize("token", ["anns", "demo-app-token"])
def test_each_revision_in_the_history_is_a_whole_text(scratch: Scratch, token: str) -> None:
    assert live.whole_texts(scratch.account(token), ISSUE)


def test_both_apis_give_the_same_time_of_the_last_change(scratch: Scratch) -> None:
    assert live.same_time(scratch.account("anns").client, ISSUE)
    assert live.free(scratch.account("anns").client, ISSUE)


def test_only_another_persons_deletion_leaves_an_event(scratch: Scratch) -> None:
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
    for effect in (live.edit_locked(app.client, ISSUE), live.close_locked(app.client, ISSUE)):
        assert effect == "done" if edits else "because issue is locked" in effect
    assert live.comment_on(ann.client, ISSUE)


def test_an_app_without_a_comment_before_the_lock_has_nothing_to_edit(scratch: Scratch) -> None:
    assert live.edit_locked(scratch.account("demo-app-token").client, ISSUE) == "it has no comment to edit"


def test_an_issue_is_found_by_its_label_in_any_case(scratch: Scratch) -> None:
    ann = scratch.account("anns")
    scratch.world.issue(REPOSITORY, 1).labels.append("live-0a1b")
    assert not live.by_label(ann.client, TEAM, ISSUE)
    scratch.world.close_issue(REPOSITORY, 1, by="ann")
    assert live.by_label(ann.client, TEAM, ISSUE)


def test_a_commit_has_its_own_deployments(scratch: Scratch) -> None:
    ann = scratch.account("anns")
    assert live.of_commit(ann.client, TEAM) == "nothing was deployed in this repository"
    for environment in ("staging", "production"):
        scratch.world.deploy(REPOSITORY, environment, scratch.world.commit(REPOSITORY, "ann"), "SUCCESS")
    assert live.of_commit(ann.client, TEAM) is True


def test_the_commit_of_a_merge_has_its_pull_request(scratch: Scratch) -> None:
    ann, world = scratch.account("anns"), scratch.world
    root = world.commit(REPOSITORY, "ann")
    made = world.pull_request(REPOSITORY, "ann", [world.commit(REPOSITORY, "ann")])
    world.review(made, "cid")
    world.review(made, "mallory")
    assert live.of_merge(ann.client, TEAM) == "nothing was merged in this repository"
    world.merge(REPOSITORY, made, "cid", root)
    assert live.of_merge(ann.client, TEAM) is True
    made.introduced = ()
    assert live.of_merge(ann.client, TEAM) is False


TEAM = Settings(repository=REPOSITORY, token="demo-app-token", team="acme/devops-team")


def test_an_issue_can_have_a_sub_issue_which_is_closed_again(scratch: Scratch) -> None:
    assert live.sub_issue(scratch.account("demo-app-token").client, ISSUE)
    child = scratch.world.issue(REPOSITORY, 2)
    assert (child.state, child.parent) == (
        "closed",
        (scratch.world.repos[REPOSITORY], scratch.world.issue(REPOSITORY, 1)),
    )


def test_a_teams_permission_takes_one_request_and_its_members_have_it(scratch: Scratch) -> None:
    app = scratch.account("demo-app-token").client
    assert str(live.team_permission(app, TEAM)).startswith("write, {")
    assert live.inherited(app, TEAM)
    assert live.collaborators(app, f"/repos/{REPOSITORY}")


def test_a_filter_of_collaborators_means_at_least(scratch: Scratch) -> None:
    app, path = scratch.account("demo-app-token").client, f"/repos/{REPOSITORY}"
    scratch.world.permit(REPOSITORY, "maintain", "ann")
    assert live.at_least(app, path)


def test_a_filter_of_collaborators_that_means_exactly_is_noticed(
    scratch: Scratch, mocker: MockerFixture
) -> None:
    app = scratch.account("demo-app-token").client
    every = list(app.pages(f"/repos/{REPOSITORY}/collaborators"))
    exactly = {name: [who for who in every if who["role_name"] == role] for name, role in EXACTLY.items()}
    mocker.patch.object(
        app, "pages", lambda _, by=None: exactly[by["permission"]] if by is not None else every
    )
    assert not live.at_least(app, f"/repos/{REPOSITORY}")


def test_a_team_without_a_permission_is_a_no(scratch: Scratch) -> None:
    scratch.world.team("acme/guests", ["zoe"])
    app = scratch.account("demo-app-token")
    settings = replace(TEAM, team="acme/guests")
    checks = [it for it in live.checks(settings, ISSUE, app, None) if "team's" in it.text]
    assert (len(checks), live.run_checks(checks)) == (2, 2)
