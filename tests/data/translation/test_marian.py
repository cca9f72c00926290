"""A real CTranslate2 model, made on the spot: tiny, untrained, and read as one from the hub would be."""

import sys

import numpy as np
import pytest

from clipit.data.translation import load_marian

SENTENCES = ["two black cats on a sofa", "a dog in the garden", "three red apples and a tree"]
WIDTH = 8


def fill(spec, rng):
    """Random numbers for every weight of a CTranslate2 specification."""
    for layer in (*spec.encoder.layer, *spec.decoder.layer):
        attention = layer.self_attention
        blocks = [attention] + ([layer.attention] if hasattr(layer, "attention") else [])
        for block in blocks:
            norm(block.layer_norm)
            sizes = [3 * WIDTH, WIDTH] if block is attention else [WIDTH, 2 * WIDTH, WIDTH]
            for linear, size in zip(block.linear, sizes, strict=True):
                weights(linear, (size, WIDTH), rng)
        norm(layer.ffn.layer_norm)
        weights(layer.ffn.linear_0, (2 * WIDTH, WIDTH), rng)
        weights(layer.ffn.linear_1, (WIDTH, 2 * WIDTH), rng)
    norm(spec.encoder.layer_norm)
    norm(spec.decoder.layer_norm)


def norm(layer):
    layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)


def weights(layer, shape, rng):
    layer.weight = rng.normal(size=shape).astype(np.float32)
    layer.bias = np.zeros(shape[0], np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder as CTranslate2's converter leaves it, with OPUS-MT's two SentencePiece models."""
    import sentencepiece

    with pytest.MonkeyPatch.context() as patch:
        if "torch" not in sys.modules:  # the specifications would load PyTorch, for nothing that is needed here
            patch.setitem(sys.modules, "torch", None)
        from ctranslate2.specs import TransformerSpec
    folder = tmp_path_factory.mktemp("marian") / "tiny"
    spec = TransformerSpec.from_config(num_layers=1, num_heads=2)
    folder.mkdir()
    (folder.parent / "text").write_text("\n".join(SENTENCES * 20))
    for side in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder.parent / "text"),
            model_prefix=str(folder / side),
            vocab_size=26,
            model_type="char",
            minloglevel=2,
        )
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    vocabulary = [pieces.id_to_piece(number) for number in range(len(pieces))]
    rng = np.random.default_rng(0)
    fill(spec, rng)
    for embeddings in (*spec.encoder.embeddings, spec.decoder.embeddings):
        embeddings.weight = rng.normal(size=(len(vocabulary), WIDTH)).astype(np.float32)
    weights(spec.decoder.projection, (len(vocabulary), WIDTH), rng)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    spec.save(str(folder))
    return folder


def test_a_model_from_a_folder_translates(folder):
    marian = load_marian(str(folder))
    assert marian.name == "marian tiny"
    translated = marian(SENTENCES)
    assert len(translated) == len(SENTENCES) and all(isinstance(text, str) for text in translated)
    assert "</s>" not in " ".join(translated) and len(set(translated)) > 1
    assert marian(SENTENCES[:1]) == translated[:1], "a sentence does not depend on those beside it"


def test_a_folder_without_a_part_is_named(folder, tmp_path):
    for name in ("model.bin", "source.spm"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"holds no target.spm"):
        load_marian(str(tmp_path))
