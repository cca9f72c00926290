"""The layouts of checkpoints: spellings, shards, PyTorch's and Flax's files, and back out again to the last bit."""

import json
import logging
import re
import shutil

import ml_dtypes
import numpy as np
import pytest
from flax import nnx
from flax.serialization import msgpack_serialize
from flax.traverse_util import unflatten_dict
from safetensors.numpy import load_file, save_file

import clipit
from clipit.hub import load_clip, load_dual, load_text, load_vision
from clipit.hub.names import parameters_of, tensors_of, to_transformers
from clipit.hub.weights import FILES

LOAD = {"vision": load_vision, "bert": load_text, "causal": load_text, "clip": load_clip, "dual": load_dual}


def load(kind, folder, **named):
    loaded = LOAD[kind](folder, **named)
    return loaded[0] if isinstance(loaded, tuple) else loaded


def same_parameters(one, other):
    one, other = parameters_of(one), parameters_of(other)
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value[...], other[name][...], err_msg=name)


@pytest.fixture
def copy(tiny, tmp_path):
    """A function from a kind of model to (a folder that may be changed, its tensors, the same model here)."""

    def make(kind):
        folder, model = tiny(kind)
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        return tmp_path, load_file(folder / "model.safetensors"), model

    return make


@pytest.mark.parametrize("kind", LOAD)
def test_in_out_and_in_again_is_the_same_to_the_last_bit(kind, copy):
    folder, tensors, model = copy(kind)
    loaded = load(kind, folder)
    same_parameters(loaded, model)
    written = to_transformers(loaded)
    assert written.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert written[name].flags.c_contiguous and written[name].dtype == tensor.dtype
        np.testing.assert_array_equal(written[name], tensor)
    save_file(written, folder / "model.safetensors")
    same_parameters(load(kind, folder), model)


def test_half_the_precision_goes_in_and_out_too(copy):
    folder, tensors, _ = copy("vision")
    written = to_transformers(load_vision(folder, dtype="bfloat16"))
    assert {tensor.dtype for tensor in written.values()} == {np.dtype(ml_dtypes.bfloat16)}
    save_file(written, folder / "model.safetensors")
    again = to_transformers(load_vision(folder, dtype="bfloat16"))
    for name, tensor in written.items():
        np.testing.assert_array_equal(again[name], tensor)
        np.testing.assert_array_equal(tensor, tensors[name].astype(ml_dtypes.bfloat16))


@pytest.mark.parametrize("kind", LOAD)
def test_every_parameter_has_one_name_and_every_name_one_parameter(kind, tiny):
    model = tiny(kind)[1]
    named = tensors_of(model)
    assert len({tensor.theirs for tensor in named}) == len(named) == len(parameters_of(model))


GREEK = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
RENAMED = {
    "transformers 4": ("vision", r"^", "vision_model."),
    "a BERT that guesses words": ("bert", r"^", "bert."),
    "once from TensorFlow": ("bert", r"LayerNorm\.(weight|bias)", lambda found: GREEK[found[0]]),
    "CLIP's text tower of transformers 4": ("causal", r"^", "text_model."),
    "both prefixes": ("dual", r"^vision_model\.", "vision_model.vision_model."),
}


@pytest.mark.parametrize("case", RENAMED)
def test_every_spelling_is_read(case, copy):
    kind, pattern, replacement = RENAMED[case]
    folder, tensors, model = copy(kind)
    renamed = {re.sub(pattern, replacement, name): tensor for name, tensor in tensors.items()}
    assert renamed.keys() != tensors.keys()
    save_file(renamed, folder / "model.safetensors")
    same_parameters(load(kind, folder), model)


EXTRA = {
    "bert": ("embeddings.position_ids", "cls.predictions.bias", "cls.predictions.transform.dense.weight"),
    "vision": ("embeddings.position_ids", "visual_projection.weight"),
    "clip": ("text_model.embeddings.position_ids", "vision_model.embeddings.position_ids"),
}


@pytest.mark.parametrize("kind", EXTRA)
def test_what_is_known_and_not_needed_is_left_out_and_said(kind, copy, caplog):
    folder, tensors, model = copy(kind)
    save_file(tensors | {name: np.zeros(2, np.float32) for name in EXTRA[kind]}, folder / "model.safetensors")
    with caplog.at_level(logging.WARNING, "clipit.hub"):
        same_parameters(load(kind, folder), model)
    (said,) = caplog.messages
    assert all(name in said for name in EXTRA[kind]) and str(folder) in said


def test_nothing_is_said_where_nothing_is_left_out(tiny, caplog):
    for kind in LOAD:
        load(kind, tiny(kind)[0])
    assert not caplog.messages


