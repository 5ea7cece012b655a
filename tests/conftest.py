"""What holds for all tests: the local time, and how many examples Hypothesis tries.

These are few in `make test`, the same ones each time, and many in `make scale`.
"""

import os
import time

from hypothesis import HealthCheck, settings

# Not UTC, so that a test fails where the program uses the local time: a runner in an office has another one.
os.environ["TZ"] = "Asia/Kathmandu"
time.tzset()

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
