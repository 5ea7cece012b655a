"""The boxes of a Markdown task list, which people tick as they check.

One definition says what a box is, so that whatever is a list to one part is
one to all (https://github.github.com/gfm/#task-list-items-extension-).
"""

import re

# GitHub ticks boxes in bulleted, numbered and quoted lists; `[x](…)` is a link.
_BOX = re.compile(r"^([ \t>]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)\[[xX ]\](?=\s|$)", re.MULTILINE)


def has_tasks(text: str) -> bool:
    """Tell whether text has a task list."""
    return _BOX.search(text) is not None


def unticked(body: str) -> str:
    """Return a body as it would be with no box ticked, whatever its line ends."""
    lines = body.replace("\r\n", "\n").rstrip()
    return _BOX.sub(r"\1[ ]", "\n".join(line.rstrip() for line in lines.split("\n")))
