"""A deployment gate for GitHub Actions: an issue, people's answers, one outcome."""

__version__ = "1.0.0"
