from tests.whole.conftest import stage  # noqa: F401 - a fixture
