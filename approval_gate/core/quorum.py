"""How many distinct people it takes, and whether these people can ever do it."""

from collections.abc import Collection

from approval_gate.core.model import Member, Rule


def met(rule: Rule, approvers: Collection[Member]) -> bool:
    """Tell whether these people's approvals suffice; each counts once.

    Who approves alone satisfies every minimum (process, Approval Authority Matrix).
    """
    return alone(approvers) or len({member.person.id for member in approvers}) >= rule.minimum


def alone(approvers: Collection[Member]) -> bool:
    """Tell whether one of them approves alone."""
    return any(member.alone for member in approvers)


def satisfiable(rule: Rule, roster: Collection[Member]) -> bool:
    """Tell whether the rule is met if everybody who may approve does."""
    return met(rule, [member for member in roster if member.may_approve])
