"""Curves of several runs: what is drawn, and what is refused."""

import math

import numpy as np
import pytest

from clipit.plots import plot_losses, plot_starts

RUNS = {"healthy": [4.9, 1.0, 0.2], "stuck": [4.9, 4.85, 4.86]}


def test_each_run_has_its_line_and_knowing_nothing_a_level_one():
    (axis,) = plot_losses("Two runs", RUNS, start=math.log(128)).axes
    *lines, level = axis.get_lines()
    assert [line.get_ydata().tolist() for line in lines] == list(RUNS.values())
    assert lines[0].get_xdata().tolist() == [1, 2, 3]
    assert set(level.get_ydata()) == {math.log(128)}
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [*RUNS, "knowing nothing: 4.85"]


def test_runs_can_be_told_apart_without_colours():
    (axis,) = plot_losses("Four runs", {name: [1.0, 2.0] for name in "abcd"}, start=1.0).axes
    assert len({(line.get_color(), line.get_linestyle()) for line in axis.get_lines()}) == 5
    assert len({line.get_linestyle() for line in axis.get_lines()}) >= 4


def test_a_logarithmic_scale_when_asked_for():
    assert plot_losses("x", RUNS, 4.85, logarithmic=True).axes[0].get_yscale() == "log"
    assert plot_losses("x", RUNS, 4.85).axes[0].get_ylim()[0] == 0


@pytest.mark.parametrize(
    "runs, sentence",
    [
        ({}, "1 to 4 runs"),
        ({name: [1.0] for name in "abcde"}, "1 to 4 runs"),
        ({"empty": []}, "with a loss for each step"),
        ({"broken": [4.9, math.nan]}, "not numbers"),
    ],
)
def test_what_cannot_be_drawn_is_said(runs, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_losses("Runs", runs, start=1.0)


def test_starts_stand_beside_the_line_that_was_predicted():
    (axis,) = plot_starts("Starts", [2, 8, 128], {"scale 1": [0.7, 2.1, 4.9], "scale 100": [2.0, 5.0, 10.0]}).axes
    *measured, predicted = axis.get_lines()
    assert [line.get_ydata().tolist() for line in measured] == [[0.7, 2.1, 4.9], [2.0, 5.0, 10.0]]
    assert len({line.get_marker() for line in measured}) == 2
    np.testing.assert_allclose(predicted.get_ydata(), [math.log(2), math.log(8), math.log(128)])
    assert [label.get_text() for label in axis.get_xticklabels()] == ["2", "8", "128"]


@pytest.mark.parametrize(
    "batches, measured, sentence",
    [
        ([], {"a": []}, "one size of batch or more"),
        ([2, 0], {"a": [0.7, 0.0]}, "one size of batch or more"),
        ([2], {}, "1 to 4 models"),
        ([2, 4], {"a": [0.7]}, "one number for each of its 2"),
        ([2], {"a": [math.nan]}, "one number for each"),
    ],
)
def test_starts_that_cannot_be_drawn(batches, measured, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_starts("Starts", batches, measured)
