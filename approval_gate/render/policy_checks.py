"""The checks of a policy, each in a sentence for a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from approval_gate.core.conditions.model import (
    Calendar,
    Condition,
    DateRange,
    RequiredJob,
    TimeRange,
    Weekday,
)
from approval_gate.core.policy.findings import printable
from approval_gate.core.policy.model import DeploymentType, Policy, waived
from approval_gate.core.tasks import item_name
from approval_gate.core.wording import join

_DAY = 24 * 60
_WEEK = tuple(Weekday)


def explained(policy: Policy) -> Iterator[str]:
    """Say what each check requires, whether approval waits for it, and how many items people tick."""
    items = [item for group in policy.checklist or () for item in group.items]
    conditions = [item.condition for item in items if item.condition is not None]
    if not conditions:
        return
    details = (detail for each in policy.deployments for detail in each.details)
    headings = {detail.name: detail.headings[0] for detail in details}
    yield "Checks that verify themselves:"
    for condition in conditions:
        yield f"  {printable(item_name(condition.item))}: {_sentence(condition, headings)}"
    boxes = len(items) - len(conditions)
    if boxes:
        yield f"People tick the other {'item' if boxes == 1 else f'{boxes} items'} of the checklist."


def waives(policy: Policy, deployment_type: DeploymentType) -> str:
    """Say what a type leaves out of the checklist; empty if nothing."""
    names = [printable(item_name(item.text)) for item in waived(policy, deployment_type)]
    return f"It waives {join(names, 'and')}." if names else ""


def _sentence(condition: Condition, headings: Mapping[str, str]) -> str:
    """Say what must be so before approval or, of a check that holds nothing, what should be."""
    said = "; ".join(_parts(condition, "must" if condition.required else "should", headings))
    return printable(f"before approval, {said}." if condition.required else f"{said}; this is only shown.")


def _parts(condition: Condition, must: str, headings: Mapping[str, str]) -> Iterator[str]:
    if condition.jobs:
        yield _jobs(condition.jobs, must)
    if condition.reviews:
        yield (
            f"every pull request of the change {must} have been approved on its last commit, "
            "by somebody who can write and wrote none of it"
        )
    if condition.no_open_issues:
        yield f"every issue labelled {join(condition.no_open_issues, 'or')} {must} be closed"
    if condition.deployed_to is not None:
        within = condition.deployed_to.within
        hours = "" if within is None else f"{within.total_seconds() / 3600:g} hours".removeprefix("1 ")
        last = hours and f" in the last {'hour' if hours == 'hours' else hours}"
        yield f"this commit {must} have been deployed to {condition.deployed_to.environment}{last}"
    if condition.details is not None:
        form = "" if condition.details.pattern is None else f" in the form {condition.details.pattern}"
        name = condition.details.name
        yield f"the request {must} state {headings.get(name, name)}{form}"
    if condition.changed:
        yield f"the change {must} touch {join(condition.changed, 'or')}"
    if condition.hours is not None:
        yield _calendar(condition.hours, must)


def _jobs(jobs: Sequence[RequiredJob], must: str) -> str:
    steps = [step for job in jobs for step in job.steps]
    ran = f", with the step{'' if len(steps) == 1 else 's'} {join(steps, 'and')}" if steps else ""
    return f"{join((job.name for job in jobs), 'and')} {must} have succeeded{ran}"


def _calendar(calendar: Calendar, must: str) -> str:
    """Say when a deployment is allowed: ``the time must be between 09:00 and 17:00 on Monday to Friday``."""
    days, hours = _days(calendar.days), join(map(_times, calendar.between), "or")
    frozen = join(map(_dates, calendar.frozen), "or")
    if hours:
        when = f"the time {must} be between {hours}{days and f' on {days}'}"
    else:
        when = f"the day {must} {f'be {days}' if days else f'not be {frozen}'}"
    without = f", and not on {frozen}" if frozen and (hours or days) else ""
    return f"{when}{without} ({calendar.zone})"


def _days(days: Sequence[Weekday]) -> str:
    """Name days, of more than two in a row the first and the last."""
    runs: list[list[Weekday]] = []
    for day in days:
        if runs and _WEEK.index(day) == _WEEK.index(runs[-1][-1]) + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    shown = [
        name
        for run in runs
        for name in ([f"{run[0].title()} to {run[-1].title()}"] if run[2:] else [day.title() for day in run])
    ]
    return join(shown, "or")


def _times(part: TimeRange) -> str:
    return f"{_clock(part.start)} and {_clock(part.end)}"


def _clock(minute: int) -> str:
    """Show a time of the day; one on the next day as it is read there, and the day's end as ``24:00``."""
    minute = minute if minute <= _DAY else minute - _DAY
    return f"{minute // 60:02}:{minute % 60:02}"


def _dates(dates: DateRange) -> str:
    return dates.first if dates.first == dates.last else f"{dates.first} to {dates.last}"
