"""Both encoders as ONNX compute what the model does, for one and for several pictures and captions."""

import builtins
import importlib.util
import json

import jaxtyping
import numpy as np
import pytest

from clipit.hub import ModelError, new_model
from clipit.hub import onnx as onnx_module
from clipit.hub.onnx import export_onnx, run_onnx
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import (
    BagOfWordsConfig,
    BertConfig,
    BlockConfig,
    CausalTextConfig,
    ConvNetConfig,
    DualConfig,
    ViTConfig,
)

TOKENIZER = train_tokenizer(["due gatti neri", "un cane"], 60, max_tokens=8)
BLOCK = BlockConfig(width=16, heads=2)
CONFIGS = {
    "convnet-bert": DualConfig(ConvNetConfig(16, (16, 32)), BertConfig(60, 8, 1, BLOCK), 12),
    "vit-causal": DualConfig(ViTConfig(16, 8, 1, BLOCK, norm_first=True), CausalTextConfig(60, 8, 1, BLOCK), 12),
}
needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("jax2onnx", "onnxruntime")),
    reason="jax2onnx or onnxruntime is not installed (the extra `onnx`)",
)


@pytest.fixture(autouse=True)
def no_shape_checks():
    """An open number of pictures is a symbol and no int, which the check of every signature would refuse."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@needs_onnx
@pytest.mark.parametrize("name", ["convnet-bert", pytest.param("vit-causal", marks=pytest.mark.slow)])
def test_files_compute_what_the_model_does(name, tmp_path):
    import onnx

    model = new_model(CONFIGS[name], seed=1)
    image, text = export_onnx(model, TOKENIZER, tmp_path)
    rng = np.random.default_rng(0)
    for batch in (1, 3):
        pictures = list(rng.integers(0, 255, (batch, 20, 30, 3)).astype(np.uint8))
        pixels = model.preprocess(pictures)
        np.testing.assert_allclose(run_onnx(image, {"pixels": pixels}), model.encode_image(pixels), atol=1e-4)
        tokens = TOKENIZER(["due gatti", "un cane nero", "gatti"][:batch])
        np.testing.assert_allclose(run_onnx(text, tokens), model.encode_text(tokens), atol=1e-4)
    facts = {one.key: json.loads(one.value) for one in onnx.load(image).metadata_props}
    assert facts["image_size"] == 16 and facts["mean"] == [0.5, 0.5, 0.5]
    assert facts["logit_scale"] == pytest.approx(float(model.logit_scale()))


@needs_onnx
def test_a_file_that_computes_something_else_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_module, "run_onnx", lambda path, inputs: np.full((2, 12), np.nan, np.float32))
    model = new_model(DualConfig(ConvNetConfig(16, (8,)), BagOfWordsConfig(60, 8), 12), seed=1)
    with pytest.raises(ModelError, match="image_encoder.onnx would differ from the model"):
        export_onnx(model, TOKENIZER, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_the_packages_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    honest = builtins.__import__

    def without(name, *rest):
        if name == "jax2onnx":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return honest(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    model = new_model(DualConfig(ConvNetConfig(16, (8,)), BagOfWordsConfig(60, 8), 12), seed=1)
    with pytest.raises(ModelError, match=r'jax2onnx is not installed: pip install "clipit-course\[onnx\]"'):
        export_onnx(model, TOKENIZER, tmp_path)
