"""Every error of the program, as one tree.

Each has a ``reason-code`` and an exit code, and says what happened and what to
do next. None of them is a decision by people.
"""

from approval_gate.core.model import Code


class GateError(Exception):
    """The gate cannot go on; the deployment does not happen.

    The problem is one sentence, the remedy is empty if nothing helps, and the
    detail is the evidence, such as GitHub's answer and request id. The entry is
    that of the troubleshooting page.
    """

    code = Code.INTERNAL
    exit_code = 5
    entry = "the-program-itself-failed"

    def __init__(self, problem: str, *, remedy: str = "", detail: str = "", entry: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.detail = detail.strip()
        self.entry = entry or self.entry

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.problem, self.remedy, self.detail)))

    @property
    def line(self) -> str:
        """The same on one line."""
        return " ".join(filter(None, (self.problem, self.remedy, self.detail)))


class InputError(GateError):
    """An input, or the environment that the runner sets, is wrong."""

    code = Code.INPUT
    exit_code = 2
    entry = "an-input-cannot-be-used"


UNOPENED = "No issue was opened."
"""Follows every remedy while no issue exists."""


class Problems:
    """Collects the input error of each ``with`` block, so that all of them are reported at once."""

    def __init__(self) -> None:
        self.found: list[InputError] = []

    def __enter__(self) -> None:
        """Begin a check."""

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> bool:
        """Collect an input error; any other goes on."""
        if not isinstance(error, InputError):
            return False
        self.found.append(error)
        return True

    def raise_together(self) -> None:
        """Raise the collected errors, if there are any, as one."""
        if len(self.found) == 1:
            raise self.found[0]
        if self.found:
            said = (str(error).split() for error in self.found)
            entries = {error.entry for error in self.found}
            raise InputError(
                f"{len(self.found)} inputs cannot be used.",
                detail="\n".join(f"- {' '.join(words)}" for words in said),
                entry=entries.pop() if len(entries) == 1 else "",
            )


class PolicyError(GateError):
    """The policy cannot be used, or this deployment is not one that it allows."""

    code = Code.POLICY
    exit_code = 2
    entry = "the-policy-cannot-be-used"


class RosterError(GateError):
    """A name among the approvers stands for nobody that the token can see."""

    code = Code.ROSTER
    exit_code = 2
    entry = "a-name-among-the-approvers-cannot-be-used"


class UnsatisfiableError(GateError):
    """The approvers cannot satisfy the rule, even if all of them approve."""

    code = Code.UNSATISFIABLE
    exit_code = 2
    entry = "too-few-people-can-approve"


class CheckFailedError(GateError):
    """A required check has not passed, and waiting cannot change that."""

    code = Code.CHECK_FAILED
    exit_code = 2
    entry = "a-required-check-has-not-passed"


class GitHubError(GateError):
    """GitHub refused, did not answer, or answered something that cannot be trusted."""

    code = Code.OUTAGE
    entry = "github-has-a-fault"


class PermissionDeniedError(GitHubError):
    """The token lacks the permission."""

    code = Code.PERMISSION
    entry = "the-token-lacks-a-permission"


class UnauthenticatedError(GitHubError):
    """The token is not valid, or no longer."""

    code = Code.UNAUTHENTICATED
    entry = "github-does-not-accept-the-token"


class NotFoundError(GitHubError):
    """It does not exist, or the token cannot see it."""

    code = Code.PERMISSION
    entry = "the-token-lacks-a-permission"


class IssueGoneError(GitHubError):
    """The approval issue was deleted or transferred, or issues are switched off."""

    code = Code.ISSUE_GONE
    entry = "the-approval-issue-is-gone"


class TamperedError(GitHubError):
    """The commit or the issue is no longer what people were asked about."""

    code = Code.TAMPERED
    entry = "the-tag-or-the-issue-changed-meanwhile"


class PolicyChangedError(GitHubError):
    """The policy changed after people were asked."""

    code = Code.POLICY_CHANGED
    entry = "the-policy-changed-meanwhile"


class RejectedError(GitHubError):
    """GitHub found a request invalid (422); the caller knows which input it was made from."""

    code = Code.INTERNAL
    entry = "github-rejected-a-request"


class LockedError(PermissionDeniedError):
    """The conversation is locked: no app can comment or react there."""

    entry = "the-conversation-is-locked"


class RetiredError(GitHubError):
    """GitHub no longer answers this version of its API."""

    entry = "github-no-longer-answers-this-version-of-its-api"


class TransientError(GitHubError):
    """The same request can succeed later: after so many seconds, if GitHub named a time."""

    def __init__(self, problem: str, *, retry_after: float | None = None, **said: str) -> None:
        super().__init__(problem, **said)
        self.retry_after = retry_after


class OutageError(TransientError):
    """GitHub did not answer, or not in the documented form."""


class UnsettledError(OutageError):
    """GitHub's answers contradict each other; they are read again."""


class RateLimitError(TransientError):
    """GitHub asked for fewer requests."""

    code = Code.RATE_LIMIT
    entry = "github-asks-for-fewer-requests"
