"""What lesson 6 shows: two recipes that compute the same, a run that is stopped, what a model forgot."""

from dataclasses import replace

import numpy as np
import pytest

from clipit.course.unfreezing import (
    computed,
    differences,
    english_recall,
    over_seeds,
    replace_vision,
    stop_before,
    two_recipes,
)
from clipit.hub import load
from clipit.hub.folder import parameters
from clipit.studies.computing import steps_within
from clipit.training import RECIPES, train
from clipit.training.recipe import Recipe

TINY = RECIPES["tiny"]


def test_the_two_recipes_compute_the_same():
    at_once, first = two_recipes().values()
    last, pairs = first.phases[-1], first.train_size
    assert steps_within(at_once.steps, last, pairs, first.batch_size, first.phases[0].steps) == pytest.approx(
        last.steps, abs=2
    )
    assert at_once.phases[-1] == replace(last, steps=at_once.steps)


def test_what_was_computed_is_counted_in_steps_that_move_everything():
    at_once, first = two_recipes().values()
    assert computed(at_once, [0, 30, 60]) == [0, 30, 60]
    assert computed(first, [0, 60, 120, 136, 152]) == [0, 14, 28, 44, 60]


def test_recipes_that_differ_say_in_what():
    assert differences(TINY, TINY) == {}
    assert differences(TINY, replace(TINY, seed=3)) == {"seed": (0, 3)}
    assert set(differences(TINY, Recipe())) >= {"name", "train_size", "model", "phases"}


def test_a_run_that_was_stopped_goes_on_to_the_same_bits(tiny_run, tmp_path, capsys):
    stop_before(9, TINY, tmp_path)
    assert capsys.readouterr().out == "Stopped before step 9 of 12.\n"
    assert not (tmp_path / "model.safetensors").exists()
    resumed = parameters(train(TINY, tmp_path, quiet=True).model)
    for name, value in parameters(tiny_run.model).items():
        np.testing.assert_array_equal(resumed[name], value, err_msg=name)


def test_english_is_forgotten_when_the_image_encoder_is_another():
    english, _ = load("english-clip")
    kept = english_recall(english, pictures=64)
    assert kept > 0.8
    quick, _ = load("quick")
    assert english_recall(quick, pictures=64) < kept - 0.3
    assert parameters(replace_vision(english, quick)).keys() == parameters(english).keys()


def test_an_interval_over_seeds_lies_around_its_mean():
    mean, low, high = over_seeds({"0": 1.0, "1": 2.0, "2": 3.0})
    assert (mean, low + high) == pytest.approx((2.0, 4.0)) and low < 1
    assert over_seeds([1.0, 2.0, 3.0]) == (mean, low, high)
