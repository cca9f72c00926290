"""A reader's own pictures: trained on, looked at and measured with, none of them in two of these roles."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from clipit.apps.report import write_report
from clipit.apps.running import evaluate, summary
from clipit.data.batches import batches
from clipit.hub.folder import parameters
from clipit.training import RECIPES, Phase, loop, train
from clipit.training.own_data import embed_first, measure_pairs, some
from clipit.training.recipe import PROJECTIONS
from clipit.training.runs import RunError

PHASES = (Phase("warm-up", PROJECTIONS, 4, warmup_steps=1), Phase("everything", steps=4, warmup_steps=1))
OWN = replace(
    RECIPES["tiny"], name="own", language="fi", batch_size=16, train_size=1_000, evaluate_every=4, phases=PHASES
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty patches of ten colours with two captions each, in a language that nothing here knows."""
    place, lines = tmp_path_factory.mktemp("own"), []
    rng = np.random.default_rng(0)
    colors = rng.integers(0, 255, (10, 3))
    for number in range(60):
        noise = rng.integers(-40, 40, (20, 30, 3))
        Image.fromarray((colors[number % 10] + noise).clip(0, 255).astype(np.uint8)).save(place / f"{number}.png")
        lines += [f"{number}.png,väri {number % 10}", f"{number}.png,kuva {number}"]
    (place / "metadata.csv").write_text("\n".join(["file_name,caption", *lines]), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def recipe(folder):
    return replace(OWN, data=str(folder))


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return train(recipe, tmp_path_factory.mktemp("runs") / "own", quiet=True)


def test_it_goes_through_its_phases_and_looks_at_pictures_not_trained_on(run):
    assert [line["phase"] for line in run.metrics] == [0] * 4 + [1] * 4
    looks = [line for line in run.metrics if "validation.loss" in line]
    assert [line["step"] for line in looks] == [1, 4, 8] and not any("best" in line for line in looks)


class Interruption(Exception):
    """Stands for whatever ends a run in the middle."""


def test_it_resumes_to_the_last_bit(recipe, run, tmp_path, monkeypatch):
    real, worked = loop.train_step, []

    def ending(*arguments, **more):
        worked.append(1)
        if len(worked) == 7:
            raise Interruption
        return real(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train_step", ending)
        with pytest.raises(Interruption):
            train(replace(recipe, checkpoint_every=3), tmp_path / "again", quiet=True)
    again = train(replace(recipe, checkpoint_every=3), tmp_path / "again", quiet=True)
    for name, value in parameters(run.model).items():
        np.testing.assert_array_equal(parameters(again.model)[name], value, err_msg=name)


def test_a_run_does_not_go_on_with_other_captions(folder, recipe, tmp_path, monkeypatch):
    place = tmp_path / "copy"
    shutil.copytree(folder, place)
    changed = replace(recipe, data=str(place))
    with monkeypatch.context() as patch, pytest.raises(Interruption):
        patch.setattr(loop, "Training", interrupt)
        train(changed, tmp_path / "run", quiet=True)
    text = (place / "metadata.csv").read_text("utf-8")
    (place / "metadata.csv").write_text(text.replace("kuva 7", "talo 7"), "utf-8")
    with pytest.raises(RunError, match="changed since it began: choose another --out"):
        train(changed, tmp_path / "run", quiet=True)


def interrupt(*_):
    raise Interruption


def test_results_are_of_retrieval_alone_and_the_report_leaves_the_rest_out(run):
    results = evaluate(run)
    names = {name.split(".")[0] for name in results}
    assert names == {"text_to_image", "image_to_text", "seconds", "seed", "versions"}
    assert len(summary(results)) == 2
    report = write_report(run, results).read_text()
    assert "väri" in report and "Counting" not in report and "OpenMoji" not in report
    assert "unseen" not in report and "text_to_image.mrr@10" in report


def test_equal_captions_are_right_answers(run, recipe, folder):
    """Retrieval against brute force, with the captions that several pictures share."""
    from clipit.training.own_data import unseen_pairs

    pairs, captions = unseen_pairs(run.model, run.tokenizer, recipe)
    assert len(set(captions)) < len(captions)
    images, texts, positives = embed_first(run.model, pairs)
    ranks = []
    for query, caption in enumerate(captions):
        order = np.argsort(-(images @ texts[query]), kind="stable")
        ranks.append(next(place for place, row in enumerate(order, 1) if captions[row] == caption))
    measured = measure_pairs(run.model, pairs)
    assert measured["text_to_image.recall@5"] == pytest.approx(np.mean(np.array(ranks) <= 5))
    assert positives.sum() > len(captions)


def test_a_view_is_drawn_for_each_pair(recipe, run):
    from clipit.training.own_data import own_collection, own_pairs

    pairs = own_pairs(replace(recipe, variations=2), own_collection(recipe, run.model.preprocess), run.tokenizer)
    assert pairs["train"].views.shape[1] == 3 and pairs["test"].views.shape[1] == 1
    shown = {picture.tobytes() for _, batch in zip(range(20), batches(pairs["train"], 16, 0), strict=False)
             for picture in batch["pixels"]}  # fmt: skip
    assert len(shown) > 2 * len(pairs["train"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch_size": 48, "devices": 2}, "pictures to train on, which is less than a batch of 48: collect more, or"),
        ({"data": "no/such/folder"}, "There is no folder no/such/folder"),
    ],
)
def test_what_cannot_be_trained_on_is_one_sentence(change, said, recipe, tmp_path):
    with pytest.raises(ValueError, match=said):
        train(replace(recipe, **change), tmp_path / "none", quiet=True)


def test_too_few_to_measure_with_is_one_sentence(folder, recipe, tmp_path):
    place = tmp_path / "few"
    place.mkdir()
    for number in range(20):
        (place / f"{number}.png").write_bytes((folder / f"{number}.png").read_bytes())
    lines = [f"{number}.png,kuva {number}" for number in range(20)]
    (place / "metadata.csv").write_text("\n".join(["file_name,caption", *lines]))
    with pytest.raises(ValueError, match="pictures for 'validation', and at least 4 are needed"):
        train(replace(recipe, data=str(place), batch_size=8), tmp_path / "none", quiet=True)


def test_of_too_many_things_some_are_taken_from_everywhere():
    assert some(list(range(100)), 5) == [0, 24, 49, 74, 99] and some([1, 2], 5) == [1, 2]
