"""What is measured of the program is measured in the process that sends, too."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from approval_gate.notify import sender


@pytest.fixture(autouse=True)
def measured() -> Iterator[None]:
    with patch.object(sender, "_PASSED_ON", sender._PASSED_ON | {"COVERAGE_PROCESS_CONFIG"}):
        yield
