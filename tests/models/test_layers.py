"""Attention and the block against NumPy, JAX and PyTorch, and what padding must not do."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.models import BlockConfig
from clipit.models.layers import ACTIVATION_FUNCTIONS, MLP, Attention, Block

BATCH, TOKENS, WIDTH, HEADS = 3, 5, 12, 3
CONFIG = BlockConfig(width=WIDTH, heads=HEADS)


def random_tokens(seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(BATCH * TOKENS, WIDTH)), jnp.float32)


def some_padding():
    return jnp.asarray(np.arange(TOKENS)[None, :] < np.array([[5], [3], [1]]))


def with_random_biases(module, seed=1):
    """Fresh biases are zero and fresh scales one: a comparison would not notice if they were forgotten."""
    generator = np.random.default_rng(seed)
    state = nnx.state(module, nnx.Param)
    for _, value in nnx.to_flat_state(state):
        noise = jnp.asarray(generator.normal(size=value[...].shape) * 0.2, jnp.float32)
        value.set_value(value[...] + noise)
    nnx.update(module, state)
    return module


def attention_by_loops(layer, flat, mask):
    """The definition, one picture, one head and one token at a time."""
    rows = {
        name: np.asarray(getattr(layer, name)(flat)).reshape(BATCH, TOKENS, WIDTH) for name in ("query", "key", "value")
    }
    head_width = WIDTH // HEADS
    maps, mixed = np.zeros((BATCH, HEADS, TOKENS, TOKENS)), np.zeros((BATCH, TOKENS, WIDTH))
    for item in range(BATCH):
        for head in range(HEADS):
            part = slice(head * head_width, (head + 1) * head_width)
            for token in range(TOKENS):
                scores = [
                    math.exp(rows["query"][item, token, part] @ rows["key"][item, other, part] / math.sqrt(head_width))
                    if mask is None or mask[item, other]
                    else 0.0
                    for other in range(TOKENS)
                ]
                maps[item, head, token] = np.array(scores) / sum(scores)
                mixed[item, token, part] = maps[item, head, token] @ rows["value"][item, :, part]
    output = mixed.reshape(-1, WIDTH) @ np.asarray(layer.output.kernel[...]) + np.asarray(layer.output.bias[...])
    return output, maps


@pytest.mark.parametrize("padded", [False, True])
def test_attention_is_what_its_definition_says(padded):
    layer, flat = with_random_biases(Attention(CONFIG, nnx.Rngs(0))), random_tokens()
    mask = some_padding() if padded else None
    output, maps = layer(flat, BATCH, mask)
    by_loops, maps_by_loops = attention_by_loops(layer, flat, mask)
    np.testing.assert_allclose(maps, maps_by_loops, atol=1e-5)
    np.testing.assert_allclose(output, by_loops, atol=1e-5)


@pytest.mark.parametrize("padded", [False, True])
def test_attention_equals_that_of_jax(padded):
    layer, flat = with_random_biases(Attention(CONFIG, nnx.Rngs(0))), random_tokens()
    mask = some_padding() if padded else None
    query, key, value = (
        getattr(layer, name)(flat).reshape(BATCH, TOKENS, HEADS, -1) for name in ("query", "key", "value")
    )
    theirs = jax.nn.dot_product_attention(query, key, value, mask=None if mask is None else mask[:, None, None, :])
    np.testing.assert_allclose(layer(flat, BATCH, mask)[0], layer.output(theirs.reshape(-1, WIDTH)), atol=1e-5)


def test_nobody_looks_at_padding_and_every_row_of_a_map_sums_to_one():
    maps = Attention(CONFIG, nnx.Rngs(0))(random_tokens(), BATCH, some_padding())[1]
    np.testing.assert_allclose(maps.sum(-1), 1, atol=1e-6)
    assert float(jnp.where(some_padding()[:, None, None, :], 0, maps).max()) == 0


@pytest.mark.parametrize("norm", ["before", "after"])
def test_what_stands_in_the_padding_changes_nothing(norm):
    block = with_random_biases(Block(BlockConfig(width=WIDTH, heads=HEADS, norm=norm), nnx.Rngs(0)))
    flat, mask = random_tokens(), some_padding()
    other = jnp.where(mask.reshape(-1, 1), flat, 100 * random_tokens(seed=7))
    kept = mask.reshape(-1)
    np.testing.assert_allclose(block(flat, BATCH, mask)[kept], block(other, BATCH, mask)[kept], atol=1e-5)
    assert not np.allclose(block(flat, BATCH)[kept], block(other, BATCH)[kept], atol=1e-2)


def test_pictures_of_a_batch_do_not_see_each_other():
    block = Block(CONFIG, nnx.Rngs(0))
    together = block(random_tokens(), BATCH)
    alone = [block(part, 1) for part in jnp.split(random_tokens(), BATCH)]
    np.testing.assert_allclose(together, jnp.concatenate(alone), atol=1e-5)


def test_the_order_of_tokens_does_not_matter_to_a_block():
    block, flat = Block(CONFIG, nnx.Rngs(0)), random_tokens()[:TOKENS]
    order = np.array([3, 0, 4, 1, 2])
    np.testing.assert_allclose(block(flat, 1)[order], block(flat[order], 1), atol=1e-5)


def test_a_block_gives_its_maps_to_a_dictionary():
    seen = {}
    Block(CONFIG, nnx.Rngs(0))(random_tokens(), BATCH, intermediates=seen)
    assert {name: value.shape for name, value in seen.items()} == {"attention": (BATCH, HEADS, TOKENS, TOKENS)}


def test_the_hidden_width_of_the_mlp_is_the_ratio_times_the_width():
    assert MLP(BlockConfig(width=12, heads=3, mlp_ratio=2.5), nnx.Rngs(0)).hidden.kernel.shape == (12, 30)


def gelu_by_hand(x):
    return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))


@pytest.mark.parametrize(
    ("name", "by_hand", "tolerance"),
    [
        ("gelu", gelu_by_hand, 1e-6),
        ("gelu_tanh", gelu_by_hand, 1e-3),  # an approximation of the first
        ("quick_gelu", lambda x: x / (1 + math.exp(-1.702 * x)), 1e-6),
    ],
)
def test_activations(name, by_hand, tolerance):
    for x in np.linspace(-4, 4, 17):
        assert float(ACTIVATION_FUNCTIONS[name](jnp.float32(x))) == pytest.approx(by_hand(x), abs=tolerance)


# Against PyTorch


def linear_to_torch(theirs, ours):
    import torch

    with torch.no_grad():
        theirs.weight.copy_(torch.from_numpy(np.array(ours.kernel[...]).T.copy()))
        theirs.bias.copy_(torch.from_numpy(np.array(ours.bias[...])))


def norm_to_torch(theirs, ours):
    import torch

    with torch.no_grad():
        theirs.weight.copy_(torch.from_numpy(np.array(ours.scale[...])))
        theirs.bias.copy_(torch.from_numpy(np.array(ours.bias[...])))


def attention_to_torch(theirs, ours):
    import torch

    kernels = np.concatenate([np.array(getattr(ours, name).kernel[...]).T for name in ("query", "key", "value")])
    biases = np.concatenate([np.array(getattr(ours, name).bias[...]) for name in ("query", "key", "value")])
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.from_numpy(kernels))
        theirs.in_proj_bias.copy_(torch.from_numpy(biases))
    linear_to_torch(theirs.out_proj, ours.output)


def to_torch(array, *shape):
    import torch

    return torch.from_numpy(np.array(array).reshape(shape))


@pytest.mark.parity
@pytest.mark.parametrize("padded", [False, True])
def test_attention_equals_pytorch(padded):
    import torch

    ours = with_random_biases(Attention(CONFIG, nnx.Rngs(0)))
    theirs = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    attention_to_torch(theirs, ours)
    mask = some_padding() if padded else None
    ignored = None if mask is None else ~to_torch(mask, BATCH, TOKENS)
    tokens = to_torch(random_tokens(), BATCH, TOKENS, WIDTH)
    with torch.no_grad():
        expected, maps = theirs(tokens, tokens, tokens, key_padding_mask=ignored, average_attn_weights=False)
    output, our_maps = ours(random_tokens(), BATCH, mask)
    np.testing.assert_allclose(output, expected.reshape(-1, WIDTH), atol=1e-5)
    np.testing.assert_allclose(our_maps, maps, atol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize("norm", ["before", "after"])
def test_the_block_equals_pytorch(norm):
    import torch

    config = BlockConfig(width=WIDTH, heads=HEADS, norm=norm, activation="gelu")
    ours = with_random_biases(Block(config, nnx.Rngs(0)))
    theirs = torch.nn.TransformerEncoderLayer(
        WIDTH, HEADS, 4 * WIDTH, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm == "before"
    ).train()  # the quick path of evaluation is another program
    attention_to_torch(theirs.self_attn, ours.attention)
    linear_to_torch(theirs.linear1, ours.mlp.hidden)
    linear_to_torch(theirs.linear2, ours.mlp.output)
    norm_to_torch(theirs.norm1, ours.attention_norm)
    norm_to_torch(theirs.norm2, ours.mlp_norm)
    mask = some_padding()
    with torch.no_grad():
        ignored = ~to_torch(mask, BATCH, TOKENS)
        expected = theirs(to_torch(random_tokens(), BATCH, TOKENS, WIDTH), src_key_padding_mask=ignored)
    kept = np.asarray(mask).reshape(-1)
    output = ours(random_tokens(), BATCH, mask)
    np.testing.assert_allclose(output[kept], expected.reshape(-1, WIDTH).numpy()[kept], atol=2e-5)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_the_fused_attention_is_the_same_function(padded, causal):
    layer = with_random_biases(Attention(CONFIG, nnx.Rngs(0), causal))
    mask, weights = some_padding() if padded else None, random_tokens(2)
    plain = nnx.value_and_grad(lambda one, flat: (weights * one(flat, BATCH, mask)[0]).sum(), argnums=(0, 1))
    fused = nnx.value_and_grad(lambda one, flat: (weights * one.fused(flat, BATCH, mask)).sum(), argnums=(0, 1))
    expected, result = (jax.tree.leaves(loss(layer, random_tokens())) for loss in (plain, fused))
    assert len(expected) == len(result) == 10
    for one, other in zip(result, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("asked", [False, True])
def test_the_fused_attention_serves_where_nobody_asks_for_maps_and_not_on_a_cpu(asked, monkeypatch):
    block, used = Block(CONFIG, nnx.Rngs(0)), []
    monkeypatch.setattr(Attention, "fused", lambda *arguments: used.append(1) or arguments[1])
    block(random_tokens(), BATCH)
    assert not used
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    block(random_tokens(), BATCH, intermediates={} if asked else None)
    assert len(used) == (0 if asked else 1)
