"""The doctor finds faults that are planted here, and is content with a healthy run."""

from dataclasses import replace

import numpy as np
import pytest

from clipit.apps import doctor
from clipit.models.config import DualConfig
from clipit.training import loop
from clipit.training.recipe import RECIPES
from clipit.training.runs import RunError

HEALTHY = replace(RECIPES["tiny"], steps=150, warmup_steps=10, learning_rate=6e-3, checkpoint_every=150, devices=1)


def examined(recipe, folder):
    """The sentences that the doctor marks, after training a recipe."""
    loop.train(recipe, folder, quiet=True)
    return [sentence for good, sentence in doctor.examine(folder) if not good]


def with_model(**changes):
    model: DualConfig = replace(HEALTHY.model, **changes)
    return replace(HEALTHY, model=model)


def test_a_healthy_run_has_nothing_marked(tmp_path):
    assert examined(HEALTHY, tmp_path / "run") == []


@pytest.mark.parametrize(
    "recipe, told",
    [
        (replace(HEALTHY, learning_rate=1e-8), "where it knows nothing"),
        (replace(HEALTHY, learning_rate=1e-8), "the model, its loss or its learning_rate is at fault"),
        (replace(HEALTHY, learning_rate=3.0), "learning_rate"),
        (with_model(initial_logit_scale=100.0), "initial_logit_scale that is too large"),
    ],
    ids=["too slow, seen in the log", "too slow, seen by heart", "too fast", "scale starts at its limit"],
)
def test_a_recipe_with_a_fault_is_found_out(recipe, told, tmp_path):
    assert any(told in sentence for sentence in examined(recipe, tmp_path / "run"))


def change_pairs(monkeypatch, change):
    """Plants a fault in the data: every set of pairs that training loads is changed."""
    honest = loop.load_pairs

    def load_pairs(*arguments):
        return change(honest(*arguments))

    monkeypatch.setattr(loop, "load_pairs", load_pairs)


def test_captions_beside_the_wrong_pictures_are_found_out(tmp_path, monkeypatch):
    def shuffle(pairs):
        order = np.random.default_rng(0).permutation(len(pairs))
        changed = replace(pairs, input_ids=pairs.input_ids[order], attention_mask=pairs.attention_mask[order])
        return replace(changed, texts=pairs.texts[order], claims=None, scenes=None)

    change_pairs(monkeypatch, shuffle)
    told = examined(HEALTHY, tmp_path / "run")
    assert any("were pictures and captions paired rightly" in sentence for sentence in told)


def test_black_pictures_are_found_out(tmp_path, monkeypatch):
    change_pairs(monkeypatch, lambda pairs: replace(pairs, pixels=np.zeros_like(pairs.pixels)))
    assert any("they are all the same" in sentence for sentence in examined(HEALTHY, tmp_path / "run"))


def test_captions_that_repeat_are_found_out(tmp_path, monkeypatch):
    def repeat(pairs):
        first = {name: np.repeat(getattr(pairs, name)[:1], len(pairs), 0) for name in ("input_ids", "attention_mask")}
        return replace(pairs, **first, texts=np.zeros_like(pairs.texts), claims=None, scenes=None)

    change_pairs(monkeypatch, repeat)
    told = examined(HEALTHY, tmp_path / "run")
    assert any("too few different captions" in sentence for sentence in told)


def test_a_loss_that_is_no_number_is_found_out(tmp_path):
    broken = replace(HEALTHY, learning_rate=1e38, gradient_norm=1e38, warmup_steps=0)
    with pytest.raises(RunError, match="is not a number"):
        loop.train(broken, tmp_path / "run", quiet=True)
    marked = [sentence for good, sentence in doctor.examine(tmp_path / "run") if not good]
    assert "is not a number" in marked[0]


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
