"""Embedding in chunks is embedding, whatever the number of pictures."""

import numpy as np
import pytest

from clipit.hub import new_model
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import BertConfig, BlockConfig, ConvNetConfig, DualConfig
from clipit.training import features
from clipit.training.features import SIZES, chunk_sizes, embed_captions, embed_pixels, embed_tokens, rows_at_once

BLOCK = BlockConfig(width=16, heads=2)
CAPTIONS = [
    "due gatti neri",
    "un cane",
    "tre uova rosse su un letto",
    "un gatto",
    "due cani neri su un letto rosso",
] * 2
TOKENIZER = train_tokenizer(CAPTIONS, 60, max_tokens=16)
PIXELS = np.random.default_rng(0).integers(0, 256, (10, 16, 16, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model():
    return new_model(DualConfig(ConvNetConfig(16, (8,)), BertConfig(60, 16, 1, BLOCK), 12), seed=0)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(features, "SIZES", (1, 4))


@pytest.mark.parametrize(("total", "sizes"), [(0, []), (3, [3]), (4, [4]), (5, [4, 1]), (12, [4, 4, 4])])
def test_chunks_hold_everything_once(total, sizes):
    assert chunk_sizes(total, 4) == sizes


@pytest.mark.parametrize("total, devices, size", [(1, 1, 1), (2, 1, 16), (16, 1, 16), (65, 1, 256), (9_999, 1, 256),
                                                  (1, 2, 16), (17, 32, 64), (0, 1, 1), (1, 3, 256)])  # fmt: skip
def test_few_rows_are_not_computed_as_many_and_devices_have_equal_shares(total, devices, size, monkeypatch):
    monkeypatch.setattr(features, "SIZES", SIZES)
    assert rows_at_once(total, devices) == size


@pytest.mark.parametrize("number", [1, 4, 10])
def test_pictures_in_chunks_are_what_the_model_encodes(number, model):
    expected = model.encode_image(model.preprocess(PIXELS[:number]))
    np.testing.assert_allclose(embed_pixels(model, PIXELS[:number]), expected, atol=1e-5)


@pytest.mark.parametrize("number", [1, 10])
def test_captions_in_chunks_are_what_the_model_encodes(number, model):
    tokens = TOKENIZER(CAPTIONS[:number])
    expected = model.encode_text(tokens)
    np.testing.assert_allclose(embed_tokens(model, **tokens), expected, atol=1e-5)
    np.testing.assert_allclose(embed_captions(model, TOKENIZER, CAPTIONS[:number]), expected, atol=1e-5)


def test_nothing_becomes_no_rows(model):
    assert embed_pixels(model, PIXELS[:0]).shape == (0, 12)
    assert embed_captions(model, TOKENIZER, []).shape == (0, 12)
