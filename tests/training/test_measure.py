"""The results: every name that the course promises, and values that mean what the names say."""

import numpy as np
import pytest

from clipit.data.emoji.lexicon import language
from clipit.data.emoji.world import make_world
from clipit.evaluation import retrieval
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.measure import TEST_SPLITS, measure, unique_share

NAMES = [
    *(f"{way}.{name}" for way in ("text_to_image", "image_to_text") for name in ("recall@1", "recall@5", "mrr@10")),
    "zero_shot.top1",
    *(f"counting.accuracy.{count}" for count in range(1, 6)),
]


@pytest.fixture(scope="module")
def results(tiny_run):
    return measure(tiny_run.model, tiny_run.tokenizer, tiny_run.recipe)


@pytest.mark.parametrize("split", TEST_SPLITS)
def test_every_split_has_every_name(split, results):
    for name in NAMES:
        value = results[name if split == "test" else f"{split}.{name}"]
        assert 0 <= value <= 1, name
    assert not any(split in name for name in results if split == "test" and not name.startswith(TEST_SPLITS[1:]))


def test_results_are_flat_numbers(results):
    assert {type(value) for value in results.values()} == {float}


def test_retrieval_is_that_of_the_splits_own_pictures_and_captions(results, tiny_run):
    world = make_world("test", tiny_run.recipe.test_size, tiny_run.recipe.seed)
    images = embed_pixels(tiny_run.model, np.stack([np.asarray(image) for image in world["image"]]))
    texts = embed_captions(tiny_run.model, tiny_run.tokenizer, world["caption"][:])
    by_hand = retrieval(texts, images, np.arange(len(images)))
    assert results["text_to_image.mrr@10"] == pytest.approx(by_hand["mrr@10"])
    assert results["text_to_image.recall@5"] == pytest.approx(by_hand["recall@5"])


def test_a_model_of_twelve_steps_is_no_better_than_its_ceiling(results):
    assert results["text_to_image.recall@1"] <= results["text_to_image.ceiling@1"]


def test_equal_descriptions_set_the_ceiling():
    world = make_world("test", 4)
    twice = world.select([0, 1, 2, 3, 0])
    assert unique_share(world) == 1 and unique_share(twice) == pytest.approx(3 / 5)
    assert language("it").name == "it"
