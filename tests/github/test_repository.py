"""Settings, files, tags and runs of a repository."""

import base64
import json

import pytest

from approval_gate.errors import NotFoundError, OutageError, PermissionDeniedError
from approval_gate.github.repository import commit_of_tag, read_file, read_repository, triggering_actors
from tests.github.scene import SHOP, Scene, error

COMMIT, OTHER = "a1" * 20, "b2" * 20
TAGS = f"/repos/{SHOP}/git/ref/tags"

# Settings and files ------------------------------------------------------------------


def test_settings_are_read(scene: Scene) -> None:
    assert read_repository(scene.client(), SHOP) == scene.shop()


def test_a_users_public_repository_is_recognised(scene: Scene) -> None:
    scene.world.repo("zoe/toy", private=False, has_issues=False, default_branch="trunk")
    toy = read_repository(scene.client(), "zoe/toy")
    assert (toy.owner_is_organization, toy.private, toy.has_issues) == (False, False, False)
    assert toy.default_branch == "trunk"


def test_an_invisible_repository_is_not_found(scene: Scene) -> None:
    scene.world.repo("acme/secret")
    error(NotFoundError, lambda: read_repository(scene.client(), "acme/secret"))


@pytest.mark.parametrize("body", ["[]", "null", "{}"])
def test_a_repository_of_another_shape_is_an_outage(scene: Scene, body: str) -> None:
    scene.fault(f"/repos/{SHOP}", status=200, body=body)
    error(OutageError, lambda: read_repository(scene.client(), SHOP))


def test_a_file_is_read_from_the_default_branch(scene: Scene) -> None:
    scene.world.repos[SHOP].files["docs/x.md"] = "größer\n"
    assert read_file(scene.client(), SHOP, "docs/x.md") == "größer\n"


def test_a_file_of_the_default_branch_is_read_without_a_ref_name(scene: Scene) -> None:
    read_file(scene.client(), SHOP, "docs/x.md")
    assert "ref" not in scene.world.requests[-1].query


def test_a_missing_file_is_read_as_none(scene: Scene) -> None:
    assert read_file(scene.client(), SHOP, "docs/x.md") is None


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "null",
        "[1]",
        "{}",
        '{"content": "YQ=="}',
        '{"type": "file", "encoding": "base64", "content": null}',
        '{"type": "file", "encoding": "base64", "content": "a"}',
    ],
)
def test_a_file_of_another_shape_is_an_outage(scene: Scene, body: str) -> None:
    scene.fault(f"/repos/{SHOP}/contents", status=200, body=body)
    met = error(OutageError, lambda: read_file(scene.client(), SHOP, "x"))
    assert "the file x" in met.problem


NO_TEXT_FILES: dict[str, object] = {
    "bytes that are not text": {
        "type": "file",
        "encoding": "base64",
        "content": base64.b64encode(b"\xff\xfe").decode(),
    },
    "a file too large for the API": {"type": "file", "encoding": "none", "content": ""},
    "a submodule": {"type": "submodule"},
}


@pytest.mark.parametrize("content", NO_TEXT_FILES.values(), ids=NO_TEXT_FILES)
def test_a_file_that_is_not_text_is_read_as_none(scene: Scene, content: object) -> None:
    scene.fault(f"/repos/{SHOP}/contents", status=200, body=json.dumps(content))
    assert read_file(scene.client(), SHOP, "x") is None


@pytest.mark.parametrize("path", ["docs", "docs/", "docs/more", ""])
def test_a_folder_is_not_a_text_file(scene: Scene, path: str) -> None:
    scene.world.repos[SHOP].files.update({"docs/x.md": "x", "docs/more/y.md": "y"})
    assert read_file(scene.client(), SHOP, path) is None


@pytest.mark.parametrize("path", ["a b.md", "what?.md", "c#.md", "100%.md", "größe.md"])
def test_a_file_of_any_name_is_found(scene: Scene, path: str) -> None:
    scene.world.repos[SHOP].files[path] = "text"
    assert read_file(scene.client(), SHOP, path) == "text"


# Tags --------------------------------------------------------------------------------


@pytest.mark.parametrize("annotated", [False, True])
def test_a_tag_names_a_commit(scene: Scene, *, annotated: bool) -> None:
    scene.world.tag(SHOP, "v1", COMMIT, annotated=annotated)
    assert commit_of_tag(scene.client(), SHOP, "v1") == COMMIT


@pytest.mark.parametrize("annotated", [False, True])
def test_a_moved_tag_names_another_commit(scene: Scene, *, annotated: bool) -> None:
    scene.world.tag(SHOP, "v1", COMMIT)
    scene.world.tag(SHOP, "v1", OTHER, annotated=annotated)
    assert commit_of_tag(scene.client(), SHOP, "v1") == OTHER


