"""GitHub's answers about somebody's rights, as the record has them."""

NOBODY = "no such account"
LISTED = "collaborator with push: listed"
UNLISTED = "collaborator with push: not listed"
LEFT = "no longer held"


def permission(of: str) -> str:
    """Return the answer about one person's right."""
    return f"permission {of}"


def by_team(team: object) -> str:
    """Return the answer about a team's right, which its members have too."""
    return f"team {team}: push"


def right(wanted: object, had: object, role: str) -> str:
    """Return why somebody with a right is an approver; a custom role is named with what it includes."""
    return f"role:{wanted}: {role}{'' if role == str(had) else f', which includes {had}'}"


def account(login: str, owner: tuple[str, str] | None) -> str:
    """Return why a listed person is an approver; an ``owner`` is the entry that names it, and how."""
    return f"{_owned(owner)}user {login}: the same account"


def member(team: object, owner: tuple[str, str] | None, *, writes: bool) -> str:
    """Return why a team's member is an approver; some teams count only as long as they can write."""
    return f"{_owned(owner)}team {team}: listed{', and the team can write' if writes else ''}"


def _owned(owner: tuple[str, str] | None) -> str:
    return f"{owner[0]} names {owner[1]}; " if owner else ""
