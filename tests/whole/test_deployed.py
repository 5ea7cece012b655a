"""A deployment is described as the workflow describes it, and as Git and people understand it."""

import re

import pytest

from approval_gate.rehearsal.scenarios import COMMIT, REPOSITORY, VERSION
from tests.whole.stage import Ended, Stage

OTHER = "b" * 40
BRANCH = {"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main", "GITHUB_REF": "refs/heads/main"}


def opened(stage: Stage, inputs: dict[str, str] | None = None, **variables: str) -> Ended:
    end = stage.run({"timeout-minutes": "1", **(inputs or {})}, **variables)
    assert (end.status, end.code) == ("timed-out", "window-closed"), end.log
    assert end.issue is not None
    return end


def refused(end: Ended, words: str) -> None:
    assert (end.exit_code, end.code, end.issue) == (2, "input", None), end.log
    assert words in end.outputs["reason"]
    assert "No issue was opened." in end.outputs["reason"]


class TestAnEnvironment:
    @pytest.mark.parametrize("title", ["Staging rollout 7", "Ship it", "Approve me"])
    def test_that_is_not_given_is_not_mentioned(self, stage: Stage, title: str) -> None:
        stage.says(0.5, "ann", "approve")
        stage.says(0.5, "lea", "approve")
        end = stage.run({"issue-title": title})
        assert end.status == "approved"
        assert end.issue is not None
        assert (end.issue.title, end.issue.labels) == (
            title,
            ["deployment", "approval-required", "approved"],
        )
        assert end.record["request"]["environment"] is None
        said = f"{end.texts()}{end.summary}{end.log}"
        assert not re.search("production", said.replace("Production Deployment Pipeline", ""), re.IGNORECASE)
        assert "wants to deploy **v1.2.3**. It needs" in end.issue.body
        assert "**v1.2.3** (a1b2c3d) goes on in [run 4242](" in end.closing()
        assert f"Approval gate for {VERSION}\n" in end.log

    def test_an_environment_given_with_a_title_is_kept(self, stage: Stage) -> None:
        end = opened(stage, {"issue-title": "Ship it", "environment": "staging"})
        assert end.record["request"]["environment"] == "staging"
        assert end.issue is not None
        assert end.issue.labels[:3] == ["deployment", "staging", "approval-required"]
        assert "to **staging**" in end.issue.body

    def test_an_unnamed_environment_has_no_last_deployment_to_exclude_authors_by(self, stage: Stage) -> None:
        policy = stage.world.repos[REPOSITORY].files[".github/approval-policy.yml"]
        assert isinstance(policy, str)
        excluding = policy.replace("emergency:", "standard:").replace(
            "refs:", "exclude: [commit-authors]\nrefs:"
        )
        without = re.sub(r"    details:\n(?:      .*\n)+", "", excluding)
        stage.world.repos[REPOSITORY].files["policy.yml"] = without
        given = {"approvers": "", "minimum-approvals": "", "timeout-minutes": "", "policy-file": "policy.yml"}
        end = stage.run({**given, "issue-title": "Ship it"})
        refused(end, "environment: it is not given, and the policy bars the authors")


class TestABranch:
    @pytest.mark.parametrize("version", ["", "release", " release\n"])
    def test_that_is_named_like_an_old_tag_is_not_that_tag(self, stage: Stage, version: str) -> None:
        stage.world.tag(REPOSITORY, "release", OTHER)
        end = opened(stage, {"version": version}, GITHUB_REF_TYPE="branch", GITHUB_REF_NAME="release")
        assert end.record["inputs"]["tags"] == []
        assert not [request for request in end.requests if "/git/ref/" in request.path]

    def test_stays_a_branch_when_a_tag_of_its_name_is_made_meanwhile(self, stage: Stage) -> None:
        stage.at(1, lambda: stage.world.tag(REPOSITORY, "main", OTHER))
        stage.says(2, "ann", "approve")
        stage.says(2, "lea", "approve")
        assert stage.run(**BRANCH).status == "approved"

    def test_of_a_pull_request_is_shown_and_linked_as_a_pull_request(self, stage: Stage) -> None:
        variables = {
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REF_NAME": "12/merge",
            "GITHUB_REF": "refs/pull/12/merge",
        }
        end = opened(stage, **variables)
        assert end.issue is not None
        assert re.search(rf"pull request \[#12\]\(\S+/{REPOSITORY}/pull/12\)", end.issue.body)
        assert "branch" not in end.issue.body
        assert end.record["request"]["ref"] == "refs/pull/12/merge"

    @pytest.mark.parametrize("ref", ["refs/heads/12/merge", ""])
    def test_that_is_named_like_a_pull_requests_ref_is_a_branch(self, stage: Stage, ref: str) -> None:
        end = opened(stage, GITHUB_REF_TYPE="branch", GITHUB_REF_NAME="12/merge", GITHUB_REF=ref)
        assert end.issue is not None
        assert "branch 12/merge" in end.issue.body

    def test_pattern_of_a_policy_does_not_match_a_pull_request(self, stage: Stage) -> None:
        policy = stage.world.repos[REPOSITORY].files[".github/approval-policy.yml"]
        assert isinstance(policy, str)
        stage.world.repos[REPOSITORY].files["policy.yml"] = policy.replace(
            '["refs/tags/v*"]', '["refs/heads/**"]'
        ).replace("emergency:", "standard:")
        given = {"approvers": "", "minimum-approvals": "", "timeout-minutes": "", "policy-file": "policy.yml"}
        variables = {
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_REF_NAME": "12/head",
            "GITHUB_REF": "refs/pull/12/head",
        }
        end = stage.run(given, **variables)
        assert (end.code, end.issue) == ("policy", None)
        assert "refs/pull/12/head" in end.log


