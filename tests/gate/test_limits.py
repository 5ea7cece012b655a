"""Each read and write has its own limit for how long it is retried."""

from functools import partial

import pytest

from approval_gate.core.timing import COURTESY, DECISIVE, LAST_READ, WEIGHTY
from approval_gate.errors import OutageError
from tests.gate.stage import APPROVED, Stage, end


def limits(stage: Stage, what: str) -> list[float | None]:
    return [done.retried_for for done in stage.journal if done.what == what]


def test_a_decisive_read_has_its_own_limit_however_long_messages_took() -> None:
    stage = Stage().plays("1 ann: approve", "1 bob: approve")
    stage.host.meanwhile["barrier"] = [partial(stage.machine.sleep, COURTESY)]
    assert end(stage.run()) == APPROVED
    assert limits(stage, "recheck") == [DECISIVE]


def test_the_limit_of_the_confirmation_is_the_end_of_the_last_read() -> None:
    stage = Stage().plays("59.5 ann: approve", "59.5 bob: approve")
    stage.fails("read", OutageError("GitHub is down."), since=59.4, until=60 + 13.5 / 60)
    assert end(stage.run()) == APPROVED
    (read,) = [done for done in stage.journal if done.what == "recheck"]
    assert read.at > 3613
    assert read.retried_for == pytest.approx(LAST_READ - (read.at - 3600))


def test_the_closing_and_its_comment_share_a_limit() -> None:
    stage = Stage().plays("1 ann: approve", "1 bob: approve")
    stage.host.meanwhile["close"] = [partial(stage.machine.sleep, 12)]
    stage.run()
    closing = [done.retried_for for done in stage.journal if done.given[:1] == ("closing",)]
    assert (limits(stage, "close"), closing) == ([WEIGHTY], [WEIGHTY - 12])
