"""Every text of the hostile corpus as the reason of a denial; `make test` has one in ten."""

from pathlib import Path

from tests.text.test_hostile_threads import CORPUS, reasons_stand_as_code


def test_each_reason_is_in_the_closing_comment_as_code(tmp_path: Path) -> None:
    reasons_stand_as_code([*CORPUS.values()], tmp_path)
