"""The steps of a release, called by .github/workflows/release.yml.

Before it, a maintainer merges what the step `ready` changes. A release is three commits in a row:

    tagged   a commit of main that a maintainer tagged release/vX.Y.Z
    source   adds the base image's digest to Dockerfile, and the address of the version's troubleshooting
             page; the images are built from it
    release  adds the images' digests to image.lock and container/action.yml; gets the tag vX.Y.Z

Author, time and message of the last two are derived from the first, so each job of
the workflow can make identical commits instead of passing them on.
The images are two stages of Dockerfile: launch.sh runs "gate", which has an unprivileged
user; the runner starts "action", the same image as root, as a docker action.
Works on the repository in the current directory, and needs only git.
Exits with 1 and the reason if it refuses; without arguments it lists its steps.
"""

import ast
import hashlib
import inspect
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REFERENCE = re.compile(rf"[a-z0-9][a-z0-9.-]*(?::\d+)?(?:/[a-z0-9][a-z0-9._-]*)+@{DIGEST.pattern}")
VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
BASE = re.compile(r"^ARG BASE=(?P<image>[^@\s]+)(?:@\S*)?$", re.MULTILINE)
IMAGE = re.compile(r"^(?P<key> +image: )(?P<image>.+)$", re.MULTILINE)
DATE = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
UNRELEASED = "No release exists yet"
"""Begins the sentence that documents and examples have, on a line of its own, until the first release."""

DOCKERFILE, IGNORE, LOCK, CONTAINER = "Dockerfile", ".dockerignore", "image.lock", "container/action.yml"
CHANGELOG, READERS = "CHANGELOG.md", ("*.md", "examples/*")
PACKAGE = "approval_gate"
PAGE = f"{PACKAGE}/troubleshooting_page"
PLATFORMS = {"linux/amd64", "linux/arm64"}
REVISION = "org.opencontainers.image.revision"
BOT = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")


class RefusedError(Exception):
    """The release must not continue; the message has the reason and a remedy."""


def git(*arguments: str, **environment: str) -> bytes:
    """Return git's output. Raises RefusedError with git's error message."""
    done = subprocess.run(  # noqa: S603 - the arguments do not pass through a shell
        ["git", *arguments],  # noqa: S607 - the git of the runner
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    if done.returncode:
        raise RefusedError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def show(commit: str, path: str) -> str:
    """Return a file's text in a commit."""
    return git("show", f"{commit}:{path}").decode()


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's three numbers, for comparing."""
    found = VERSION.fullmatch(version)
    if not found:
        raise RefusedError(f"{version!r} is not a version of the form X.Y.Z.")
    return tuple(int(number) for number in found.groups())


def stated_version(source: str) -> str:
    """Return `__version__` of the package's `__init__.py`, without importing it."""
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__version__")], value=ast.Constant(value=str(version))):
                return version
    raise RefusedError(f"{PACKAGE}/__init__.py states no __version__.")


def section(version: str) -> tuple[str, str]:
    """Return the heading and the text of a version's section in the changelog. Raises RefusedError."""
    changelog = show("HEAD", CHANGELOG)
    heading = re.compile(rf"^## \[?{re.escape(version)}\]?(?: .*)?$", re.MULTILINE)
    found = heading.search(changelog)
    text = re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)[0] if found else ""
    if not found or not text.strip():
        raise RefusedError(f"{CHANGELOG} says nothing about {version}: rename its section “Unreleased”.")
    return found[0], text.strip() + "\n"


def notes(version: str) -> str:
    """Return the changelog's section of a version, without its heading. Raises RefusedError."""
    return section(version)[1]


def unreleased() -> list[Path]:
    """Return the documents and examples in the working tree that say that no release exists."""
    paths = map(Path, git("ls-files", "-z", "--", *READERS).decode().split("\0")[:-1])
    return [path for path in paths if UNRELEASED in path.read_text(encoding="utf-8")]