def test_how_a_bert_is_pooled_is_said_by_the_caller_the_checkpoint_or_its_pooler(copy):
    folder, tensors, _ = copy("bert")
    assert load_text(folder)[0].config.pooling == "pooler"
    assert load_text(folder, pooling="mean")[0].config.pooling == "mean"
    (folder / "1_Pooling").mkdir()
    for key, pooling in (("pooling_mode_mean_tokens", "mean"), ("pooling_mode_cls_token", "first")):
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({key: True}))
        assert load_text(folder)[0].config.pooling == pooling
    shutil.rmtree(folder / "1_Pooling")
    without = {name: tensor for name, tensor in tensors.items() if "pooler" not in name}
    save_file(without, folder / "model.safetensors")
    assert load_text(folder)[0].config.pooling == "mean"


def test_shards_are_one_model(copy):
    folder, tensors, model = copy("dual")
    (folder / "model.safetensors").unlink()
    places = {name: f"model-0000{1 + index % 3}-of-00003.safetensors" for index, name in enumerate(tensors)}
    for file in set(places.values()):
        save_file({name: tensors[name] for name, place in places.items() if place == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    same_parameters(load_dual(folder)[0], model)


@pytest.mark.parity
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_the_files_of_pytorch_are_read_too(zipped, copy):
    import torch

    folder, tensors, model = copy("dual")
    (folder / "model.safetensors").unlink()
    state = {name: torch.from_numpy(tensor) for name, tensor in tensors.items()}
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    same_parameters(load_dual(folder)[0], model)


def test_a_model_of_the_hub_survives_a_run_folder_with_its_preparation(tiny, tmp_path):
    folder, _ = tiny("dual")
    model, tokenizer = load_dual(folder)
    clipit.hub.save_model(model, tokenizer, tmp_path)
    again, _ = clipit.load(tmp_path)
    same_parameters(again, model)
    assert again.preprocess == model.preprocess and again.config == model.config


# CLIP-Italian

WIDTH, HIDDEN, TEXT_WIDTH, TEXT_HIDDEN, PROJECTED, LAYERS = 24, 48, 16, 32, 12, 2


def linear(name, inputs, outputs, bias=True):
    shapes = {f"{name}/kernel": (inputs, outputs)}
    return shapes | ({f"{name}/bias": (outputs,)} if bias else {})


def norm(name, width):
    return {f"{name}/scale": (width,), f"{name}/bias": (width,)}


def clip_italian_shapes():
    """The names and shapes in flax_model.msgpack of CLIP-Italian's hybrid-clip code, for small sizes."""
    vision, text = "vision_model/vision_model", "text_model"
    shapes = {"logit_scale": (), f"{vision}/embeddings/class_embedding": (WIDTH,)}
    shapes[f"{vision}/embeddings/patch_embedding/kernel"] = (16, 16, 3, WIDTH)
    shapes[f"{vision}/embeddings/position_embedding/embedding"] = (5, WIDTH)
    shapes |= norm(f"{vision}/pre_layrnorm", WIDTH) | norm(f"{vision}/post_layernorm", WIDTH)
    for index in range(LAYERS):
        layer = f"{vision}/encoder/layers/{index}"
        for part in ("k_proj", "out_proj", "q_proj", "v_proj"):
            shapes |= linear(f"{layer}/self_attn/{part}", WIDTH, WIDTH)
        shapes |= linear(f"{layer}/mlp/fc1", WIDTH, HIDDEN) | linear(f"{layer}/mlp/fc2", HIDDEN, WIDTH)
        shapes |= norm(f"{layer}/layer_norm1", WIDTH) | norm(f"{layer}/layer_norm2", WIDTH)
    for name, rows in (("word", 50), ("position", 20), ("token_type", 2)):
        shapes[f"{text}/embeddings/{name}_embeddings/embedding"] = (rows, TEXT_WIDTH)
    shapes |= norm(f"{text}/embeddings/LayerNorm", TEXT_WIDTH)
    for index in range(LAYERS):
        layer = f"{text}/encoder/layer/{index}"
        for part in ("self/key", "self/query", "self/value", "output/dense"):
            shapes |= linear(f"{layer}/attention/{part}", TEXT_WIDTH, TEXT_WIDTH)
        shapes |= linear(f"{layer}/intermediate/dense", TEXT_WIDTH, TEXT_HIDDEN)
        shapes |= linear(f"{layer}/output/dense", TEXT_HIDDEN, TEXT_WIDTH)
        shapes |= norm(f"{layer}/attention/output/LayerNorm", TEXT_WIDTH) | norm(
            f"{layer}/output/LayerNorm", TEXT_WIDTH
        )
    shapes |= linear(f"{text}/pooler/dense", TEXT_WIDTH, TEXT_WIDTH)
    shapes |= linear("text_projection", TEXT_WIDTH, PROJECTED, bias=False)
    return shapes | linear("visual_projection", WIDTH, PROJECTED, bias=False)


def clip_italian_config():
    sizes = {"num_hidden_layers": LAYERS, "num_attention_heads": 4}
    vision = sizes | {"model_type": "clip_vision_model", "hidden_size": WIDTH, "intermediate_size": HIDDEN}
    vision |= {"image_size": 32, "patch_size": 16}
    text = sizes | {"model_type": "bert", "hidden_size": TEXT_WIDTH, "intermediate_size": TEXT_HIDDEN}
    text |= {"vocab_size": 50, "max_position_embeddings": 20, "type_vocab_size": 2}
    shared = {"architectures": ["HybridCLIP"], "initializer_factor": 1.0, "projection_dim": PROJECTED}
    return shared | {"model_type": "hybrid-clip", "vision_config": vision, "text_config": text}


def as_in_pytorch(name, array):
    """What CLIP-Italian's authors did to release it for PyTorch, written down independently of the library."""
    name = name.replace("/", ".").replace("vision_model.vision_model.", "vision_model.", 1)
    if name.endswith("patch_embedding.kernel"):
        return name.replace("kernel", "weight"), array.transpose(3, 2, 0, 1)
    if name.endswith("kernel"):
        return name.replace("kernel", "weight"), array.T
    if name == "logit_scale":
        return name, np.log(20 * array)
    return re.sub(r"\.(scale|embedding)$", ".weight", name), array


@pytest.fixture(scope="module")
def clip_italian(tmp_path_factory):
    """Both released layouts of the same tiny model: (Flax's folder, PyTorch's folder, PyTorch's tensors)."""
    flax_folder, torch_folder = tmp_path_factory.mktemp("flax"), tmp_path_factory.mktemp("torch")
    generator = np.random.default_rng(5)
    arrays = {
        name: (0.3 * generator.normal(size=shape)).astype(np.float32) + name.endswith("scale")
        for name, shape in clip_italian_shapes().items()
    }
    arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()} | {"logit_scale": np.float32(1)}
    nested = unflatten_dict(arrays, sep="/")
    (flax_folder / "flax_model.msgpack").write_bytes(msgpack_serialize(nested))
    config = clip_italian_config()
    (flax_folder / "config.json").write_text(json.dumps(config))
    theirs = dict(as_in_pytorch(name, array) for name, array in arrays.items())
    theirs = {name: np.asarray(array, order="C") for name, array in theirs.items()}
    save_file(theirs, torch_folder / "model.safetensors")
    (torch_folder / "config.json").write_text(json.dumps(config | {"model_type": "vision-text-dual-encoder"}))
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "due", "gatti", "ner", "##i", "perché", "perche", "un"]
    for folder in (flax_folder, torch_folder):
        (folder / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    return flax_folder, torch_folder, theirs


PIXELS = np.random.default_rng(1).normal(size=(3, 32, 32, 3)).astype(np.float32)


def test_both_layouts_of_clip_italian_are_the_same_model(clip_italian):
    (flax_model, tokenizer), (torch_model, _) = (load_dual(folder) for folder in clip_italian[:2])
    tokens = tokenizer(["due gatti neri", "un", "perché"])
    assert tokens["input_ids"][0].tolist()[:6] == [2, 5, 6, 7, 8, 3]
    assert tokens["input_ids"][2, 1] == 10  # upper case and accents are gone, as this vocabulary has it
    for tower in ("vision", "text"):
        same_parameters(getattr(flax_model, tower), getattr(torch_model, tower))
    assert float(flax_model.logit_scale()) == 20 and float(torch_model.logit_scale()) == pytest.approx(20, rel=1e-6)
    assert "log_logit_scale" not in parameters_of(flax_model) and "log_logit_scale" in parameters_of(torch_model)
    written = to_transformers(flax_model)
    assert written.keys() == clip_italian[2].keys()
    for name, tensor in clip_italian[2].items():
        np.testing.assert_allclose(written[name], tensor, rtol=1e-6, err_msg=name)


@pytest.mark.parity
@pytest.mark.parametrize("layout", [0, 1], ids=["flax", "pytorch"])
def test_clip_italian_agrees_with_pytorch(layout, clip_italian):
    import torch
    from transformers import BertConfig, CLIPVisionConfig, VisionTextDualEncoderConfig, VisionTextDualEncoderModel

    config = clip_italian_config()
    vision, text = (dict(config[f"{tower}_config"]) for tower in ("vision", "text"))
    del vision["model_type"], text["model_type"]
    configs = CLIPVisionConfig(**vision), BertConfig(**text)
    joined = VisionTextDualEncoderConfig.from_vision_text_configs(*configs, projection_dim=PROJECTED)
    theirs = VisionTextDualEncoderModel(joined).eval()
    theirs.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in clip_italian[2].items()})
    ours, tokenizer = load_dual(clip_italian[layout])
    tokens = tokenizer(["due gatti neri", "un"])
    named = {name: torch.from_numpy(value).long() for name, value in tokens.items()}
    with torch.no_grad():
        result = theirs(pixel_values=torch.from_numpy(PIXELS).permute(0, 3, 1, 2), **named)
    images, texts = nnx.jit(lambda model: (model.encode_image(PIXELS), model.encode_text(tokens)))(ours)
    logits = ours.logit_scale() * images @ texts.T
    np.testing.assert_allclose(logits, result.logits_per_image, atol=1e-4)
    assert np.abs(logits).max() > 1


def test_the_best_file_is_taken_where_there_are_several():
    assert FILES[0] == "model.safetensors" and FILES.index("pytorch_model.bin") < FILES.index("flax_model.msgpack")
