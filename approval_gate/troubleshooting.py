"""The troubleshooting page, to which every message leads.

A release writes the address of its own page into the file beside this module
(``scripts/release.py``); ``launch.sh`` reads the same file. In a checkout it is
the page's path.
"""

from importlib import resources

PAGE = resources.files(__package__).joinpath("troubleshooting_page").read_text(encoding="utf-8").strip()
"""The address of the page."""

DOCUMENTS = PAGE.removesuffix("troubleshooting.md")
"""Where the other documents of this version are."""


def see(entry: str) -> str:
    """Return the sentence that leads to an entry of the page, by the anchor of its heading."""
    return f"See {PAGE}#{entry}"