def ready(version: str, date: str) -> str:
    """Date a version in the changelog, and remove every line that says that no release exists.

    Changes the working tree; a maintainer commits and merges the result before the tag.
    """
    heading, _ = section(version)
    if not DATE.fullmatch(date):
        raise RefusedError(f"{date!r} is not a date of the form YYYY-MM-DD.")
    paths = unreleased()
    for path in paths:
        # A paragraph goes with the empty line after it, any other line alone.
        line = rf"(?<=\n\n).*{UNRELEASED}.*\n(?:\n|\Z)|^.*{UNRELEASED}.*\n"
        text = re.sub(line, "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        path.write_text(f"{text.rstrip()}\n", encoding="utf-8")
    changelog = Path(CHANGELOG).read_text(encoding="utf-8")
    dated = changelog.replace(f"{heading}\n", f"## [{version}] - {date}\n", 1)
    Path(CHANGELOG).write_text(dated, encoding="utf-8")
    return "\n".join({CHANGELOG: None, **dict.fromkeys(map(str, paths))})


def check(tag: str, main: str = "origin/main") -> str:
    """Return the version that a tag requests. Raises RefusedError if HEAD cannot be released as it."""
    version = tag.removeprefix("release/v")
    if not tag.startswith("release/v") or not VERSION.fullmatch(version):
        raise RefusedError(f"{tag!r} is not a tag of the form release/vX.Y.Z.")
    stated = stated_version(show("HEAD", f"{PACKAGE}/__init__.py"))
    if stated != version:
        raise RefusedError(f"{tag} is on a commit whose version is {stated}: set __version__ there first.")
    heading, _ = section(version)
    still = [f"{CHANGELOG} has no date for {version}"] if not DATE.search(heading) else []
    still += [f"{path} says that no release exists" for path in unreleased()]
    if still:
        raise RefusedError(
            f"{still[0]}: run `scripts/release.py ready {version} <date>`, and merge the result."
        )
    if git("tag", "--list", f"v{version}").strip():
        raise RefusedError(f"v{version} exists, and a released tag never moves. Release the next version.")
    if git("rev-list", "--count", f"{main}..HEAD").strip() != b"0":
        raise RefusedError(f"{tag} is not on {main}: only merged commits are released.")
    if git("diff", "--name-only", main, "HEAD", "--", ".github/workflows"):
        # "refusing to allow a GitHub App to create or update workflow … without `workflows` permission"
        raise RefusedError(
            f"The workflows of {main} differ from those of {tag}. GitHub lets a workflow's token tag only a"
            f" commit whose workflows are those of a branch: tag a newer commit of {main}."
        )
    return version


def major(version: str) -> str:
    """Return the moving tag of a version's major, or nothing if a newer release has it."""
    own = numbers(version)
    tags = git("tag", "--list", f"v{own[0]}.*.*").decode().split()
    released = [numbers(tag[1:]) for tag in tags if VERSION.fullmatch(tag[1:])]
    return f"v{own[0]}" if all(other <= own for other in released) else ""


def replaced(pattern: re.Pattern[str], line: str, text: str, path: str) -> str:
    """Replace the one line that matches a pattern. Raises RefusedError if not exactly one line matches."""
    new, count = pattern.subn(line, text)
    if count != 1:
        raise RefusedError(f"{path} has {count} lines like {pattern.pattern!r}; it must have one.")
    return new


def based(dockerfile: str, digest: str) -> str:
    """Return the Dockerfile with its base image pinned to a digest."""
    if not DIGEST.fullmatch(digest):
        raise RefusedError(f"{digest!r} is not a digest.")
    return replaced(BASE, rf"ARG BASE=\g<image>@{digest}", dockerfile, DOCKERFILE)


def locked(files: dict[str, str], gate: str, action: str) -> dict[str, str]:
    """Return image.lock and container/action.yml with new images; comments are kept."""
    for reference in (gate, action):
        if not REFERENCE.fullmatch(reference):
            raise RefusedError(f"{reference!r} is not an image pinned to a digest.")
    comments = [line for line in files[LOCK].splitlines() if line.startswith("#")]
    return {
        LOCK: "\n".join([*comments, gate]) + "\n",
        CONTAINER: replaced(IMAGE, rf"\g<key>docker://{action}", files[CONTAINER], CONTAINER),
    }


def commit(files: dict[str, str], message: str) -> str:
    """Commit files on HEAD and return the commit, which depends only on HEAD, files and message."""
    for path, text in files.items():
        Path(path).write_text(text, encoding="utf-8")
    git("add", "--", *files)
    date = git("show", "--no-patch", "--format=%ct +0000", "HEAD").decode().strip()
    people = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", BOT[0]), ("EMAIL", BOT[1]), ("DATE", date))
    }
    git("commit", "--quiet", "--allow-empty", "--no-verify", "--no-gpg-sign", "-m", message, **people)
    return git("rev-parse", "HEAD").decode().strip()


def base() -> str:
    """Return the base image that Dockerfile names, without a digest. Raises RefusedError."""
    found = BASE.findall(show("HEAD", DOCKERFILE))
    if len(found) != 1:
        raise RefusedError(
            f"{DOCKERFILE} names {len(found)} base images in lines ARG BASE=…; it must name one."
        )
    return str(found[0])


def page(repository: str) -> str:
    """Return the address of this version's troubleshooting page; the repository is an address too."""
    if not ADDRESS.fullmatch(repository):
        raise RefusedError(f"{repository!r} is not the address of a repository.")
    version = stated_version(show("HEAD", f"{PACKAGE}/__init__.py"))
    return f"{repository}/blob/v{version}/docs/troubleshooting.md\n"


