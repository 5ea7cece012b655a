"""The job's outputs and summary, written so that no value can forge another.

Each value is enclosed in random delimiters that it does not contain
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings).
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from approval_gate.core.model import Code, Outcome

OUTPUTS: Mapping[str, str] = {
    "approval-status": f"How it ended: {', '.join(f'`{outcome}`' for outcome in Outcome)}.",
    "reason-code": f"Why: {', '.join(f'`{code}`' for code in Code)}.",
    "reason": "Why, on one line, with the reasons of a denial; then the issue's address.",
    "issue-number": "The number of the approval issue, as soon as it exists.",
    "issue-url": "The issue's address.",
    "approvers": "The people whose approvals counted, separated by commas. Empty unless approved.",
    "denied-by": "The people whose denials counted, separated by commas.",
    "run-attempt": "The attempt of the run that this answer belongs to.",
    "decision": "The decision record, JSON on one line: the request, the people, each answer with its time, "
    "its text and why it counts or not, and a digest.",
    "record-path": "The path of a file with the record, under `RUNNER_TEMP`.",
    "subjects-path": "The path of a file with the subjects of an attestation, as `sha256sum` writes them: "
    "the record and, if it was approved, each of the `artifacts`.",
}
"""Every output and what it holds; all are written on every exit."""

CODES: Mapping[Code, str] = {
    Code.QUORUM: "Enough people approved, and the approvals were confirmed.",
    Code.APPROVED_ALONE: "Somebody whose approval is enough by itself approved.",
    Code.DENIED: "Somebody who can deny did, with a reason or where none is required.",
    Code.DENIED_WITHOUT_REASON: "A denial without a reason was still there when the window closed.",
    Code.WINDOW_CLOSED: "The window closed before enough people approved, or while an objection or a check "
    "held it.",
    Code.SIGNAL: "The job was cancelled, or a time limit of the step or the job ended it.",
    Code.ISSUE_CLOSED: "Somebody closed the issue: `cancelled`, or `denied` with `close-issue-means-denial`.",
    Code.REPLACED: "A later attempt of the same run opened an issue of its own.",
    Code.INPUT: "An input, or what the runner says about the run, cannot be used.",
    Code.POLICY: "The policy document cannot be used, or it does not allow this deployment.",
    Code.POLICY_CHANGED: "The policy document changed while people were asked.",
    Code.ROSTER: "A name among the approvers stands for nobody that the token can see.",
    Code.UNSATISFIABLE: "Even if everybody who can approve did, the rule would not be satisfied.",
    Code.CHECK_FAILED: "A required check has not passed, and waiting cannot change that.",
    Code.TAMPERED: "The tag or the issue is no longer what people were asked about.",
    Code.ISSUE_GONE: "The issue was deleted or transferred, or issues are switched off.",
    Code.PERMISSION: "The token lacks a permission; `reason` says which.",
    Code.UNAUTHENTICATED: "The token is not valid, or no longer valid.",
    Code.RATE_LIMIT: "GitHub's limit for requests was reached, and the gate could not wait for the reset.",
    Code.OUTAGE: "GitHub did not answer, or its answers could not be trusted.",
    Code.INTERNAL: "The gate itself failed, or did not finish.",
}
"""Every reason code and when it is written."""

SUMMARY_LIMIT = 1024 * 1024
"""Bytes of a step's summary beyond which the runner drops it whole."""


class Outputs:
    """Writes ``GITHUB_OUTPUT``, ``GITHUB_STATE`` and ``GITHUB_STEP_SUMMARY``, those that the runner set.

    Every method raises an OSError if a file cannot be written. ``values`` has the last value of each output.
    """

    def __init__(
        self, output: str | None, summary: str | None, record_folder: str | None, state: str | None = None
    ) -> None:
        self._output, self._summary, self._state = output, summary, state
        self._record_folder = Path(record_folder, "approval-gate") if record_folder else None
        self.values: dict[str, str] = {}

    def begin(self, run_attempt: str) -> None:
        """Write every output as if the gate had failed, so that a killed gate never looks approved."""
        failed = {
            "approval-status": Outcome.ERROR.value,
            "reason-code": "internal",
            "reason": "The gate did not finish.",
            "run-attempt": run_attempt,
        }
        self.set({**dict.fromkeys(OUTPUTS, ""), **failed})

    def set(self, values: Mapping[str, str]) -> None:
        """Write outputs; a later value of the same name wins."""
        self.values.update(values)
        _append(self._output, _delimited(values))

    def note(self, name: str, value: str) -> None:
        """Set an internal output for later steps; not part of the contract.

        A composite action's later steps read it as an output, a docker action's
        post step as ``STATE_<name>``.
        """
        _append(self._output, _delimited({name: value}))
        self.keep(name, value)

    def keep(self, name: str, value: str) -> None:
        """Save state for the post step, which cannot read outputs."""
        _append(self._state, _delimited({name: value}))

    def save(self, name: str, text: str) -> str:
        """Write a file, and return its path; empty if the runner has no temporary folder.

        It is in the only folder there that the container can write to.
        """
        if self._record_folder is None:
            return ""
        self._record_folder.mkdir(exist_ok=True)
        path = self._record_folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def summarize(self, markdown: str) -> None:
        """Append to the job's summary; cut what the runner would drop."""
        size = len(markdown.encode("utf-8", "replace"))
        _append(self._summary, markdown if size < SUMMARY_LIMIT else markdown[: SUMMARY_LIMIT // 4])


def _append(path: str | None, text: str) -> None:
    if not path:
        return
    with Path(path).open("a", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _delimited(values: Mapping[str, str]) -> str:
    text = ""
    for name, value in values.items():
        mark = secrets.token_hex(16)
        while mark in value:
            mark = secrets.token_hex(16)
        text += f"{name}<<{mark}\n{value}\n{mark}\n"
    return text
