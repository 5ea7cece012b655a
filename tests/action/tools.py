"""A fake `make` and `gh` for the examples, which records its calls in a journal.

    tools.py JOURNAL FAILING make|gh ARGUMENTS…

FAILING is a comma-separated list of targets that fail. Unsupported arguments of `gh` are an error.
"""

import argparse
import json
import os
import sys
from pathlib import Path

IMAGES = "ghcr.io/acme/shop@sha256:" + "5a" * 32
URL = "https://github.example/acme/shop/releases/tag/"


def make(targets: list[str], failing: set[str]) -> int:
    if "push-images" in targets:
        with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
            output.write(f"images={IMAGES}\n")
    return 2 if failing & set(targets) else 0


def gh(arguments: list[str], releases: Path) -> int:
    """See https://cli.github.com/manual/gh_release."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    verbs = (
        parser.add_subparsers(required=True).add_parser("release").add_subparsers(dest="verb", required=True)
    )
    view, create, edit = (verbs.add_parser(name, allow_abbrev=False) for name in ("view", "create", "edit"))
    for verb in (view, create, edit):
        verb.add_argument("tag")
    view.add_argument("--json", choices=["body", "url"], required=True)
    view.add_argument("--jq", choices=[".body", ".url"], required=True)
    create.add_argument("--target", required=True)
    create.add_argument("--title", required=True)
    create.add_argument("--generate-notes", action="store_true", required=True)
    for verb in (create, edit):
        verb.add_argument("--notes", required=True)
    edit.add_argument("--prerelease", nargs="?", const="true", default="")
    given = parser.parse_args(arguments)
    assert os.environ["GH_TOKEN"]
    assert os.environ["GH_REPO"] == "acme/shop"
    release = releases / f"{given.tag}.json"
    known = json.loads(release.read_text(encoding="utf-8")) if release.exists() else None
    if given.verb == "create":
        assert known is None
        body = f"{given.notes}\n\n## What's Changed"
        known = {"title": given.title, "target": given.target, "body": body, "url": URL + given.tag}
    elif known is None:
        sys.stderr.write("release not found\n")
        return 1
    elif given.verb == "edit":
        known |= {"body": given.notes, "prerelease": given.prerelease}
    sys.stdout.write(f"{known[given.json if given.verb == 'view' else 'url']}\n")
    release.write_text(json.dumps(known), encoding="utf-8")
    return 0


def main(journal: Path, failing: str, tool: str, *arguments: str) -> int:
    entry = {"tool": tool, "arguments": arguments, "environment": dict(os.environ)}
    with journal.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(entry) + "\n")
    if tool == "make":
        return make(list(arguments), set(failing.split(",")))
    return gh(list(arguments), journal.parent)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
