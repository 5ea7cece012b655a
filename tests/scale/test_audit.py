"""An audit of a busy quarter takes few requests, and its page is small."""

import json
from pathlib import Path

from tests.scale.quarter import DAYS, fill
from tests.whole.audits import run_audit
from tests.whole.stage import Stage

COUNT = 2_000
MOST_REQUESTS = 65
LARGEST_PAGE = 500_000


def test_two_thousand_requests_and_deployments_take_65_requests_and_500_kb(stage: Stage) -> None:
    fill(stage, COUNT)
    page, rows = Path(stage.folder / "audit.html"), Path(stage.folder / "audit.json")
    done = run_audit(stage, "--days", str(DAYS), "--output", str(page), "--fail-on-findings")
    assert (done.exit_code, done.out) == (0, ""), done.err
    assert len(done.requests) <= MOST_REQUESTS
    assert page.stat().st_size <= LARGEST_PAGE
    run_audit(stage, "--days", str(DAYS), "--output", str(rows))
    found = json.loads(rows.read_text(encoding="utf-8"))
    assert {(it["outcome"], it["record"], it["result"]) for it in found["requests"]} == {
        ("approved", "ok", "deployed")
    }
    assert (len(found["requests"]), len(found["deployments"])) == (COUNT, COUNT)
    assert all(it["approved_by"] for it in found["deployments"])
