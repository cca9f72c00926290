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
    ViTConfig(32, 4, 3, BLOCK, norm_first=True, patch_bias=False, norm_epsilon=1e-5),
    BagOfWordsConfig(50, 12),
    BertConfig(60, 24, 3, BLOCK, "first", True),
    CausalTextConfig(60, 24, 3, BLOCK, 5),
    BertConfig(60, 24, 3, BLOCK, "pooler", token_types=2),
    CausalTextConfig(60, 24, 3, BLOCK, None),
]


@pytest.mark.parametrize("config", ENCODERS, ids=lambda config: type(config).__name__)
def test_an_encoder_survives_json(config):
    assert encoder_from_dict(json.loads(json.dumps(encoder_to_dict(config)))) == config


@pytest.mark.parametrize("vision", ENCODERS[:3])
@pytest.mark.parametrize("text", ENCODERS[3:])
def test_a_model_survives_json(vision, text):
    config = DualConfig(vision, text, 48, 20.0, constant_logit_scale=True)
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == config


def test_a_config_of_an_older_version_still_says_the_same():
    """What later versions added has a default that is what there was before."""
    block = {"width": 16, "heads": 2, "mlp_ratio": 4.0, "activation": "gelu_tanh"}
    block |= {"norm": "before", "norm_epsilon": 1e-5}
    vision = {"kind": "vit", "image_size": 16, "patch_size": 4, "layers": 1, "block": block}
    text = {"kind": "bert", "vocabulary_size": 30, "max_tokens": 8, "layers": 1, "block": block}
    text |= {"pooling": "mean", "quiet_start": False}
    older = {"vision": vision, "text": text, "projection_dim": 12, "initial_logit_scale": 20.0}
    config, small = from_dict(older), BlockConfig(width=16, heads=2)
    assert config == DualConfig(ViTConfig(16, 4, 1, small), BertConfig(30, 8, 1, small), 12, 20.0)
    assert (config.vision.norm_first, config.vision.patch_bias, config.vision.norm_epsilon) == (False, True, 1e-6)
    assert (config.text.token_types, config.constant_logit_scale) == (0, False)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: BlockConfig(width=10, heads=3), "A width of 10 cannot be shared by 3 heads"),
        (lambda: BlockConfig(norm="sideways"), "norm is 'before' or 'after', not 'sideways'"),
        (lambda: BlockConfig(activation="relu"), "activation is one of gelu, gelu_tanh, quick_gelu, not 'relu'"),
        (lambda: ConvNetConfig(image_size=30), "An image_size of 30 is not divided by the strides' 16"),
        (lambda: ConvNetConfig(widths=(8, 12, 8)), "cannot be cut into 8 groups"),
        (lambda: ViTConfig(image_size=30), "Patches of 8 pixels do not fill an image_size of 30"),
        (lambda: BertConfig(pooling="last"), "pooling is 'mean', 'first' or 'pooler', not 'last'"),
    ],
)
def test_an_impossible_size_is_refused_with_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence) as raised:
        make()
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "resnet"}, "There is no encoder of the kind 'resnet'; known are convnet, vit"),
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
