"""What the notebooks call: none of it may stop a lesson."""

import os
import re
import subprocess
import sys

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from clipit.course import exercise, lesson, notebooks, predict, report, reveal, setup
from clipit.course.lessons import LESSONS, find

BLANK_LESSON = "00_start_here.ipynb"


def modules_of(function):
    return sys.modules[function.__module__]


@pytest.fixture(autouse=True)
def forget_exercises(monkeypatch):
    monkeypatch.setattr(modules_of(report), "_states", {})


@exercise("9.1")
def double(answer):
    value = answer(2)
    if value == 2:
        return "this is the number itself"
    return None if value == 4 else f"the double of 2 is 4, yours is {value}"


@pytest.mark.parametrize(
    "answer, verdict",
    [
        (..., "not done yet."),
        (lambda number: ..., "not done yet."),
        (lambda number: 2 * number, "correct."),
        (lambda number: number, "not yet: this is the number itself."),
        (lambda number: number**3, "not yet: the double of 2 is 4, yours is 8."),
        (lambda: 4, "TypeError"),
        (lambda number: 1 / 0, "not yet: your code stopped with ZeroDivisionError: division by zero."),
    ],
)
def test_a_check_says_what_is_wrong_and_never_raises(answer, verdict, capsys):
    double(answer)
    printed = capsys.readouterr().out
    assert printed.startswith("Exercise 9.1: ") and verdict in printed


def test_report_is_a_table(capsys):
    double(lambda number: 2 * number)
    report()
    assert re.search(r"^\| 9\.1 +\| correct +\|$", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("guess", [..., 3, 0.25, "up", None, [1, 2], True])
def test_a_prediction_is_shown_beside_the_result(guess, capsys):
    predict("what happens", guess)
    reveal("what happens", 0.123456)
    said = capsys.readouterr().out
    assert "it is 0.123" in said
    assert ("you made no prediction" in said) == (guess is ...)


def test_set_up_warns_of_an_untested_version(monkeypatch, capsys):
    tested = modules_of(setup)
    monkeypatch.setattr(tested.importlib.metadata, "version", lambda package: "99.0")
    monkeypatch.setattr(tested.importlib.metadata, "requires", lambda package: ["jax<1", "flax<1"])
    setup()
    assert "jax: 99.0 is outside the tested range" in capsys.readouterr().out


def test_an_unknown_scale_is_named(monkeypatch, capsys):
    monkeypatch.setenv("CLIPIT_SCALE", "huge")
    assert modules_of(setup).scale() == "quick"
    assert "'huge'" in capsys.readouterr().out


def test_the_set_up_cell_runs_twice_in_an_empty_folder_without_a_network(tmp_path):
    cell = TransformerManager().transform_cell(notebooks.setup_cell())
    offline = "import socket\nsocket.socket.connect = None\n"
    ran = subprocess.run(
        [sys.executable, "-c", f"{offline}\n{cell}\n{cell}"],
        cwd=tmp_path,
        env=os.environ | {"CLIPIT_SCALE": "quick"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    once = "Python: within the tested range\njax: within the tested range\nflax: within the tested range\n"
    assert ran.stdout == 2 * (once + "devices: ready\nscale: quick\n")


def test_the_set_up_cell_leaves_numpy_and_jax_alone():
    assert not re.search(r"numpy|jax|==", notebooks.setup_cell())


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A package whose only written lesson is the first."""
    blank = tmp_path / "notebooks" / "blank"
    blank.mkdir(parents=True)
    (blank / BLANK_LESSON).write_text("{}")
    monkeypatch.setattr(modules_of(lesson), "_package", tmp_path / "clipit")
    return tmp_path


def test_a_lesson_is_copied_and_never_overwritten(written):
    copy = lesson(0, written / "mine")
    assert copy == written / "mine" / BLANK_LESSON
    copy.write_text("my work")
    with pytest.raises(FileExistsError, match="is there already"):
        lesson(0, written / "mine")
    assert copy.read_text() == "my work"


def test_a_lesson_that_is_not_there_says_so(written):
    with pytest.raises(FileNotFoundError, match="this version has lesson 0"):
        lesson(3, written)
    with pytest.raises(ValueError, match="run from 0 to 12"):
        lesson(13, written)


def test_a_wheel_carries_the_blank_lessons(written):
    (written / "notebooks" / "blank").rename(written / "clipit_notebooks")
    (written / "clipit").mkdir()
    (written / "clipit_notebooks").rename(written / "clipit" / "_notebooks")
    assert lesson(0, written).name == BLANK_LESSON


def test_a_figure_is_shown_though_it_was_made_without_pyplot():
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

    shell = InteractiveShell.instance()
    try:
        shell.display_formatter.active_types = shell.display_formatter.format_types  # as in a notebook
        setup()
        figure = Figure(figsize=(1, 1))
        figure.subplots()  # nothing is shown of an empty figure
        data, _ = shell.display_formatter.format(figure)
    finally:
        InteractiveShell.clear_instance()
    assert "image/png" in data and "image/svg+xml" not in data


def test_the_core_path_takes_three_hours_at_most():
    core = [one for one in LESSONS if one.core]
    assert {0, 12} < {one.number for one in core} and sum(one.reading for one in core) <= 180


@pytest.mark.parametrize("path", sorted(notebooks.NOTEBOOKS.glob("source/*.py")), ids=lambda path: path.stem)
def test_a_lesson_states_the_minutes_of_the_map(path):
    one = find(int(path.stem[:2]))
    header = re.search(r"reading (\d+) min · exercises (\d+) min", path.read_text("utf-8"))
    assert header and (int(header[1]), int(header[2])) == (one.reading, one.exercises)


def test_lessons_are_numbered_as_they_are_named():
    assert [int(one.name[:2]) for one in LESSONS] == [one.number for one in LESSONS] == list(range(13))
    assert find(12).cap == 60
