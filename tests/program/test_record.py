"""``record schema``, as a user calls it."""

from pathlib import Path

from click.testing import CliRunner

from approval_gate.cli import main

FILE = Path(__file__).parents[2] / "approval_gate" / "record.schema.json"


def test_the_schema_is_printed_as_it_is_committed() -> None:
    done = CliRunner().invoke(main, ["record", "schema"])
    assert done.exit_code == 0
    assert done.stdout == FILE.read_text(encoding="utf-8")
