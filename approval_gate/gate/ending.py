"""The one place where an ending is written: record, outputs, summary and the last line of the log."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from approval_gate.core.artifacts import Artifact
from approval_gate.core.ending import Ending
from approval_gate.core.model import Code, Outcome
from approval_gate.core.plain import visible
from approval_gate.core.record.canonical import sha256
from approval_gate.core.record.conclude import Asked, conclude
from approval_gate.core.record.document import outputs_of, subjects_of
from approval_gate.core.record.model import Failure, Inputs
from approval_gate.errors import UNOPENED, GateError, TransientError
from approval_gate.gate.ports import Concludable, Log, Outputs

_FILES = "the-outputs-cannot-be-written"
_ENTRIES = {
    Code.DENIED: "the-deployment-was-denied",
    Code.DENIED_WITHOUT_REASON: "the-deployment-was-denied",
    Code.WINDOW_CLOSED: "approval-timeout",
    Code.SIGNAL: "the-job-was-stopped",
    Code.ISSUE_CLOSED: "the-approval-issue-was-closed",
    Code.REPLACED: "the-approval-issue-was-closed",
}
"""The entries of the troubleshooting page for what is not an error."""

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)


class EndingWriter:
    """Writes how one run ended.

    Attributes:
        written: the ending, once its outputs are written; from then on it is final.
    """

    def __init__(self, outputs: Outputs, log: Log, run_id: str, unopened: Concludable) -> None:
        self._outputs, self._log, self._run_id, self._unopened = outputs, log, run_id, unopened
        self.written: Ending | None = None

    def conclude(self, ending: Ending, request: Concludable) -> Ending:
        """Write the ending down, then tell people. Return it, or how the program failed meanwhile.

        Where the request itself cannot be recorded, ``unopened`` is.

        Raises:
            OSError: the outputs cannot be written.
        """
        about, said = "", ending.text
        try:
            end, record = request.conclusion(ending), request.record(ending)
            self._write(ending, record)
            about, said = request.last_words(end)
            request.close(end, record)
            self._summarize(request.summary(end, record))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - once the outcome is written, telling people is a courtesy
            crash = failure(error, self._log)
            if self.written is None and request is not self._unopened:
                return self.conclude(crash, self._unopened)
        tell(ending, self._log, said, about)
        return ending

    def last_resort(self, request: Concludable, elapsed: float, signal: str) -> int:
        """Write that the job was stopped, unless an ending is written, and return the exit code.

        Another thread calls this where everything else hangs. Where the request cannot be recorded,
        ``unopened`` is.
        """
        ending = self._unopened.stopped(elapsed, signal)
        for one in (request, self._unopened):
            with suppress(Exception):
                if self.written is None:
                    ending = one.stopped(elapsed, signal)
                    self._write(ending, one.record(ending))
        return (self.written or ending).exit_code

    def _write(self, ending: Ending, record: Mapping[str, object]) -> None:
        if (record["outcome"], record["exit_code"]) != (ending.outcome, ending.exit_code):
            raise AssertionError(record["outcome"])
        outputs = outputs_of(record)
        self._outputs.set({**outputs, **self._saved(record, outputs["decision"])})
        self.written = ending
        with suppress(OSError):  # a sweep then takes it for a gate that failed
            self._outputs.keep("status", ending.outcome.value)

    def _saved(self, record: Mapping[str, object], text: str) -> dict[str, str]:
        """Write the record and the subjects of its attestation to files; return the outputs with their paths.

        ``text`` is the record's canonical form. Both outputs are empty if one file could not be written:
        nothing is attested that cannot be verified.
        """
        known = self._outputs.values
        numbers = (self._run_id, known.get("run-attempt", ""), known.get("issue-number", ""))
        name = "-".join(["approval-gate", *filter(_NUMBER.fullmatch, numbers)])
        file = Artifact(name=f"{name}.json", digest=sha256(text))
        try:
            return {
                "record-path": self._outputs.save(file.name, text),
                "subjects-path": self._outputs.save(f"{name}.sha256", subjects_of(record, file)),
            }
        except OSError as error:
            self._log.warn(f"The gate could not write the record to a file: {error.strerror}.", _FILES)
            return {"record-path": "", "subjects-path": ""}

    def _summarize(self, markdown: str) -> None:
        try:
            self._outputs.summarize(markdown)
        except OSError as error:
            self._log.warn(f"The gate could not write the job's summary: {error.strerror}.", _FILES)


def failure(error: Exception, log: Log, *, unopened: bool = False) -> Ending:
    """Return how an exception ends a run; log where one was raised that is a fault of the program.

    Of a gate that is ``unopened`` it says that there is no issue.
    """
    if not isinstance(error, GateError):
        log.where(error)
        error = GateError(
            f"The program itself failed ({type(error).__name__}).",
            remedy="Please report it with this job's log.",
        )
    advice = error.remedy or ("Run the job again later." if isinstance(error, TransientError) else "")
    remedy = " ".join(filter(None, (advice, UNOPENED if unopened else "")))
    said = [part for part in (error.problem, remedy, error.detail) if part]
    found = Failure(code=error.code, reason=visible(" ".join(said)), exit_code=error.exit_code)
    ending = conclude(Inputs(error=found), Asked()).ending
    assert ending is not None  # noqa: S101 - an error ends it
    return replace(ending, message="\n".join(said), entry=error.entry)


def failed(ending: Ending) -> Failure:
    """Return the error that ended a run, as its outcome is derived from it."""
    return Failure(code=ending.code, reason=ending.reason, exit_code=ending.exit_code)


def tell(ending: Ending, log: Log, said: str, about: str = "") -> int:
    """Write the last line of the log, as an annotation unless the run was approved; return the exit code."""
    if ending.outcome is Outcome.APPROVED:
        log.say(said)
    else:
        (log.error if ending.exit_code else log.warn)(said, entry_of(ending), about)
    return ending.exit_code


def entry_of(ending: Ending) -> str:
    """Return the entry of the troubleshooting page that an ending leads to."""
    return ending.entry or _ENTRIES.get(ending.code, GateError.entry)
