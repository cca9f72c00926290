"""What lesson 5 shows: layers and what they count, words that are filled in, pushes and their directions."""

import numpy as np
import pytest

from clipit.course.warming import (
    WARMUP,
    a_batch,
    cosine,
    fill_in,
    flatten,
    join,
    layers,
    pushes,
    wrong_captions,
)
from clipit.data.batches import load_pairs, shuffled
from clipit.data.emoji.world import make_world
from clipit.hub.folder import parameters
from clipit.hub.words import load_words
from clipit.training.recipe import Phase


@pytest.fixture(scope="module")
def joined():
    return join(seed=0)


def test_the_layers_hold_every_number_but_the_logit_scale(joined):
    sizes = {name: values.size for name, values in parameters(joined).items()}
    towers = layers(sizes, WARMUP)
    assert sum(numbers for tower in towers.values() for _, numbers, _ in tower) == sum(sizes.values()) - 1
    assert {name for tower in towers.values() for name, _, trains in tower if trains} == {"projection"}
    assert [name for name, _, _ in towers["text encoder"]] == ["embedding", "block 1", "block 2", "projection"]
    assert all(trains for tower in layers(sizes, Phase()).values() for _, _, trains in tower)


def test_hidden_words_agree_in_gender_and_number():
    assert {"rosse", "bianche", "verdi"} & {word for word, _ in fill_in("tre mele [MASK]", 5)}
    shares = [share for _, share in fill_in("tre mele [MASK]", 5)]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) < 1


@pytest.mark.parametrize("sentence", ["tre mele", "[MASK] mele [MASK]"])
def test_a_sentence_has_one_hidden_word(sentence):
    with pytest.raises(ValueError, match=r"Write \[MASK\] in the place of one word"):
        fill_in(sentence)


def test_a_push_is_the_gradient_of_all_of_an_encoder(joined):
    _, tokenizer = load_words("italian-bert")
    pairs = load_pairs(make_world("train", 128, 0), tokenizer, 64)
    found = pushes(joined, a_batch(pairs, seed=0))
    sizes = {name: values.size for name, values in parameters(joined).items()}
    for tower, beginning in (("image encoder", "vision."), ("text encoder", "text.")):
        assert len(found[tower]) == sum(size for name, size in sizes.items() if name.startswith(beginning))
        assert np.linalg.norm(found[tower]) > 0


def test_the_cosine_and_the_flat_picture():
    a = np.array([3.0, 4.0, 0.0])
    assert cosine(a, a) == pytest.approx(1) and cosine(a, -2 * a) == pytest.approx(-1)
    rng = np.random.default_rng(0)
    line = rng.normal(size=(50, 1)) @ rng.normal(size=(1, 6))
    points = flatten(line)
    assert np.abs(points[:, 1]).max() < 1e-6  # all of a line lies in one direction
    assert np.linalg.norm(points) == pytest.approx(np.linalg.norm(line - line.mean(0)))


def test_captions_go_to_other_pictures_and_stay_whole():
    _, tokenizer = load_words("italian-bert")
    pairs = load_pairs(make_world("train", 128, 0), tokenizer, 64)
    batch = a_batch(pairs, seed=0)
    moved = wrong_captions(batch)
    np.testing.assert_array_equal(moved["input_ids"][1:], batch["input_ids"][:-1])
    assert moved["pixels"] is batch["pixels"] and moved["positives"] is batch["positives"]
    others = shuffled(pairs, seed=0)
    assert sorted(map(bytes, others.input_ids)) == sorted(map(bytes, pairs.input_ids))
    assert (others.texts != pairs.texts).any(axis=1).mean() > 0.9 and others.pixels is pairs.pixels
