"""Which way an ending's text leads to the troubleshooting page."""

import pytest

from approval_gate.render import messages
from approval_gate.render.messages import guide


def test_a_release_links_to_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "PAGE", "https://github.com/acme/gate/blob/v1.0.0/docs/troubleshooting.md")
    page = "https://github.com/acme/gate/blob/v1.0.0/docs/troubleshooting.md"
    assert guide("outage") == f"[What this means, and what to do]({page}#outage)."


def test_a_checkout_names_its_page() -> None:
    assert guide("outage") == "See docs/troubleshooting.md#outage."


def test_without_an_entry_nothing_is_said() -> None:
    assert guide("") == ""
