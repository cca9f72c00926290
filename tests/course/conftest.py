"""What the tests of the course share: no exercise that one of them solved is on the next one's report."""

import sys

import pytest

from clipit.course import report


@pytest.fixture(autouse=True)
def forget_exercises(monkeypatch):
    monkeypatch.setattr(sys.modules[report.__module__], "_states", {})  # the package's name for it is the function
