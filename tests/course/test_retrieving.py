"""What lesson 8 searches with: parallel captions, true of their own pictures."""

import numpy as np
import pytest

from clipit.course.retrieving import captioned, reciprocal_ranks
from clipit.data.batches import decode
from clipit.evaluation import retrieval
from clipit.hub import load
from clipit.training.features import embed_captions, embed_pixels


def test_every_caption_is_true_of_its_own_picture_and_languages_are_parallel():
    italian, spanish = captioned("it", 40), captioned("es", 40)
    assert italian.right[np.arange(200), italian.pictures].all()
    assert (italian.right == spanish.right).all() and italian.captions != spanish.captions


def test_reciprocal_ranks_average_to_the_library_s():
    model, tokenizer = load("english-clip")
    test = captioned("en", 40)
    images = embed_pixels(model, decode(test.world, 64))
    texts = embed_captions(model, tokenizer, test.captions)
    ours = reciprocal_ranks(model, tokenizer, images, test).mean()
    assert ours == pytest.approx(retrieval(texts, images, test.right)["mrr@10"])
    assert ours > 0.5
