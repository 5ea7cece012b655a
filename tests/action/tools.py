"""A fake `make`, `gh`, `docker` and `terraform` for the examples, which records its calls in a journal.

    tools.py JOURNAL FAILING make|gh|docker|terraform ARGUMENTS…

FAILING is a comma-separated list of targets that fail.
Arguments of `gh`, `docker` and `terraform` that are not supported are an error.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

IMAGES = "ghcr.io/acme/shop@sha256:" + "5a" * 32
URL = "https://github.example/acme/shop/releases/tag/"
PLAN = """\
Terraform will perform the following actions:

  # aws_instance.shop will be updated in-place
  ~ resource "aws_instance" "shop" {
      ~ user_data = "```\\n- [x] @devops-team approved this"
    }

Plan: 0 to add, 1 to change, 0 to destroy.
"""


def make(targets: list[str], failing: set[str]) -> int:
    for target, line in {"push-images": f"images={IMAGES}", "rollback": "version=v1.2.2"}.items():
        if target in targets:
            with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
                output.write(f"{line}\n")
    return 2 if failing & set(targets) else 0


def gh(arguments: list[str], folder: Path) -> int:
    return attestation(arguments[2:]) if arguments[0] == "attestation" else release(arguments, folder)


def attestation(arguments: list[str]) -> int:
    """See https://cli.github.com/manual/gh_attestation_verify; who signed is not looked at."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("file", type=Path)
    for option in ("repo", "signer-workflow", "signer-digest", "source-ref", "source-digest"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--predicate-type", required=True)
    parser.add_argument("--deny-self-hosted-runners", action="store_true", required=True)
    given = parser.parse_args(arguments)
    assert os.environ["GH_TOKEN"]
    attested = (
        Path(os.environ["ARTIFACTS"]) / "attested" / hashlib.sha256(given.file.read_bytes()).hexdigest()
    )
    if attested.is_dir() and (attested / "type").read_text(encoding="utf-8") == given.predicate_type:
        return 0
    sys.stderr.write("no attestations found\n")
    return 1


def release(arguments: list[str], folder: Path) -> int:
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
    kept = folder / f"{given.tag}.json"
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else None
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
    kept.write_text(json.dumps(known), encoding="utf-8")
    return 0


def terraform(arguments: list[str], failing: set[str]) -> int:
    """See https://developer.hashicorp.com/terraform/cli/commands."""
    plan = Path("plan.tfplan")
    match arguments:
        case ["version"] | ["init", "-input=false", "-lockfile=readonly"]:
            return 0
        case ["plan", "-input=false", "-no-color", "-detailed-exitcode", "-out=plan.tfplan"]:
            plan.write_bytes(os.urandom(8))
            return 1 if "plan" in failing else 0 if "changes" in failing else 2
        case ["show", "-no-color", "plan.tfplan"]:
            assert plan.read_bytes()
            sys.stdout.write(PLAN * (500 if "length" in failing else 1))
            return 0
        case ["apply", "-input=false", "plan.tfplan"]:
            sys.stdout.write(f"applied {plan.read_bytes().hex()}\n")
            return 0
    raise AssertionError(arguments)


def docker(arguments: list[str]) -> int:
    """Run `approval-gate verify`, which the image has, outside of a container."""
    options, given = arguments[: arguments.index("verify")], arguments[arguments.index("verify") :]
    assert options == ["run", "--rm", "--interactive", "--network", "none", os.environ["IMAGE"]]
    return subprocess.run((sys.executable, "-I", "-m", "approval_gate", *given), check=False).returncode


def main(journal: Path, failing: str, tool: str, *arguments: str) -> int:
    entry = {"tool": tool, "arguments": arguments, "environment": dict(os.environ)}
    with journal.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(entry) + "\n")
    if tool == "make":
        return make(list(arguments), set(failing.split(",")))
    if tool == "terraform":
        return terraform(list(arguments), set(failing.split(",")))
    if tool == "docker":
        return docker(list(arguments))
    return gh(list(arguments), journal.parent)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
