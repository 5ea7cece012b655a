"""Which facts conditions are assessed on, so that no others are read again."""

from collections.abc import Iterable
from dataclasses import dataclass

from approval_gate.core.conditions.model import Condition, RequiredJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must be read for some conditions.

    Attributes:
        jobs: the jobs that they name, and the steps that must have run in them.
        labels: of issues, none of which may be open.
        environments: other environments, where the commit must have been deployed.
        reviews: whether the reviews of pull requests are needed.
        files: whether the changed files are needed.
    """

    jobs: tuple[RequiredJob, ...] = ()
    labels: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    reviews: bool = False
    files: bool = False


def needs(conditions: Iterable[Condition]) -> Needs:
    """Return what the conditions need, each name once."""
    given = tuple(conditions)
    deployments = (it.deployed_to for it in given if it.deployed_to is not None)
    return Needs(
        jobs=tuple(dict.fromkeys(job for it in given for job in it.jobs)),
        labels=tuple(dict.fromkeys(label for it in given for label in it.no_open_issues)),
        environments=tuple(dict.fromkeys(it.environment for it in deployments)),
        reviews=any(it.reviews for it in given),
        files=any(it.changed for it in given),
    )


def stands_for(name: str, shown: str) -> bool:
    """Whether a name of a policy means a job that GitHub shows under another name.

    It also stands for each job of its matrix (``Test (3.12)``), and of the workflow that it calls
    (``Test / unit``).
    """
    return shown == name or shown.startswith((f"{name} (", f"{name} / "))
