"""Tampering cannot improve an outcome: one table, with a row for each thing that people can do.

A row has a name, the acts, and the expected end with the people who count. An act is
``minute what``; ``-`` for the minute means before the run, ``---`` begins the run's next
attempt, and ``+++`` another gate of the same attempt. The gate polls every 37 seconds, so
an act three seconds after another happens before the gate has seen that one. ``!`` marks
tampering, and one law holds for every row: a scene that ends approved would end approved
without its tampering too, by the same people.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from approval_gate.emulator.world import Issue
from approval_gate.rehearsal.scenarios import COMMIT, POLICY, REPOSITORY, RUN, TEMPLATE
from tests.whole.stage import Ended, Killed, Stage

NONCES = [character * 32 for character in "0123"]
OTHER = "acme/other"
POLICY_FILE = ".github/approval-policy.yml"
SETTINGS = {
    "a policy": {
        "policy-file": POLICY_FILE,
        "deployment-type": "emergency",
        "details": TEMPLATE,
        "approvers": "",
        "minimum-approvals": "",
    },
    "the initiator excluded": {"exclude-workflow-initiator-as-approver": "true"},
    "write access not required": {
        "require-write-access": "false",
        "approvers": "devops-team,platform-leads",
    },
    "ann's token": {"token": "pat"},
    "the job's own token": {
        "token": "demo-job-token",
        "approvers": "devops-team",
        "minimum-approvals": "1",
    },
    "votes by mail excluded": {"allow-email-votes": "false"},
    "closing as a denial": {"close-issue-means-denial": "true"},
    "the issue kept open": {"keep-issue-open": "true"},
    "a text with continuation comments": {"issue-body": "- [ ] one step of many\n" * 4_000},
}
"""Inputs of the step in addition to the process's own."""
LINE = "\nAnd `v0.9.0` to `production`."


# What people do ----------------------------------------------------------------------


def _issue(stage: Stage, number: str | None = None) -> Issue:
    return stage.world.issue(REPOSITORY, int(number) if number else stage.number())


def _says(stage: Stage, who: str, number: str | None, app: str | None, text: str) -> None:
    said = text.replace("\\n", "\n").replace("MARK", f"<!-- approval-gate:v1 status nonce={NONCES[0]} -->")
    for login in who.split(", "):
        stage.world.comment(REPOSITORY, _issue(stage, number).number, login, said, via_app=app)


def _edits(stage: Stage, who: str, whose: str | None, text: str) -> None:
    stage.world.edit_comment(stage.last(whose or who), by=who, body=text)


def _deletes(stage: Stage, who: str, whose: str | None) -> None:
    stage.world.delete_comment(stage.last(whose or who), by=who)


def _writes(stage: Stage, who: str, what: str) -> None:
    body = _issue(stage).body
    changed = {
        "a line in": body + LINE,
        "the line out": body.removesuffix(LINE),
        "a box out": body.replace("- [ ] **Rollback plan ready**", "- **Rollback plan ready**"),
        "ticks in": body.replace("- [ ]", "- [x]", 4).replace("\n", "\r\n"),
    }[what]
    assert changed != body
    stage.world.edit_issue(REPOSITORY, stage.number(), by=who, body=changed)


def _edits_continuation(stage: Stage, who: str, what: str) -> None:
    """Somebody changes the comment that continues the issue's text."""
    comment = next(it for it in _issue(stage).comments if " more-0 nonce=" in it.body)
    changed = {
        "a line in": comment.body + LINE,
        "the line out": comment.body.removesuffix(LINE),
        "ticks in": comment.body.replace("- [ ]", "- [x]", 4).replace("\n", "\r\n"),
        "nothing": None,
    }[what]
    if changed is None:
        stage.world.delete_comment(comment.id, by=who)
    else:
        stage.world.edit_comment(comment.id, by=who, body=changed)


def _reopens(stage: Stage, who: str, number: str | None) -> None:
    stage.world.reopen_issue(REPOSITORY, _issue(stage, number).number, by=who)


def _becomes_a_discussion(stage: Stage, how: str) -> None:
    """GitHub redirects its page; its API is not documented and can do any of these."""
    if how == "closed":
        _issue(stage).locked = True
        stage.world.close_issue(REPOSITORY, stage.number(), by="bob")
        return
    location = {"location": f"https://github.example/{REPOSITORY}/discussions/1"}
    for method in ("GET", "POST", "PATCH"):
        path = f"/repos/{REPOSITORY}/issues/{stage.number()}(/|$)"
        stage.fault(method=method, path=path, times=None, status=int(how), headers=location)


def _opens(stage: Stage, who: str, attempt: str) -> None:
    """Somebody opens an issue that looks like the gate's, marker and all."""
    marker = f"<!-- approval-gate:v1 run={RUN} attempt={attempt} nonce={NONCES[0]} -->"
    title = "Production Deployment Approval: v1.2.3"
    made = stage.world.open_issue(REPOSITORY, who, title, f"{LINE}\n{marker}")
    made.labels = ["deployment", "production", "approval-required"]


