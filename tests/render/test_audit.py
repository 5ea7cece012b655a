"""An audit as a table, as CSV, as JSON and as a page, and what hostile text does to them: nothing."""

import csv
import html
import json
import re
from dataclasses import replace
from io import StringIO

import pytest

from approval_gate.core.audit.model import Kind, RecordState
from approval_gate.render.audit_page import MOST_LISTED, address, as_page, detail, typed
from approval_gate.render.audit_rows import COLUMNS, as_csv, as_json, cell
from approval_gate.render.audit_text import as_table, summary
from tests.core.audits import INFRA, SHOP, asked, deployed, judged, quarter

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201")


# CSV -------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("before", ["", " ", "\t", "\r\n", "\u200b", "\u202e", " \t\u2066 "])
def test_no_cell_begins_as_a_formula(formula: str, before: str) -> None:
    assert cell(f"{before}{formula}") == f"'{formula}"


@pytest.mark.parametrize("separator", [",", ";", "|", '"', "'"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_can_begin_another_cell_with_a_formula(separator: str, formula: str) -> None:
    assert cell(f"a{separator} {formula}") == f"a{separator} '{formula}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (12, "12"),
        ("v1.2-rc=1", "v1.2-rc=1"),
        ("https://a.example/?b=1", "https://a.example/?b=1"),
        ("two\r\nlines", "two lines"),
        ("\u202eevil\u202c", "evil"),
        ("\x00\x1b[1m", "[1m"),
    ],
)
def test_other_cells_keep_their_words(value: object, text: str) -> None:
    assert cell(value) == text


def test_the_csv_is_of_rfc_4180_and_has_requests_and_unapproved_deployments() -> None:
    request = asked(
        version='a "quoted", one', details=(("Ticket", "CHG-1"), ("Note", "x")), self_approved=True
    )
    text = as_csv(judged([request], [deployed(commit="f00d" * 10)]))
    assert all(line.startswith('"') and line.endswith('"') for line in text.split("\r\n")[:-1])
    assert text.endswith("\r\n")
    first, second = csv.DictReader(StringIO(text, newline=""))
    assert [*first] == [*COLUMNS]
    assert first["version"] == 'a "quoted", one'
    assert first["details"] == "Ticket: CHG-1; Note: x"
    assert first["approvers"] == "cid (devops-team), lea (platform-leads)"
    assert first["look_at"].startswith("Someone who started the run")
    assert (second["kind"], second["reference"], second["outcome"]) == ("deployment", "deployment 4711", "")
    assert "no request for this commit is on record" in second["look_at"]


@pytest.mark.parametrize("hostile", ["=1+1", "<script>alert(1)</script>", "\u202egnp.exe", "\ud800"])
def test_hostile_text_in_every_field_leaves_the_csv_harmless(hostile: str) -> None:
    text = as_csv(quarter(60, hostile=hostile))
    rows = [*csv.reader(StringIO(text.encode("utf-8", "replace").decode(), newline=""))]
    assert {len(row) for row in rows} == {len(COLUMNS)}
    cells = [text for row in rows for text in row]
    assert not [it for it in cells if re.match(r"\s*[=+\-@]", it)]
    assert not [it for it in cells if re.search("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]", it)]


# JSON ------------------------------------------------------------------------------------


def test_the_json_has_everything_as_it_is() -> None:
    of = quarter(60, hostile="=\u202e\ud800")
    found = json.loads(as_json(of))
    assert (found["schema"], found["days"]) == ("approval-gate/audit/v1", 90)
    assert found["requests"][0]["version"] == "=\u202e\ud800"
    assert len(found["requests"]) == 60
    assert [it["kind"] for it in found["findings"]] == [it.kind.value for it in of.findings]
    assert found["out_of_reach"] == [*of.out_of_reach]


# Table -----------------------------------------------------------------------------------


def test_the_table_is_aligned_and_has_all_columns() -> None:
    lines = as_table(judged([asked(), asked(50, version="日本", result="rolled-back")])).splitlines()
    assert lines[0].split("  ")[0] == "ISSUE"
    assert lines[1].index("production") == lines[0].index("ENVIRONMENT")
    assert lines[2].index("production") == lines[0].index("ENVIRONMENT") - 2  # two letters are twice as wide
    assert "rolled-back" in lines[2]
    assert lines[3:5] == ["", "acme/shop, 2025-12-31 to 2026-03-31, 90 days"]


def test_without_a_request_there_is_no_table() -> None:
    assert as_table(judged([])).startswith("acme/shop, 2025-12-31")
    assert "No findings.\n" in as_table(judged([]))


