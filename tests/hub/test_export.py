"""Models that go out: PyTorch reads them and computes the same, and what comes back in is the same to the last bit."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from clipit.data import world
from clipit.data.locate import data_folder
from clipit.hub import ModelError, export, load, load_clip, load_dual, load_model, new_model, origin_of
from clipit.hub.folder import parameters
from clipit.hub.model_card import Origin, model_card
from clipit.inputs import open_images
from clipit.inputs.pictures import Preprocess, ShorterSidePreprocess
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import BagOfWordsConfig, BertConfig, BlockConfig, ConvNetConfig, DualConfig, ViTConfig
from clipit.training import RECIPES

READERS = {"dual": ("VisionTextDualEncoderModel", load_dual), "clip": ("CLIPModel", load_clip)}
CAPTIONS = ["due gatti neri", "un cane", "un cane nero e due gatti " * 9]  # the last is longer than 20 tokens
TOKENIZER = train_tokenizer(CAPTIONS, 60, max_tokens=20)


@pytest.fixture(scope="module", params=READERS)
def exported(request, tiny, tmp_path_factory):
    """A model of ``transformers``' kind, the folder it was exported to, and its kind."""
    folder, _ = tiny(request.param)
    model, tokenizer = READERS[request.param][1](folder)
    out = tmp_path_factory.mktemp("out")
    written = export(model, tokenizer, out)
    assert (written.reader, written.reason) == (READERS[request.param][0], "")
    return model, tokenizer, out, request.param


def test_what_went_out_comes_back_to_the_last_bit(exported, tmp_path):
    model, tokenizer, out, kind = exported
    back, same_tokenizer = READERS[kind][1](out)
    assert back.config == model.config and back.preprocess == model.preprocess
    assert parameters(back).keys() == parameters(model).keys()
    for name, value in parameters(model).items():
        np.testing.assert_array_equal(parameters(back)[name], value, err_msg=name)
    there, here = tokenizer(CAPTIONS), same_tokenizer(CAPTIONS)
    assert all(np.array_equal(there[name], here[name]) for name in there)
    export(back, same_tokenizer, tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == (out / "model.safetensors").read_bytes()


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")  # of transformers' own, about torchvision
def test_pytorch_users_get_the_same_embeddings(exported):
    import torch
    import transformers
    from transformers import AutoImageProcessor, AutoTokenizer

    model, tokenizer, out, kind = exported
    pictures = open_images(world("validation", 3)["image"])
    pixels, tokens = model.preprocess(pictures), tokenizer(CAPTIONS)
    theirs = getattr(transformers, READERS[kind][0]).from_pretrained(out).eval()
    processed = AutoImageProcessor.from_pretrained(out)(pictures, return_tensors="pt")
    cut = AutoTokenizer.from_pretrained(out)(CAPTIONS, padding=True, truncation=True, return_tensors="pt")
    np.testing.assert_allclose(processed["pixel_values"].permute(0, 2, 3, 1), pixels, atol=1e-5)
    assert cut["input_ids"].shape[1] == 20
    with torch.inference_mode():
        wanted = theirs(**cut, **processed)
    np.testing.assert_allclose(model.encode_image(pixels), wanted.image_embeds, atol=1e-5)
    np.testing.assert_allclose(model.encode_text(tokens), wanted.text_embeds, atol=1e-5)
    assert float(model.logit_scale()) == pytest.approx(theirs.logit_scale.exp().item(), rel=1e-6)


def test_half_is_half_the_size(exported, tmp_path):
    model, tokenizer, out, _ = exported
    export(model, tokenizer, tmp_path, half=True)
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "float16"
    assert {value.dtype for value in load_file(tmp_path / "model.safetensors").values()} == {np.dtype("float16")}
    loaded, _ = load(tmp_path)
    for name, value in parameters(model).items():
        np.testing.assert_allclose(parameters(loaded)[name], value, rtol=2**-10, atol=2**-20, err_msg=name)


VIT = ViTConfig(16, 8, 1, BlockConfig(16, 2), norm_first=True, patch_bias=False, norm_epsilon=1e-5)
BERT = BertConfig(60, 20, 1, BlockConfig(16, 2, norm="after"), "mean", token_types=2)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (DualConfig(ConvNetConfig(16, (8,)), BERT, 12), "an encoder like ConvNet"),
        (DualConfig(VIT, BagOfWordsConfig(60, 8), 12), "an encoder like BagOfWords"),
        (DualConfig(VIT, BERT, 12), "a BERT beside a ViT whose pooling is 'mean'"),
        (DualConfig(ViTConfig(16, 8, 1, BlockConfig(16, 2)), BERT, 12), "a ViT with patch_bias"),
    ],
    ids=["convnet", "bag of words", "mean", "vit"],
)
def test_what_transformers_lacks_is_written_in_our_own_format(config, reason, tmp_path):
    model = new_model(config, seed=1)
    written = export(model, TOKENIZER, tmp_path)
    assert written.reader == "clipit" and reason in written.reason and written.reason.endswith(".")
    assert "clipit's own format" in str(written) and "\n" not in str(written)
    loaded, _ = load_model(tmp_path)
    for name, value in parameters(model).items():
        np.testing.assert_array_equal(parameters(loaded)[name], value, err_msg=name)
    assert "library_name: clipit" in (tmp_path / "README.md").read_text()


