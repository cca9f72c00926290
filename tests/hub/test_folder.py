"""A model survives its folder, and a folder that holds no whole model says what is wrong in one sentence."""

import json
import pickle
import shutil

import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import clipit
from clipit.hub import ModelError, load, load_model, new_model, save_model
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import BagOfWordsConfig, BertConfig, BlockConfig, ConvNetConfig, DualConfig, ViTConfig

BLOCK = BlockConfig(width=16, heads=2)
TOKENIZER = train_tokenizer(["due gatti neri", "un cane"], 60, max_tokens=8)
CONFIGS = {
    "convnet-bag": DualConfig(ConvNetConfig(16, (8,)), BagOfWordsConfig(60, 8), 12),
    "vit-bert": DualConfig(ViTConfig(16, 8, 1, BLOCK), BertConfig(60, 8, 1, BLOCK), 12, 20.0),
}


@pytest.fixture(scope="module")
def model():
    return new_model(CONFIGS["convnet-bag"], seed=1)


@pytest.fixture
def folder(model, tmp_path):
    save_model(model, TOKENIZER, tmp_path / "model")
    return tmp_path / "model"


def sentence_of(folder):
    """What is said about a folder: one sentence that names it."""
    with pytest.raises(ModelError) as raised:
        load_model(folder)
    said = str(raised.value)
    assert str(folder) in said and said.endswith(".") and "\n" not in said
    return said


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_saved_comes_back_to_the_last_bit(name, tmp_path):
    saved = new_model(CONFIGS[name], seed=1)
    save_model(saved, TOKENIZER, tmp_path)
    loaded, tokenizer = load_model(tmp_path)
    assert loaded.config == saved.config and parameters(loaded).keys() == parameters(saved).keys()
    for path, value in parameters(saved).items():
        np.testing.assert_array_equal(parameters(loaded)[path], value, err_msg=path)
    tokens = tokenizer(["due gatti", "un cane nero"])
    np.testing.assert_array_equal(loaded.encode_text(tokens), saved.encode_text(tokens))
    pixels = loaded.preprocess([np.full((20, 30, 3), 90, np.uint8)])
    np.testing.assert_array_equal(loaded.encode_image(pixels), saved.encode_image(pixels))


def test_half_precision_is_half_the_size_and_nearly_the_same(model, folder, tmp_path):
    save_model(model, TOKENIZER, tmp_path / "half", half=True)
    loaded, _ = load_model(tmp_path / "half")
    for path, value in parameters(model).items():
        rounded = parameters(loaded)[path]
        assert rounded.dtype == np.float32
        np.testing.assert_allclose(rounded, value, rtol=2**-11, atol=2**-24, err_msg=path)
    sizes = [(place / "model.safetensors").stat().st_size for place in (tmp_path / "half", folder)]
    assert sizes[0] < 0.6 * sizes[1]


def test_every_parameter_is_in_the_file(model, folder):
    tensors = load_file(folder / "model.safetensors")
    assert {"log_logit_scale", "visual_projection.kernel", "vision.convolutions.0.kernel"} <= tensors.keys()
    assert all(np.array_equal(tensors[name], value) for name, value in parameters(model).items())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.pop("text_projection.kernel"), "text_projection.kernel is missing"),
        (lambda t: t.update(surprise=np.zeros(3, np.float32)), "surprise is unknown"),
        (
            lambda t: t.update({"visual_projection.kernel": np.zeros((256, 12), np.int8)}),
            "visual_projection.kernel is int8",
        ),
        (
            lambda t: t.update({"visual_projection.kernel": np.zeros((2, 3), np.float32)}),
            r"visual_projection.kernel has the shape (2, 3) instead of (256, 12)",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(change, said, folder):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    assert said in sentence_of(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(name, folder):
    (folder / name).unlink()
    assert name in sentence_of(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b""),
        ("model.safetensors", b"no tensors at all"),
        ("model.safetensors", None),
        ("config.json", b"{"),
        ("config.json", b"{}"),
        ("config.json", b"\xff\xfe"),
        ("config.json", b'{"vision": {"kind": "resnet"}, "text": {}}'),
        ("config.json", b"[" * 100_000),
        ("tokenizer_config.json", b'{"model_max_length": 1, "pad_token": "[PAD]"}'),
        ("tokenizer.json", b"{"),
    ],
)
def test_a_damaged_file_is_one_sentence(name, content, folder):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert "is damaged" in sentence_of(folder)


@pytest.mark.parametrize("content", ["[]", '{"vision": 3, "text": 4, "projection_dim": 1, "initial_logit_scale": 1}'])
def test_a_config_of_the_wrong_shape_is_damaged(content, folder):
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelError, match="is damaged"):  # the reason is long here: the test run's own type check
        load_model(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"projection_dim": 0},
        {"initial_logit_scale": 0.0},
        {"vision": {"kind": "convnet", "groups": 0}},
        {"text": {"kind": "bagofwords", "vocabulary_size": 0}},
        {"preprocess": {"kind": "fit", "image_size": 32}},
        {"preprocess": {"kind": "cubist"}},
    ],
    ids=str,
)
def test_a_config_that_makes_no_sense_is_damaged(change, folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    assert "is damaged" in sentence_of(folder)


def test_without_its_settings_a_tokenizer_cuts_where_the_text_encoder_ends(tmp_path):
    save_model(new_model(CONFIGS["vit-bert"], seed=1), TOKENIZER, tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    assert load_model(tmp_path)[1](["due gatti neri " * 9])["input_ids"].shape == (1, 8)


def test_the_tokenizer_of_a_larger_model_is_refused(folder):
    train_tokenizer(["abcdefghijklmnopqrstuvwxyz 0123456789"], 90).save(folder)
    assert "tokens, its text encoder 60" in sentence_of(folder)


def test_no_folder_is_one_sentence(tmp_path):
    assert "There is no folder" in sentence_of(tmp_path / "nowhere")


class Trap:
    """Unpickling this would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pkl", "model.safetensors"])
def test_nothing_is_ever_unpickled(name, folder, tmp_path):
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    sentence_of(folder)
    assert not (tmp_path / "sprung").exists()


def test_load_takes_a_folder_or_the_name_of_shipped_weights(folder, monkeypatch, tmp_path):
    assert load(str(folder))[0].config == CONFIGS["convnet-bag"]
    shutil.copytree(folder, tmp_path / "weights" / "small")
    monkeypatch.setattr(clipit.hub, "data_folder", lambda *parts: tmp_path.joinpath(*parts))
    monkeypatch.chdir(tmp_path)
    assert clipit.load("small")[0].config == CONFIGS["convnet-bag"]
    with pytest.raises(ModelError, match=r"There is no folder large, and no weights of this name \(there are: small\)"):
        load("large")


def test_config_json_can_be_read_by_people(folder):
    config = json.loads((folder / "config.json").read_text())
    assert config["vision"]["kind"] == "convnet" and config["projection_dim"] == 12


def test_a_loaded_model_computes_in_float32(model, tmp_path):
    save_model(model, TOKENIZER, tmp_path, half=True)
    assert all(value.dtype == jnp.float32 for value in parameters(load_model(tmp_path)[0]).values())
