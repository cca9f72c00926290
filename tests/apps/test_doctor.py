"""The doctor finds faults that are planted here, and is content with a healthy run."""

from dataclasses import replace

import numpy as np
import pytest

from clipit.apps import doctor
from clipit.training import loading, loop
from clipit.training.recipe import RECIPES, Phase

HEALTHY = replace(
    RECIPES["tiny"],
    train_size=2_000,
    checkpoint_every=150,
    evaluate_every=150,
    devices=1,
    phases=(Phase(steps=150, warmup_steps=10, kernel_learning_rate=0.03),),
)


def examined(recipe, folder):
    """The sentences that the doctor marks, after training a recipe."""
    loop.train(recipe, folder, quiet=True)
    return [sentence for good, sentence in doctor.examine(folder) if not good]


@pytest.mark.slow
def test_a_healthy_run_has_nothing_marked(tmp_path):
    assert examined(HEALTHY, tmp_path / "run") == []


@pytest.mark.slow
def test_a_learning_rate_that_is_too_low_is_found_out(tmp_path):
    slow = HEALTHY.with_phase(learning_rate=1e-8, kernel_learning_rate=1e-8)
    told = examined(slow, tmp_path / "run")
    assert any("the model, its loss or its learning_rate" in sentence for sentence in told)
    assert any("where it knows nothing" in sentence or "above knowing nothing" in sentence for sentence in told)


@pytest.mark.parametrize(
    "line, told",
    [
        ({"loss": 5.5}, "where it knows nothing"),
        ({"loss": 7.0}, "above knowing nothing"),
        ({"gradient_norm": 100.0}, "nearly all of each is thrown away"),
        ({"logit_scale": 100.0}, "its limit is 100: start lower"),
        ({"floor": 3.0}, "too few different captions"),
        ({"loss": float("nan")}, "are no numbers"),
    ],
    ids=str,
)
def test_a_log_with_a_fault_is_found_out(line, told):
    calm = {"loss": 1.0, "gradient_norm": 2.0, "parameter_norm": 9.0, "logit_scale": 20.0, "floor": 0.2}
    calm |= {"expected_start": 5.5}
    metrics = [calm | {"step": 1, "loss": 5.6}, *(calm | {"step": step} for step in range(2, 60))]
    assert [sentence for good, sentence in doctor.examine_log(metrics, HEALTHY) if not good] == []
    faulty = [metrics[0] | {key: line[key] for key in line if key == "floor"}, *(one | line for one in metrics[1:])]
    assert told in " ".join(sentence for good, sentence in doctor.examine_log(faulty, HEALTHY) if not good)


def change_pairs(monkeypatch, change):
    """Plants a fault in the data: every set of pairs that training loads is changed."""
    honest = loading.load_pairs
    monkeypatch.setattr(loading, "load_pairs", lambda *arguments: change(honest(*arguments)))


@pytest.mark.slow
def test_captions_beside_the_wrong_pictures_are_found_out(tmp_path, monkeypatch):
    def shuffle(pairs):
        order = np.random.default_rng(0).permutation(len(pairs))
        changed = replace(pairs, input_ids=pairs.input_ids[order], attention_mask=pairs.attention_mask[order])
        return replace(changed, texts=pairs.texts[order], claims=None, scenes=None)

    change_pairs(monkeypatch, shuffle)
    told = examined(HEALTHY, tmp_path / "run")
    assert any("were pictures and captions paired rightly" in sentence for sentence in told)


@pytest.mark.slow
def test_black_pictures_are_found_out(tmp_path, monkeypatch):
    change_pairs(monkeypatch, lambda pairs: replace(pairs, pixels=np.zeros_like(pairs.pixels)))
    assert any("they are all the same" in sentence for sentence in examined(HEALTHY, tmp_path / "run"))


@pytest.mark.slow
def test_captions_that_repeat_are_found_out(tmp_path, monkeypatch):
    def repeat(pairs):
        first = {name: np.repeat(getattr(pairs, name)[:1], len(pairs), 0) for name in ("input_ids", "attention_mask")}
        return replace(pairs, **first, texts=np.zeros_like(pairs.texts), claims=None, scenes=None)

    change_pairs(monkeypatch, repeat)
    told = examined(HEALTHY, tmp_path / "run")
    assert any("too few different captions" in sentence for sentence in told)


def test_a_run_that_never_began_is_found_out(tmp_path):
    (tmp_path / "recipe.json").write_text(HEALTHY.to_json())
    (good, sentence), *rest = doctor.examine(tmp_path)
    assert not good and not rest and "before its first step" in sentence


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is no run"):
        list(doctor.examine(tmp_path))


def test_this_machine_is_in_order():
    findings = list(doctor.examine_machine())
    assert {sentence.split(" ")[0] for _, sentence in findings} >= {"Python", "jax", "flax", "transformers"}
    assert [sentence for good, sentence in findings if not good] == []
