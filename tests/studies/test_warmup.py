"""The studies of the recipe: equal compute, each row once, rates from two tuning seeds, comparisons paired by seed."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy import stats

from clipit.data.emoji.roles import ROLES
from clipit.hub import load
from clipit.studies import captions, computing, optimizer, warmup
from clipit.studies.computing import operations, steps_within
from clipit.studies.italian import SEEDS, TUNING_SEEDS
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase
from clipit.training.starting import start_model

COSTS = {"vision": 20, "text": 30}
EVERYTHING, IMAGE_LOCKED = Phase(steps=300), Phase(steps=300, trains=("text.", *PROJECTIONS))


# Compute


def test_operations_are_those_that_xla_counts():
    def program(pixels, kernel, matrix):
        features = jax.lax.conv_general_dilated(
            pixels, kernel, (2, 2), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return jax.jit(lambda rows: rows @ matrix)(features.reshape(-1, features.shape[-1]))

    shapes = ((2, 9, 9, 3), (3, 3, 3, 8), (8, 5))
    arguments = [np.zeros(shape, np.float32) for shape in shapes]
    counted = operations(jax.make_jaxpr(program)(*arguments).jaxpr)
    assert counted == 2 * (2 * 4 * 4 * 8) * (3 * 3 * 3) + 2 * (2 * 4 * 4 * 5) * 8
    assert counted == pytest.approx(jax.jit(program).lower(*arguments).cost_analysis()["flops"], rel=0.02)


@pytest.fixture
def known_costs(monkeypatch):
    monkeypatch.setattr(computing, "forward_costs", lambda: COSTS)


def spent(phase, steps, pairs, batch, warmed):
    """The compute of the phases by going through them: what each step, and each first look, costs."""
    frozen = {"vision"} if phase is IMAGE_LOCKED else set()
    there = {"vision": pairs, "text": 5 * pairs}
    total = sum(COSTS[tower] * min(there[tower], batch * warmed) for tower in COSTS)
    total += steps * 3 * batch * sum(COSTS[tower] for tower in COSTS if tower not in frozen)
    return total + sum(COSTS[tower] * min(there[tower], batch * steps) for tower in frozen)


@pytest.mark.parametrize("phase, warmed", [(EVERYTHING, 0), (EVERYTHING, 200), (IMAGE_LOCKED, 0)])
@pytest.mark.parametrize("pairs", [100, 6_000, 10**6])
def test_arms_compute_as_much_as_each_other(known_costs, phase, warmed, pairs):
    budget = 300 * 3 * 64 * sum(COSTS.values())
    steps = steps_within(300, phase, pairs, 64, warmed)
    assert spent(phase, steps, pairs, 64, warmed) <= budget < spent(phase, steps + 1, pairs, 64, warmed)


def test_without_a_warm_up_the_budget_is_the_number_of_steps(known_costs):
    assert steps_within(300, EVERYTHING, 6_000, 64) == 300
    assert steps_within(300, IMAGE_LOCKED, 6_000, 64) > 300 > steps_within(300, EVERYTHING, 6_000, 64, warmed=200)


# The arms


@pytest.mark.parametrize("arm", warmup.ARMS)
def test_an_arm_trains_what_it_says(arm):
    recipe = warmup.recipe_for(arm, 6_000, 1e-3, 0)
    last = recipe.phases[-1]
    assert last.moves("visual_projection.kernel") and last.moves("log_logit_scale")
    assert last.moves("vision.head.kernel") == (arm not in ("frozen", "image_locked"))
    assert last.moves("text.blocks.0.mlp.hidden.kernel") == (arm not in ("frozen", "text_locked"))
    assert (recipe.vision_from == "") == (arm == "from_scratch")
    assert len(recipe.phases) == (2 if arm in warmup.WARMED else 1)


def test_the_arms_of_the_optimizer_differ_in_one_thing(monkeypatch):
    usual = optimizer.recipe_for("muon", 1e-3, 0)
    for name in ("adamw", "adabelief"):
        other = optimizer.recipe_for(name, 1e-3, 0)
        (phase,) = other.phases
        assert phase.optimizer == name and phase.trains == usual.phases[0].trains == warmup.ARMS["image_locked"]
        assert replace(other, phases=usual.phases) == usual
    fixed = optimizer.recipe_for("fixed_20", 1e-3, 0).model
    assert fixed.constant_logit_scale and fixed.initial_logit_scale == 20
    trained = []
    monkeypatch.setattr(optimizer, "fit_phase", lambda *arguments: trained.append(arguments))
    monkeypatch.setattr(optimizer, "results_on", lambda *_: dict.fromkeys(optimizer.RESULTS, 0.0))
    monkeypatch.setattr(optimizer, "losses", lambda *_: {})
    assert optimizer.measured("result", "nothing", 0.0, 0)["steps"] == 0 and not trained


# The order of work


def loss_of(arm, rate, seed):
    """The lowest loss at a rate of 0.02, which no grid has; the warm-up is better by .1."""
    return round(2 + abs(np.log2(rate / 0.02)) - 0.1 * (arm == "warmup") + 0.003 * seed * (arm == "direct"), 4)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    noted = []

    def fake(kind, arm, pairs, rate, seed):
        noted.append((kind, arm, pairs, rate, seed))
        others = dict.fromkeys(warmup.MEASURED, 0.5)
        return {"steps": 1, **others, warmup.LOSS: loss_of(arm, rate, seed)}

    monkeypatch.setattr(warmup, "measured", fake)
    monkeypatch.setattr(warmup, "start", lambda **_: {warmup.ENGLISH: 0.8})
    monkeypatch.setattr(warmup, "results_file", lambda name: tmp_path / f"{name}.csv")
    return noted


def test_each_arm_is_measured_at_its_best_rate_with_every_seed_and_nothing_twice(asked):
    rows = warmup.run()
    assert len(set(asked)) == len(asked)
    tuned = [row for row in asked if row[0] == "tuning"]
    assert {row[4] for row in tuned} == set(TUNING_SEEDS) and "shuffled" not in {row[1] for row in tuned}
    of_one = {rate for _, arm, pairs, rate, _ in tuned if (arm, pairs) == ("direct", 6_000)}
    assert of_one == {*warmup.RATES, 0.02, 0.04}  # the grid's highest was best, so it went on
    results = [row for row in asked if row[0] == "result"]
    assert {(row[3]) for row in results} == {0.02}
    for cell in warmup.cells():
        assert [row[4] for row in results if row[1:3] == cell] == list(SEEDS)
    asked.clear()
    assert warmup.run() == rows and asked == []


def test_the_main_comparison_is_paired_by_seed(asked):
    lines = warmup.summary(warmup.run())
    direct, warmed = ([loss_of(arm, 0.02, seed) for seed in SEEDS] for arm in ("direct", "warmup"))
    low, high = stats.ttest_rel(warmed, direct).confidence_interval(0.95)
    told = f"{np.mean(warmed) - np.mean(direct):.2f} ({low:.2f} to {high:.2f})"
    assert f"Main comparison, 6000 pairs, loss, warmup minus direct: {told}" in lines


# Captions


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(captions, "PICTURES", 150)


def test_the_filter_drops_names_and_nothing_else_changes(few):
    filtered, unfiltered = (
        captions.in_role("wit", 10, captions.ARMS["all"]),
        captions.in_role("wit", 10, captions.ARMS["unfiltered"]),
    )
    kept, all_of_them = filtered["caption"][:], unfiltered["caption"][:]
    assert len(all_of_them) == 150 and 0 < len(set(all_of_them) - set(kept)) < 40 and set(kept) < set(all_of_them)


@pytest.mark.parametrize("role", ROLES)
def test_every_picture_has_five_captions_whatever_the_role(few, role):
    world = captions.in_role(role, 10, captions.ARMS["all"])
    assert {len(several) for several in world["captions"]} == {len(claims) for claims in world["claims"]} == {5}
    assert (len(set(world["captions"][0])) == 1) == (role != "mscoco")


def test_noise_is_what_the_arm_says(few):
    clean = captions.in_role("conceptual", 10, captions.ARMS["clean"])["caption"][:]
    noisy = captions.in_role("conceptual", 10, captions.ARMS["noisy"])["caption"][:]
    assert sum(text.endswith(" ...") for text in clean) == 0 < sum(text.endswith(" ...") for text in noisy)


def test_the_recipe_that_is_studied_is_the_one_that_is_taught():
    assert warmup.WARMUP.trains == RECIPES["italian-clip"].phases[0].trains


def test_a_copied_projection_is_english_clips_and_the_others_are_random():
    wanted = load("english-clip")[0].visual_projection.kernel[...]
    start = {arm: start_model(warmup.recipe_for(arm, 6_000, 1e-3, 0)) for arm in ("copied", "warmup")}
    same = {arm: bool((model.visual_projection.kernel[...] == wanted).all()) for arm, model in start.items()}
    assert same == {"copied": True, "warmup": False}
