"""The gallery: for every search there are right pictures and nearly right ones, and none was trained on."""

import random

import numpy as np
import pytest

from clipit.data import SEARCHES, make_gallery
from clipit.data.emoji.claims import describes, encode
from clipit.data.emoji.gallery import OF_EACH, search_text, variants
from clipit.data.emoji.lexicon import concepts
from clipit.data.emoji.sampling import is_unseen_combination
from clipit.data.emoji.scene import COLORS, Group, Scene

SIZE = 150


@pytest.fixture(scope="module")
def gallery():
    return make_gallery(SIZE)


def truth(query, gallery):
    return describes(encode([query]), np.array(gallery["scene"][:], np.int16))[0]


@pytest.mark.parametrize("query", SEARCHES, ids=lambda query: search_text(query, "it"))
def test_each_search_has_right_and_nearly_right_pictures(query, gallery):
    right = truth(query, gallery)
    assert OF_EACH <= right.sum() < SIZE / 2
    kind = Scene((Group(query.groups[0].concept),))
    assert (truth(kind, gallery) & ~right).sum() >= OF_EACH, "the right thing in a wrong number or colour"


def test_each_kind_of_near_miss_differs_in_one_thing():
    drawn = list(variants(SEARCHES[0], random.Random(0)))
    for scene in drawn:
        first, asked = scene.groups[0], SEARCHES[0].groups[0]
        same = [first.concept == asked.concept, first.count == asked.count, first.color == asked.color]
        assert sum(same) >= 2
        assert not is_unseen_combination(first)


def test_it_has_the_size_that_was_asked_for(gallery):
    assert len(gallery) == SIZE
    assert make_gallery(10)["captions"][:] == gallery["captions"][:10]


def test_the_same_gallery_every_time_and_another_for_another_seed(gallery):
    assert make_gallery(SIZE)["captions"][:] == gallery["captions"][:]
    assert make_gallery(10, seed=1)["scene"][:] != gallery["scene"][:10]


@pytest.mark.parametrize(
    ("name", "text"), [("it", "due gatti neri"), ("en", "two black cats"), ("es", "dos gatos negros")]
)
def test_queries_in_words(name, text):
    assert search_text(SEARCHES[0], name) == text


def test_a_search_for_what_is_held_out_is_refused():
    held_out = next(g for one in concepts(False) for c in COLORS if is_unseen_combination(g := Group(one.name, 1, c)))
    with pytest.raises(ValueError, match="held out of training"):
        list(variants(Scene((held_out,)), random.Random(0)))


def test_the_gallery_of_lesson_0_cannot_tell_whether_a_model_reads_on():
    """The lesson says so: two people with a mountain are always on it, never beside or under it."""
    gallery, search = make_gallery(), SEARCHES[1]
    anyhow = truth(Scene(search.groups), gallery) | truth(Scene(search.groups[::-1]), gallery)
    np.testing.assert_array_equal(anyhow, truth(search, gallery))
    assert anyhow.sum() >= OF_EACH
