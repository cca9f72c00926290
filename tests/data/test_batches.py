"""The stream of batches: complete, repeatable, resumable, and honest about what counts as right."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipit.data.batches import Pairs, batches, decode, find_positives, load_pairs
from clipit.data.emoji.claims import describes
from clipit.data.emoji.world import make_world
from clipit.inputs.tokenizer import train_tokenizer

PROPERTY = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def some_pairs(number=20, captions=3, texts=None):
    """Pairs whose pixels and tokens say which row and which caption they are."""
    rows = np.arange(number)
    ids = (100 * rows[:, None] + np.arange(captions))[:, :, None].astype(np.int32)
    texts = np.arange(number * captions).reshape(number, captions) if texts is None else texts
    pixels = np.broadcast_to(rows[:, None, None, None], (number, 2, 2, 3)).astype(np.uint8)
    return Pairs(pixels, ids, np.ones_like(ids), texts)


@pytest.fixture(scope="module")
def world():
    return make_world("test", 12)


@pytest.fixture(scope="module")
def tokenizer(world):
    return train_tokenizer(world["caption"][:], 300)


def take(stream, number):
    return list(itertools.islice(stream, number))


def same(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first) and first.keys() == second.keys()


def test_a_picture_stays_with_one_of_its_captions():
    for batch in take(batches(some_pairs(), 8, seed=0), 6):
        np.testing.assert_array_equal(batch["pixels"][:, 0, 0, 0], batch["rows"])
        np.testing.assert_array_equal(batch["input_ids"][:, 0] // 100, batch["rows"])
        assert batch["positives"].diagonal().all()


def test_every_epoch_sees_every_picture_once_in_another_order():
    epochs = np.concatenate([batch["rows"] for batch in take(batches(some_pairs(), 5, seed=0), 12)]).reshape(3, 20)
    for epoch in epochs:
        assert sorted(epoch) == list(range(20))
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_every_caption_has_its_turn():
    seen = {
        int(number) for batch in take(batches(some_pairs(), 10, seed=0), 60) for number in batch["input_ids"].ravel()
    }
    assert len(seen) == 60


@pytest.mark.parametrize("done", [1, 3, 4, 7, 30])
def test_a_resumed_stream_equals_one_that_was_not_interrupted(done):
    """Also in the middle of an epoch, and after several."""
    whole, resumed = batches(some_pairs(), 6, seed=2), batches(some_pairs(), 6, seed=2, start=done)
    for first, second in zip(take(whole, done + 5)[done:], take(resumed, 5), strict=True):
        assert same(first, second)


def test_another_seed_is_another_order():
    first, second = (next(batches(some_pairs(), 20, seed)) for seed in (0, 1))
    assert not same(first, second)


@PROPERTY
@given(st.integers(0, 2**16))
def test_equal_texts_are_positives_without_claims(seed):
    generator = np.random.default_rng(seed)
    pairs = some_pairs(8, 2, texts=generator.integers(0, 4, (8, 2)))
    rows, chosen = generator.permutation(8)[:5], generator.integers(0, 2, 5)
    by_loop = [
        [pairs.texts[i, chosen[a]] == pairs.texts[j, chosen[b]] for b, j in enumerate(rows)] for a, i in enumerate(rows)
    ]
    np.testing.assert_array_equal(find_positives(pairs, rows, chosen), by_loop)


@pytest.mark.parametrize("seed", [0, 1])
def test_groups_say_the_same_as_positives(seed):
    pairs = some_pairs(20, 2, texts=np.arange(40).reshape(20, 2) % 7)
    (batch,), (grouped,) = (take(batches(pairs, 12, seed, in_groups=groups), 1) for groups in (False, True))
    groups = grouped.pop("groups")
    np.testing.assert_array_equal(groups[:, None] == groups, batch.pop("positives"))
    assert same(batch, grouped)


def test_a_caption_that_describes_another_picture_is_no_negative(world, tokenizer):
    pairs = load_pairs(world, tokenizer, 64)
    rows, chosen = np.arange(12), np.arange(12) % 5
    positives = find_positives(pairs, rows, chosen)
    for picture, other in itertools.product(rows, rows):
        said = pairs.claims[other, chosen[other]][None]
        true = bool(describes(said, pairs.scenes[picture][None])[0, 0])
        equal = world[int(picture)]["captions"][chosen[picture]] == world[int(other)]["captions"][chosen[other]]
        assert positives[picture, other] == (true or equal)


def test_one_sided_positives_stand_in_the_picture_s_row():
    """Caption 0, "gatti", is true of both pictures; caption 1, "due gatti", only of its own."""
    cats = np.array([[1, 3, 1, -1, -1, -1, 0, 1], [1, 2, 1, -1, -1, -1, 0, 1]], np.int16)
    claims = np.array([[[1, 7, 0, -1, -1, -1, 0, 0]], [[1, 2, 0, -1, -1, -1, 0, 0]]], np.int16)
    plain = some_pairs(2, 1)
    pairs = Pairs(plain.pixels, plain.input_ids, plain.attention_mask, plain.texts, claims, cats)
    found = find_positives(pairs, np.array([0, 1]), np.array([0, 0]))
    assert found.tolist() == [[True, False], [True, True]]


def test_pairs_are_what_the_world_shows_and_says(world, tokenizer):
    pairs = load_pairs(world, tokenizer, 64)
    assert len(pairs) == 12
    np.testing.assert_array_equal(pairs.pixels, [np.asarray(image) for image in world["image"]])
    for row, captions in enumerate(world["captions"]):
        for place, caption in enumerate(captions):
            alone = tokenizer([caption])
            length = int(alone["attention_mask"].sum())
            np.testing.assert_array_equal(pairs.input_ids[row, place, :length], alone["input_ids"][0, :length])
            assert pairs.attention_mask[row, place].sum() == length


def test_equal_captions_have_equal_numbers(world, tokenizer):
    pairs = load_pairs(world, tokenizer, 64)
    flat = [caption for captions in world["captions"] for caption in captions]
    numbers = pairs.texts.ravel()
    assert len(set(numbers)) == len(set(flat)) == len(set(zip(flat, numbers, strict=True)))


def test_other_sizes_are_resized(world):
    assert decode(world, 32).shape == (12, 32, 32, 3)


def test_captions_from_elsewhere_need_no_claims(world, tokenizer):
    pairs = load_pairs(world.select_columns(["image", "captions"]), tokenizer, 64)
    assert pairs.claims is None and pairs.scenes is None
    assert next(batches(pairs, 4, seed=0))["positives"].diagonal().all()


def test_different_numbers_of_captions_are_refused(world, tokenizer):
    uneven = world.map(lambda row, index: {"captions": row["captions"][: 5 - index % 2]}, with_indices=True)
    with pytest.raises(ValueError, match="the same number of captions; the first has 5"):
        load_pairs(uneven, tokenizer, 64)
