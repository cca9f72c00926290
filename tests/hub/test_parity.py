"""Every architecture that is read gives what PyTorch's ``transformers`` gives: vectors, hidden states, gradients."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import clipit
from clipit.hub import ModelError, load_clip, load_dual, load_text, load_vision
from clipit.hub.names import tensors_of, to_theirs
from clipit.hub.positions import resize_positions
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import DualEncoder

pytestmark = pytest.mark.parity

WIDE = {"hidden_size": 24, "intermediate_size": 40, "num_attention_heads": 3, "num_hidden_layers": 2}
NARROW = {"hidden_size": 16, "intermediate_size": 64, "num_attention_heads": 4, "num_hidden_layers": 1}
WORDS = 60
VISION = {
    "wide": WIDE | {"image_size": 30, "patch_size": 10},
    "narrow, odd": NARROW | {"image_size": 35, "patch_size": 7, "hidden_act": "gelu", "layer_norm_eps": 1e-3},
}
BERT = {
    "wide": WIDE | {"vocab_size": WORDS, "max_position_embeddings": 21},
    "narrow": NARROW | {"vocab_size": WORDS, "max_position_embeddings": 13, "hidden_act": "gelu_new"},
}
CAUSAL = {
    "wide": WIDE | {"vocab_size": WORDS, "max_position_embeddings": 21, "eos_token_id": 3},
    "narrow, old end": NARROW | {"vocab_size": WORDS, "max_position_embeddings": 13, "eos_token_id": 2},
}
SMALL = NARROW | {"vocab_size": WORDS, "max_position_embeddings": 13}


def saved(model, folder):
    """A model of PyTorch with random numbers everywhere: fresh biases are zero, and would not be missed."""
    import torch

    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.15 * torch.randn_like(parameter)
    model.eval().save_pretrained(folder)
    train_tokenizer(["due gatti neri", "un cane"], WORDS, max_tokens=13).save(folder)
    return SimpleNamespace(theirs=model, folder=folder)


def some_pixels(side, batch=3):
    return np.random.default_rng(1).normal(size=(batch, side, side, 3)).astype(np.float32)


def some_tokens(length, end=3):
    """Sentences with padding after, before, in between, everywhere but in one place, and nowhere."""
    places = np.arange(length)
    mask = np.stack(
        [places < length // 2 + 1, places > length // 3, places % 3 != 1, places == length - 1, places >= 0]
    )
    mask[:, -1] |= ~mask.any(axis=1)
    input_ids = np.random.default_rng(2).integers(4, WORDS - 1, mask.shape).astype(np.int32)
    input_ids[np.arange(5), length - 1 - mask[:, ::-1].argmax(axis=1)] = end  # the last that is not padding
    return input_ids, mask.astype(np.int32)


def both(ours, theirs, arguments, their_arguments):
    """Vectors, hidden states and gradients of the same scalar, here and in PyTorch."""
    import torch

    weights = np.random.default_rng(3).normal(size=(len(arguments[0]), ours.config.features)).astype(np.float32)

    def loss(module):
        seen = {}
        features = module(*arguments, seen)
        hidden = [value for name, value in seen.items() if name.startswith("hidden")]
        return (weights * features.astype(jnp.float32)).sum(), (features, hidden)

    (_, (features, hidden)), gradients = nnx.jit(nnx.value_and_grad(loss, has_aux=True))(ours)
    result = theirs(**their_arguments, output_hidden_states=True)
    vectors = result.pooler_output
    theirs.zero_grad()
    (torch.from_numpy(weights) * vectors.float()).sum().backward()
    return SimpleNamespace(
        features=(features, vectors),
        hidden=list(zip(hidden, result.hidden_states, strict=True)),
        gradients=gradients,
    )


def same(one, other, tolerance, keep=None, floor=0.0):
    """Equal up to a share of the largest number, or of ``floor`` where that is larger."""
    one, other = np.asarray(one, np.float32), other.detach().float().numpy()
    if keep is not None:
        one, other = one[keep], other[keep]
    assert one.shape == other.shape
    assert np.abs(one - other).max() <= tolerance * max(np.abs(other).max(), floor)


def same_everywhere(ours, theirs, found, tolerance, keep=None):
    same(*found.features, tolerance)
    assert len(found.hidden) == ours.config.layers + 1
    for one, other in found.hidden:
        same(one, other, tolerance, keep)
    gradients = {".".join(map(str, path)): value[...] for path, value in nnx.to_flat_state(found.gradients)}
    expected = {name.removeprefix("vision_model."): tensor.grad for name, tensor in theirs.named_parameters()}
    assert {tensor.theirs for tensor in tensors_of(ours)} == expected.keys()
    # The gradient of the keys' biases is zero, and what is there instead is rounding: hence the floor.
    floor = 0.02 * max(float(gradient.abs().max()) for gradient in expected.values())
    for tensor in tensors_of(ours):
        gradient = to_theirs(np.asarray(gradients[tensor.ours], np.float32), tensor.layout)
        same(gradient, expected[tensor.theirs], 3 * tolerance, floor=floor)


FLOAT32, BFLOAT16 = ("float32", 1e-5), ("bfloat16", 0.04)


@pytest.mark.parametrize(("sizes", "precision"), [("wide", FLOAT32), ("narrow, odd", FLOAT32), ("wide", BFLOAT16)])
def test_the_image_tower(sizes, precision, tmp_path):
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModel

    dtype, tolerance = precision
    checkpoint = saved(CLIPVisionModel(CLIPVisionConfig(**VISION[sizes])), tmp_path)
    ours, theirs = load_vision(tmp_path, dtype=dtype), checkpoint.theirs.to(getattr(torch, dtype))
    pixels = some_pixels(VISION[sizes]["image_size"])
    their_pixels = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(getattr(torch, dtype))
    found = both(ours, theirs, [jnp.asarray(pixels)], {"pixel_values": their_pixels})
    assert found.features[0].dtype == dtype
    same_everywhere(ours, theirs, found, tolerance)


TEXTS = [("wide", 21, FLOAT32), ("wide", 1, FLOAT32), ("narrow", 7, FLOAT32), ("wide", 9, BFLOAT16)]


@pytest.mark.parametrize(("sizes", "length", "precision"), TEXTS)
def test_bert(sizes, length, precision, tmp_path):
    import torch
    from transformers import BertConfig, BertModel

    dtype, tolerance = precision
    checkpoint = saved(BertModel(BertConfig(**BERT[sizes])), tmp_path)
    ours, theirs = load_text(tmp_path, dtype=dtype)[0], checkpoint.theirs.to(getattr(torch, dtype))
    input_ids, mask = some_tokens(length)
    named = {"input_ids": torch.from_numpy(input_ids).long(), "attention_mask": torch.from_numpy(mask).long()}
    found = both(ours, theirs, [jnp.asarray(input_ids), jnp.asarray(mask)], named)
    same_everywhere(ours, theirs, found, tolerance)


@pytest.mark.parametrize(
    ("sizes", "length", "precision"),
    [("wide", 21, FLOAT32), ("wide", 1, FLOAT32), ("narrow, old end", 7, FLOAT32), ("wide", 9, BFLOAT16)],
)
def test_the_text_tower_of_clip(sizes, length, precision, tmp_path):
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    dtype, tolerance = precision
    checkpoint = saved(CLIPTextModel(CLIPTextConfig(**CAUSAL[sizes])), tmp_path)
    ours, theirs = load_text(tmp_path, dtype=dtype)[0], checkpoint.theirs.to(getattr(torch, dtype))
    input_ids, mask = some_tokens(length, end=WORDS - 1 if "old end" in sizes else 3)
    sees_something = mask.cumsum(axis=1) > 0  # with the others each library has its own way, and nobody reads them
    named = {"input_ids": torch.from_numpy(input_ids).long(), "attention_mask": torch.from_numpy(mask).long()}
    found = both(ours, theirs, [jnp.asarray(input_ids), jnp.asarray(mask)], named)
    same_everywhere(ours, theirs, found, tolerance, sees_something)


def whole_model(kind, folder):
    """A checkpoint with two towers, as transformers writes it."""
    from transformers import (
        BertConfig,
        BertModel,
        CLIPConfig,
        CLIPModel,
        CLIPVisionConfig,
        CLIPVisionModel,
        VisionTextDualEncoderConfig,
        VisionTextDualEncoderModel,
    )

    vision = VISION["wide"]
    if kind == "clip":
        model = CLIPModel(CLIPConfig(text_config=CAUSAL["wide"], vision_config=vision, projection_dim=12))
    else:
        configs = CLIPVisionConfig(**vision), BertConfig(**SMALL)
        joined = VisionTextDualEncoderConfig.from_vision_text_configs(*configs, projection_dim=12)
        model = VisionTextDualEncoderModel(joined, CLIPVisionModel(configs[0]), BertModel(configs[1]))
    return saved(model, folder).theirs


def their_output(theirs, pixels, input_ids, mask):
    import torch

    named = {"input_ids": torch.from_numpy(input_ids).long(), "attention_mask": torch.from_numpy(mask).long()}
    with torch.no_grad():
        return theirs(pixel_values=torch.from_numpy(pixels).permute(0, 3, 1, 2), **named)


@pytest.mark.parametrize(("kind", "load"), [("clip", load_clip), ("dual", load_dual)])
def test_a_whole_model(kind, load, tmp_path):
    theirs = whole_model(kind, tmp_path)
    ours, tokenizer = load(tmp_path)
    pixels, (input_ids, mask) = some_pixels(30), some_tokens(9)
    result = their_output(theirs, pixels, input_ids, mask)
    encode_image, encode_text = nnx.jit(DualEncoder.encode_image), nnx.jit(DualEncoder.encode_text)
    images = encode_image(ours, pixels)
    texts = encode_text(ours, {"input_ids": input_ids, "attention_mask": mask})
    same(images, result.image_embeds, 1e-5)
    same(texts, result.text_embeds, 1e-5)
    same(ours.logit_scale() * images @ texts.T, result.logits_per_image, 1e-5)
    loaded_as_any = clipit.load(tmp_path)[0]
    np.testing.assert_array_equal(encode_image(loaded_as_any, pixels), images)
    for tower, expected in ((load_vision(tmp_path), ours.vision), (load_text(tmp_path)[0], ours.text)):
        for one, other in zip(*(jax.tree.leaves(nnx.state(part)) for part in (tower, expected)), strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(ModelError, match="of those with two towers"):
        (load_dual if load is load_clip else load_clip)(tmp_path)


def test_pictures_of_another_size_are_read_as_transformers_reads_them(tmp_path):
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModel

    theirs = saved(CLIPVisionModel(CLIPVisionConfig(**VISION["wide"])), tmp_path).theirs
    for side in (20, 70):
        ours, pixels = load_vision(tmp_path, image_size=side), some_pixels(side, batch=1)
        assert ours.preprocess.image_size == side and ours.config.image_size == side
        with torch.no_grad():
            expected = theirs(torch.from_numpy(pixels).permute(0, 3, 1, 2), interpolate_pos_encoding=True)
        features = nnx.jit(lambda encoder, pixels: encoder(pixels))(ours, jnp.asarray(pixels))
        same(features, expected.pooler_output, 1e-5)


@pytest.mark.parametrize(("old", "new"), [(7, 12), (7, 3), (5, 5), (3, 4), (2, 9), (1, 2)])
def test_positions_are_stretched_as_pytorch_stretches(old, new):
    import torch

    positions = np.random.default_rng(old).normal(size=(1 + old * old, 6)).astype(np.float32)
    grid = torch.from_numpy(positions[1:]).reshape(1, old, old, 6).permute(0, 3, 1, 2)
    stretched = torch.nn.functional.interpolate(grid, size=(new, new), mode="bicubic", align_corners=False)
    expected = stretched.permute(0, 2, 3, 1).reshape(-1, 6).numpy()
    resized = resize_positions(positions, new)
    np.testing.assert_array_equal(resized[0], positions[0])
    np.testing.assert_allclose(resized[1:], expected, atol=2e-6)
