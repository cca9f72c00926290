"""What the tests of the course share: no exercise that one of them solved is on the next one's report."""

import sys

import pytest

from clipit.course import report
from clipit.course.extracting import function


@pytest.fixture(autouse=True)
def forget_exercises(monkeypatch):
    monkeypatch.setattr(sys.modules[report.__module__], "_states", {})  # the package's name for it is the function


@pytest.fixture
def done_by(capsys):
    """A check is silent about the lesson's stub, and satisfied by its folded solution."""

    def try_both(check, number, cells, **known):
        for kind in ("stub", "solution"):
            check(function(cells[kind], **known))
        assert capsys.readouterr().out == f"Exercise {number}: not done yet.\nExercise {number}: correct.\n"

    return try_both


@pytest.fixture
def told_by(capsys):
    """A check says of a wrong answer what is wrong with it, and does not take it for a broken one."""

    def try_mistake(check, number, answer, sentence):
        check(answer)
        printed = capsys.readouterr().out
        assert printed.startswith(f"Exercise {number}: not yet: ") and sentence in printed
        assert "your code stopped" in sentence or "your code stopped" not in printed

    return try_mistake