def test_a_repositorys_name_that_only_a_record_says_keeps_to_its_line() -> None:
    hostile = replace(asked(), repository=replace(SHOP, name="acme/x\n::error::\x1b[31m\u202e"))
    text = summary(judged([replace(hostile, logs_kept_days=1)]))
    assert "- logs-not-kept: acme/x ::error:: [31m: The logs of 1 run" in text


def test_the_summary_counts_and_lists_what_needs_a_look() -> None:
    many = [asked(number, record=RecordState.TOUCHED, problem="It was edited.") for number in range(25)]
    text = summary(judged([*many, asked(30)], [deployed()], organization="acme"))
    assert "acme (1 repository read)" in text
    assert "26 requests: 26 approved\n" in text
    assert "1 successful deployment on record, none without an approval\n" in text
    assert "25 findings:\n- touched-record: acme/shop#0: It was edited.\n" in text
    assert "- touched-record: and 5 more\n" in text


# Page ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "http://a.example",
        "https://",
        "https://a.example/ b",
        'https://a.example/"onclick="x',
        "https://[",
        "https://a.example/\u202e",
        "https://a.example/" + "x" * 2_000,
        "CHG-991",
        "",
    ],
)
def test_only_an_https_address_is_a_link(text: str) -> None:
    assert "<a" not in detail(text)


def test_a_detail_that_is_an_address_is_a_link_that_shows_its_host() -> None:
    ticket = "https://t.example/browse/CHG-1"
    assert detail(ticket) == f'<a href="{ticket}">t.example/browse/CHG-1</a>'
    query = "https://t.example/?id=1&x=2"
    assert detail(query) == '<a href="https://t.example/?id=1&amp;x=2">t.example/…</a>'


def test_githubs_own_addresses_can_have_http_and_no_other_scheme() -> None:
    assert address("http://github.acme.example/acme/shop/issues/1")
    assert address("javascript:alert(1)") == ""


def test_text_is_escaped_and_isolated_if_it_is_written_from_right_to_left() -> None:
    assert typed("<b>&") == "&lt;b&gt;&amp;"
    assert typed("שלום") == "<bdi>שלום</bdi>"
    assert typed("x" * 200) == "x" * 99 + "…"


@pytest.mark.parametrize("hostile", ["<script>", "=1+1", "\u202eevil", "{{ 7*7 }}", "'\"><img src=x>"])
def test_hostile_text_in_every_field_leaves_the_page_as_it_is(hostile: str) -> None:
    def tags(text: str) -> list[str]:
        return re.findall(
            r"<(?:!|/)?[a-z]+[^<>]*>", re.sub(r"<bdi>|</bdi>|<style>.*?</style>", "", text, flags=re.DOTALL)
        )

    plain, changed = as_page(quarter(60, hostile="x")), as_page(quarter(60, hostile=hostile))
    assert tags(changed) == tags(plain)
    assert "\u202e" not in changed


def test_requests_of_several_repositories_are_named_in_full() -> None:
    url = "https://github.com/acme/infra/issues/7"
    there = asked(7, issue_repository=INFRA, repository=INFRA, reference="acme/infra#7", url=url)
    page = as_page(judged([asked(), there], repositories=(SHOP, INFRA)))
    assert '<a href="https://github.com/acme/infra/issues/7">acme/infra#7</a>' in page
    assert "Deployment approvals of acme/shop and acme/infra" in page
    assert "base-uri 'none'" in html.unescape(page)


def test_an_environment_is_named_where_there_are_several() -> None:
    requests = [asked(1), asked(2, environment="staging")]
    assert "staging" in as_page(judged(requests, environments=()))
    assert "> production" not in as_page(judged([asked()]))


def test_what_is_too_long_for_the_page_is_counted() -> None:
    many = [asked(number, record=RecordState.TOUCHED) for number in range(MOST_LISTED + 3)]
    assert "3 more, which the formats" in as_page(judged(many))


def test_a_page_without_requests_says_so() -> None:
    page = as_page(judged([]))
    assert "No findings, and no requests." in page
    assert "<p>There are none.</p>" in page
    assert "No findings.</b> Every record" in as_page(judged([asked()], [deployed()]))


def test_every_kind_of_finding_has_a_title() -> None:
    page = as_page(quarter())
    shown = set(re.findall(r"<summary>([A-Z][^<]+) <span>\d+</span>", page))
    assert len(shown) == len(Kind) - 2