class TestAVersion:
    @pytest.mark.parametrize("version", [OTHER[:7], OTHER.upper()])
    def test_that_is_the_hash_of_another_commit_is_refused(self, stage: Stage, version: str) -> None:
        stage.world.commit(REPOSITORY, "ann", sha=OTHER)
        refused(
            stage.run({"version": version}),
            f"the hash {version} is commit bbbbbbb, but this run is of a1b2c3d",
        )

    @pytest.mark.parametrize("version", ["release", "remotes/origin/release"])
    def test_that_is_a_branch_of_another_commit_is_refused(self, stage: Stage, version: str) -> None:
        stage.world.branch(REPOSITORY, "release", OTHER)
        refused(
            stage.run({"version": version}),
            "the branch release is commit bbbbbbb, but this run is of a1b2c3d",
        )

    @pytest.mark.parametrize(
        "version",
        [
            *(COMMIT, COMMIT[:7], COMMIT.upper(), "v1.2.3-4-ga1b2c3d", "release", "heads/release"),
            *("20261129", "1.0~rc1", "v9.9.9", "ccccccc", "release candidate 3", "shop:1.2.3"),
        ],
    )
    def test_of_the_runs_own_commit_or_of_no_commit_is_accepted(self, stage: Stage, version: str) -> None:
        stage.world.branch(REPOSITORY, "release", COMMIT)
        stage.world.commit(REPOSITORY, "ann", sha=OTHER)
        end = opened(stage, {"version": version})
        assert end.record["request"]["version"] == version
        assert end.issue is not None
        assert re.search(rf"wants to deploy \*\*`?{re.escape(version)}`?\*\* to", end.issue.body)

    def test_that_is_the_tag_of_the_run_and_a_branch_of_another_commit_is_refused(self, stage: Stage) -> None:
        stage.world.tag(REPOSITORY, "v2", COMMIT)
        stage.world.branch(REPOSITORY, "v2", OTHER)
        refused(stage.run({"version": "v2"}), "the branch v2 is commit bbbbbbb")

    def test_is_not_looked_up_without_the_permission_and_the_log_says_so(self, stage: Stage) -> None:
        stage.world.tokens["demo-app-token"].permissions = {"issues": "write"}
        stage.world.branch(REPOSITORY, "release", OTHER)
        end = opened(stage, {"version": "release", "checklist": "none"}, **BRANCH)
        assert "it is not checked which commit `version` names" in end.log
        assert "`contents: read`" in end.log
        assert end.record["inputs"]["tags"] is None


def test_the_whole_commit_is_shown_as_a_link(stage: Stage) -> None:
    end = opened(stage)
    assert end.issue is not None
    assert re.search(
        rf"- \*\*Commit\*\*: \[{COMMIT}\]\(http://\S+/{REPOSITORY}/commit/{COMMIT}\), tag {VERSION}\n",
        end.issue.body,
    )


class TestALabel:
    LONG = "feature/" + "x" * 60

    def test_that_is_longer_than_github_accepts_is_cut_with_a_warning(self, stage: Stage) -> None:
        end = opened(stage, {"issue-labels": f"deploy,{self.LONG}"}, GITHUB_ACTIONS="true")
        assert end.issue is not None
        assert end.issue.labels == ["deploy", self.LONG[:50], "timed-out"]
        assert f"::warning title=Approval gate::The label '{self.LONG}' is cut to 50 characters" in end.log

    def test_for_a_long_environment_is_cut_and_the_environment_is_kept_whole(self, stage: Stage) -> None:
        place = "e" * 51
        end = opened(stage, {"environment": place})
        assert end.issue is not None
        assert end.issue.labels[:3] == ["deployment", "e" * 50, "approval-required"]
        assert end.record["request"]["environment"] == place
        assert "is cut to 50 characters" in end.log

    def test_that_github_rejects_leaves_the_request_without_labels(self, stage: Stage) -> None:
        many = ",".join(f"label-{number}" for number in range(101))
        end = opened(stage, {"issue-labels": many}, GITHUB_ACTIONS="true")
        assert end.issue is not None
        assert end.issue.labels == ["timed-out"]
        assert "::warning" in end.log


class TestAWindow:
    @pytest.mark.parametrize(
        ("minutes", "runner", "warned"),
        [
            ("361", "github-hosted", True),
            ("1440", "self-hosted", False),
        ],
    )
    def test_longer_than_a_hosted_job_can_run_gets_a_warning_at_the_start(
        self, stage: Stage, minutes: str, runner: str, *, warned: bool
    ) -> None:
        stage.says(1, "ann", "approve")
        stage.says(1, "lea", "approve")
        end = stage.run({"timeout-minutes": minutes}, RUNNER_ENVIRONMENT=runner)
        assert end.status == "approved"
        said = f"The window of {minutes} minutes is longer than the 360 minutes"
        assert (said in end.log) is warned
        assert not warned or end.log.index(said) < end.log.index("  issue  ")
