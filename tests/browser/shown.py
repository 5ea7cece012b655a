"""What the pictures of the documents show: a deployment that is held and then approved, and an emergency.

This takes no browser, so that a quick test can tell whether the pictures were taken of the texts as they are.
"""

import hashlib
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from approval_gate.emulator import in_process
from approval_gate.rehearsal.history import ARTIFACTS, precede
from approval_gate.rehearsal.scenarios import TEMPLATE
from tests.golden.record import SteadyStage
from tests.golden.situations import TEXT
from tests.whole.stage import REPOSITORY

DOCS = Path(__file__).parents[2] / "docs" / "pictures"
TEXTS = DOCS / "texts.txt"
"""The digest of what each picture shows."""

PHONE, SUMMARY = 390, 640

STEP: Mapping[str, str] = {}
EMERGENCY = {
    "policy-file": ".github/policy.yml",
    "approvers": "",
    "minimum-approvals": "",
    "timeout-minutes": "",
    "deployment-type": "emergency",
    "details": TEMPLATE,
}
DEPLOYMENT = (
    (1, "dee", "v1.2.3 is ready: payment retries, 14 commits."),
    (4, "cid", "approve - All checks passed, migrations tested in staging"),
    (6, "mallory", "approve"),
    (12, "bob", "No. The migration is broken."),
    (20, "bob", "approve - was another service, sorry"),
)

_REACTIONS = {"+1": "👍", "-1": "👎", "confused": "😕"}

_FOLDED = re.compile(r"(?<=</summary>).*?(?=</details>)|<!--.*?-->", re.DOTALL)
"""What a picture does not show: the decision record above all, and markers."""


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A text on an issue's page, or the issue itself, which is the first."""

    name: str
    text: str
    author: str = "approval-gate"
    bot: bool = True
    when: str = ""
    reaction: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of some texts on a page with a title."""

    name: str
    comments: Sequence[Comment]
    title: str = ""
    width: int = PHONE
    scheme: str = "light"

    @property
    def digest(self) -> str:
        """The digest of what it shows."""
        parts = [f"{it.author} {it.when} {it.reaction}\n{_FOLDED.sub('', it.text)}" for it in self.comments]
        return hashlib.sha256("\n".join([self.title, *parts]).encode()).hexdigest()


def pictures() -> list[Picture]:
    """Return what each picture of the documents shows."""
    deployment = played(STEP, DEPLOYMENT, (5, 14))
    emergency = played(EMERGENCY, [], (1,))
    begun, held, closed = deployment.seen
    closing = [it for it in closed if " closing " in it.text]
    return [
        *(
            Picture(name=f"issue-{scheme}", comments=begun, scheme=scheme, title=deployment.title)
            for scheme in ("light", "dark")
        ),
        Picture(name="emergency-light", comments=emergency.seen[0], title=emergency.title),
        Picture(name="status-light", comments=held[1:]),
        Picture(name="closing-light", comments=closing),
        Picture(name="summary-light", comments=[deployment.summary], width=SUMMARY),
    ]


def digests(shown: Sequence[Picture]) -> str:
    """Return the text of the file that is kept beside the pictures."""
    return "".join(f"{it.digest}  {it.name}.png\n" for it in shown)


@dataclass(frozen=True)
class Played:
    """A run of the gate: its issue at some minutes and at the end, and the job's summary."""

    title: str
    seen: tuple[Sequence[Comment], ...]
    summary: Comment


def played(
    inputs: Mapping[str, str], said: Sequence[tuple[float, str, str]], minutes: Sequence[float]
) -> Played:
    """Run the gate while people say something."""
    seen: list[Sequence[Comment]] = []
    with tempfile.TemporaryDirectory() as folder:
        stage = SteadyStage(Path(folder))
        own_job = precede(stage.world, tests_skipped="deployment-type" in inputs)

        def look() -> None:
            (issue,) = stage.world.issues(REPOSITORY)
            seen.append([_comment(it) for it in (issue, *issue.comments)])

        stage.world.repos[REPOSITORY].files[".github/policy.yml"] = TEXT
        for minute, login, text in said:
            stage.says(minute, login, text)
        for minute in minutes:
            stage.at(minute, look)
        end = stage.run(
            {"artifacts": ARTIFACTS, **inputs},
            APPROVAL_GATE_NONCE="0" * 32,
            APPROVAL_GATE_JOB=str(own_job.id),
        )
        look()
        (issue,) = stage.world.issues(REPOSITORY)
        return Played(
            f"{issue.title} #{issue.number}",
            tuple(seen),
            Comment(name="summary", text=_public(end.summary), author="approval-gate summary", bot=False),
        )


def _comment(it: Any) -> Comment:
    """Return an issue or a comment of the embedded GitHub."""
    return Comment(
        name="comment",
        text=_public(it.body),
        author=it.author.login.removesuffix("[bot]"),
        bot=it.author.login.endswith("[bot]"),
        when=f"{it.created_at:%H:%M}",
        reaction=next((_REACTIONS[content] for _, _, content in getattr(it, "reactions", ())), ""),
    )


def _public(text: str) -> str:
    return text.replace(in_process.URL, "https://github.com")
