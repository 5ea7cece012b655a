"""What a request says about itself: the process's template, and YAML."""

import pytest

from approval_gate.core.policy.details import LONGEST, fill, missing
from approval_gate.core.policy.model import Detail

TEMPLATE = """\
🚨 EMERGENCY DEPLOYMENT

**Incident**: #INC-12345
**Severity**: P0 - Production Outage
**Root Cause**: Database connection pool exhaustion
**Impact**: 100% of users unable to checkout
**Downtime**: 15 minutes so far

**Fix**: Increase connection pool size and add circuit breaker

**Rollback Plan**: Revert to previous version (v1.2.2)
**Estimated Fix Time**: 5 minutes
**Post-Mortem**: Scheduled for tomorrow 10am

**Approver**: @platform-lead-name
"""
INCIDENT = Detail(name="incident", headings=("Incident", "Ticket"), required=True)
CAUSE = Detail(name="root-cause", headings=("Root Cause",), required=True)
WHY = Detail(name="justification", headings=("Justification", "Impact"), required=True)
MORTEM = Detail(name="post-mortem", headings=("Post-Mortem",), required=True)
FIX = Detail(name="fix", headings=("Fix",), required=False)


def said(*details: Detail, text: str) -> dict[str, str | None]:
    return {filled.heading: filled.value for filled in fill(details, text)}


def test_the_processs_template_is_read_unchanged() -> None:
    assert said(INCIDENT, CAUSE, WHY, MORTEM, FIX, text=TEMPLATE) == {
        "Incident": "#INC-12345",
        "Root Cause": "Database connection pool exhaustion",
        "Impact": "100% of users unable to checkout",
        "Post-Mortem": "Scheduled for tomorrow 10am",
        "Fix": "Increase connection pool size and add circuit breaker",
        "Severity": "P0 - Production Outage",
        "Downtime": "15 minutes so far",
        "Rollback Plan": "Revert to previous version (v1.2.2)",
        "Estimated Fix Time": "5 minutes",
        "Approver": "@platform-lead-name",
    }
    assert missing(fill([INCIDENT, CAUSE, WHY, MORTEM], TEMPLATE)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("**Incident**: INC-1", "INC-1"),
        ("**Incident:** INC-1", "INC-1"),
        ("**incident** : INC-1", "INC-1"),
        ("- **Incident**: INC-1", "INC-1"),
        ("  * **INCIDENT**:   INC-1  ", "INC-1"),
        ("**Ticket**: INC-1", "INC-1"),
        ("**Ticket**: -\n**Incident**: INC-1", "INC-1"),
        ("**Incident**:\nINC-1\nand INC-2", "INC-1\nand INC-2"),
        ("**Incident**: INC-1\r\n\r\n**Fix**: x", "INC-1"),
        ("**Incident**: see **this**: there", "see **this**: there"),
        ("incident: INC-1", "INC-1"),
        ("Incident: '#INC-1'", "#INC-1"),
        ("INCIDENT: 12", "12"),
        ("incident: 007", "007"),
        ("incident: 1.10", "1.10"),
        ("incident: 12e4567", "12e4567"),
        ("incident: 10:30", "10:30"),
        ("incident: yes", "yes"),
        ("incident: true", "true"),
        ("incident: ~", None),
        ("incident: |\n  INC-1\n  INC-2\n", "INC-1\nINC-2"),
        ("**Incident**: N/A", "N/A"),
        ("", None),
        ("  \n", None),
        ("**Incident**:", None),
        ("**Incident**: -", None),
        ("**Incident**: …", None),
        ("incident:", None),
        ("incident: ''", None),
        ("**Incidents**: INC-1", None),
    ],
)
def test_a_detail_is_found_under_its_headings(text: str, value: str | None) -> None:
    filled = fill([INCIDENT], text)[0]
    assert (filled.value, filled.required) == (value, True)
    assert filled.heading == ("Ticket" if text == "**Ticket**: INC-1" else "Incident")


@pytest.mark.parametrize("name", ["root-cause", "Root Cause", "ROOT_CAUSE", "root  cause"])
def test_blanks_hyphens_and_case_do_not_distinguish_headings(name: str) -> None:
    assert said(CAUSE, text=f"{name}: the pool")["Root Cause"] == "the pool"


def test_a_missing_required_detail_is_named_by_its_first_heading() -> None:
    assert missing(fill([INCIDENT, CAUSE, WHY, FIX], "**Root Cause**: x")) == ["Incident", "Justification"]


def test_details_that_the_policy_does_not_name_follow_the_others() -> None:
    assert said(INCIDENT, text="Owner: ann\nincident: INC-1\nEmpty: ''") == {
        "Incident": "INC-1",
        "Owner": "ann",
    }


@pytest.mark.parametrize(
    "text", ["just text", "- a\n- b", "incident: [1]", "incident: {a: 1}", "a: b: c", "a: &x 1", "a: \x00"]
)
def test_a_text_without_headings_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither lines such as"):
        fill([INCIDENT], text)


def test_a_text_that_is_too_long_is_refused() -> None:
    assert fill([INCIDENT], f"**Incident**: {'x' * (LONGEST - 14)}")[0].value
    with pytest.raises(ValueError, match="20001 characters; 20000 are allowed"):
        fill([INCIDENT], "x" * (LONGEST + 1))


def test_an_empty_value_in_yaml_is_not_given() -> None:
    assert said(INCIDENT, FIX, text="Incident: 1.10\nFix:\n") == {"Incident": "1.10", "Fix": None}


def test_a_heading_that_yaml_gives_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="Incident"):
        fill([INCIDENT], "Incident: INC-1\nIncident: INC-2\n")


def test_only_the_policys_own_details_are_required() -> None:
    values = fill([INCIDENT], "Incident: INC-1\nSeverity: P0\n")
    assert [(value.heading, value.required) for value in values] == [("Incident", True), ("Severity", False)]


def test_a_field_that_is_there_twice_in_yaml_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"the key `Incident` is there twice, first on line 1\. Remove one\."
    ):
        fill((INCIDENT,), "Incident: 1\nIncident: 2\n")
