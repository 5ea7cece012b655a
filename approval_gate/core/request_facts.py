"""What a gate asks GitHub about a request before it opens the issue, and the answers."""

from dataclasses import dataclass
from typing import Literal

from approval_gate.core.change import Change
from approval_gate.core.model import Person
from approval_gate.core.policy.model import Role
from approval_gate.core.roster import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        roles: the roles to resolve.
        changed_in: the environment whose new commits are wanted; None for none.
        initiators: whether the people who started the run are wanted.
        actor_id: the account of the run's actor, as the runner gives it; None if it does not.
        checklist: the path of the checklist's file; None for none.
    """

    roles: tuple[Role, ...]
    changed_in: str | None
    initiators: bool
    actor_id: int | None
    checklist: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCommit:
    """A name in Git and the commit that it stands for.

    Attributes:
        commit: None if the name stands for nothing that the token can see.
        refusal: what GitHub said, where it refused to tell.
    """

    kind: Literal["tag", "branch", "hash"]
    name: str
    commit: str | None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """What GitHub says about a request.

    Attributes:
        names: each member of each role, in order.
        own: the account of the gate's token, if it is a person's.
        writers: the ids of those who can write to the repository; None if that is not required.
        initiators: the people who started the attempts of the run; empty if they were not asked for.
        initiators_known: whether those are all of them.
        change: what is new in the environment; None if it was not asked.
        checklist: the text of the checklist's file; None if there is no such file, or it was not asked.
        ref: the tag that the run is of; None if it is not of a tag.
        version: what the version stands for besides the ref; None if the token may not see that.
    """

    names: tuple[Named, ...]
    own: Person | None
    writers: frozenset[int] | None
    initiators: tuple[Person, ...]
    initiators_known: bool
    change: Change | None
    checklist: str | None
    ref: NamedCommit | None
    version: tuple[NamedCommit, ...] | None