def test_a_tag_with_a_slash_in_its_name_is_found(scene: Scene) -> None:
    scene.world.tag(SHOP, "release/v1", COMMIT)
    assert commit_of_tag(scene.client(), SHOP, "release/v1") == COMMIT


@pytest.mark.parametrize("tag", ["web@1.2.3", "v1#2", "v1%2F2", "größer", "v1+2", "a&b=c"])
def test_any_name_that_git_accepts_is_found(scene: Scene, tag: str) -> None:
    scene.world.tag(SHOP, tag, COMMIT)
    assert commit_of_tag(scene.client(), SHOP, tag) == COMMIT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "a/../b",
        "../heads/main",
        "a/.b",
        "v 1",
        "v1?x=1",
        "a\\b",
        "v\n1",
    ],
)
def test_an_impossible_tag_name_is_not_requested(scene: Scene, text: str) -> None:
    assert commit_of_tag(scene.client(), SHOP, text) is None
    assert scene.world.requests == []


@pytest.mark.parametrize("text", ["x" * 256, "\udcff"])
def test_any_text_can_be_looked_up(scene: Scene, text: str) -> None:
    assert commit_of_tag(scene.client(), SHOP, text) is None


def test_a_deleted_tag_names_no_commit(scene: Scene) -> None:
    scene.world.tag(SHOP, "v1", COMMIT)
    scene.world.tag(SHOP, "v1", None)
    assert commit_of_tag(scene.client(), SHOP, "v1") is None


def test_an_endless_chain_of_tags_names_no_commit(scene: Scene) -> None:
    body = json.dumps({"object": {"type": "tag", "sha": "7" * 40}})
    scene.fault(f"/repos/{SHOP}/git/", status=200, body=body, times=None)
    assert commit_of_tag(scene.client(), SHOP, "v1") == "7" * 40
    assert len(scene.world.requests) < 10


@pytest.mark.parametrize("body", ["[]", "null", '{"object": null}', '{"object": {"type": "commit"}}'])
def test_a_tag_of_another_shape_is_an_outage(scene: Scene, body: str) -> None:
    scene.fault(TAGS, status=200, body=body)
    error(OutageError, lambda: commit_of_tag(scene.client(), SHOP, "v1"))


def test_an_unreadable_tag_is_not_reported_as_gone(scene: Scene) -> None:
    scene.fault(TAGS, status=403)
    error(PermissionDeniedError, lambda: commit_of_tag(scene.client(), SHOP, "v1"))


# Runs --------------------------------------------------------------------------------


def test_everyone_who_started_an_attempt_is_reported(scene: Scene) -> None:
    scene.world.run(SHOP, 77, ["ann", "bob", "cy"])
    people = triggering_actors(scene.client(), SHOP, 77, 2)
    assert people == [scene.person("ann"), scene.person("bob")]


def test_one_unreadable_attempt_leaves_all_initiators_unknown(scene: Scene) -> None:
    scene.world.run(SHOP, 77, ["ann"])
    assert triggering_actors(scene.client(), SHOP, 77, 2) is None


def test_runs_that_cannot_be_read_are_unknown(scene: Scene) -> None:
    scene.world.run(SHOP, 77, ["ann"])
    scene.fault(f"/repos/{SHOP}/actions", status=403, times=2)
    assert triggering_actors(scene.client(), SHOP, 77, 1) is None


@pytest.mark.parametrize("status", [403, 404])
def test_a_passing_refusal_leaves_no_initiator_unknown(scene: Scene, status: int) -> None:
    scene.world.run(SHOP, 77, ["ann"])
    scene.fault(f"/repos/{SHOP}/actions", status=status)
    assert triggering_actors(scene.client(), SHOP, 77, 1) == [scene.person("ann")]


def test_a_run_that_nobody_started_has_no_initiator(scene: Scene) -> None:
    scene.fault(f"/repos/{SHOP}/actions", status=200, body='{"triggering_actor": null}')
    assert triggering_actors(scene.client(), SHOP, 77, 1) == []


@pytest.mark.parametrize("body", ["[]", "null", "{}", '{"triggering_actor": {}}', '{"triggering_actor": 7}'])
def test_a_run_of_another_shape_is_an_outage(scene: Scene, body: str) -> None:
    scene.fault(f"/repos/{SHOP}/actions", status=200, body=body)
    error(OutageError, lambda: triggering_actors(scene.client(), SHOP, 77, 1))
