"""What people can do about a check that has failed; it quotes nothing, so it can be shown anywhere."""

from approval_gate.core.conditions.model import Assessment, State


def remedy(assessment: Assessment) -> str:
    """Return what makes a check pass, in a sentence or two; empty unless it has failed."""
    condition, lasting = assessment.condition, assessment.lasting
    remedies = (
        (
            condition.jobs,
            "Fix what failed and run those jobs again, or start a run that does not skip them. "
            "A name that this run does not have must be corrected in the policy."
            if lasting
            else "It passes by itself once they have succeeded.",
        ),
        (
            condition.reviews,
            "Bring such commits in by a pull request that is reviewed."
            if lasting
            else "Have the last commit approved by somebody with write access who wrote none of it.",
        ),
        (condition.no_open_issues, "Close every such issue, or take the label off."),
        (condition.deployed_to, "Deploy this commit there first."),
        (condition.details, "State it in the input `details`, in the form that the policy asks for."),
        (condition.changed, "Add such a file, and deploy the commit that has it."),
        (condition.hours, "Start the deployment again then." if lasting else "It passes by itself then."),
    )
    failed = assessment.state is State.FAILED
    return next((text for part, text in remedies if part and failed), "")
