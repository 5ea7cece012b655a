"""One GitHub for all tests, reset for each."""

from collections.abc import Iterator

import pytest

from approval_gate.emulator.server import Server, serve
from approval_gate.emulator.world import World
from tests.github.scene import Machine, Reading, Scene, furnish, reading


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serve(World()) as it:
        yield it


@pytest.fixture
def scene(server: Server) -> Iterator[Scene]:
    machine = Machine()
    furnish(server.world, machine)
    scene = Scene(server.world, machine, server.url)
    yield scene
    scene.disconnect()
    assert not server.world.unknown


@pytest.fixture
def issue(scene: Scene) -> Reading:
    return reading(scene)
