"""How many examples Hypothesis tries: few in `make test`, the same ones each time; many in `make scale`."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "many",
    max_examples=100,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    # The mutation test runs the suite more than once in one process.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("few", settings.get_profile("many"), max_examples=20, derandomize=True)
settings.load_profile("few")  # pytest's --hypothesis-profile comes later, and wins