def write_base(digest: str, repository: str) -> str:
    """Commit the source of the images: HEAD with the base image pinned, and its pages' address."""
    files = {DOCKERFILE: based(show("HEAD", DOCKERFILE), digest), PAGE: page(repository)}
    return commit(files, f"Build on the base image {digest}")


def write_lock(gate: str, action: str) -> str:
    """Commit the release: HEAD with the digests of the images that were built from it."""
    files = {path: show("HEAD", path) for path in (LOCK, CONTAINER)}
    return commit(locked(files, gate, action), f"Run the image {gate}")


def check_source(source: str, release: str) -> str:
    """Check that a release differs from its source only in the images' digests. Raises RefusedError."""
    if git("rev-parse", f"{release}^@").decode().split() != git("rev-parse", source).decode().split():
        raise RefusedError(f"{release} does not follow {source}.")
    lines = show(release, LOCK).splitlines()
    references = [line for line in lines if not line.startswith("#")]
    if len(references) != 1:
        raise RefusedError(f"{LOCK} must name one image; it names {references}.")
    images = [found["image"].removeprefix("docker://") for found in IMAGE.finditer(show(release, CONTAINER))]
    if len(images) != 1:
        raise RefusedError(f"{CONTAINER} must name one image; it names {images}.")
    wanted = locked({path: show(source, path) for path in (LOCK, CONTAINER)}, references[0], images[0])
    changes = git("diff", "--raw", "--no-renames", "-z", source, release).decode().split("\0")[:-1]
    for change, path in zip(changes[::2], changes[1::2], strict=True):
        old, new, _, _, status = change.removeprefix(":").split()
        if path not in wanted or status != "M" or old != new:
            raise RefusedError(f"{release} changes {path} ({status}, {old} to {new}), not only digests.")
    for path, text in wanted.items():
        if show(release, path) != text:
            raise RefusedError(f"{path} of {release} changes more than an image's digest.")
    return f"{release} is {source} with the digests of its images."


def check_labels(source: str, inspected: str) -> str:
    """Check that the image of every platform was built from a commit. Raises RefusedError.

    inspected: a file with the output of `docker buildx imagetools inspect --format '{{json .Image}}'`.
    """
    images = json.loads(Path(inspected).read_text(encoding="utf-8"))
    if set(images) != PLATFORMS:
        raise RefusedError(f"The image is for {sorted(images)}; it must be for {sorted(PLATFORMS)}.")
    for platform, image in images.items():
        revision = (image.get("config", {}).get("Labels") or {}).get(REVISION)
        if revision != source:
            raise RefusedError(f"The image for {platform} was built from {revision}, not from {source}.")
    return f"Every platform's image was built from {source}."


def digests(exported: str) -> Iterator[tuple[str, str]]:
    """Yield the path in the tree and the digest of each file of the package in an exported container."""
    with tarfile.open(exported) as archive:
        for member in archive:
            _, found, path = member.name.partition(f"/site-packages/{PACKAGE}/")
            if found and not member.isdir() and not path.endswith(".pyc"):
                content = archive.extractfile(member)
                yield f"{PACKAGE}/{path}", hashlib.sha256(content.read() if content else b"").hexdigest()


def check_files(source: str, exported: str) -> str:
    """Check that a container, exported to a file, holds the package of a commit. Raises RefusedError.

    Files that .dockerignore excludes must be absent. Bytecode, which the build creates, is ignored.
    """
    ignored = tuple(line for line in show(source, IGNORE).splitlines() if line.startswith(f"{PACKAGE}/"))
    paths = git("ls-tree", "-r", "-z", "--name-only", source, f"{PACKAGE}/").decode().split("\0")[:-1]
    wanted = {
        (path, hashlib.sha256(git("show", f"{source}:{path}")).hexdigest())
        for path in paths
        if not path.startswith(ignored)
    }
    differing = sorted({path for path, _ in wanted ^ set(digests(exported))})
    if differing:
        raise RefusedError(f"The image's package is not that of {source}: {', '.join(differing)}")
    return f"The image holds the {len(wanted)} files of the package of {source}."


STEPS: dict[str, Callable[..., str]] = {
    "ready": ready,
    "check": check,
    "base": base,
    "write-base": write_base,
    "write-lock": write_lock,
    "check-source": check_source,
    "check-labels": check_labels,
    "check-files": check_files,
    "notes": notes,
    "major": major,
}


def main(arguments: list[str]) -> int:
    """Run the step that the first argument names with the other arguments, and print its result."""
    try:
        step = STEPS[arguments[0]]
        inspect.signature(step).bind(*arguments[1:])
    except (IndexError, KeyError, TypeError):
        for name, step in STEPS.items():
            print(f"release.py {' '.join([name, *inspect.signature(step).parameters])}", file=sys.stderr)
        return 2
    try:
        print(step(*arguments[1:]).rstrip("\n"))
    except RefusedError as refused:
        print(f"Refused: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
