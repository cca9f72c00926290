"""The training that takes a second: it learns what there is to learn, nothing else, and twice the same."""

import numpy as np
import pytest

import clipit
from clipit.course.projections import Features, draw_pairs, frozen_features, train_projections
from clipit.data.batches import decode
from clipit.hub.folder import new_model
from clipit.losses import info_nce
from clipit.models.config import BagOfWordsConfig, ConvNetConfig, DualConfig
from clipit.models.dual import normalise


def loss(images, texts):
    return info_nce(normalise(images), normalise(texts), 10.0)


@pytest.fixture(scope="module")
def features():
    """Both sides see the same eight numbers of each pair, mixed in their own ways."""
    rng = np.random.default_rng(0)
    common = rng.normal(size=(96, 8))
    images, texts = ((common @ rng.normal(size=(8, width))).astype(np.float32) for width in (16, 12))
    return Features(images, texts, learned=64)


def test_it_learns_pairs_that_it_was_not_trained_on(features):
    run = train_projections(features, loss, batch=32)
    assert run.losses.shape == (100,)
    assert run.losses[0] == pytest.approx(np.log(32), abs=1) and run.losses[-1] < 1
    assert run.images.shape == run.texts.shape == (32, 512)
    np.testing.assert_allclose(np.linalg.norm(run.images, axis=1), 1, rtol=1e-5)
    by_hand = ((run.texts @ run.images.T).argmax(axis=1) == np.arange(32)).mean()
    assert run.recall == pytest.approx(by_hand) and run.recall > 0.5
    assert run.moved > 0.1


def test_what_is_drawn_decides_what_is_learned(features):
    def apart(rng, learned, batch):
        return rng.permutation(learned)[:batch], rng.permutation(learned)[:batch]

    run = train_projections(features, loss, draw=apart, batch=32)
    assert run.losses[-10:].mean() > 3 and run.recall < 0.2


def test_a_draw_takes_every_pair_at_most_once_and_both_sides_alike():
    images, texts = draw_pairs(np.random.default_rng(0), 20, 8)
    assert images.tolist() == texts.tolist() and len(set(images.tolist())) == 8 and max(images) < 20


def test_the_same_seed_gives_the_same_run_and_another_one_another(features):
    first, again, other = (train_projections(features, loss, batch=32, steps=5, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.losses, again.losses)
    assert not np.array_equal(first.losses, other.losses)


def test_steps_of_no_length_move_nothing(features):
    assert train_projections(features, loss, batch=32, steps=3, learning_rate=0.0).moved == 0


def test_features_are_what_the_encoders_say_before_the_projections():
    config = DualConfig(ConvNetConfig(image_size=16, widths=(8,)), BagOfWordsConfig(10, width=4), projection_dim=6)
    model, world = new_model(config, seed=0), clipit.data.world(split="test", size=3)

    def tokenizer(captions):
        ids = np.array([[len(caption) % 10, 1] for caption in captions], np.int32)  # [captions, 2]
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}

    features = frozen_features(model, tokenizer, world, learned=2)
    pixels = model.preprocess(list(decode(world, 16)))
    _, seen = model.encode_image(pixels, intermediates=True)
    _, read = model.encode_text(tokenizer(world["caption"][:]), intermediates=True)
    np.testing.assert_allclose(features.images, seen["features"], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(features.texts, read["features"], rtol=1e-3, atol=1e-5)
    assert features.learned == 2
