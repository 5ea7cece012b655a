"""The container in which launch.sh runs the program."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.launch.machine import DIGEST, RELEASED, Machine, options


def test_the_released_image_runs_by_its_digest_and_is_never_built(machine: Machine) -> None:
    code, _, _ = machine.job().run()
    assert code == 0
    assert machine.container()[-2:] == [RELEASED, "wait"]
    assert machine.calls("pull")[0]["words"][-1] == RELEASED
    assert not machine.calls("build")


def test_an_image_that_the_machine_has_is_not_pulled(machine: Machine) -> None:
    machine.docker["image inspect"] = {"code": 0}
    machine.job().run()
    assert machine.container()[-2:] == [RELEASED, "wait"]
    assert not machine.calls("pull")


def test_the_container_is_restricted_to_the_minimum(machine: Machine) -> None:
    machine.job().run()
    words = machine.container()
    for flag in ("--rm", "--read-only"):
        assert flag in words
    assert options(words, "--cap-drop") == ["ALL"]
    assert options(words, "--security-opt") == ["no-new-privileges"]
    assert options(words, "--user") == [f"{os.getuid()}:{os.getgid()}"]
    assert options(words, "--pids-limit") == ["64"]
    assert options(words, "--memory") == ["256m"]
    assert options(words, "--tmpfs") == ["/tmp:rw,noexec,nosuid,nodev,size=16m"]  # noqa: S108 - the container's
    assert not {"--privileged", "-v", "--volume"} & set(words)


def test_the_container_has_a_name_and_labels_to_find_it_by(machine: Machine) -> None:
    _, _, outputs = machine.job().run()
    words = machine.container()
    assert options(words, "--name")[0].startswith("approval-gate-4242-2-wait-")
    assert options(words, "--label") == ["approval-gate.run=4242", f"approval-gate.nonce={outputs['nonce']}"]


def test_inputs_are_passed_by_name_so_that_the_command_line_holds_no_value(machine: Machine) -> None:
    machine.job({"issue-title": "Ship it", "image": "", "secret": "another-secret"}).run()
    (run,) = machine.calls("run")
    names = options(run["words"], "--env")
    assert {"INPUT_TOKEN", "INPUT_SECRET", "INPUT_APPROVERS", "INPUT_ISSUE_TITLE"} <= set(names)
    assert run["environment"]["INPUT_TOKEN"] == "a-secret-token"
    assert run["environment"]["INPUT_ISSUE_TITLE"] == "Ship it"
    assert not any("=" in name for name in names)
    assert not any(secret in word for word in run["words"] for secret in ("secret-token", "another-secret"))


def test_only_the_variables_that_the_program_reads_are_passed(machine: Machine) -> None:
    machine.variables |= {"AWS_SECRET_ACCESS_KEY": "x", "GITHUB_TOKEN": "x", "https_proxy": "http://proxy:1"}
    machine.job().run()
    names = set(options(machine.container(), "--env"))
    assert {"https_proxy", "GITHUB_RUN_ID", "GITHUB_OUTPUT", "APPROVAL_GATE_STARTED"} <= names
    assert not names & {"AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PATH", "HOME"}


def test_only_the_folders_of_the_outputs_and_the_record_are_mounted(machine: Machine) -> None:
    job = machine.job()
    job.run()
    mounts = options(machine.container(), "--mount")
    folders = (job.commands, job.folder / "approval-gate")
    assert sorted(mounts) == sorted(f'type=bind,"source={path}","target={path}"' for path in folders)
    assert all(path.is_dir() for path in folders)


def test_for_a_body_file_the_workspace_is_mounted_read_only(machine: Machine, tmp_path: Path) -> None:
    machine.variables["GITHUB_WORKSPACE"] = str(tmp_path)
    job = machine.job({"issue-body-file-path": "notes.md"})
    job.run()
    mounts = options(machine.container(), "--mount")
    for path in (tmp_path, job.folder):
        assert f'type=bind,"source={path}","target={path}",readonly' in mounts


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_custom_certificate_authorities_are_mounted_read_only(
    machine: Machine, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    bundle = tmp_path / "authorities"
    make(bundle)
    machine.variables["REQUESTS_CA_BUNDLE"] = str(bundle)
    machine.job().run()
    words = machine.container()
    assert f'type=bind,"source={bundle}","target={bundle}",readonly' in options(words, "--mount")
    assert "REQUESTS_CA_BUNDLE" in options(words, "--env")


@pytest.mark.parametrize(
    ("security", "option", "value"),
    [
        ("name=rootless", "--user", "0:0"),
        ("name=userns", "--userns", "host"),
        ("name=selinux", "--security-opt", "label=disable"),
    ],
)
def test_the_runners_files_can_be_written_with_every_kind_of_daemon(
    machine: Machine, security: str, option: str, value: str
) -> None:
    machine.docker["info"]["out"] = f"linux 28.2.2 [name=seccomp,profile=builtin {security}]"
    machine.job().run()
    assert value in options(machine.container(), option)


@pytest.mark.parametrize(
    ("mirror", "image"),
    [
        ("mirror.example/gate", f"mirror.example/gate@{DIGEST}"),
        ("mirror.example:5000/team/gate:v1", f"mirror.example:5000/team/gate:v1@{DIGEST}"),
        (f"mirror.example/gate@sha256:{'2b' * 32}", f"mirror.example/gate@sha256:{'2b' * 32}"),
    ],
)
def test_a_mirror_serves_the_same_digest_unless_it_names_its_own(
    machine: Machine, mirror: str, image: str
) -> None:
    machine.job({"image": mirror}).run()
    assert machine.container()[-2:] == [image, "wait"]


@pytest.mark.parametrize("image", ["--privileged", "a b", "gate\n::error::x", "$(id)"])
def test_an_invalid_image_name_is_an_invalid_input(machine: Machine, image: str) -> None:
    code, log, outputs = machine.job({"image": image}).run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (2, "error", "input")
    assert "is not an image name.%0AWrite it as `registry/owner/name`; the released digest is added." in log
    assert not machine.calls("run")


def test_without_a_released_image_one_is_built_and_the_log_says_so(tmp_path: Path) -> None:
    machine = Machine(tmp_path, lock="", docker={"image inspect": {"code": 0}})
    _, log, _ = machine.job().run()
    assert "This checkout holds no released image (image.lock), so one is built from it" in log
    assert options(machine.calls("build")[0]["words"], "--target") == ["gate"]
    assert machine.container()[-2:] == ["sha256:built", "wait"]
    assert not machine.calls("pull")


def test_a_pull_that_fails_twice_is_retried(machine: Machine) -> None:
    machine.docker["pull"] = {
        "code": 1,
        "times": 2,
        "out": "toomanyrequests ::set-output name=x::y ##[error]z",
    }
    code, log, _ = machine.job().run()
    assert code == 0
    assert len(machine.calls("pull")) == 3
    assert "(try 2 of 3)" in log
    assert "toomanyrequests : :set-output name=x: :y ## [error]z" in log
    assert machine.container()


def test_after_three_failed_pulls_python_is_used_and_the_log_says_why(machine: Machine) -> None:
    machine.docker["pull"] = {"code": 1}
    _, log, _ = machine.job().run()
    assert len(machine.calls("pull")) == 3
    assert f"Docker cannot be used: the image {RELEASED} could not be pulled. Trying Python." in log
    assert "The program runs: wait" in log
    assert not machine.calls("run")


def test_a_failed_pull_with_the_runtime_docker_is_an_outage(machine: Machine) -> None:
    machine.docker["pull"] = {"code": 1}
    code, log, outputs = machine.job({"runtime": "docker"}).run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (5, "error", "outage")
    assert "::error title=Approval gate::The gate cannot run here with runtime docker" in log
    assert machine.installed() == []


def test_a_trial_container_first_checks_access_to_the_runners_files(machine: Machine) -> None:
    job = machine.job()
    job.run()
    (trial,) = machine.calls("trial")
    words, run = trial["words"], machine.container()
    for option in ("--mount", "--user", "--cap-drop", "--security-opt", "--env", "--tmpfs", "--network"):
        assert options(words, option) == options(run, option), option
    assert not options(words, "--name")
    assert words[-2:] == [str(job.output()), str(job.commands / "step_summary")]
    assert words[words.index(RELEASED) + 1 :][:3] == ["-I", "-S", "-c"]


_TRIAL_FAILS = {"code": 125, "out": "docker: bind source path does not exist: /x::error::"}
_NOT_SEEN = "the daemon does not see the runner's files, or does not run the image"


def test_if_the_daemon_does_not_see_the_runners_files_python_is_used(machine: Machine) -> None:
    machine.docker["trial"] = _TRIAL_FAILS
    code, log, _ = machine.job().run()
    assert code == 0
    assert f"Docker cannot be used: {_NOT_SEEN}. Trying Python." in log
    assert "A trial of the container failed:\n" in log
    assert "  docker: bind source path does not exist: /x: :error: :\n" in log
    assert "The program runs: wait" in log
    assert not machine.calls("run")


def test_with_the_runtime_docker_a_daemon_that_does_not_see_them_is_an_error(machine: Machine) -> None:
    machine.docker["trial"] = _TRIAL_FAILS
    code, log, outputs = machine.job({"runtime": "docker"}).run()
    assert (code, outputs["approval-status"], outputs["reason-code"]) == (2, "error", "input")
    assert f"cannot run here with runtime docker: {_NOT_SEEN}." in log
    assert not machine.calls("run")


def test_the_exit_code_of_the_container_is_the_steps(machine: Machine) -> None:
    machine.docker["run"] = {"code": 3}
    assert machine.job().run()[0] == 3


def test_a_sweep_first_stops_the_container_of_a_killed_gate(machine: Machine) -> None:
    machine.docker["run"] = {"code": 137}
    machine.docker["ps"] = {"out": "0123abc"}
    job = machine.job()
    _, _, outputs = job.run()
    assert job.wants_sweep()
    code, log, _ = job.run(1)
    assert "Stopped a container that the gate had left running." in log
    assert options(machine.calls("ps")[0]["words"], "--filter") == [
        f"label=approval-gate.nonce={outputs['nonce']}"
    ]
    assert machine.calls("kill")[0]["words"] == ["kill", "0123abc"]
    sweep = machine.calls("run")[1]
    assert sweep["words"][-1] == "sweep"
    assert sweep["environment"]["APPROVAL_GATE_NONCE"] == outputs["nonce"]
    assert sweep["environment"]["APPROVAL_GATE_STATUS"] == "error"
    assert code == 137
