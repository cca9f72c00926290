"""What a run would need, told beforehand: as models that exist need it, and as sums by hand say; nothing is read."""

import json
from dataclasses import replace

import huggingface_hub
import jax
import pytest
from flax import nnx

from clipit.cli import main
from clipit.data.batches import batches
from clipit.hub import ModelError, folder, source
from clipit.hub.configs import write_config
from clipit.hub.folder import parameters
from clipit.models import BertConfig, BlockConfig, DualConfig, DualEncoder, ViTConfig
from clipit.models.outline import outline
from clipit.models.published import PUBLISHED
from clipit.training import RECIPES
from clipit.training.dry_run import Machine, parts_of, plan_phase, plan_run, trace_encoder, trace_step
from clipit.training.loading import load_data
from clipit.training.mesh import make_mesh
from clipit.training.recipe import PROJECTIONS, Phase
from clipit.training.runs import RunFolder
from clipit.training.sizes import count_pictures, full_sizes, sizes_of
from clipit.training.starting import start_model
from clipit.training.step import compiled_step, for_pure_step, make_optimizer, place
from clipit.training.told import lines_of

REAL = RECIPES["clip-italian-2021"]
# By hand, from the papers' sizes. A block of width w: four maps and an MLP of 4 w with their biases, two norms.
BLOCK = 4 * (768 * 768 + 768) + 768 * 3072 + 3072 + 3072 * 768 + 768 + 2 * 2 * 768
VIT_B_32 = 3 * 32 * 32 * 768 + 768 + 50 * 768 + 2 * 768 + 12 * BLOCK + 2 * 768
BERT_XXL = (32_102 + 512 + 2) * 768 + 2 * 768 + 12 * BLOCK + 768 * 768 + 768
PROJECTION = 768 * 512


MACHINE = Machine(peak=100.0, share=0.5, price=3.0)
LAYERS = 2  # instead of 12, because tracing takes its time


def test_the_real_model_has_as_many_parameters_as_its_papers_say():
    config = full_sizes(REAL)
    parts = parts_of(outline(DualEncoder, config))
    assert parts == {
        "vision": VIT_B_32, "text": BERT_XXL, "visual_projection": PROJECTION, "text_projection": PROJECTION,
    }  # fmt: skip
    assert f"{VIT_B_32 + PROJECTION:,}" == "87,849,216"  # what OpenAI's image encoder is known to have
    assert round(4 * sum(parts.values()) / 1e6) == 796  # megabytes of the released flax_model.msgpack


@pytest.fixture(scope="module")
def real():
    """The real recipe with fewer layers."""
    vision, text = (replace(tower, layers=LAYERS) for tower in (REAL.model.vision, REAL.model.text))
    model = replace(REAL.model, vision=vision, text=text)
    few = replace(REAL, model=model, vision_from="", text_from="", copy_projection=False, vocabulary_size=32_102)
    return plan_run(few, MACHINE)


def test_each_phase_of_the_real_recipe(real):
    warm, everything = real.phases
    assert (warm.trainable, everything.trainable) == (2 * PROJECTION, real.parameters)
    assert (warm.steps, everything.steps) == (50 * 1_298, 15 * 1_298)
    for phase in real.phases:
        assert phase.parameters == 4 * real.parameters and phase.gradients == 4 * phase.trainable
        assert phase.optimizer == pytest.approx(2 * 4 * phase.trainable, rel=0.01)  # AdaBelief keeps two moments
    # Each product costs two operations a parameter and token, once there and twice back; attention comes on top.
    dense = 6 * (LAYERS * (BLOCK - 4 * 768) * (50 + 96) + 3 * 32 * 32 * 768 * 49) * 1_024
    attention = 6 * 2 * LAYERS * 768 * (50**2 + 96**2) * 1_024
    a_step = everything.operations / everything.steps
    assert 0.98 * (dense + attention) < a_step < 1.1 * (dense + attention)
    assert everything.seconds == pytest.approx(everything.operations / (8 * 100e12 * 0.5))
    assert everything.cost == pytest.approx(everything.seconds / 3600 * 8 * 3)
    assert warm.operations < everything.operations / 20 and warm.memory < everything.memory / 5


