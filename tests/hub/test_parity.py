"""Every architecture that is read gives what PyTorch's ``transformers`` gives: vectors, hidden states, gradients."""

import json
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.hub import load_clip, load_dual, load_text, load_vision
from clipit.hub.names import tensors_of, to_theirs
from clipit.inputs.tokenizer import train_tokenizer

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


def some_tokens(length):
    """Sentences with padding after, before, in between, everywhere but in one place, and nowhere."""
    generator = np.random.default_rng(2)
    input_ids = generator.integers(4, WORDS, (5, length)).astype(np.int32)
    places = np.arange(length)
    mask = np.stack([places < length // 2 + 1, places > 0, places % 3 != 1, places == length - 1, places >= 0])
    mask[:, -1:] |= ~mask.any(axis=1, keepdims=True)
    input_ids[places[None] == length - 1 - np.arange(5)[:, None] % length] = 3  # where each sentence ends
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
    input_ids, mask = some_tokens(length)
    mask[:, 0] = 1  # a token that sees nothing is nobody's business, and each library has its own way with it
    named = {"input_ids": torch.from_numpy(input_ids).long(), "attention_mask": torch.from_numpy(mask).long()}
    found = both(ours, theirs, [jnp.asarray(input_ids), jnp.asarray(mask)], named)
    same_everywhere(ours, theirs, found, tolerance)
