"""The result made by hand that the pages' tests use too."""

from tests.ui.conftest import analysis  # noqa: F401 - a fixture
