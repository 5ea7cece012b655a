"""Whether this commit was deployed to another environment before."""

from collections.abc import Sequence
from datetime import datetime

from approval_gate.core.conditions.found import Found, failed, named, passed, unread, worst
from approval_gate.core.conditions.model import RequiredDeployment
from approval_gate.core.facts import Deployed
from approval_gate.core.wording import dated


def look(required: RequiredDeployment, deployed: Sequence[Deployed], now: datetime) -> Found:
    """Look at this commit's last deployment there; an environment's name is the same in every case."""
    name = required.environment.casefold()
    read = [it for it in deployed if it.environment.casefold() == name]
    return worst([_of(it, required, now) for it in read] or [unread(None)])


def _of(deployed: Deployed, required: RequiredDeployment, now: datetime) -> Found:
    if deployed.source.problem:
        return unread(deployed.source)
    where, at = named(required.environment), deployed.source.at
    if deployed.at is None:
        return failed(f"this commit was not deployed to {where}", deployed.url, at)
    said = f"this commit was deployed to {where} on {dated(deployed.at)}"
    if required.within is not None and now - deployed.at > required.within:
        hours = f"{required.within.total_seconds() / 3600:g}"
        return failed(
            f"{said}, more than {hours} {'hour' if hours == '1' else 'hours'} ago", deployed.url, at
        )
    return passed(said, deployed.url, at)
