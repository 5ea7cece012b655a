"""Patterns of paths and refs."""

import pytest

from approval_gate.core.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        ("CHANGELOG.md", "CHANGELOG.md", True),
        ("CHANGELOG.md", "docs/CHANGELOG.md", False),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("docs/**", "docs/a/b.md", True),
        ("docs/**", "docs", False),
        ("**", "any/thing", True),
        ("**.md", "docs/a.md", True),
        ("**/README.md", "README.md", True),
        ("**/README.md", "a/b/README.md", True),
        ("**/README.md", "aREADME.md", False),
        ("src/**/x.sql", "src/x.sql", True),
        ("src/**/x.sql", "src/a/b/x.sql", True),
        ("src/**/x.sql", "srcx.sql", False),
        ("a**/x", "a/x", True),
        ("a**/x", "ax", False),
        ("v?.md", "v1.md", True),
        ("v?.md", "v/.md", False),
        ("v?.md", "v10.md", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("*", "new\nline", True),
    ],
)
def test_a_pattern_matches_all_of_a_path(pattern: str, path: str, matched: bool) -> None:  # noqa: FBT001
    assert matches(pattern, path) is matched
