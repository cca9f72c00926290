"""The recipes of the real CLIP-Italian, end to end: tiny checkpoints in the hub's layout, a folder of pictures."""

import csv
import json
from dataclasses import replace

import jax
import numpy as np
import pytest
from flax import nnx
from PIL import Image
from safetensors.numpy import save_file

import clipit
from clipit.hub import export, load_clip, load_text, new_model
from clipit.hub.configs import write_config
from clipit.hub.folder import parameters
from clipit.hub.names import to_transformers
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import BertConfig, BlockConfig, CausalTextConfig, DualConfig, ViTConfig
from clipit.models.text import Bert
from clipit.training import RECIPES, loop, train
from clipit.training.averaging import end_of_phase
from clipit.training.recipe import PROJECTIONS

COLOURS = ("rosso", "verde", "blu", "giallo", "nero", "bianco")
THINGS = ("gatto", "cane", "pane", "letto", "uovo", "fiore", "treno", "libro", "ponte", "mare")
CAPTIONS = [f"un {thing} {colour}" for thing in THINGS for colour in COLOURS]
CLIP_BLOCK = BlockConfig(16, 2, 2.0, "quick_gelu")
BERT_BLOCK = BlockConfig(16, 2, 2.0, "gelu", "after", 1e-12)
VISION = ViTConfig(16, 8, 1, CLIP_BLOCK, norm_first=True, patch_bias=False, norm_epsilon=1e-5)
NAMES = ("clip-italian-2021", "clip-italian")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Folders: a CLIP and a BERT as transformers writes them, and pictures of noise with captions."""
    clip, bert, pictures = (tmp_path_factory.mktemp(name) for name in ("clip", "bert", "pictures"))
    tokenizer = train_tokenizer(CAPTIONS, 90, max_tokens=20)
    size = tokenizer.vocabulary_size
    export(new_model(DualConfig(VISION, CausalTextConfig(size, 20, 1, CLIP_BLOCK), 12), seed=3), tokenizer, clip)
    encoder = Bert(BertConfig(size, 20, 1, BERT_BLOCK, "pooler", token_types=2), nnx.Rngs(4))
    save_file(to_transformers(encoder), bert / "model.safetensors", {"format": "pt"})
    (bert / "config.json").write_text(json.dumps(write_config(encoder.config)))
    tokenizer.save(bert)
    noise = np.random.default_rng(0)
    with (pictures / "metadata.csv").open("w", newline="") as file:
        csv.writer(file).writerow(("file_name", "caption"))
        for number, caption in enumerate(CAPTIONS):
            Image.fromarray(noise.integers(0, 256, (20, 24, 3), np.uint8)).save(pictures / f"{number}.png")
            csv.writer(file).writerow((f"{number}.png", caption))
    return clip, bert, pictures


def tiny(name, places):
    """The recipe as it stands, but for the sizes."""
    clip, bert, pictures = map(str, places)
    recipe = RECIPES[name]
    return replace(
        recipe,
        data=pictures,
        vision_from=clip,
        text_from=bert,
        model=replace(recipe.model, projection_dim=12),
        batch_size=16,
        group_size=4 if recipe.group_size else 0,
        devices=4,
        max_tokens=8,
        evaluate_every=2,
        checkpoint_every=1,
        phases=tuple(replace(phase, steps=4, warmup_steps=1, patience=4) for phase in recipe.phases),
    )


@pytest.fixture(scope="module", params=NAMES)
def run(request, places, tmp_path_factory):
    return train(tiny(request.param, places), tmp_path_factory.mktemp("runs") / request.param, quiet=True)


def test_it_starts_from_the_checkpoints_and_each_phase_moves_what_it_should(run, places):
    whole, (encoder, _) = load_clip(places[0])[0], load_text(places[1])
    start = {f"text.{name}": value for name, value in parameters(encoder).items()}
    start |= {name: value for name, value in parameters(whole).items() if name.startswith("vis")}
    warm, end = parameters(end_of_phase(run.folder, 0)), parameters(run.model)
    for name, value in start.items():
        if not name.startswith(PROJECTIONS):
            np.testing.assert_array_equal(warm[name], value, err_msg=name)
    near = abs(warm["visual_projection.kernel"] - start["visual_projection.kernel"]).max()
    assert 0 < near < 0.02, "the projection of pictures was copied and then trained"
    assert sum(not np.array_equal(end[name], warm[name]) for name in end) > 0.9 * len(end)
    assert {leaf.dtype for leaf in jax.tree.leaves(nnx.state(run.model))} == {np.dtype("float32")}


def test_the_scale_is_20_or_learned(run):
    scales = [line["logit_scale"] for line in run.metrics]
    if run.recipe.group_size:
        assert scales == [20.0] * 8 and "log_logit_scale" not in parameters(run.model)
    else:
        assert scales[0] == pytest.approx(1 / 0.07) and len(set(scales)) > 4


def test_captions_are_cut_and_the_model_is_ready_for_use(run):
    model, tokenizer = clipit.load(run.folder)
    assert tokenizer.max_tokens == 8
    vectors = model.encode_text(tokenizer(["un gatto rosso su un letto bianco e un cane nero"]))
    assert vectors.shape == (1, 12)


def test_it_resumes_inside_either_phase_to_the_last_bit(run, tmp_path, monkeypatch):
    """One recipe inside its warm-up, the other after it."""
    step = {"clip-italian-2021": 3, "clip-italian": 7}[run.recipe.name]
    real, worked = loop.train_step, []

    def interrupted(*arguments):
        worked.append(1)
        if len(worked) == step:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "train_step", interrupted)
        train(run.recipe, tmp_path, quiet=True)
    resumed = train(run.recipe, tmp_path, quiet=True)
    for name, value in parameters(run.model).items():
        np.testing.assert_array_equal(parameters(resumed.model)[name], value, err_msg=name)


def test_what_is_computed_in_half_the_precision_is_remembered_in_whole(run):
    """The checkpoint holds parameters and the optimizer's memory."""
    kept = [json.loads(path.read_text()) for path in run.folder.rglob("_METADATA")]
    assert kept and "bfloat16" not in json.dumps(kept)
    assert (run.recipe.dtype == "bfloat16") == (run.recipe.name == "clip-italian")
