"""What the issue shows below the request: the workflow's own text, and the list that people tick."""

from typing import NamedTuple

from approval_gate.core.policy.model import DeploymentType, Policy, checklist
from approval_gate.core.record.model import ShownChecklist
from approval_gate.core.suggest import did_you_mean
from approval_gate.core.tasks import items, unticked
from approval_gate.errors import InputError
from approval_gate.render.issue import as_list, process_checklist
from approval_gate.runner.checks import Inputs

CHECKLIST = "the-checklist-cannot-be-used"
"""The entry of the troubleshooting page."""

_PATH_LIMIT = 1_000


class Text(NamedTuple):
    """The workflow's own text, the checklist, and which of their items must be ticked."""

    body: str
    checklist: str
    required: tuple[str, ...] = ()

    @property
    def shown(self) -> ShownChecklist:
        """The boxes that the issue shows, as a record has them."""
        every = (*items(self.body), *items(self.checklist))
        return ShownChecklist(required=bool(self.required), items=every)


def checklist_path(policy: Policy, inputs: Inputs) -> str | None:
    """Return where the checklist's file is; None if the list is not in a file of this repository."""
    path = inputs.given.checklist.removeprefix("/")
    elsewhere = policy.checklist is not None or path in {"default", "none"}
    return None if elsewhere or ".." in path or len(path) > _PATH_LIMIT else path


def choose(policy: Policy, kind: DeploymentType, branch: str, inputs: Inputs, file: str | None) -> Text:
    """Choose the checklist, and find what must be ticked."""
    tasks = _checklist(policy, kind, branch, inputs, file)
    if not inputs.given.require_checklist:
        return Text(inputs.issue_body, tasks)
    required = (*items(inputs.issue_body), *items(tasks))
    if not required and not policy.checklist:  # a policy's can have nothing but verified checks
        raise InputError(
            "require-checklist: there is no list to tick.",
            remedy="Leave out `checklist: none`, or give the list an item.",
            entry=CHECKLIST,
        )
    return Text(unticked(inputs.issue_body), unticked(tasks), required)


def _checklist(policy: Policy, kind: DeploymentType, branch: str, inputs: Inputs, file: str | None) -> str:
    """Return the list's Markdown; empty if there is none besides the body's own."""
    choice = inputs.given.checklist
    if policy.checklist is not None:
        return as_list(checklist(policy, kind))
    if choice == "default":
        return "" if items(inputs.issue_body) else process_checklist()
    if choice == "none":
        return ""
    if file is None:
        raise InputError(
            f"checklist: {choice[:200]!r} is not the path of a text file on the branch {branch}.",
            remedy=did_you_mean(choice, ("default", "none"))
            or "Write `default`, `none`, or the path of a Markdown file there.",
            entry=CHECKLIST,
        )
    return file