def test_pictures_are_prepared_as_they_were(tiny, tmp_path):
    model, tokenizer = load_dual(tiny("dual")[0])
    model.preprocess = ShorterSidePreprocess(32, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), shorter_side=40, resampling=2)
    export(model, tokenizer, tmp_path)
    assert load_dual(tmp_path)[0].preprocess == model.preprocess


def test_a_run_is_not_written_over(tiny_run):
    with pytest.raises(ModelError, match="is the folder of a run: choose another one"):
        export(tiny_run.model, tiny_run.tokenizer, tiny_run.folder)


def test_the_card_tells_what_the_run_tells(tiny_run, tmp_path):
    results = {"zero_shot.top1": 0.25, "zero_shot.top1.low": 0.2, "zero_shot.top1.high": 0.31, "seconds.train": 3}
    for name, text in {"results": json.dumps(results), "recipe": (tiny_run.folder / "recipe.json").read_text()}.items():
        (tmp_path / f"{name}.json").write_text(text)
    export(tiny_run.model, tiny_run.tokenizer, tmp_path / "out", origin=origin_of(tmp_path, "my first"))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "# my first" in card and "512 scenes of clipit's small world" in card and "language: it" in card
    assert "| zero_shot.top1 | 0.250 | 0.200 to 0.310 |" in card and "seconds.train |" not in card
    assert '"batch_size": 64' in card and "cut at 32 tokens" in card and "OpenMoji" in card


@pytest.mark.parametrize("name", ["quick", "english-clip"])
def test_the_card_of_weights_that_come_with_the_course_tells_how_they_were_made(name):
    origin = origin_of(data_folder("weights", name), name)
    card = model_card(load(name)[0].config, "clipit", origin)
    assert f"{RECIPES[name].train_size} scenes of clipit's small world" in card and "not measured here" not in card
    assert "text_to_image.recall@1 | 0." in card


def test_the_card_of_a_run_on_other_pictures_does_not_speak_of_the_small_world():
    recipe = {
        "train_size": 9,
        "language": "it",
        "data": "mscoco-it",
        "vision_from": "openai/x",
        "text_from": "dbmdz/x",
    }
    card = model_card(DualConfig(VIT, BERT, 12), "clipit", Origin(recipe=recipe))
    assert "from `mscoco-it`" in card and "began with the weights of `dbmdz/x` and `openai/x`" in card
    assert "small world" not in card and "OpenMoji" not in card and "how good it is was not measured" in card.lower()


def test_where_pictures_are_prepared_otherwise_the_card_says_so(exported, tmp_path):
    model, tokenizer, out, kind = exported
    assert "resized" not in (out / "README.md").read_text()
    changed, _ = READERS[kind][1](out)
    changed.preprocess = Preprocess(changed.config.vision.image_size)
    export(changed, tokenizer, tmp_path)
    assert "cut before they were resized" in (tmp_path / "README.md").read_text()


def test_the_card_of_other_weights_claims_nothing(exported, tmp_path):
    model, tokenizer, _, _ = exported
    export(model, tokenizer, tmp_path, origin=Origin(name="someone/model"))
    card = (tmp_path / "README.md").read_text()
    assert "No run of clipit is known" in card and "None were measured" in card and "OpenMoji" not in card
    assert "from_pretrained(folder)" in card and "keep the licence that they came with" in card
