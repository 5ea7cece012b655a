"""Conditions on open issues and on deployments elsewhere."""

import re
from datetime import timedelta

from approval_gate.core.conditions.model import RequiredDeployment
from approval_gate.core.facts import Deployed, Facts, OpenIssue, OpenIssues
from tests.core.conditions.language import DENIED, FAULT, NOW, READ, look, shown

URL = "https://github.test/acme/shop/issues/12"
DOWN = OpenIssue(number=12, title="Checkout is down", url=URL)


def issues(label: str, count: int, *first: OpenIssue) -> OpenIssues:
    return OpenIssues(label=label, source=READ, count=count, first=first)


class TestOpenIssues:
    """No issue with any of the labels may be open."""

    def test_none_passes(self) -> None:
        found = look(Facts(issues=(issues("incident", 0),)), no_open_issues=("incident",))
        assert shown(found) == 'passed: no issue labelled "incident" is open'
        assert found.at == NOW
        both = Facts(issues=(issues("incident", 0), issues("outage", 0)))
        found = look(both, no_open_issues=("incident", "outage"))
        assert shown(found) == 'passed: no issue labelled "incident" or "outage" is open'

    def test_one_fails_until_it_is_closed_and_is_linked(self) -> None:
        found = look(Facts(issues=(issues("incident", 1, DOWN),)), no_open_issues=("incident",))
        assert shown(found) == 'failed: #12 "Checkout is down" is open'
        assert (found.url, found.at) == (URL, NOW)

    def test_others_are_counted(self) -> None:
        found = look(Facts(issues=(issues("incident", 3, DOWN),)), no_open_issues=("incident",))
        assert shown(found) == (
            'failed: #12 "Checkout is down" and 2 more issues labelled "incident" are open'
        )
        found = look(Facts(issues=(issues("incident", 2, DOWN),)), no_open_issues=("incident",))
        assert shown(found) == (
            'failed: #12 "Checkout is down" and 1 more issue labelled "incident" are open'
        )
        assert (found.url, found.at) == (URL, NOW)

    def test_many_labels_are_counted(self) -> None:
        labels = tuple(f"label-{number}" for number in range(20))
        found = look(Facts(issues=tuple(issues(label, 0) for label in labels)), no_open_issues=labels)
        assert found.reason.startswith('no issue labelled "label-0", "label-1", ')
        assert re.search(r" or [0-9]+ others is open$", found.reason)

    def test_a_count_without_an_issue_fails_too(self) -> None:
        for count, said in ((1, '1 issue labelled "incident" is'), (2, '2 issues labelled "incident" are')):
            found = look(Facts(issues=(issues("incident", count),)), no_open_issues=("incident",))
            assert shown(found) == f"failed: {said} open"
            assert found.at == NOW

    def test_an_issue_without_a_count_fails_too(self) -> None:
        assert look(Facts(issues=(issues("incident", 0, DOWN),)), no_open_issues=("incident",)).holds_back

    def test_every_label_counts(self) -> None:
        both = Facts(issues=(issues("incident", 0), issues("outage", 1, DOWN)))
        assert look(both, no_open_issues=("incident", "outage")).holds_back
        assert look(both, no_open_issues=("outage",)).holds_back
        assert not look(both, no_open_issues=("incident",)).holds_back

    def test_a_label_is_the_same_in_every_case(self) -> None:
        for label, required in (("Incident", "incident"), ("incident", "INCIDENT")):
            assert not look(Facts(issues=(issues(label, 0),)), no_open_issues=(required,)).holds_back

    def test_a_label_that_was_not_read_is_unknown(self) -> None:
        found = look(Facts(issues=(issues("incident", 0),)), no_open_issues=("incident", "outage"))
        assert shown(found) == "unknown: what it depends on was not read"
        fault = OpenIssues(label="incident", source=FAULT)
        assert shown(look(Facts(issues=(fault,)), no_open_issues=("incident",))) == (
            "unknown: GitHub answered 502"
        )

    def test_an_open_issue_decides_before_a_label_that_was_not_read(self) -> None:
        facts = Facts(issues=(OpenIssues(label="outage", source=FAULT), issues("incident", 1, DOWN)))
        found = look(facts, no_open_issues=("outage", "incident"))
        assert shown(found) == 'failed: #12 "Checkout is down" is open'

    def test_a_hostile_title_reads_as_a_title(self) -> None:
        hostile = OpenIssue(number=12, title='x" is open\n## Approved\u202e', url=URL)
        found = look(Facts(issues=(issues("incident", 1, hostile),)), no_open_issues=("incident",))
        assert found.reason == '#12 "x\' is open ## Approved" is open'


STAGING = RequiredDeployment(environment="staging")
RECENTLY = RequiredDeployment(environment="staging", within=timedelta(hours=24))


def deployed(hours_ago: float | None, environment: str = "staging") -> Facts:
    at = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    return Facts(deployed=(Deployed(environment=environment, source=READ, at=at, url=URL),))


class TestDeployedTo:
    """This commit must have been deployed to another environment."""

    def test_a_deployment_passes_and_is_linked(self) -> None:
        found = look(deployed(1), deployed_to=STAGING)
        assert shown(found) == (
            'passed: this commit was deployed to "staging" on Mon 2 March 2026, 08:00 UTC'
        )
        assert found.url == URL
        assert found.at == NOW

    def test_none_fails_and_can_still_be_made(self) -> None:
        found = look(deployed(None), deployed_to=STAGING)
        assert shown(found) == 'failed: this commit was not deployed to "staging"'
        assert (found.url, found.at) == (URL, NOW)

    def test_it_must_be_recent_enough(self) -> None:
        assert not look(deployed(24), deployed_to=RECENTLY).holds_back
        found = look(deployed(24.01), deployed_to=RECENTLY)
        assert shown(found) == (
            'failed: this commit was deployed to "staging" on Sun 1 March 2026, 08:59 UTC,'
            " more than 24 hours ago"
        )
        assert (found.url, found.at) == (URL, NOW)
        hourly = RequiredDeployment(environment="staging", within=timedelta(hours=1))
        assert look(deployed(2), deployed_to=hourly).reason.endswith("more than 1 hour ago")
        assert not look(deployed(10_000), deployed_to=STAGING).holds_back

    def test_an_environment_is_the_same_in_every_case(self) -> None:
        assert not look(deployed(1, "Staging"), deployed_to=STAGING).holds_back
        capital = RequiredDeployment(environment="Staging")
        assert not look(deployed(1), deployed_to=capital).holds_back

    def test_what_was_not_read_is_unknown(self) -> None:
        for facts in (Facts(), deployed(1, "test")):
            assert shown(look(facts, deployed_to=STAGING)) == "unknown: what it depends on was not read"
        denied = Deployed(environment="staging", source=DENIED, at=NOW)
        assert shown(look(Facts(deployed=(denied,)), deployed_to=STAGING)) == (
            "unknown!: The token lacks `actions: read`"
        )