def _policy_becomes(stage: Stage, text: str) -> None:
    stage.world.repos[REPOSITORY].files[POLICY_FILE] = POLICY if text == "what it was" else text


def _is_killed(_: Stage) -> None:
    raise Killed


ACTS: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"(\S+) edits(?: (\w+)'s)? to (.+)", _edits),
    (r"(\S+) deletes(?: (\w+)'s)?", _deletes),
    (r"(\w+) hides (\w+)'s", lambda s, _, w: s.world.hide_comment(s.last(w))),
    (r"(\w+) shows (\w+)'s", lambda s, _, w: s.world.hide_comment(s.last(w), None)),
    (
        r"(\w+) by mail: (.+)",
        lambda s, w, t: s.world.comment(REPOSITORY, s.number(), w, t, via_email=True),
    ),
    (r"the first text of (\w+) is removed", lambda s, w: s.world.delete_revision(s.last(w), 0)),
    (r"(\w+) writes (.+) where it goes on", _edits_continuation),
    (r"(\w+) writes (.+)", _writes),
    (r"(\w+) calls it (.+)", lambda s, w, t: s.world.edit_issue(REPOSITORY, s.number(), by=w, title=t)),
    (r"(\S+) closes", lambda s, w: s.world.close_issue(REPOSITORY, s.number(), by=w)),
    (r"(\w+) reopens(?: #(\d))?", _reopens),
    (r"(\w+) labels it (.+)", lambda s, _, label: _issue(s).labels.append(label)),
    (r"it is (un)?locked", lambda s, un: setattr(_issue(s), "locked", not un)),
    (r"it is deleted", lambda s: s.world.delete_issue(REPOSITORY, s.number())),
    (r"it is transferred", lambda s: s.world.transfer_issue(REPOSITORY, s.number(), OTHER)),
    (r"it becomes a discussion, (\w+)", _becomes_a_discussion),
    (r"(\w+) opens one of attempt (\d)", _opens),
    (r"its opening fails", lambda s: s.fault(method="POST", path=f"/repos/{REPOSITORY}/issues$", status=503)),
    (r"the gate is killed", _is_killed),
    (r"(\S+) joins (\S+)", lambda s, w, t: s.world.join(f"acme/{t}", w)),
    (r"(\S+) leaves (\S+)", lambda s, w, t: s.world.leave(f"acme/{t}", w)),
    (r"the team (\S+) may (\w+)", lambda s, t, r: s.world.permit(REPOSITORY, r, f"acme/{t}")),
    (r"(\S+) may (\w+)", lambda s, w, r: s.world.permit(REPOSITORY, r, w)),
    (r"(\S+) is a bot", lambda s, w: s.world.user(w, kind="Bot")),
    (r"the account of (\S+) is deleted", lambda s, w: s.world.delete_user(w)),
    (r"(\S+) is called (\S+) now", lambda s, w, n: s.world.rename_user(w, n)),
    (r"a stranger takes the name (\S+)", lambda s, w: s.world.user(w)),
    (r"the token is (\w+)'s", lambda s, w: s.world.token("pat", login=w)),
    (r"the attempts were started by (.+)", lambda s, w: s.world.run(REPOSITORY, RUN, w.split(", "))),
    (r"the tag moves", lambda s: s.world.tag(REPOSITORY, "v1.2.3", "f" * 40)),
    (r"the tag moves back", lambda s: s.world.tag(REPOSITORY, "v1.2.3", COMMIT)),
    (r"the tag is gone", lambda s: s.world.tag(REPOSITORY, "v1.2.3", None)),
    (r"the policy becomes (.+)", _policy_becomes),
    (r"the policy is gone", lambda s: s.world.repos[REPOSITORY].files.pop(POLICY_FILE)),
    (r"(\S+?(?:, \S+)*)(?: on #(\d))?(?: by the app (\w+))?: (.*)", _says),
)


def doing(said: str) -> Callable[[Stage], object]:
    """Find the function for an act."""
    for pattern, does in ACTS:
        if found := re.fullmatch(pattern, said):
            return lambda stage: does(stage, *found.groups())
    raise AssertionError(f"unknown act: {said}")


