"""The one place that knows PyGithub and GitHub's API.

Every function that sends a request can raise a GitHubError, because GitHub refuses
it or has a fault: docstrings name only the errors that mean something more.
"""
