"""Training for a study: what is fixed stays, what is learned moves, shuffled captions fit nothing."""

from dataclasses import replace

import numpy as np
import pytest

from clipit.data.batches import shuffled
from clipit.hub.folder import new_model, parameters
from clipit.studies.fitting import fit, results_on, training_pairs
from clipit.studies.temperature import BUT_THE_SCALE
from clipit.training.loading import fitted
from clipit.training.recipe import RECIPES

TINY = replace(RECIPES["tiny"], train_size=64, test_size=16, batch_size=32, devices=1)
TINY = TINY.with_phase(steps=3, warmup_steps=1)
TINY = replace(TINY, model=replace(TINY.model, initial_logit_scale=30.0))


@pytest.fixture(scope="module")
def data():
    return training_pairs(TINY)


def test_a_fixed_scale_is_bit_identical_after_training_while_all_else_moved(data):
    _, tokenizer = data
    before = new_model(fitted(TINY, tokenizer), TINY.seed)
    start = np.asarray(before.log_logit_scale[...]).tobytes()
    moved, _ = fit(TINY, *data)
    fixed, losses = fit(TINY.with_phase(trains=BUT_THE_SCALE), *data)
    assert np.asarray(fixed.log_logit_scale[...]).tobytes() == start
    assert np.asarray(moved.log_logit_scale[...]).tobytes() != start
    first, last = parameters(before), parameters(fixed)
    assert {name for name in last if (last[name] == first[name]).all()} == {"log_logit_scale"}
    assert len(losses) == TINY.steps and np.isfinite(losses).all()


def test_a_fixed_scale_still_multiplies_similarities(data):
    fixed = TINY.with_phase(trains=BUT_THE_SCALE)
    _, soft = fit(replace(fixed, model=replace(TINY.model, initial_logit_scale=1e-4)), *data)
    assert soft == pytest.approx([np.log(32)] * 3, abs=1e-3)  # all captions alike, whatever was learned


def test_shuffled_pairs_have_the_same_captions_at_other_pictures(data):
    pairs, _ = data
    control = shuffled(pairs, seed=0)
    assert (control.pixels == pairs.pixels).all()
    assert sorted(map(tuple, control.texts)) == sorted(map(tuple, pairs.texts))
    assert (control.texts != pairs.texts).any(axis=1).mean() > 0.9
    assert control.claims is None  # what the caption says is not what its picture shows


def test_results_are_those_of_the_asked_split(data):
    model = new_model(fitted(TINY, data[1]), TINY.seed)
    found = results_on("validation", model, data[1], TINY)
    assert {"text_to_image.recall@1", "text_to_image.mrr@10", "counting.accuracy"} <= found.keys()
    assert found != results_on("test", model, data[1], TINY)
