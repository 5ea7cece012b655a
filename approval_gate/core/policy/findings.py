"""What is wrong with a policy, one value for each thing, and the contradictions within a policy.

All that is wrong is reported at once, so that a document is corrected once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from approval_gate.core.policy.model import DeploymentType, Exclusion, Policy, Role, alike, is_path
from approval_gate.core.suggest import meant_or_known
from approval_gate.core.wording import join, minutes, plural

Path = tuple[str | int, ...]
"""The keys and positions that lead to a place in a document; empty for all of it."""

_MOST = 20
_SHOWN = 60
_LONGEST_PLACE = 200
BLANK = "Write a text, or remove it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a policy; the line is counted from 1, and 0 where it is not known yet."""

    path: Path = ()
    problem: str
    remedy: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}".rstrip()

    @property
    def place(self) -> str:
        """The path as people write it: ``deployments.standard.approvers[1]``."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).removeprefix(".")[:_LONGEST_PLACE]


class DocumentError(ValueError):
    """The document is not a policy; ``findings`` say why, in the order of the lines.

    What could not be checked because of them is ``unchecked``, in a sentence.
    """

    def __init__(self, findings: Sequence[Finding], unchecked: str = "") -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = tuple(findings)
        self.unchecked = unchecked


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by line and drop duplicates; of very many keep the first, and add how many more there are."""
    found = sorted(dict.fromkeys(findings), key=lambda finding: finding.line)
    shown, more = found[:_MOST], found[_MOST:]
    if more:
        problem = f"{plural(len(more), 'more problem')} from here on, listed once these are fixed."
        shown.append(Finding(line=more[0].line, problem=problem))
    return shown


def literal(value: object) -> str:
    """Show a value of the document in a message, on one line."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{printable(text if len(text) <= _SHOWN else f'{text[:_SHOWN]}…')}`"


def printable(text: str) -> str:
    """Escape a text that holds control or invisible characters."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def contradictions(policy: Policy) -> Iterator[Finding]:
    """Find what no single value shows: missing and unused roles, entries that are there twice, and so on."""
    for deployment_type in policy.deployments:
        here: Path = ("deployments", deployment_type.name)
        yield from _roles(here, deployment_type, [role.name for role in policy.roles])
        yield from _headings(here, deployment_type)
        reminder, window = deployment_type.remind_after, deployment_type.window
        if reminder is not None and reminder >= window:
            problem = f"{minutes(reminder)} minutes are not within the window of {minutes(window)}."
            remedy = f"Write less than {minutes(window)}."
            yield Finding(path=(*here, "remind-after-minutes"), problem=problem, remedy=remedy)
    yield from _exclusions(policy.exclude)
    yield from _refs(policy)
    yield from _follow_ups(policy)
    for role in policy.roles:
        using = [found for found in policy.deployments if role.name in found.approvers]
        yield from _role(role, using)


def _role(role: Role, using: Sequence[DeploymentType]) -> Iterator[Finding]:
    """Compare a role with the types of deployment that use it."""
    here: Path = ("roles", role.name)
    yield from repeated((*here, "members"), role.members)
    if not using:
        remedy = "Name it there, or remove it."
        yield Finding(
            path=here, problem="no deployment type has this role among its approvers.", remedy=remedy
        )
        return
    longest = max(deployment_type.window for deployment_type in using)
    if role.backup_after is not None and role.backup_after >= longest:
        after = minutes(role.backup_after)
        problem = f"{after} minutes are not within the window of any deployment type with this role."
        remedy = f"Write less than {minutes(longest)}."
        yield Finding(path=(*here, "backup-after-minutes"), problem=problem, remedy=remedy)