def test_the_lines_say_it_all(real):
    said = "\n".join(lines_of(real, MACHINE, REAL))
    for part in (f"{real.parameters:,} parameters", "786,432 parameters train", "activations", "minutes",
                 "1,330,000 captioned pictures: prepared:", "50% are reached", "200.2 GB"):  # fmt: skip
        assert part in said


def test_what_does_not_fit_is_said_and_what_would(real):
    """The largest batch that is named fits, and one pair more on each device does not."""
    _, everything = real.phases
    said = "\n".join(lines_of(real, replace(MACHINE, memory=2.0), REAL))
    fits = everything.pairs_that_fit(REAL, 2e9)
    assert 0 < fits < REAL.batch_size and fits % REAL.devices == 0
    assert f"hold it: a batch_size of {fits} would fit, or this batch in chunks of as many (chunk={fits})" in said
    fixed = everything.memory - everything.activations
    a_pair = everything.activations / REAL.batch_size
    assert fixed + a_pair * fits <= 2e9 < fixed + a_pair * (fits + REAL.devices)
    assert "2.0 GB of a device do not hold the parameters" not in said
    small = "\n".join(lines_of(real, replace(MACHINE, memory=0.5), REAL))
    assert "500.0 MB of a device do not hold the parameters and what belongs to them: cut them over more" in small
    assert "do not hold" not in "\n".join(lines_of(real, MACHINE, REAL))


@pytest.fixture(scope="module")
def deep():
    """A model of many equal blocks, of which nothing is allocated."""
    block = BlockConfig(width=64, heads=4)
    config = DualConfig(ViTConfig(64, 8, 4, block), BertConfig(60, 24, 4, block), 32)
    return outline(DualEncoder, config)


def test_chunks_and_recomputing_need_less_memory_and_more_operations(deep):
    plans = {}
    for name, changed in {"plain": {}, "chunk": {"chunk": 16}, "remat": {"remat": True}}.items():
        recipe = replace(TINY, batch_size=64, devices=1, model=deep.config, **changed)
        plans[name] = plan_phase(deep, recipe, recipe.phases[-1], 24, 0, MACHINE)
    for name in ("chunk", "remat"):
        assert plans[name].activations < plans["plain"].activations / 3
        assert 1.15 < plans[name].operations / plans["plain"].operations < 1.4, "a forward pass is a third of a step"
    assert plans["chunk"].activations == pytest.approx(plans["plain"].activations / 4, rel=0.02)


