"""CLIP's text encoder: nobody sees what comes later, the end speaks for the sentence, and all of it as in PyTorch."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from clipit.models import BlockConfig, CausalTextConfig, ConvNetConfig, DualConfig, DualEncoder
from clipit.models.text import CausalText

END, LENGTH = 3, 8
CONFIG = CausalTextConfig(30, 16, 2, BlockConfig(width=16, heads=2, activation="quick_gelu"), END)


def sentence(*words):
    input_ids = np.zeros((1, LENGTH), np.int32)
    input_ids[0, : len(words)] = words
    return jnp.asarray(input_ids), jnp.asarray(np.arange(LENGTH)[None] < len(words), jnp.int32)


def vectors(encoder, *words):
    seen = {}
    encoder(*sentence(*words), seen)
    return seen["tokens"][0]


@pytest.fixture(scope="module")
def encoder():
    return CausalText(CONFIG, nnx.Rngs(0))


@given(place=st.integers(0, LENGTH - 1), other=st.integers(4, 29), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_another_token_changes_no_vector_before_it(encoder, place, other, seed):
    words = np.random.default_rng(seed).integers(4, 30, LENGTH)
    changed = np.where(np.arange(LENGTH) == place, other, words)
    before, after = vectors(encoder, *words), vectors(encoder, *changed)
    np.testing.assert_array_equal(before[:place], after[:place])
    assert words[place] == other or float(jnp.abs(before[place:] - after[place:]).max(axis=1).min()) > 1e-6


def test_no_attention_goes_to_what_comes_later_or_to_padding(encoder):
    seen = {}
    encoder(*sentence(2, 7, 9, END), seen)
    assert {name: value.shape for name, value in seen.items()} == {
        "attention_0": (1, 2, LENGTH, LENGTH),
        "attention_1": (1, 2, LENGTH, LENGTH),
        **{f"hidden_{index}": (1, LENGTH, 16) for index in range(3)},
        "tokens": (1, LENGTH, 16),
    }
    for maps in (seen["attention_0"], seen["attention_1"]):
        assert float(jnp.triu(maps, 1).max()) == 0 and float(maps[..., 4:].max()) == 0
        np.testing.assert_allclose(maps.sum(-1), 1, atol=1e-6)


def test_the_sentence_is_the_vector_at_its_first_end(encoder):
    for words, place in (((2, 7, 9, END), 3), ((2, END, 9, END), 1), ((2, 7, 9), 0)):
        np.testing.assert_array_equal(encoder(*sentence(*words))[0], vectors(encoder, *words)[place])


def test_without_an_end_the_largest_number_speaks():
    largest = CausalText(dataclasses.replace(CONFIG, end_of_text_id=None), nnx.Rngs(0))
    for words, place in (((2, 7, 9, END), 2), ((2, 29, 9, 29), 1)):
        np.testing.assert_array_equal(largest(*sentence(*words))[0], vectors(largest, *words)[place])


def test_padding_does_not_change_a_sentence(encoder):
    ids, mask = sentence(2, 7, 9, END)
    np.testing.assert_allclose(encoder(ids[:, :4], mask[:, :4]), encoder(ids, mask), atol=1e-6)


def test_the_order_of_words_is_read(encoder):
    one, other = (encoder(*sentence(2, *words, END))[0] for words in ((7, 9), (9, 7)))
    assert float(jnp.abs(one - other).max()) > 1e-4


def test_it_is_a_tower_of_the_dual_encoder(encoder):
    model = DualEncoder(DualConfig(ConvNetConfig(16, (8,)), CONFIG, 12), nnx.Rngs(0))
    ids, mask = sentence(2, 7, 9, END)
    embeddings = model.encode_text({"input_ids": ids, "attention_mask": mask})
    np.testing.assert_allclose(jnp.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    assert isinstance(model.text, CausalText)


@pytest.mark.parametrize("end", [-1, 30])
def test_an_end_that_is_no_token_is_refused(end):
    with pytest.raises(ValueError, match=f"end_of_text_id is one of the 30 tokens, not {end}."):
        CausalTextConfig(vocabulary_size=30, end_of_text_id=end)


def copy_to(theirs, ours):
    """Our parameters into a layer of PyTorch: kernels are [in, out] here and [out, in] there."""
    import torch

    kind = next(name for name in ("kernel", "scale", "embedding") if hasattr(ours, name))
    weight = np.array(getattr(ours, kind)[...])
    with torch.no_grad():
        theirs.weight.copy_(torch.from_numpy(weight.T.copy() if kind == "kernel" else weight))
        if kind != "embedding":
            theirs.bias.copy_(torch.from_numpy(np.array(ours.bias[...])))


def in_transformers(ours):
    """transformers' CLIPTextModel with the parameters of ours."""
    from transformers import CLIPTextConfig, CLIPTextModel

    block = CONFIG.block
    sizes = {"vocab_size": CONFIG.vocabulary_size, "max_position_embeddings": CONFIG.max_tokens, "eos_token_id": END}
    hidden = {"hidden_size": block.width, "intermediate_size": 4 * block.width}
    heads = {"num_hidden_layers": CONFIG.layers, "num_attention_heads": block.heads, "hidden_act": "quick_gelu"}
    theirs = CLIPTextModel(CLIPTextConfig(**sizes, **hidden, **heads)).eval()
    text = getattr(theirs, "text_model", theirs)
    copy_to(text.embeddings.token_embedding, ours.word_embedding)
    copy_to(text.embeddings.position_embedding, ours.position_embedding)
    copy_to(text.final_layer_norm, ours.norm)
    names = {"q_proj": "query", "k_proj": "key", "v_proj": "value", "out_proj": "output"}
    for layer, one in zip(text.encoder.layers, ours.blocks, strict=True):
        for name, our_name in names.items():
            copy_to(getattr(layer.self_attn, name), getattr(one.attention, our_name))
        copy_to(layer.mlp.fc1, one.mlp.hidden)
        copy_to(layer.mlp.fc2, one.mlp.output)
        copy_to(layer.layer_norm1, one.attention_norm)
        copy_to(layer.layer_norm2, one.mlp_norm)
    return theirs


@pytest.mark.parity
def test_it_equals_the_text_model_of_transformers():
    import torch

    ours = CausalText(CONFIG, nnx.Rngs(0))
    generator = np.random.default_rng(1)
    state = nnx.state(ours, nnx.Param)
    for _, value in nnx.to_flat_state(state):  # fresh biases are zero: it would not show if one were forgotten
        value.set_value(value[...] + jnp.asarray(0.3 * generator.normal(size=value[...].shape), jnp.float32))
    nnx.update(ours, state)
    input_ids = np.array([[2, 7, 9, 11, END, 0, 0], [2, 12, END, 0, 0, 0, 0], [2, 5, END, 8, 9, END, 0]], np.int32)
    mask = (np.arange(7)[None] < np.array([[5], [3], [6]])).astype(np.int32)
    seen = {}
    features = ours(jnp.asarray(input_ids), jnp.asarray(mask), seen)
    with torch.no_grad():
        theirs = in_transformers(ours)(torch.from_numpy(input_ids).long(), torch.from_numpy(mask).long())
    np.testing.assert_allclose(features, theirs.pooler_output, atol=1e-5)
    kept = mask > 0
    np.testing.assert_allclose(seen["tokens"][kept], theirs.last_hidden_state[torch.from_numpy(kept)], atol=1e-5)
