"""What GitHub says about a request before the issue is opened."""

from dataclasses import dataclass
from typing import Literal

from approval_gate.core.change import UnknownAuthor
from approval_gate.core.facts import Change
from approval_gate.core.model import Member, Person
from approval_gate.core.record.model import Membership
from approval_gate.core.roster import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCommit:
    """A name in Git and the commit that it stands for.

    Attributes:
        commit: None if the name stands for nothing that the token can see.
        refusal: GitHub's message if it refused to answer.
    """

    kind: Literal["tag", "branch", "hash"]
    name: str
    commit: str | None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """What GitHub says about a request.

    Attributes:
        names: what each member of each role stands for, in order.
        own: the account of the gate's token, if it is a person's.
        writers: the ids of the people who can write to the repository; None if they need not.
        initiators: the people who started an attempt of the run.
        initiators_known: whether these are all of them, if the policy bars them.
        initiators_complete: whether these are all of them.
        change: the commits that were not deployed to the environment yet, if the policy bars their authors.
        unknown_authors: those of its authors that have no account, with the addresses that they typed.
        checklist: the text of the checklist's file.
        ref: the tag of the run.
        version: what the version stands for besides the ref; None if the token cannot see that.
    """

    names: tuple[Named, ...]
    own: Person | None
    writers: frozenset[int] | None
    initiators: tuple[Person, ...]
    initiators_known: bool
    initiators_complete: bool
    change: Change | None
    checklist: str | None
    ref: NamedCommit | None
    version: tuple[NamedCommit, ...] | None
    unknown_authors: tuple[UnknownAuthor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """Somebody on the roster as of now, and GitHub's answers.

    Attributes:
        write: the answer about write access; None if that is not required.
        membership: by what each role is held.
    """

    member: Member
    write: str | None
    membership: tuple[Membership, ...]
