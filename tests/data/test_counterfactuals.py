"""Counterfactual captions differ from theirs in one number and in nothing else."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from clipit.data.batches import batches, load_pairs
from clipit.data.counterfactuals import number_tokens, with_another_number, with_counterfactuals
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.inputs.tokenizer import train_tokenizer
from clipit.losses import counting
from clipit.training import RECIPES
from clipit.training.step import Computing, batch_loss, embed_batch

NUMBERS = ("due", "tre", "quattro", "cinque", "sei")


@pytest.fixture(scope="module")
def quick():
    return load("quick")


@pytest.fixture(scope="module")
def pairs(quick):
    return with_counterfactuals(load_pairs(make_world("train", 64), quick[1], 64), quick[1], "it", seed=0)


def words(tokenizer, ids):
    return tokenizer.transformers_tokenizer.decode(ids, skip_special_tokens=True).split()


def test_one_number_becomes_another_and_all_else_stays(quick, pairs):
    changed = 0
    flat = (
        pairs.input_ids.reshape(-1, pairs.input_ids.shape[-1]),
        pairs.other_ids.reshape(-1, pairs.input_ids.shape[-1]),
    )
    for ids, other in zip(*flat, strict=True):
        before, after = words(quick[1], ids), words(quick[1], other)
        different = [(one, two) for one, two in zip(before, after, strict=True) if one != two]
        has_number = any(word in NUMBERS for word in before)
        assert len(different) == has_number
        assert all(one in NUMBERS and two in NUMBERS for one, two in different)
        changed += has_number
    assert changed > 50


def test_every_other_number_comes_about_equally_often():
    ids = np.tile([2, 12, 50, 3], (4_000, 1))
    changed = with_another_number(ids, np.array([14, 10, 12, 11, 13]), np.random.default_rng(0))
    values, times = np.unique(changed[:, 1], return_counts=True)
    assert values.tolist() == [10, 11, 13, 14] and (abs(times - 1_000) < 150).all()
    assert (changed[:, [0, 2, 3]] == ids[:, [0, 2, 3]]).all()


def test_of_two_numbers_each_is_changed_in_half_of_the_cases():
    ids = np.tile([2, 10, 50, 11, 3], (2_000, 1))
    changed = with_another_number(ids, np.arange(10, 15), np.random.default_rng(0)) != ids
    assert (changed.sum(axis=1) == 1).all() and abs(changed[:, 1].mean() - 0.5) < 0.05


def test_the_same_seed_draws_the_same(quick, pairs):
    again = with_counterfactuals(replace(pairs, other_ids=None), quick[1], "it", seed=0)
    assert (again.other_ids == pairs.other_ids).all()


def test_number_words_that_are_cut_into_pieces_are_refused():
    with pytest.raises(ValueError, match="due, tre"):
        number_tokens(train_tokenizer(["gatto"], 40), "it")


def first_batch(pairs):
    batch = next(batches(pairs, 32, seed=0))
    return {name: jnp.asarray(values) for name, values in batch.items() if name != "rows"}


def test_the_loss_of_a_batch_is_the_sum_of_both(quick, pairs):
    model = quick[0]
    batch = first_batch(pairs)
    alone = batch_loss(model, batch, model.preprocess)
    both = batch_loss(model, batch, model.preprocess, Computing(counting=0.5))
    images, texts = embed_batch(model, batch, model.preprocess)
    others = model.encode_text({"input_ids": batch["other_ids"], "attention_mask": batch["attention_mask"]})
    expected = counting(images, texts, others, model.logit_scale())
    assert float(both - alone) == pytest.approx(0.5 * float(expected), rel=1e-4) and expected > 0


def test_a_caption_without_a_number_pushes_nothing(quick, pairs):
    model = quick[0]
    batch = first_batch(pairs)
    batch["other_ids"] = batch["input_ids"]

    def loss(logit_scale):
        images, texts = embed_batch(model, batch, model.preprocess)
        return counting(images, texts, texts, logit_scale)

    value, gradient = jax.value_and_grad(loss)(jnp.asarray(10.0))
    assert float(value) == pytest.approx(np.log(2), abs=1e-6) and float(gradient) == 0


def test_counting_is_for_the_small_world():
    assert replace(RECIPES["tiny"], counting=1.0).counting == 1.0
    for wrong in ({"counting": -1.0}, {"counting": 1.0, "data": "emoji"}):
        with pytest.raises(ValueError, match="counting is a weight"):
            replace(RECIPES["tiny"], **wrong)
