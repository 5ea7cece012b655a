"""The one place that knows PyGithub and GitHub's API."""
