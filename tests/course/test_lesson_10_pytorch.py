"""Lesson 10 shows lines for PyTorch as text, with what they print: here they are run, and compared with the page."""

import re

import jupytext
import numpy as np
import pytest

import clipit
from clipit.course.notebooks import NOTEBOOKS
from clipit.inputs import open_images
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import BlockConfig, CausalTextConfig, DualConfig, ViTConfig

CELLS = jupytext.read(NOTEBOOKS / "source" / "10_use_clip_italian.py").cells
SHOWN = re.compile(r"```python\n(.*?)```\s+```text\n(.*?)```", re.DOTALL)  # lines, and what they print
CAPTIONS = ["due gatti neri", "un cane", "tre mele verdi"]


def shown(word):
    """The lines with this word, and the output that the page claims."""
    found = [match for cell in CELLS if cell.cell_type == "markdown" for match in SHOWN.findall(cell.source)]
    (lines,) = (one for one in found if word in one[0])
    return lines


@pytest.fixture
def scope(tmp_path):
    """What the cells before leave behind, in small: a folder with pictures, captions and a tokenizer."""
    from PIL import Image

    for number in range(3):
        Image.effect_noise((64, 64), 90 + number).convert("RGB").save(tmp_path / f"{number}.png")
    images = open_images(sorted(tmp_path.glob("*.png")))
    model, tokenizer = clipit.load("quick")
    from clipit.training.features import embed_captions

    known = {"np": np, "clipit": clipit, "embed_captions": embed_captions, "tokenizer": tokenizer}
    return known | {"folder": tmp_path, "images": images, "captions": CAPTIONS}


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")  # of transformers' own, about torchvision
def test_pytorch_reads_the_exported_model_as_the_page_says(scope, capsys):
    (before,) = (cell.source for cell in CELLS if cell.cell_type == "code" and "new_model" in cell.source)
    exec(before, scope)
    assert "True" in capsys.readouterr().out
    lines, printed = shown("VisionTextDualEncoderModel")
    exec(lines, scope)
    assert capsys.readouterr().out == printed


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
def test_the_pipeline_of_transformers_answers_as_the_page_says(scope, capsys, tmp_path):
    block, labels = BlockConfig(16, 2, activation="quick_gelu"), ["due gatti", "un cane"]
    vit = ViTConfig(32, 16, 1, block, norm_first=True, patch_bias=False, norm_epsilon=1e-5)
    words = train_tokenizer(labels, 60, max_tokens=16)
    model = clipit.hub.new_model(DualConfig(vit, CausalTextConfig(60, 16, 1, block), 12), seed=0)
    assert clipit.hub.export(model, words, tmp_path / "clip").reader == "CLIPModel"
    lines, printed = shown("pipeline(")
    scope |= {"name": str(tmp_path / "clip"), "picture": str(tmp_path / "0.png")}
    exec(lines, scope)
    assert capsys.readouterr().out == printed
    image = np.asarray(model.encode_image(model.preprocess(scope["images"][:1])))[0]
    logits = float(model.logit_scale()) * np.asarray(model.encode_text(words(labels))) @ image
    wanted = dict(zip(labels, np.exp(logits) / np.exp(logits).sum(), strict=True))
    for answer in scope["answers"]:
        assert answer["score"] == pytest.approx(wanted[answer["label"]], abs=1e-5)


@pytest.mark.parity
def test_the_pipeline_takes_no_dual_encoder():
    from transformers.models.auto.modeling_auto import MODEL_FOR_ZERO_SHOT_IMAGE_CLASSIFICATION_MAPPING_NAMES as KNOWN

    assert "clip" in KNOWN and "vision-text-dual-encoder" not in KNOWN