def _roles(here: Path, deployment_type: DeploymentType, roles: Sequence[str]) -> Iterator[Finding]:
    """Find roles of a type of deployment that are not defined, not approvers, there twice, or too many."""
    approvers, require = deployment_type.approvers, deployment_type.require
    lists = [((*here, "require", number, "any-of"), need.any_of) for number, need in enumerate(require)]
    for path, names in ((*here, "approvers"), approvers), *lists:
        yield from repeated(path, names, "the role ")
    for number, name in enumerate(approvers):
        if name not in roles:
            problem = f"the role {literal(name)} is not defined."
            remedy = meant_or_known(name, roles)
            yield Finding(path=(*here, "approvers", number), problem=problem, remedy=remedy)
    for path, names in *lists, ((*here, "justification-from"), deployment_type.justified):
        for number, name in enumerate(names):
            if name not in approvers:
                problem = f"the role {literal(name)} is not among this type's approvers."
                remedy = meant_or_known(name, approvers)
                yield Finding(path=(*path, number), problem=problem, remedy=remedy)
    required, minimum = sum(need.minimum for need in require), deployment_type.minimum
    if minimum is not None and required > minimum:
        problem = f"it is {minimum}, but `require` asks for {plural(required, 'approval')}."
        remedy = f"Write {required} or more."
        yield Finding(path=(*here, "minimum-approvals"), problem=problem, remedy=remedy)


def _headings(here: Path, deployment_type: DeploymentType) -> Iterator[Finding]:
    """Find headings that two details share, in the form in which :func:`details.fill` compares them."""
    names: set[str] = set()
    taken: dict[str, str] = {}
    for detail in deployment_type.details:
        path = (*here, "details" if detail.required else "optional-details", detail.name)
        if detail.name in names:
            problem = "it is among the required details too."
            yield Finding(path=path, problem=problem, remedy="Keep one of them.")
        elif alike(detail.name) in taken:
            problem = "another detail has this name, or has it among its headings."
            yield Finding(path=path, problem=problem, remedy="Use another name.")
        names.add(detail.name)
        for number, heading in enumerate(detail.headings):
            key = alike(heading)
            if not key:
                yield Finding(path=(*path, number), problem="it is blank.", remedy=BLANK)
            elif key in taken:
                problem = f"the heading {literal(heading)} is {taken[key]}."
                yield Finding(path=(*path, number), problem=problem, remedy="Use another heading.")
            taken[key] = "there twice"
        taken.setdefault(alike(detail.name), "another detail's name")


def _exclusions(exclude: Sequence[Exclusion]) -> Iterator[Finding]:
    yield from repeated(("exclude",), exclude)
    both = (Exclusion.COMMIT_AUTHORS, Exclusion.KNOWN_AUTHORS)
    if set(both) <= set(exclude):
        problem = (
            f"{join((literal(each) for each in both), 'and')} treat authors without an account differently."
        )
        yield Finding(path=("exclude",), problem=problem, remedy="Keep one of them.")


def _refs(policy: Policy) -> Iterator[Finding]:
    """Find refs that cannot exist."""
    for number, ref in enumerate(policy.refs):
        if " " in ref:
            problem = f"{literal(ref)} contains a blank, which a branch or a tag cannot."
            yield Finding(
                path=("refs", number), problem=problem, remedy="Write each ref as an entry of its own."
            )


def _follow_ups(policy: Policy) -> Iterator[Finding]:
    """Find a follow-up that nothing opens or that has no text, and types to block that do not exist."""
    follow_up, types = policy.follow_up, [each.name for each in policy.deployments]
    if follow_up is not None:
        here: Path = ("follow-up",)
        if not any(each.emergency for each in policy.deployments):
            problem = "only an emergency has one, and there is no deployment type `emergency`."
            yield Finding(path=here, problem=problem, remedy="Add that type, or remove this.")
        if not follow_up.title.strip():
            yield Finding(path=(*here, "title"), problem="it is blank.", remedy=BLANK)
        template = follow_up.template
        if template is not None and not is_path(template):
            problem = "it is not a path in this repository."
            remedy = "Write it from the repository's top, such as `.github/post-mortem.md`."
            yield Finding(path=(*here, "template"), problem=problem, remedy=remedy)
    yield from repeated(("block-on-overdue",), policy.block_on_overdue, "the type ")
    for number, name in enumerate(policy.block_on_overdue):
        if name not in types:
            problem = f"there is no deployment type {literal(name)}."
            path: Path = ("block-on-overdue", number)
            yield Finding(path=path, problem=problem, remedy=meant_or_known(name, types))


def repeated(path: Path, entries: Sequence[str], what: str = "") -> Iterator[Finding]:
    """Find entries that an earlier one equals."""
    for number, entry in enumerate(entries):
        if entry in entries[:number]:
            problem = f"{what}{literal(entry)} is there twice."
            yield Finding(path=(*path, number), problem=problem, remedy="Remove one.")
