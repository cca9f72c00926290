"""The frames begin at the untrained model and end at the trained one."""

import numpy as np
import pytest

from clipit.course.classifying import few_answers
from clipit.course.landing import land
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.hub.folder import new_model
from clipit.training.features import embed_captions, embed_pixels


def test_frames_go_from_one_model_to_the_other():
    end, tokenizer = load("quick")
    start = new_model(end.config, 0)
    world = make_world("test", 4)
    pixels = np.stack([np.asarray(picture) for picture in world["image"]])
    way = land(start, end, tokenizer, pixels, world["caption"], frames=3)
    assert way.image_points.shape == way.text_points.shape == (3, 4, 2)
    assert way.losses[-1] < way.losses[0]
    for place, model in ((0, start), (2, end)):
        images, texts = embed_pixels(model, pixels), embed_captions(model, tokenizer, world["caption"])
        logits = float(model.logit_scale()) * images @ texts.T
        loss = (np.log(np.exp(logits).sum(axis=1)) - np.diag(logits)).mean()
        np.testing.assert_allclose(way.losses[place], loss, rtol=1e-3)
    # A projection keeps no distance longer than it was.
    apart = np.linalg.norm(images[0] - texts[1])
    assert np.linalg.norm(way.image_points[-1][0] - way.text_points[-1][1]) <= apart + 1e-5


def test_a_short_list_holds_the_right_answer_first_and_no_other_twice():
    similarities, labels = np.arange(60.0).reshape(6, 10), np.array([0, 9, 3, 3, 5, 1])
    few = few_answers(similarities, labels, 4, seed=0)
    assert (few[:, 0] == similarities[np.arange(6), labels]).all()
    assert all(len(set(row)) == 4 and set(row) <= set(similarities[place]) for place, row in enumerate(few))
    assert (np.sort(few_answers(similarities, labels, 10, seed=1), axis=1) == similarities).all()
    with pytest.raises(ValueError, match="not 11"):
        few_answers(similarities, labels, 11, seed=0)
