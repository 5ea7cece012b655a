"""Everything that can go wrong, as one tree.

Each error has a ``reason-code`` and an exit code, says what happened and what
to do next. None of them is ever a verdict of people.
"""

from approval_gate.core.model import Code

PERSISTS = 20.0
"""Seconds for which a refusal, a 401, 403 or 404, may be a passing fault."""

LAG = 10.0
"""Seconds for which GitHub may not show yet what it wrote: its lists and copies follow."""


class GateError(Exception):
    """The gate cannot do its work; the deployment does not happen.

    Attributes:
        problem: what happened, one sentence.
        remedy: what to do next; empty if there is nothing.
        detail: the evidence, such as GitHub's answer and request id.
    """

    code = Code.INTERNAL
    exit_code = 5

    def __init__(self, problem: str, *, remedy: str = "", detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.detail = detail

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.problem, self.remedy, self.detail)))


class InputError(GateError):
    """An input, or the environment that the runner sets, is wrong."""

    code = Code.INPUT
    exit_code = 2


UNOPENED = "No issue was opened."
"""What every remedy ends with before there is a request."""


class Problems:
    """What is wrong with the inputs, so that all of it is told at once.

    Each check stands in its own ``with problems:``, which notes what goes wrong there.
    """

    def __init__(self) -> None:
        self.found: list[InputError] = []

    def __enter__(self) -> None:
        """Begin a part."""

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> bool:
        """Note what went wrong."""
        if not isinstance(error, InputError):
            return False
        self.found.append(error)
        return True

    def raise_together(self) -> None:
        """Raise what was noted, as one error.

        Raises:
            InputError: something was.
        """
        if len(self.found) == 1:
            raise self.found[0]
        if self.found:
            said = (str(error).replace(UNOPENED, "").split() for error in self.found)
            raise InputError(
                f"{len(self.found)} inputs cannot be used.",
                detail="\n".join(f"- {' '.join(words)}" for words in said),
            )


class PolicyError(GateError):
    """The policy cannot be used, or this deployment is not one that it allows."""

    code = Code.POLICY
    exit_code = 2


class RosterError(GateError):
    """A name among the approvers is nobody who can be seen."""

    code = Code.ROSTER
    exit_code = 2


class UnsatisfiableError(GateError):
    """These people can never give what is asked for."""

    code = Code.UNSATISFIABLE
    exit_code = 2


class GitHubError(GateError):
    """GitHub refused, could not be asked, or said what cannot be trusted."""

    code = Code.OUTAGE


class PermissionDeniedError(GitHubError):
    """The token may not do this."""

    code = Code.PERMISSION


class UnauthenticatedError(GitHubError):
    """The token is not, or no longer, valid."""

    code = Code.UNAUTHENTICATED


class NotFoundError(GitHubError):
    """There is no such thing, or this token may not see it."""

    code = Code.PERMISSION


class IssueGoneError(GitHubError):
    """The approval issue was deleted or transferred, or issues are switched off."""

    code = Code.ISSUE_GONE


class TamperedError(GitHubError):
    """What is deployed, or the issue, is not what people were asked about."""

    code = Code.TAMPERED


class PolicyChangedError(GitHubError):
    """The policy is not the one any more under which people were asked."""

    code = Code.POLICY_CHANGED


class RejectedError(GitHubError):
    """GitHub found a request invalid (422): whoever made it of the workflow's inputs knows which is wrong."""

    code = Code.INTERNAL


class LockedError(PermissionDeniedError):
    """The conversation is locked: no app can comment or react there."""


class RetiredError(GitHubError):
    """GitHub does not answer this version of its API any more."""


class TransientError(GitHubError):
    """The same request may succeed in a while.

    Attributes:
        retry_after: seconds that GitHub asked to wait, if it did.
    """

    def __init__(
        self, problem: str, *, remedy: str = "", detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(problem, remedy=remedy, detail=detail)
        self.retry_after = retry_after


class OutageError(TransientError):
    """GitHub did not answer, or not with an answer."""


class UnsettledError(OutageError):
    """What GitHub told does not fit together yet: it is read again."""


class RateLimitError(TransientError):
    """GitHub asked for fewer requests."""

    code = Code.RATE_LIMIT