TABLE = """\
# an approval

counts
    1 cid: approve; 6 lea: approve
    => approved quorum: cid,lea
counts once for a person, however often it is given
    1 cid: approve; 3 cid: approve; 4 cid: lgtm
    => timed-out window-closed: cid
edited by its author
    1 cid: approve; 3! cid edits to approve - x; 6 lea: approve
    => timed-out window-closed: lea
edited by its author before it was seen
    1 cid: approve; 1.05! cid edits to approve - x; 6 lea: approve
    => timed-out window-closed: lea
edited within its first second
    1 cid: yes?; 1! cid edits to approve; 6 lea: approve
    => timed-out window-closed: lea
that another created by an edit within the comment's first second counts for nobody
    1 cid: yes?; 1! bob edits cid's to approve; 6 lea, max: approve
    => approved quorum: lea,max
edited and changed back
    1 cid: approve; 3! cid edits to x; 4! cid edits to approve; 6 lea: approve
    => timed-out window-closed: lea
edited and changed back between two polls
    1 cid: approve; 1.05! cid edits to x; 1.1! cid edits to approve; 6 lea: approve
    => timed-out window-closed: lea
edited and changed back by another between two polls
    1 cid: approve; 1.05! bob edits cid's to x; 1.1! bob edits cid's to approve; 6 lea: approve
    => timed-out window-closed: lea
edited by another
    1 cid: approve; 3! bob edits cid's to lgtm; 6 lea: approve
    => timed-out window-closed: lea
edited by another and written again
    1 cid: approve; 3! bob edits cid's to lgtm; 4 cid: approve; 6 lea: approve
    => approved quorum: cid,lea
edited by a bot
    1 cid: approve; 3! helper[bot] edits cid's to lgtm; 6 lea: approve
    => timed-out window-closed: lea
edited by the gate's own account
    1 cid: approve; 3! acme-approval-gate[bot] edits cid's to lgtm; 6 lea: approve
    => timed-out window-closed: lea
that was talk
    1 cid: hello; 3! cid edits to approve; 6 lea: approve
    => timed-out window-closed: lea
that another wrote into talk counts for nobody and holds nothing
    1 cid: hello; 3! bob edits cid's to approve; 6 lea, max: approve
    => approved quorum: lea,max
that was talk before it was seen
    1 cid: hello; 1.05! cid edits to approve; 6 lea: approve
    => timed-out window-closed: lea
deleted by its author
    1 cid: approve; 3! cid deletes; 6 lea: approve
    => timed-out window-closed: lea
deleted by another
    1 cid: approve; 3! bob deletes cid's; 6 lea: approve
    => timed-out window-closed: lea
deleted by another before it was seen
    1 cid: approve; 1.05! bob deletes cid's; 6 lea, max: approve
    => timed-out window-closed: lea,max
by an app in a person's name
    1 cid by the app bridge: approve; 6 lea: approve
    => timed-out window-closed: lea
by a stranger
    1 mallory: approve; 6 lea: approve
    => timed-out window-closed: lea
by a bot of the team
    - dora is a bot; - dora joins devops-team; - dora may write; 1 dora: approve; 6 lea: approve
    => timed-out window-closed: lea
by the account of the token
    with ann's token
    - the token is ann's; 1 ann: approve; 6 lea: approve
    => timed-out window-closed: lea
by the gate's own bot
    1 acme-approval-gate[bot]: approve; 6 lea: approve
    => timed-out window-closed: lea
by an account that was deleted
    1 cid: approve; 3 the account of cid is deleted; 6 lea: approve
    => timed-out window-closed: lea
by an account that was deleted before it was seen
    1 cid: approve; 1.05 the account of cid is deleted; 6 lea: approve
    => timed-out window-closed: lea
on another issue
    - mallory opens one of attempt 1; 1! cid, lea on #1: approve; 6 lea: approve
    => timed-out window-closed: lea [open closed]
behind a marker of the gate
    1! cid: MARK\\napprove; 6 lea: approve
    => timed-out window-closed: lea
before a marker of the gate, which is a person's own text
    1! cid: approve\\n\\nMARK; 6 lea: approve
    => approved quorum: cid lea

hidden by somebody
    1 cid: approve; 3! bob hides cid's; 6 lea: approve
    => timed-out window-closed: lea
hidden by somebody within its first second
    1 cid: approve; 1! bob hides cid's; 6 lea: approve
    => timed-out window-closed: lea
hidden and shown again
    1 cid: approve; 3 bob hides cid's; 4 bob shows cid's; 6 lea: approve
    => approved quorum: cid,lea
by mail
    1 cid by mail: approve; 6 lea: approve
    => approved quorum: cid,lea
by mail, where that does not count
    with votes by mail excluded
    1 cid by mail: approve; 6 lea: approve
    => timed-out window-closed: lea

# a denial

hidden by somebody
    1 cid: deny - red tests; 1! bob hides cid's; 6 lea, max: approve
    => denied denied
hidden by somebody before a reason was given
    1 cid: deny; 3! bob hides cid's; 6 lea, max: approve
    => denied denied-without-reason: lea,max
by mail, where an approval by mail does not count
    with votes by mail excluded
    1 cid by mail: deny - red tests; 6 lea, max: approve
    => denied denied
counts
    1 cid: deny - red tests; 6 lea, max: approve
    => denied denied
edited into talk before it was seen
    1 cid: deny - red tests; 1.05! cid edits to never mind; 6 lea, max: approve
    => denied denied
edited into talk by another before it was seen
    1 cid: deny - red tests; 1.05! bob edits cid's to hm; 6 lea, max: approve
    => denied denied
edited into an approval before it was seen
    1 cid: deny - red tests; 1.05! cid edits to approve; 6 lea, max: approve
    => denied denied
edited into an approval by another before it was seen
    1 cid: deny - red tests; 1.05! bob edits cid's to approve; 6 lea, max: approve
    => denied denied
edited within its first second
    1 cid: deny - red tests; 1! cid edits to approve; 6 lea, max: approve
    => denied denied: lea,max
edited by another within its first second
    1 cid: deny - red tests; 1! bob edits cid's to approve; 6 lea, max: approve
    => denied denied: lea,max
edited and changed back
    1 cid: deny; 3! cid edits to approve; 4! cid edits to deny; 6 lea, max: approve
    => denied denied-without-reason: lea,max
without a reason edited into talk
    1 cid: deny; 3! cid edits to hello; 6 lea, max: approve
    => denied denied-without-reason: lea,max
without a reason edited into talk by another
    1 cid: deny; 3! bob edits cid's to hello; 6 lea, max: approve
    => denied denied-without-reason: lea,max
without a reason edited into an approval
    1 cid: deny; 3! cid edits to approve; 6 lea, max: approve
    => denied denied-without-reason: lea,max
without a reason edited into an approval by another
    1 cid: deny; 3! bob edits cid's to approve; 6 lea, max: approve
    => denied denied-without-reason: lea,max
without a reason edited to give one
    1 cid: deny; 3 cid edits to deny - red tests; 6 lea, max: approve
    => denied denied
without a reason deleted by its author
    1 cid: deny; 3! cid deletes; 6 lea, max: approve
    => denied denied-without-reason: lea,max
without a reason deleted by another
    1 cid: deny; 3! bob deletes cid's; 6 lea, max: approve
    => denied denied-without-reason: lea,max
deleted by its author before it was seen
    1 cid: deny - red tests; 1.05 cid deletes; 6 lea, max: approve
    => approved quorum: lea,max
deleted by another before it was seen
    1 cid: deny - red tests; 1.05! bob deletes cid's; 6 lea, max: approve
    => timed-out window-closed: lea,max
edited, then deleted, before it was seen
    1 cid: deny - red tests; 1.05! bob edits cid's to hello; 1.1! bob deletes cid's;
    6 lea, max: approve
    => timed-out window-closed: lea,max
deleted by another before it was seen, and only talk by its author afterwards
    1 cid: deny - red tests; 1.05! bob deletes cid's; 3 cid: who did that?; 6 lea, max: approve
    => timed-out window-closed: lea,max
deleted by another before it was seen, and only talk by its author, who deleted earlier talk
    0.3 cid: hello; 1 cid deletes; 2 cid: deny - red tests; 2.05! bob deletes cid's; 3 cid: who did that?;
    6 lea, max: approve
    => timed-out window-closed: lea,max
deleted by another before it was seen, and given again
    1 cid: deny - red tests; 1.05! bob deletes cid's; 3 cid: deny - red tests; 6 lea, max: approve
    => denied denied
deleted before it was seen, and an approval by its author afterwards
    1 cid: deny; 1.05! bob deletes cid's; 3 cid: approve; 6 lea: approve
    => approved quorum: cid,lea
with a first text that can no longer be read
    1 cid: deny - no; 1.05! cid edits to hello; 1.1! the first text of cid is removed;
    6 lea, max: approve
    => timed-out window-closed: lea,max
with a first text that can no longer be read, and talk by its author afterwards
    1 cid: deny - no; 1.05! bob edits cid's to hello; 1.1! the first text of cid is removed;
    3 cid: hello?; 6 lea, max: approve
    => timed-out window-closed: lea,max
without a reason deleted and given again
    1 cid: deny; 3! cid deletes; 4 cid: approve; 6 lea: approve
    => approved quorum: cid,lea
without a reason edited and given again
    1 cid: deny; 3! cid edits to approve; 4 cid: approve; 6 lea: approve
    => approved quorum: cid,lea
before an approval that is deleted
    1 cid: deny; 3 cid: approve; 4! cid deletes; 6 lea, max: approve
    => denied denied-without-reason: lea,max
before a revocation that another edits
    1 cid: deny; 3 cid: revoke; 4! bob edits cid's to hello; 6 lea, max: approve
    => denied denied-without-reason: lea,max
that an app revokes in a person's name
    1 cid: deny; 3! cid by the app bridge: revoke; 6 lea, max: approve
    => denied denied-without-reason: lea,max
by an app in a person's name
    1 cid by the app bridge: deny - red tests; 6 lea, max: approve
    => denied denied
by a stranger
    1! mallory: deny - x; 3! mallory deletes; 6 lea, max: approve
    => approved quorum: lea,max
by a bot of the team
    - dora is a bot; - dora joins devops-team; - dora may write; 1 dora: deny - x;
    6 lea, max: approve
    => approved quorum: lea,max
by the account of the token
    with ann's token
    - the token is ann's; 1 ann: deny - x; 6 lea, max: approve
    => denied denied
by an account that was deleted
    1 cid: deny; 3 the account of cid is deleted; 6 lea, max: approve
    => denied denied-without-reason: lea,max
by an account that was deleted before it was seen
    1 cid: deny - x; 1.05 the account of cid is deleted; 6 lea, max: approve
    => approved quorum: lea,max
after the quorum in the thread
    1 lea, max: approve; 1.05 cid: deny - red tests
    => denied denied: lea,max
after the quorum, deleted before it was seen
    1 lea, max: approve; 1.05 cid: deny - x; 1.1! bob deletes cid's
    => timed-out window-closed: lea,max

# a revocation

counts
    1 cid: approve; 3 cid: revoke; 6 lea: approve
    => timed-out window-closed: lea
edited into talk
    1 cid: approve; 3 cid: revoke; 4! cid edits to thanks; 6 lea: approve
    => timed-out window-closed: lea
edited into talk before it was seen
    1 cid: approve; 3 cid: revoke; 3.05! cid edits to thanks; 6 lea: approve
    => timed-out window-closed: lea
edited into an approval by another
    1 cid: approve; 3 cid: revoke; 4! bob edits cid's to approve; 6 lea: approve
    => timed-out window-closed: lea
deleted by its author
    1 cid: approve; 3 cid: revoke; 4! cid deletes; 6 lea: approve
    => timed-out window-closed: lea
deleted by another
    1 cid: approve; 3 cid: revoke; 4! bob deletes cid's; 6 lea: approve
    => timed-out window-closed: lea
deleted before it was seen
    1 cid: approve; 3 cid: revoke; 3.05! bob deletes cid's; 6 lea: approve
    => timed-out window-closed: lea
deleted before it was seen, and only talk by its author afterwards
    1 cid: approve; 3 cid: revoke; 3.05! bob deletes cid's; 4 cid: hello?; 6 lea: approve
    => timed-out window-closed: lea
by an app in a person's name
    1 cid: approve; 3 cid by the app bridge: revoke; 6 lea: approve
    => timed-out window-closed: lea

# talk

edited by another holds nothing: its text is known
    1 cid: hello; 3! bob edits cid's to hi; 6 lea, max: approve
    => approved quorum: lea,max
edited by its author
    1 cid: hello; 3! cid edits to hi; 6 lea, max: approve
    => approved quorum: lea,max
deleted by its author
    1 cid: hello; 3! cid deletes; 6 lea, max: approve
    => approved quorum: lea,max
deleted by another holds nothing: its text is known
    1 cid: hello; 3! bob deletes cid's; 6 lea, max: approve
    => approved quorum: lea,max
deleted once by its author and once by another holds: either event can belong to either comment
    1 cid: a; 1 cid: b; 3! cid deletes; 3! bob deletes cid's; 6 lea, max: approve
    => timed-out window-closed: lea,max
misspelt, seen, and deleted by its author before the approval
    1 lea: aprove; 3 lea deletes; 4 lea: approve; 6 max: approve
    => approved quorum: lea,max
misspelt, and deleted by its author before it was seen
    1 lea: aprove; 1.05 lea deletes; 1.1 lea: approve; 6 max: approve
    => approved quorum: lea,max
by a stranger does not matter
    1! mallory: hello; 3! bob edits mallory's to approve; 4! bob deletes mallory's;
    6 lea, max: approve
    => approved quorum: lea,max

# the request

is retitled
    1 cid: approve; 3! bob calls it Another; 6 lea: approve
    => timed-out window-closed: lea
is retitled and changed back
    1 cid: approve; 3! bob calls it Another; 4! bob calls it Production Deployment Approval: v1.2.3;
    6 lea: approve
    => timed-out window-closed: lea
is retitled and changed back between two polls
    1 cid: approve; 3! bob calls it Another;
    3.05! bob calls it Production Deployment Approval: v1.2.3; 6 lea: approve
    => timed-out window-closed: lea
is rewritten
    1 cid: approve; 3! bob writes a line in; 6 lea: approve
    => timed-out window-closed: lea
is rewritten and changed back
    1 cid: approve; 3! bob writes a line in; 4! bob writes the line out; 6 lea: approve
    => timed-out window-closed: lea
is rewritten and changed back between two polls
    1 cid: approve; 3! bob writes a line in; 3.05! bob writes the line out; 6 lea: approve
    => timed-out window-closed: lea
is rewritten before anybody answers
    1! bob writes a line in; 6 lea, max: approve
    => approved quorum: lea,max
is rewritten in a continuation comment
    with a text with continuation comments
    1 cid: approve; 3! bob writes a line in where it goes on; 6 lea: approve
    => timed-out window-closed: lea
is rewritten in a continuation comment and changed back between two polls
    with a text with continuation comments
    1 cid: approve; 3! bob writes a line in where it goes on;
    3.05! bob writes the line out where it goes on; 6 lea: approve
    => timed-out window-closed: lea
loses a continuation comment
    with a text with continuation comments
    1 cid: approve; 3! bob writes nothing where it goes on; 6 lea: approve
    => timed-out window-closed: lea
is ticked in a continuation comment
    with a text with continuation comments
    1 cid: approve; 3 bob writes ticks in where it goes on; 6 lea: approve
    => approved quorum: cid,lea
loses a box
    1 cid: approve; 3! bob writes a box out; 6 lea: approve
    => timed-out window-closed: lea
is ticked
    1 cid: approve; 3 bob writes ticks in; 6 lea: approve
    => approved quorum: cid,lea
is closed
    1 cid: approve; 3! bob closes; 6 lea: approve
    => cancelled issue-closed: cid
is closed by a stranger
    1 cid: approve; 3! mallory closes; 6 lea: approve
    => cancelled issue-closed: cid
is closed by the gate's own account
    1 cid: approve; 3! acme-approval-gate[bot] closes; 6 lea: approve
    => cancelled replaced: cid
is closed where that denies
    with closing as a denial
    1 cid: approve; 3 sue closes; 6 lea: approve
    => denied issue-closed: cid
is closed and reopened
    3! bob closes; 4! bob reopens; 6 lea, max: approve
    => cancelled issue-closed
is closed and reopened between two polls
    1 cid: approve; 3! bob closes; 3.05! bob reopens; 6 lea: approve
    => cancelled issue-closed: cid,lea
is closed by a stranger where that denies
    with closing as a denial
    3! mallory closes
    => cancelled issue-closed
is closed after the quorum, before it was seen
    1 lea, max: approve; 1.05! bob closes
    => cancelled issue-closed: lea,max
is locked
    1 cid: approve; 3! it is locked; 6 lea: approve
    => approved quorum: cid,lea
is unlocked
    0.5! it is locked; 1 cid: approve; 3! it is unlocked; 4! mallory: approve
    => timed-out window-closed: cid
is transferred
    3! it is transferred; 6 lea, max: approve
    => error tampered
is deleted
    1 cid: approve; 3! it is deleted
    => error issue-gone: cid
becomes a discussion and gives a 410
    1 cid: approve; 3! it becomes a discussion, 410
    => error issue-gone: cid
becomes a discussion and gives a 404
    1 cid: approve; 3! it becomes a discussion, 404
    => error issue-gone: cid
becomes a discussion and gives a redirect
    1 cid: approve; 3! it becomes a discussion, 301
    => error outage: cid
becomes a discussion and is closed
    1 cid: approve; 3! it becomes a discussion, closed
    => cancelled issue-closed: cid

# people who

join the team
    3! dee joins devops-team; 4 dee: approve; 6 lea: approve
    => timed-out window-closed: lea
join the team and get write access
    - hal may read; 3! hal joins devops-team; 3! hal may write; 4 hal: approve; 6 lea: approve
    => timed-out window-closed: lea
leave the team before they answer
    1! cid leaves devops-team; 3 cid: approve; 6 lea: approve
    => timed-out window-closed: lea
leave the team after they answered
    1 cid: approve; 3! cid leaves devops-team; 6 lea: approve
    => timed-out window-closed: lea
leave the team and come back
    1 cid: approve; 3 cid leaves devops-team; 4 cid joins devops-team; 6 lea: approve
    => approved quorum: cid,lea
leave the team, and deny
    1! cid leaves devops-team; 3 cid: deny - I still care; 6 lea, max: approve
    => denied denied
lose write access
    1 ayo-anu: approve; 3! ayo-anu may read; 6 lea: approve
    => timed-out window-closed: lea
lose all access
    1 ayo-anu: approve; 3! ayo-anu may none; 6 lea: approve
    => timed-out window-closed: lea
lose write access and get it back
    1 ayo-anu: approve; 3 ayo-anu may read; 4 ayo-anu may write; 6 lea: approve
    => approved quorum: ayo-anu,lea
are in a team that loses write access
    1 cid: approve; 3! the team devops-team may read; 6 lea: approve
    => timed-out window-closed: lea
are in a team that loses write access and gets it back
    1 cid: approve; 3 the team devops-team may read; 4 the team devops-team may write; 6 lea: approve
    => approved quorum: cid,lea
lose write access after they denied
    1 cid: deny; 3! the team devops-team may read; 6 lea, max: approve
    => denied denied-without-reason: lea,max
cannot write at first, and get write access while the gate waits
    - ayo-anu may read; 3! ayo-anu may write; 4 ayo-anu: approve; 6 lea: approve
    => timed-out window-closed: lea
take over an approver's name
    2! ayo-anu is called ayo now; 3! ayo-anu may write; 4! ayo-anu: approve; 6 lea: approve
    => timed-out window-closed: lea
take over an approver's name after the answer
    1 ayo-anu: approve; 2! ayo-anu is called ayo now; 3! a stranger takes the name ayo-anu;
    3! ayo-anu may write; 6 lea: approve
    => timed-out window-closed: lea
leave, and a member takes over the name
    1 cid: approve; 2! cid leaves devops-team; 2! cid is called cyd now; 3! bob is called cid now;
    6 lea: approve
    => timed-out window-closed: lea
swap names with a member, where write access is not required
    with write access not required
    1 cid: approve; 2! cid leaves devops-team; 2! cid is called cyd now; 3! bob is called cid now;
    6 lea: approve
    => timed-out window-closed: lea
have the name of a team that the token cannot see
    with the job's own token
    - a stranger takes the name devops-team; 1 devops-team: approve
    => error roster
are renamed
    3 cid is called cyd now; 4 cyd: approve; 6 lea: approve
    => timed-out window-closed: lea
deny by a name that they took over
    2! cid is called cyd now; 3! cid may write; 4! cid: deny - x; 6 lea, max: approve
    => approved quorum: lea,max

# what is deployed

is a tag that moved
    3! the tag moves; 6 lea, max: approve
    => error tampered: lea,max
is a tag that moved before anybody answered, and moved back
    3 the tag moves; 4 the tag moves back; 6 lea, max: approve
    => approved quorum: lea,max
is a tag that is gone
    3! the tag is gone; 6 lea, max: approve
    => error tampered: lea,max
is under a policy that changed
    with a policy
    3! the policy becomes version: 1; 6 lea: approve
    => error policy-changed: lea
is under a policy that changed and changed back
    with a policy
    3 the policy becomes version: 1; 4 the policy becomes what it was; 6 lea: approve
    => approved quorum: lea
is under a policy that is gone
    with a policy
    3! the policy is gone; 6 lea: approve
    => error policy-changed: lea
is under a policy, and denied meanwhile
    with a policy
    3! the policy is gone; 6 sam: deny - x
    => denied denied

# one request

is replaced by a re-run, which asks again
    1 cid, lea: deny; 2 the gate is killed
    ---
    4 lea: approve
    => timed-out window-closed: lea [closed closed]
is replaced, and its approvals do not count for the new one
    1 cid: approve; 2 the gate is killed
    ---
    4 lea: approve
    => timed-out window-closed: lea [closed closed]
is replaced, though somebody labelled it as approved
    1 cid: approve; 1.5 bob labels it approved; 2 the gate is killed
    ---
    4 lea: approve
    => timed-out window-closed: lea [closed closed]
is replaced, and reopened for a vote
    1 cid: approve; 2 the gate is killed
    ---
    3! bob reopens #1; 4! cid on #1: approve; 6 lea: approve
    => timed-out window-closed: lea [open closed]
was approved and left open
    with the issue kept open
    1 cid, lea: approve
    ---
    4 cid: approve
    => timed-out window-closed: cid [open closed]
was approved and is reopened
    1 cid, lea: approve
    ---
    3! bob reopens #1; 4! lea on #1: approve; 6 cid: approve
    => timed-out window-closed: cid [open closed]
was approved, and the next attempt by other people
    1 cid, lea: approve
    ---
    6 lea, max: approve
    => approved quorum: lea,max [closed closed]
does not get the approvals of another gate in the same attempt
    2 the gate is killed
    +++
    3 cid, lea on #1: approve; 4 lea: approve
    => timed-out window-closed: lea [open closed]
was denied and is asked for again
    1 cid: deny - no
    ---
    4 lea: approve
    => timed-out window-closed: lea [closed closed]

# imitations

are not an earlier attempt
    - mallory opens one of attempt 1; 1 the gate is killed
    ---
    4 lea: approve
    => timed-out window-closed: lea [open closed closed]
by an approver are not an earlier attempt
    - cid opens one of attempt 1; 1 the gate is killed
    ---
    4! cid on #1: approve; 6 lea: approve
    => timed-out window-closed: lea [open closed closed]
are not mistaken for the issue whose response was lost
    - mallory opens one of attempt 1; - its opening fails; 6 lea, max: approve
    => approved quorum: lea,max [open closed]
are not closed with the one that they imitate
    1! mallory opens one of attempt 1; 2 lea, max on #1: approve
    => approved quorum: lea,max [closed open]

# initiators

cannot approve
    with the initiator excluded; GITHUB_ACTOR=ann; GITHUB_TRIGGERING_ACTOR=ann
    1 ann: approve; 6 lea: approve
    => timed-out window-closed: lea
can deny
    with the initiator excluded; GITHUB_ACTOR=ann; GITHUB_TRIGGERING_ACTOR=ann
    1 ann: deny - oh; 6 lea, max: approve
    => denied denied
include the actor, even if another person pressed the button
    with the initiator excluded; GITHUB_ACTOR=ann
    1 ann: approve; 6 lea: approve
    => timed-out window-closed: lea
include the person who pressed the button, even if the actor is another
    with the initiator excluded; GITHUB_TRIGGERING_ACTOR=ann
    1 ann: approve; 6 lea: approve
    => timed-out window-closed: lea
are recognised by account id after a rename
    with the initiator excluded; GITHUB_ACTOR=ann; GITHUB_ACTOR_ID=ANN; GITHUB_TRIGGERING_ACTOR=ann
    -! ann is called annie now; 1 annie: approve; 6 lea: approve
    => timed-out window-closed: lea
are recognised by account id after a stranger took the name
    with the initiator excluded; GITHUB_ACTOR=ann; GITHUB_ACTOR_ID=ANN; GITHUB_TRIGGERING_ACTOR=ann
    -! ann is called annie now; - a stranger takes the name ann; 1 annie: approve; 6 lea: approve
    => timed-out window-closed: lea
include everybody who started an earlier attempt
    with the initiator excluded
    - the attempts were started by ann, dee; 1 the gate is killed
    ---
    4 ann: approve; 6 lea: approve
    => timed-out window-closed: lea
include the person who started this attempt, even if renamed
    with the initiator excluded; GITHUB_TRIGGERING_ACTOR=ann
    - the attempts were started by dee, ann; -! ann is called annie now; 1 the gate is killed
    ---
    4 annie: approve; 6 lea: approve
    => timed-out window-closed: lea
"""


