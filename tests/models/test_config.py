"""Configs survive JSON, and a size that no model can have is refused with a sentence."""

import json

import pytest

from clipit.models import (
    BagOfWordsConfig,
    BertConfig,
    BlockConfig,
    CausalTextConfig,
    ConvNetConfig,
    DualConfig,
    ViTConfig,
)
from clipit.models.config import encoder_from_dict, encoder_to_dict, from_dict, to_dict

BLOCK = BlockConfig(width=24, heads=3, mlp_ratio=2.0, activation="quick_gelu", norm="after", norm_epsilon=1e-12)
ENCODERS = [
    ConvNetConfig(32, (8, 16), 4, 3, 20, 6, 2),
    ViTConfig(32, 4, 3, BLOCK),
    BagOfWordsConfig(50, 12),
    BertConfig(60, 24, 3, BLOCK, "first", True),
    CausalTextConfig(60, 24, 3, BLOCK, 5),
]


@pytest.mark.parametrize("config", ENCODERS, ids=lambda config: type(config).__name__)
def test_an_encoder_survives_json(config):
    assert encoder_from_dict(json.loads(json.dumps(encoder_to_dict(config)))) == config


@pytest.mark.parametrize("vision", ENCODERS[:2])
@pytest.mark.parametrize("text", ENCODERS[2:])
def test_a_model_survives_json(vision, text):
    config = DualConfig(vision, text, 48, 20.0)
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: BlockConfig(width=10, heads=3), "A width of 10 cannot be shared by 3 heads"),
        (lambda: BlockConfig(norm="sideways"), "norm is 'before' or 'after', not 'sideways'"),
        (lambda: BlockConfig(activation="relu"), "activation is one of gelu, gelu_tanh, quick_gelu, not 'relu'"),
        (lambda: ConvNetConfig(image_size=30), "An image_size of 30 is not divided by the strides' 16"),
        (lambda: ConvNetConfig(widths=(8, 12, 8)), "cannot be cut into 8 groups"),
        (lambda: ViTConfig(image_size=30), "Patches of 8 pixels do not fill an image_size of 30"),
        (lambda: BertConfig(pooling="last"), "pooling is 'mean' or 'first', not 'last'"),
    ],
)
def test_an_impossible_size_is_refused_with_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        make()
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "resnet"}, "There is no encoder of the kind 'resnet'; known are convnet, vit, bagofwords, bert"),
        ({}, "There is no encoder of the kind None"),
        ({"kind": "vit", "depth": 3}, "ViTConfig has no depth"),
        ({"kind": "vit", "image_size": 30}, "do not fill"),
    ],
)
def test_what_no_encoder_wrote_is_refused(values, sentence):
    with pytest.raises(ValueError, match=sentence):
        encoder_from_dict(values)


def test_configs_are_frozen_and_can_be_keys():
    assert len({DualConfig(), DualConfig(), DualConfig(projection_dim=8)}) == 2
    with pytest.raises(AttributeError):
        DualConfig().projection_dim = 3
