"""Messages that no whole program brings about quickly: a test of another suite raises each of them.

GitHub contradicts itself there, breaks off in the middle, or answers more than a situation can hold.
"""

from collections.abc import Mapping, Sequence

RAISED: Mapping[str, Sequence[str]] = {
    "github/test_change.py: test_only_so_many_failed_deployments_are_read": (
        "exclude: of the last ",
        "Leave out the exclusion of authors until one has succeeded.",
    ),
    "github/test_change.py: test_too_many_commits_are_refused_with_a_remedy": (
        "exclude: there are more than ",
        "Let deployments be recorded:",
        "in all, since no deployment is known",
        "since \0 was deployed",
    ),
    "github/test_change.py: test_more_authors_than_can_be_read_are_an_error": (
        "exclude: the commit ",
        "Leave out the exclusion of authors for this once.",
    ),
    "github/test_change.py: test_a_repository_that_graphql_does_not_find_is_a_missing_permission": (
        "GitHub's GraphQL finds no such repository",
    ),
    "github/test_change.py: test_a_comparison_of_another_shape_or_with_commits_missing_is_an_outage": (
        "GitHub told \0 of the ",
    ),
    "github/test_change.py: test_the_history_of_another_commit_is_an_outage": (
        "GitHub told another history",
    ),
    "github/test_change.py: test_authors_of_another_shape_or_of_another_commit_are_an_outage": (
        "GitHub's GraphQL returned another number of ",
    ),
    "github/test_client.py: test_pages_without_a_link_back_are_an_outage": (
        "GitHub's last page does not lead back.",
    ),
    "github/test_client.py: test_pages_that_form_a_loop_are_an_outage": ("GitHub's pages lead in a circle.",),
    "github/test_issue.py: test_a_new_issue_without_an_author_is_an_outage": (
        "GitHub's answer about the new issue has no author.",
    ),
    "github/test_issue.py: test_a_request_that_github_rejects_for_another_cause_is_refused": (
        "what its answer names",
    ),
    "github/test_repository.py: test_a_file_that_is_not_text_is_read_as_none": (
        "is larger than 1 MB",
        "is not text in UTF-8",
    ),
    "github/test_thread.py: test_a_transferred_issue_is_another_issue": (
        "Issue \0 is no longer the approval issue",
    ),
    "github/test_thread.py: test_a_read_that_does_not_show_the_status_is_not_believed": (
        "GitHub's list of comments does not show yet",
    ),
    "github/test_thread.py: test_every_page_of_graphql_must_show_the_status": (
        "GitHub's GraphQL does not show yet",
    ),
    "github/test_thread.py: test_a_token_that_cannot_read_it_is_refused_with_a_remedy": (
        "GitHub's GraphQL does not find the repository.",
        "The token cannot read it by GraphQL.",
        "GitHub's GraphQL does not have a field",
    ),
    "github/test_history.py: test_a_copy_that_is_behind_is_waited_for_and_then_accepted": (
        "GitHub's edit history is behind the conversation.",
    ),
    "github/test_history.py: test_a_refusal_is_a_fault_until_it_has_lasted": (
        "GitHub's GraphQL refuses this token.",
    ),
    "gate/test_notify.py: test_a_warning_names_the_people_who_cannot_be_assigned": (
        "Not assigned to the issue:",
    ),
    "gate/test_notify.py: test_labels_that_github_dropped_are_set_again": ("set the labels ",),
}

SELDOM: Sequence[str] = (
    "A comment was deleted while the approval was being confirmed.",
    "The conversation changed while the approval was being confirmed.",
    "GitHub's answer was lost, so the gate cannot tell which issue it opened.",
    "Close it by hand, and pass a token that can use GitHub's GraphQL.",
    "The job was stopped before the gate could finish.",
    "name those who objected before",
    "a fault of GitHub's opened too",
    "Try again when GitHub answers; nothing was changed.",
    "{shown} is not allowed here.",
    "no longer an approver",
    "Name approvers other than `<0>`.",
    "Grant the token `actions: read`.",
    "the token cannot read it.",
    "a job on GitHub's runners, and its GITHUB_TOKEN, ends after 6 hours.",
    "Shorten the window.",
    "GitHub answers again, after \0",
    "reading it again",
    "GitHub allows few more requests for now; status, reactions and notices wait",
    "nothing, since this was reported before",
)
"""Texts that only a race, a second fault or a new sort of value prints, and lines of the log's progress."""
