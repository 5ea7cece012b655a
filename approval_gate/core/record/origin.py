"""Compares a record with its conversation on GitHub.

Anybody can write a record and its digest, and open an issue for it. But only the
gate's account can have opened its issue and written the closing comment, and only
the approvers theirs. So the closing comment must have this record, unedited, and the
answers must agree with it.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from approval_gate.core.decision import decide
from approval_gate.core.model import SHARED, Comment, Conversation, Modification, Person, Revision
from approval_gate.core.plain import cut, quoted, visible
from approval_gate.core.record.canonical import readable, sha256
from approval_gate.core.record.checks import Check, State, failed, ok, on, unchecked
from approval_gate.core.record.comments import joined
from approval_gate.core.record.model import AskedIssue
from approval_gate.core.record.reading import NotARecordError, Record, read_object
from approval_gate.core.record.trimming import gist_of
from approval_gate.core.wording import join

_TITLE = 80


def out_of_reach(record: Record, server: str) -> Check | None:
    """Return why a record cannot be compared on a server; None if it can."""
    issue = record.given.issue
    if issue is None:
        return failed("issue", "The record names no issue that it could be compared with.")
    if not issue.url.lower().startswith(f"{server}/".lower()):
        return failed("issue", f"{cut(visible(issue.url), 200)} is not on {server}.")
    return None


def compare(record: Record, found: Conversation, accounts: Collection[str]) -> Iterator[Check]:
    """Compare a record with its issue as GitHub has it now; only as far as it is the same issue.

    ``accounts`` are the logins that the gate can have: anybody can open an issue and decide it alone.
    """
    asked = record.given.issue
    if asked is None:
        return
    issue = _issue(record, asked, found, accounts)
    yield issue
    if issue.state is not State.OK:
        return
    yield _request(record, asked, found)
    yield _closing(record, found)
    yield from _answers(record, found)
    yield _denials(record, found)
    yield unchecked(
        "rights",
        "GitHub does not keep who had which rights then. The record has what GitHub answered at the time.",
    )


def opened_elsewhere(author: str, deployed: str | None, asked: str) -> str:
    """Say that the workflows of the deployed repository cannot have opened a request; empty if they can.

    A workflow's own token is limited to its own repository
    (https://docs.github.com/en/actions/concepts/security/github_token).
    """
    if author != SHARED or deployed is None or deployed.lower() == asked.lower():
        return ""
    return f"{SHARED} opened it in {visible(asked)}, where a workflow of {visible(deployed)} cannot write."


def _issue(record: Record, asked: AskedIssue, found: Conversation, accounts: Collection[str]) -> Check:
    """Whether this is the record's issue, and the gate's."""
    author = _who(found.author)
    if asked.id != found.issue_id:
        return failed("issue", f"{found.url} is not the record's issue, which is {visible(asked.url)}.")
    if asked.author.id != found.author.id:
        return failed("issue", f"{author} opened it; the record says {visible(asked.author.login)}.")
    if found.author.login.lower() not in map(str.lower, accounts):
        expected = visible(join([*accounts], "or"))
        return failed("issue", f"{author} opened it, and not {expected}. Name the gate's account: --account.")
    deployed = record.given.request.repository
    elsewhere = opened_elsewhere(found.author.login, deployed.name if deployed else None, asked.repository)
    if elsewhere:
        return failed("issue", elsewhere)
    if asked.nonce != found.nonce:
        return failed("issue", "Its marker has another nonce than the record.")
    return ok("issue", f"{author} opened it with this record's nonce.")


def _request(record: Record, asked: AskedIssue, found: Conversation) -> Check:
    """Whether title and text are those that the approvers saw."""
    changed = found.thread.changed
    known = record.inputs.thread.changed if record.inputs.thread else None
    if found.text is not None and sha256(_as_written(found.text)) != asked.body_digest:
        return failed("request", "The issue's first text is not the one whose digest the record has.")
    if changed is not None and (known is None or changed.at > known.at):
        return failed(
            "request",
            f"{_made('The title or the text was changed', changed)}, which is not in the record.",
        )
    if known is None and found.title != asked.title:
        return failed(
            "request",
            f"The title is {quoted(found.title, _TITLE)}; the record says {quoted(asked.title, _TITLE)}.",
        )
    if found.text is None:
        return unchecked("request", "The issue's first text can no longer be read.")
    return ok("request", "The issue's title and text are those of the record.")


def _as_written(text: str) -> str:
    """Return a text as the gate writes it: with one kind of line end, and one at the end."""
    return text.replace("\r\n", "\n").rstrip() + "\n"


def _closing(record: Record, found: Conversation) -> Check:
    """Whether the gate's account wrote this record on the issue, and nobody edited it."""
    comments: dict[str, Comment] = {}
    for name, comment in found.own:
        comments.setdefault(name, comment)
    if "closing" not in comments:
        return failed("closing", f"There is no closing comment by {_who(found.author)}.")
    touched = [it.modifications[-1] for it in comments.values() if it.modifications]
    if touched:
        return failed("closing", f"{_made('The closing comment was edited', touched[0])}.")
    try:
        there = read_object(joined(comment.revisions[-1].text or "" for comment in comments.values()))
    except NotARecordError as error:
        return failed("closing", f"The closing comment has no record. {error}")
    if there != record.document():
        return failed("closing", "The closing comment has another record.")
    return ok(
        "closing", f"{_who(found.author)} wrote this record in the closing comment, which nobody edited."
    )


def _answers(record: Record, found: Conversation) -> Iterator[Check]:
    """Whether each comment that counts is as it was."""
    decision, thread = record.derived.decision, record.inputs.thread
    if decision is None or thread is None:
        return
    counted = [vote.comment_id for vote in decision.votes if vote.counts]
    matter = dict.fromkeys((*counted, *(objection.comment_id for objection in decision.objections)))
    then, now = ({it.id: it for it in some.comments if it.id} for some in (thread, found.thread))
    for identity in filter(then.get, matter):
        yield _answer(record, then[identity], now.get(identity))


def _answer(record: Record, then: Comment, now: Comment | None) -> Check:
    what, wrote = "answer", f"{_who(then.author)} wrote comment {then.id}"
    if now is None and then.deletion is not None:
        return ok(what, f"{wrote}, which was deleted before the decision.")
    if now is None:
        return failed(what, f"{wrote}, which no longer exists.")
    if now.author is None or then.author is None:
        return unchecked(what, f"{wrote}. The author's account no longer exists.")
    if now.author.id != then.author.id:
        return failed(
            what, f"{_who(now.author)} wrote comment {then.id}; the record says {_who(then.author)}."
        )
    if now.created_at != then.created_at:
        return failed(what, f"{wrote} {on(now.created_at)}; the record says {on(then.created_at)}.")
    later = [it for it in now.modifications if it.at > (then.modified_at or then.created_at)]
    if later:
        return failed(what, f"{wrote}. {_made('It was edited', later[-1])}.")
    if not _alike(record, then.revisions[-1], now.revisions[-1]):
        return failed(what, f"{wrote} with another text: {quoted(now.revisions[-1].text or '', _TITLE)}.")
    if (now.via_app, now.via_email) != (then.via_app, then.via_email):
        return failed(what, f"{wrote} in another way than recorded: through an app or by e-mail.")
    if now.hidden and not then.hidden:
        return failed(what, f"{wrote}, which is hidden now.")
    return ok(what, f"{wrote} {on(then.created_at)}, as recorded.")


def _alike(record: Record, then: Revision, now: Revision) -> bool:
    """Whether a text is the recorded one. That one can be cut, but must still come to the same."""
    if then.text is None or now.text is None:
        return then.text == now.text
    if readable(now.text).splitlines() == then.text.splitlines():
        return True
    rule = record.inputs.rule
    return (
        rule is not None
        and bool(record.left_out.texts_cut)
        and gist_of(then, rule.vocabulary) == gist_of(now, rule.vocabulary)
    )


def _denials(record: Record, found: Conversation) -> Check:
    """Whether the record has every denial of the conversation, whenever it was written."""
    what, asked, decision = "denials", record.inputs.asked, record.derived.decision
    if asked is None or decision is None:
        return unchecked(what, "According to the record, nobody was asked.")
    known, ended = {it.comment_id for it in decision.objections}, record.given.ended_at
    opened = found.thread.opened_at
    last = max((it.created_at for it in found.thread.comments), default=opened)
    forever = replace(asked.rule, window=max(asked.rule.window, last - opened))
    objections = decide(forever, asked.roster, found.thread, last).objections
    new = next((it for it in objections if it.denies and it.comment_id not in known), None)
    if new is not None:
        when = "after the decision" if new.at > ended else "which is not in the record"
        return failed(what, f"{_who(new.person)} denied {on(new.at)}, {when}: comment {new.comment_id}.")
    lost = next((it for it in objections if not it.comment_id and it.at <= ended), None)
    if lost is not None and not any(it.id == 0 for it in asked.thread.comments):
        return unchecked(
            what, f"A comment by {_who(lost.person)} was deleted {on(lost.at)} and cannot be read."
        )
    return ok(what, "The record has every denial of the conversation.")


def _made(what: str, change: Modification) -> str:
    by = _who(change.by) if change.by else "an account that GitHub does not name"
    return f"{what} by {by} {on(change.at)}"


def _who(person: Person | None) -> str:
    return visible(person.login) if person else "a deleted account"
