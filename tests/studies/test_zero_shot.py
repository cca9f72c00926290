"""The study of zero-shot classification, with a shipped model in place of five that would have to be trained."""

import numpy as np
import pytest

from clipit.data.emoji.lexicon import concepts, language
from clipit.evaluation import first_relevant_rank
from clipit.hub import load
from clipit.studies import zero_shot as study
from clipit.studies.trained import recipe_of, run_folder
from clipit.training.features import embed_captions, embed_pixels


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(study, "PICTURES", 120)
    monkeypatch.setattr(study, "LABELLED", 600)
    monkeypatch.setattr(study, "trained_model", lambda seed: load("quick"))
    study.pictures_of.cache_clear()
    yield
    study.pictures_of.cache_clear()


def row(arm, what="", split="test"):
    return study.measured("result", arm, what, split, 0)


def test_pictures_show_one_kind_of_thing_that_training_showed_or_never_showed(small):
    pixels, labels, names = study.pictures_of("test", 120, 0)
    assert len(pixels) == len(labels) > 40 and set(names) == {concept.name for concept in concepts(held_out=False)}
    assert set(study.pictures_of("unseen_concepts", 120, 0)[2]) == {concept.name for concept in concepts(held_out=True)}


def test_a_bare_noun_is_ranked_as_a_search_for_it_would(small):
    model, tokenizer = load("quick")
    pixels, labels, names = study.pictures_of("test", 120, 0)
    words = embed_captions(model, tokenizer, [language("it").noun(name) for name in names])
    ranks = first_relevant_rank(embed_pixels(model, pixels), words, labels)
    found = row("word")
    assert found["top1"] == pytest.approx((ranks <= 1).mean(), abs=1e-4)
    assert found["top5"] == pytest.approx((ranks <= 5).mean(), abs=1e-4)
    assert 0 <= found["calibration_error"] <= 1 and 0 < found["belief"] <= 1


def test_a_model_that_learned_nothing_names_nothing(small):
    assert row(study.CONTROL)["top1"] < 0.1 < row(study.DEFAULT)["top1"]


def test_more_labelled_examples_help_a_probe(small):
    one, eight = (row("probe", str(count))["top1"] for count in (1, 4))
    assert 0.02 < one < eight


def test_every_row_that_is_asked_for_is_found_by_its_keys():
    assert set(study.keys("word", "", "test", 0)) < set(study.COLUMNS)
    assert recipe_of(3).seed == 3 and run_folder(3).name.endswith("-3")
    assert np.all(np.diff(study.EXAMPLES) > 0)
