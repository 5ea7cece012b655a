"""What is new since the last deployment as one fact: the commits, their authors, their pull requests."""

from collections.abc import Iterator, Sequence

from approval_gate.core.facts import Change, PullRequest
from approval_gate.core.model import Request
from approval_gate.core.wording import every, join, join_some, plural
from approval_gate.render import markdown

NAMED = 5
"""The most pull requests and commits that are named for one reason."""


def change(new: Change, request: Request) -> list[str]:
    """Return a sentence for each thing to say of what is new; none if it could not be read."""
    if new.source.problem:
        return []
    commits = _commits(new, request)
    return [", ".join([commits, *_authors(new), *_through(new)]), *_unreviewed(new, request)]


def _commits(new: Change, request: Request) -> str:
    """Say how many commits are new since when, with a link to them."""
    count = plural(new.commits, "commit")
    if not new.whole:
        url = f"{request.repository_url}/compare/{new.since}...{request.sha}"
        return f"{markdown.link(count if new.commits else 'nothing new', url)} since the last deployment"
    url = f"{request.repository_url}/commits/{request.sha}"
    said = markdown.link(every(new.commits, "commit") if new.commits > 1 else "the only commit", url)
    if new.since is None:
        environment = markdown.name(request.environment or "")
        return f"{said} (no earlier deployment of {environment} is on record)"
    they = "they" if new.commits > 1 else "it"
    return f"{said} ({they} cannot be compared with `{new.since[:7]}`, which was deployed last)"


def _authors(new: Change) -> Iterator[str]:
    """Count the authors: people, bots, and names without an account."""
    bots = sum(author.bot for author in new.authors)
    people, unknown = len(new.authors) - bots, len(new.unknown)
    counts = [
        *([plural(people, "person", "people")] if people else []),
        *([plural(bots, "bot")] if bots else []),
        *([f"{plural(unknown, 'author')} without an account"] if unknown else []),
    ]
    if counts:
        yield f"by {join(counts, 'and')}"


def _through(new: Change) -> Iterator[str]:
    through = new.pull_requests
    if through and not through.source.problem and through.merged:
        count = len(through.merged)
        reviewed = all(it.complete and it.reviewed for it in through.merged)
        all_of_them = {1: "", 2: "both "}.get(count, "all ")
        by_others = f", {all_of_them}reviewed by somebody else" if reviewed else ""
        yield f"in {plural(count, 'pull request')}{by_others}"


def _unreviewed(new: Change, request: Request) -> Iterator[str]:
    """Say which pull requests nobody else reviewed, of which that is unknown, and what came without one."""
    through = new.pull_requests
    if through is None or through.source.problem:
        return
    without = [it for it in through.merged if it.complete and not it.reviewed]
    unknown = [it for it in through.merged if not it.complete]
    if without:
        was, its = ("was", "its") if len(without) == 1 else ("were", "their")
        yield f"{_linked(without)} {was} merged without a review of {its} last commit"
    if unknown:
        yield f"The reviews of {_linked(unknown)} could not be read in full"
    if through.pushed:
        count = plural(len(through.pushed), "commit")
        was = "was" if len(through.pushed) == 1 else "were"
        first = (
            markdown.link(sha[:7], f"{request.repository_url}/commit/{sha}") for sha in through.pushed[:NAMED]
        )
        more = ", …" if len(through.pushed) > NAMED else ""
        yield f"{count} {was} pushed without a pull request ({', '.join(first)}{more})"


def _linked(pull_requests: Sequence[PullRequest]) -> str:
    links = (markdown.link(f"#{it.number}", it.url) for it in pull_requests)
    return join_some(links, "and", most=NAMED)