TINY = replace(
    RECIPES["tiny"],
    train_size=128,
    batch_size=32,
    devices=1,
    phases=(Phase("warm-up", PROJECTIONS, 6, warmup_steps=1), Phase("everything", steps=6, warmup_steps=1)),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load_data(TINY, RunFolder(tmp_path_factory.mktemp("data")))


@pytest.mark.parametrize("number", [0, 1], ids=["warm-up", "everything"])
def test_a_tiny_model_that_exists_needs_what_was_told(number, data):
    recipe, pairs, _ = data
    phase = recipe.phases[number]
    recipe = replace(recipe, vocabulary_size=recipe.model.text.vocabulary_size)
    plan = plan_run(recipe, Machine())
    model = start_model(recipe)
    optimizer = make_optimizer(model, phase)
    sizes = {name: value.size for name, value in parameters(model).items()}
    assert plan.parameters == sum(sizes.values())
    assert plan.phases[number].trainable == sum(size for name, size in sizes.items() if phase.moves(name))
    assert plan.phases[number].optimizer == sum(leaf.nbytes for leaf in jax.tree.leaves(nnx.state(optimizer)))
    if number == 0:
        return
    batch = next(batches(pairs, recipe.batch_size, seed=0))
    batch.pop("rows")
    place(model, optimizer, make_mesh(1))
    arrays, how = for_pure_step(model, optimizer, jax.device_put(batch), model.preprocess)
    compiled = compiled_step().lower(*arrays, **how).compile()
    shapes = {name: jax.ShapeDtypeStruct(value.shape, value.dtype) for name, value in batch.items()}
    operations, held = trace_step(model, recipe, phase, shapes)
    assert held == pytest.approx(compiled.memory_analysis().temp_size_in_bytes, rel=1.0)
    assert operations < compiled.cost_analysis()["flops"] < 2 * operations  # the optimizer's come on top


def test_running_a_frozen_encoder_costs_two_operations_a_parameter_and_token():
    config = replace(full_sizes(TINY), text=BertConfig(60, 16, 3, BlockConfig(64, 2)))
    model = outline(DualEncoder, config)
    in_blocks = 3 * (4 * 64 * 64 + 2 * 64 * 256)
    assert 2 * in_blocks * 16 < trace_encoder(model, config, "text", 16) < 2.6 * in_blocks * 16


def test_nothing_is_fetched_allocated_or_read(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("touched")

    monkeypatch.setattr(source, "hf_hub_download", refuse)
    monkeypatch.setattr(folder, "load_file", refuse)
    before = {id(array) for array in jax.live_arrays()}
    plan_run(replace(RECIPES["italian-clip"], phases=TINY.phases[:1]), Machine())
    larger = [array.nbytes for array in jax.live_arrays() if id(array) not in before and array.nbytes > 1_000]
    assert not larger


def test_sizes_of_a_folder_of_transformers_and_of_the_hubs_cache(tmp_path, monkeypatch):
    config = replace(PUBLISHED["openai/clip-vit-base-patch32"], layers=3)
    (tmp_path / "config.json").write_text(json.dumps(write_config(config)))
    assert sizes_of(str(tmp_path), "vision") == config
    monkeypatch.setattr("clipit.training.sizes.try_to_load_from_cache", lambda *_: str(tmp_path / "config.json"))
    assert sizes_of("somebody/something", "vision") == config


def test_pictures_of_another_size_their_variations_and_a_folders_own_count(tmp_path):
    real = replace(RECIPES["italian-real"], variations=2)
    plan = plan_run(real, Machine())
    assert plan.pictures == 3 * real.train_size and plan.decoded == plan.pictures * 128 * 128 * 3
    assert "of its words only those" in " ".join(plan.reads)
    (tmp_path / "metadata.csv").write_text("file_name,caption\na.png,uno\nb.png,due\n")
    mine = replace(TINY, data=str(tmp_path), batch_size=2)
    assert count_pictures(mine) == 3  # at most: the heading is a line too
    (tmp_path / "prepared.json").write_text('{"finished": true, "rows": {"train": 2}}')
    assert count_pictures(mine) == count_pictures(replace(mine, data=f"prepared:{tmp_path}")) == 2
    assert count_pictures(replace(mine, data="emoji")) == TINY.train_size


def test_sizes_that_nobody_knows_are_one_sentence(tmp_path):
    assert huggingface_hub.constants.HF_HUB_OFFLINE
    for name in ("somebody/something", "nowhere"):
        with pytest.raises(ModelError, match=f"The sizes of {name} are not known here: .*load it once") as raised:
            plan_run(replace(TINY, vision_from=name), Machine())
        assert "\n" not in str(raised.value)
    with pytest.raises(ModelError, match="italian-bert holds no vision encoder"):
        sizes_of("italian-bert", "vision")
    (tmp_path / "config.json").write_text('{"vision": {"kind": "convnet", "widths": 3}}')
    with pytest.raises(ModelError, match="is damaged"):
        sizes_of(str(tmp_path), "vision")


@pytest.mark.parametrize("wrong", [{"peak": -1}, {"share": 0}, {"share": 1.5}, {"price": float("nan")}, {"memory": 0}])
def test_a_machine_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="must be positive"):
        Machine(**{name: float(value) for name, value in wrong.items()})


def test_the_command_prints_it(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["train", "tiny", "--dry-run", "--devices", "1", "--json", "--peak", "2"])
    told = json.loads(capsys.readouterr().out)
    (phase,) = told["phases"]
    assert told["assumed"] == {"peak": 2.0, "share": 0.3, "price": 2.5, "memory": 80.0} and told["devices"] == 1
    assert phase["memory"] == sum(phase[name] for name in ("parameters", "gradients", "optimizer", "activations"))
    assert phase["seconds"] == pytest.approx(phase["operations"] / (2e12 * 0.3))
    assert not list(tmp_path.iterdir()), "a dry run writes nothing"
    with pytest.raises(SystemExit) as ended:
        main(["train", "italian-bert", "--dry-run"])
    assert ended.value.code == 2 and "recipes of two encoders" in capsys.readouterr().err
