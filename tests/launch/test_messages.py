"""Every message of launch.sh has a situation in this suite, and its entry on the troubleshooting page."""

import re
from pathlib import Path

from tests.launch.runner import ROOT

SCRIPT = (ROOT / "launch.sh").read_text(encoding="utf-8").replace("\\\n", "")
TESTS = "".join(
    re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path != Path(__file__)
)


def messages() -> list[str]:
    """Return what the script says, fails with or gives as a cause, each without its values."""
    said = re.findall(
        r'(?<!")\b(?:say|fail|cannot|cannot_fetch|what=|hung=)[^"\n]*"((?:[^"\\]|\\.)*)"', SCRIPT
    )
    words = (max(re.split(r"\$\{[^}]*\}+|\$\w+|\\`|%0A|\$\([^)]*\)", text), key=len) for text in said)
    return [word.strip(" .:'(") for word in words if len(word.split()) >= 3 and word.strip()[0].isalpha()]


def test_every_message_of_the_launcher_is_expected_by_a_test_that_runs_it() -> None:
    assert len(messages()) > 15
    assert [words for words in messages() if words not in TESTS] == []