# Playing it --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the table.

    Attributes:
        gates: for each gate, its attempt and the acts while it runs.
        end: status and reason code of the last gate.
        counts: the people whose approvals count, in the order of the outputs.
        states: of the issues afterwards, the oldest first; empty if the row does not check them.
    """

    gates: tuple[tuple[int, tuple[str, ...]], ...]
    end: str
    counts: str
    states: str
    inputs: Mapping[str, str]
    variables: Mapping[str, str]

    @property
    def foul(self) -> bool:
        return any(act.partition(" ")[0].endswith("!") for _, acts in self.gates for act in acts)


def _rows(table: str) -> Mapping[str, Row]:
    rows, about, name, lines = {}, "", "", list[str]()
    for line in filter(str.strip, table.splitlines()):
        if line.startswith("# "):
            about = line[2:]
        elif not line.startswith(" "):
            name, lines = f"{about} {line}", []
        elif end := re.fullmatch(r" +=> (\S+ \S+?)(?:: (\S+))?(?: \[(.+)\])?", line):
            assert name not in rows, name
            rows[name] = _row(lines, *(part or "" for part in end.groups()))
        else:
            lines.append(line.strip())
    return MappingProxyType(rows)


def _row(lines: list[str], end: str, counts: str, states: str) -> Row:
    inputs: dict[str, str] = {}
    variables: dict[str, str] = {}
    gates: list[tuple[int, tuple[str, ...]]] = [(1, ())]
    for line in lines:
        attempt, acts = gates[-1]
        if line in {"---", "+++"}:
            gates.append((attempt + (line == "---"), ()))
        elif line.startswith("with "):
            for given in line.removeprefix("with ").split("; "):
                name, is_variable, value = given.partition("=")
                variables |= {name: value} if is_variable else {}
                inputs |= {} if is_variable else SETTINGS[name]
        else:
            gates[-1] = attempt, (*acts, *filter(None, re.split(r"; |;$", line)))
    return Row(gates=tuple(gates), end=end, counts=counts, states=states, inputs=inputs, variables=variables)


def play(row: Row, folder: Path, *, fair: bool = False) -> tuple[Ended, Stage]:
    """Play a row's scene, gate by gate; a fair play leaves the tampering out."""
    folder.mkdir()
    stage = Stage(folder, deadly=Killed)
    stage.world.repo(OTHER)
    for token in stage.world.tokens.values():
        token.repos = [REPOSITORY, OTHER]
    ann = str(stage.world.user("ann").id)
    given = {name: value.replace("ANN", ann) for name, value in row.variables.items()}
    github = stage.github()
    for number, (attempt, acts) in enumerate(row.gates):
        for act in acts:
            when, _, what = act.partition(" ")
            if not (fair and when.endswith("!")):
                _plan(stage, when.rstrip("!"), what)
        marks = {"GITHUB_RUN_ATTEMPT": str(attempt), "APPROVAL_GATE_NONCE": NONCES[number]}
        end = stage.run_on(github, {"timeout-minutes": "10", **row.inputs}, **marks, **given)
        stage.world.faults.clear()
    return end, stage


def _plan(stage: Stage, when: str, what: str) -> None:
    does = doing(what)
    if when == "-":
        does(stage)
    else:
        stage.at(float(when), lambda: does(stage))


ROWS = _rows(TABLE)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_trust(tmp_path: Path, row: Row) -> None:
    end, stage = play(row, tmp_path / "foul")
    assert (f"{end.status} {end.code}", end.counted) == (row.end, row.counts)
    assert end.outputs["approvers"] == (row.counts if end.status == "approved" else "")
    assert row.states in {"", " ".join(issue.state for issue in stage.world.issues(REPOSITORY))}
    if end.status != "error":
        assert end.replayed() == end.status
    if end.status == "approved" and row.foul:
        fair, _ = play(row, tmp_path / "fair", fair=True)
        assert (fair.status, fair.outputs["approvers"]) == ("approved", row.counts)
