"""The encoders: what each can tell apart, what it shows on the way, and the ConvNet against PyTorch."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.models import BagOfWordsConfig, BertConfig, BlockConfig, ConvNetConfig, ViTConfig
from clipit.models.text import BagOfWords, Bert, mean_of_tokens
from clipit.models.vision import ConvNet, SpaceToDepthConv, ViT

SMALL = BlockConfig(width=16, heads=2)
CONVNET = ConvNetConfig(16, (8, 16), groups=4, place_channels=4, features=12, first_kernel=6, first_stride=2)
VIT = ViTConfig(image_size=16, patch_size=4, layers=2, block=SMALL)
BERT = BertConfig(vocabulary_size=30, max_tokens=16, layers=2, block=SMALL)
VISION = [(ConvNet, CONVNET), (ViT, VIT)]


def random_pixels(batch=2, side=16, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(batch, side, side, 3)), jnp.float32)


def tokens_of(*sentences, length=8):
    input_ids, mask = np.zeros((len(sentences), length), np.int32), np.zeros((len(sentences), length), np.int32)
    for row, sentence in enumerate(sentences):
        input_ids[row, : len(sentence)], mask[row, : len(sentence)] = sentence, 1
    return jnp.asarray(input_ids), jnp.asarray(mask)


def same_parameters(first, second):
    pairs = zip(nnx.to_flat_state(nnx.state(first)), nnx.to_flat_state(nnx.state(second)), strict=True)
    return all(np.array_equal(one[...], other[...]) for (_, one), (_, other) in pairs)


# Pictures


@pytest.mark.parametrize(("kind", "config"), VISION)
def test_features_have_the_length_that_the_config_says(kind, config):
    assert kind(config, nnx.Rngs(0))(random_pixels(3)).shape == (3, config.features)


@pytest.mark.parametrize(("kind", "config"), VISION)
def test_left_and_right_are_told_apart(kind, config):
    left = np.zeros((1, 16, 16, 3), np.float32)
    left[:, 4:8, 0:4] = 1
    features = kind(config, nnx.Rngs(0))(jnp.asarray(np.concatenate([left, left[:, :, ::-1]])))
    assert float(jnp.abs(features[0] - features[1]).max()) > 1e-3


@pytest.mark.parametrize(("side", "kernel", "stride"), [(16, 8, 4), (16, 6, 2), (24, 12, 4), (12, 9, 3), (8, 4, 4)])
def test_a_convolution_in_whole_cells_is_the_same_convolution(side, kernel, stride):
    """With margins that are even and odd, with several channels, the gradients too."""
    plain = nnx.Conv(5, 7, (kernel, kernel), strides=stride, rngs=nnx.Rngs(1))
    plain.bias[...] = jnp.arange(7.0)
    ours = SpaceToDepthConv(5, 7, kernel, stride, nnx.Rngs(2))
    nnx.update(ours, nnx.state(plain))
    maps = jnp.asarray(np.random.default_rng(0).normal(size=(2, side, side, 5)), jnp.float32)
    np.testing.assert_allclose(ours(maps), plain(maps), atol=1e-5)
    found, right = (nnx.grad(lambda one: (one(maps) ** 2).sum())(one) for one in (ours, plain))
    for name in ("kernel", "bias"):
        np.testing.assert_allclose(found[name][...], right[name][...], rtol=1e-4, atol=1e-3, err_msg=name)


def test_the_convnet_chooses_it_where_the_kernel_is_whole_strides_wide():
    assert isinstance(ConvNet(CONVNET, nnx.Rngs(0)).convolutions[0], SpaceToDepthConv)
    odd = ConvNet(replace(CONVNET, first_kernel=3), nnx.Rngs(0))
    assert type(odd.convolutions[0]) is nnx.Conv and odd(random_pixels()).shape == (2, odd.config.features)


@pytest.mark.parametrize(("kind", "config"), VISION)
def test_pictures_of_a_batch_do_not_see_each_other(kind, config):
    encoder, pixels = kind(config, nnx.Rngs(0)), random_pixels(3)
    np.testing.assert_allclose(encoder(pixels)[1:2], encoder(pixels[1:2]), atol=1e-5)


@pytest.mark.parametrize(("kind", "config"), [*VISION, (BagOfWords, BagOfWordsConfig(20, 8)), (Bert, BERT)])
def test_same_seed_same_parameters(kind, config):
    assert same_parameters(kind(config, nnx.Rngs(3)), kind(config, nnx.Rngs(3)))
    assert not same_parameters(kind(config, nnx.Rngs(3)), kind(config, nnx.Rngs(4)))


def test_the_convnet_shows_its_maps():
    seen = {}
    ConvNet(CONVNET, nnx.Rngs(0))(random_pixels(), seen)
    assert {name: value.shape for name, value in seen.items()} == {"map_0": (2, 8, 8, 8), "map_1": (2, 4, 4, 16)}


def shapes_of_blocks(blocks, batch, heads, tokens, width):
    maps = {f"attention_{index}": (batch, heads, tokens, tokens) for index in range(blocks)}
    return maps | {f"hidden_{index}": (batch, tokens, width) for index in range(blocks + 1)}


def test_the_vit_shows_its_attention_and_every_hidden_state():
    seen, encoder = {}, ViT(VIT, nnx.Rngs(0))
    features = encoder(random_pixels(), seen)
    assert {name: value.shape for name, value in seen.items()} == shapes_of_blocks(2, 2, 2, 17, 16)
    for index in range(2):
        np.testing.assert_allclose(seen[f"attention_{index}"].sum(-1), 1, atol=1e-5)
        again = encoder.blocks[index](seen[f"hidden_{index}"].reshape(-1, 16), 2)
        np.testing.assert_allclose(again.reshape(2, 17, 16), seen[f"hidden_{index + 1}"], atol=1e-5)
    np.testing.assert_allclose(encoder.norm(seen["hidden_2"][:, 0]), features, atol=1e-5)


def test_patches_are_cut_row_by_row():
    pixels = np.asarray(random_pixels())
    by_loop = [
        pixels[item, row : row + 4, column : column + 4].reshape(-1)
        for item in range(2)
        for row in range(0, 16, 4)
        for column in range(0, 16, 4)
    ]
    np.testing.assert_array_equal(ViT(VIT, nnx.Rngs(0)).patches(jnp.asarray(pixels)), by_loop)


@pytest.mark.parity
def test_the_convnet_equals_pytorch():
    import torch

    ours, pixels = ConvNet(CONVNET, nnx.Rngs(0)), random_pixels()
    seen = {}
    features = ours(pixels, seen)

    def tensor(array):
        return torch.from_numpy(np.array(array))

    maps = tensor(pixels).permute(0, 3, 1, 2)
    for index, (convolution, norm) in enumerate(zip(ours.convolutions, ours.norms, strict=True)):
        kernel = tensor(convolution.kernel[...]).permute(3, 2, 0, 1)
        # JAX may pad one pixel more after a side than before it, PyTorch only alike.
        padding = kernel.shape[-1] - 2
        before, after = padding // 2, padding - padding // 2
        maps = torch.nn.functional.pad(maps, (before, after, before, after))
        maps = torch.nn.functional.conv2d(maps, kernel, tensor(convolution.bias[...]), stride=2)
        scale, bias = tensor(norm.scale[...]), tensor(norm.bias[...])
        maps = torch.nn.functional.group_norm(maps, CONVNET.groups, scale, bias, eps=norm.epsilon)
        maps = torch.nn.functional.gelu(maps, approximate="tanh")
        np.testing.assert_allclose(seen[f"map_{index}"], maps.permute(0, 2, 3, 1), atol=2e-5)
    what = maps.amax((2, 3))
    places = maps.permute(0, 2, 3, 1) @ tensor(ours.places.kernel[...]) + tensor(ours.places.bias[...])
    read = torch.cat([places.reshape(2, -1), what], 1)
    read = torch.nn.functional.layer_norm(read, read.shape[1:], eps=ours.head_norm.epsilon)
    expected = read @ tensor(ours.head.kernel[...]) + tensor(ours.head.bias[...])
    np.testing.assert_allclose(features, expected, atol=5e-5)


# Words


@pytest.mark.parametrize("pooling", ["mean", "first"])
@pytest.mark.parametrize("norm", ["before", "after"])
def test_padding_does_not_change_a_caption(pooling, norm):
    block = BlockConfig(width=16, heads=2, norm=norm)
    bert = Bert(BertConfig(30, 16, 2, block, pooling), nnx.Rngs(0))
    short, long = tokens_of([2, 7, 9, 3], length=4), tokens_of([2, 7, 9, 3], length=16)
    np.testing.assert_allclose(bert(*short), bert(*long), atol=1e-5)
    bag = BagOfWords(BagOfWordsConfig(30, 8), nnx.Rngs(0))
    np.testing.assert_allclose(bag(*short), bag(*long), atol=1e-6)


def test_what_stands_in_the_padding_does_not_matter():
    input_ids, mask = tokens_of([2, 7, 9, 3], length=8)
    other = jnp.where(mask > 0, input_ids, 5)
    for encoder in (Bert(BERT, nnx.Rngs(0)), BagOfWords(BagOfWordsConfig(30, 8), nnx.Rngs(0))):
        np.testing.assert_allclose(encoder(input_ids, mask), encoder(other, mask), atol=1e-5)


def test_bert_reads_the_order_of_words_and_the_bag_does_not():
    tokens = tokens_of([2, 7, 9, 3], [2, 9, 7, 3])
    bert = Bert(BERT, nnx.Rngs(0))(*tokens)
    assert float(jnp.abs(bert[0] - bert[1]).max()) > 1e-4
    bag = BagOfWords(BagOfWordsConfig(30, 8), nnx.Rngs(0))(*tokens)
    np.testing.assert_allclose(bag[0], bag[1], atol=1e-6)


def test_the_bag_is_the_mean_of_its_words():
    bag = BagOfWords(BagOfWordsConfig(30, 8), nnx.Rngs(0))
    words = np.asarray(bag.word_embedding.embedding[...])
    np.testing.assert_allclose(bag(*tokens_of([4, 4, 9]))[0], (2 * words[4] + words[9]) / 3, atol=1e-6)


def test_the_mean_of_no_tokens_is_zero():
    assert float(jnp.abs(mean_of_tokens(jnp.ones((1, 3, 2)), jnp.zeros((1, 3), int))).max()) == 0


def test_a_quiet_start_lets_the_words_alone_speak():
    """Blocks that add nothing: what comes out is the mean of the embeddings, whatever the number of blocks."""
    block = BlockConfig(width=16, heads=2, norm="before")
    tokens = tokens_of([2, 7, 9, 3])
    quiet, loud = (Bert(BertConfig(30, 16, 2, block, quiet_start=value), nnx.Rngs(0)) for value in (True, False))
    embedded = quiet.word_embedding(tokens[0]) + quiet.position_embedding(jnp.arange(8))
    expected = mean_of_tokens(quiet.embedding_norm(embedded), tokens[1])
    np.testing.assert_allclose(quiet(*tokens), expected, atol=1e-6)
    assert float(jnp.abs(loud(*tokens) - expected).max()) > 1e-3


def test_the_first_token_is_the_sentence_where_it_is_asked_for():
    tokens, seen = tokens_of([2, 7, 9, 3], [2, 4, 3]), {}
    bert = Bert(BertConfig(30, 16, 2, SMALL, pooling="first"), nnx.Rngs(0))
    features = bert(*tokens, seen)
    np.testing.assert_array_equal(features, seen["tokens"][:, 0])


def test_bert_and_the_bag_show_what_happens_on_the_way():
    tokens, seen, words = tokens_of([2, 7, 9, 3], [2, 4, 3]), {}, {}
    bert = Bert(BERT, nnx.Rngs(0))
    bert(*tokens, seen)
    embedded = bert.word_embedding(tokens[0]) + bert.position_embedding(jnp.arange(8))
    np.testing.assert_allclose(seen["hidden_0"], bert.embedding_norm(embedded), atol=1e-6)
    np.testing.assert_array_equal(seen["hidden_2"], seen["tokens"])
    assert {name: value.shape for name, value in seen.items()} == shapes_of_blocks(2, 2, 2, 8, 16) | {
        "tokens": (2, 8, 16)
    }
    np.testing.assert_allclose(seen["attention_1"].sum(-1), 1, atol=1e-5)
    assert float(seen["attention_0"][1, :, :, 3:].max()) == 0
    BagOfWords(BagOfWordsConfig(30, 8), nnx.Rngs(0))(*tokens, words)
    assert {name: value.shape for name, value in words.items()} == {"words": (2, 8, 8)}
