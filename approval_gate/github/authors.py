"""Who wrote a commit: the accounts behind names and addresses, which are whatever somebody typed into Git.

An address belongs to an account only if GitHub says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from approval_gate.core.change import UnknownAuthor
from approval_gate.core.model import Person
from approval_gate.github.parse import person_of

ACTOR = "name email user { login id: databaseId }"
"""What is read of a ``GitActor`` (https://docs.github.com/en/graphql/reference/objects#gitactor)."""

_NO_REPLY = re.compile(r"(?P<id>[1-9][0-9]{0,18})\+(?P<login>[^@+\s]+)@users\.noreply\.(?P<host>[^@\s]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A person as a commit names them, and their account if GitHub gives it."""

    name: str
    email: str
    account: Person | None


def hand_of(git: Mapping[str, Any], account: Mapping[str, Any] | None) -> Hand:
    """Parse an author or committer; a missing account is null, an empty object, or has no id."""
    person = person_of(account) if account and account["id"] is not None else None
    return Hand(name=str(git.get("name") or ""), email=str(git.get("email") or ""), account=person)


def actor_of(actor: Mapping[str, Any]) -> Hand:
    """Parse a ``GitActor``."""
    return hand_of(actor, actor["user"])


def by_account(
    named: Iterable[tuple[str, Hand]], host: str
) -> tuple[tuple[Person, ...], tuple[UnknownAuthor, ...]]:
    """Separate the authors of commits with an account from those without.

    GraphQL gives no account for a bot, REST does: an address that has an
    account in one commit has it in every other.

    Args:
        named: a commit's hash and an author or committer of it.
        host: this GitHub's host name, which its no-reply addresses end with.
    """
    hands = [(sha, hand) for sha, hand in named if not is_github(hand.email, host)]
    owners = {hand.email.lower(): hand.account for _, hand in hands if hand.account and hand.email}
    people: dict[int, Person] = {}
    unknown: dict[tuple[str, str], dict[str, None]] = {}
    for sha, hand in hands:
        person = hand.account or owners.get(hand.email.lower()) or _no_reply_account(hand.email, host)
        if person is not None:
            people.setdefault(person.id, person)
        else:
            who = ("" if hand.email else hand.name, hand.email.lower())
            unknown.setdefault(who, {})[sha] = None
    names = {hand.email.lower(): hand.name for _, hand in reversed(hands)}
    return tuple(people.values()), tuple(
        UnknownAuthor(name=name or names[email], email=email, commits=tuple(commits))
        for (name, email), commits in unknown.items()
    )


def _no_reply_account(email: str, host: str) -> Person | None:
    """Return the account of a no-reply address, which contains its id.

    Only addresses of this GitHub count, since ids are its own
    (https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address).
    """
    found = _NO_REPLY.fullmatch(email.lower())
    if found is None or found["host"] != host:
        return None
    return Person(id=int(found["id"]), login=found["login"], bot=found["login"].endswith("[bot]"))


def is_github(email: str, host: str) -> bool:
    """Whether an address is GitHub's own, which commits what people merge in the browser.

    On github.com it has the account ``web-flow``, which is nobody; on a server only if that was set up
    (https://docs.github.com/en/enterprise-server@latest/admin/configuring-settings/configuring-user-applications-for-your-enterprise/configuring-web-commit-signing).
    """
    return email.lower() in {"noreply@github.com", f"noreply@{host}"}
