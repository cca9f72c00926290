"""The study of the two-by-two: equal budgets, parallel captions, and arms that train what they say."""

import numpy as np
import pytest

from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.hub.folder import parameters
from clipit.studies import readers
from clipit.studies import retrieval as study
from clipit.training.features import embed_captions
from clipit.training.recipe import Phase


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Readers pretrained for a moment, and few steps."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("readers")
        patch.setattr(readers, "reader_folder", lambda kind: folder / kind)
        patch.setattr(readers, "SCENES", 300)
        patch.setattr(readers, "PHASE", Phase(steps=2, warmup_steps=1))
        patch.setattr(study, "STEPS", 30)
        patch.setattr(study, "GALLERY", 60)
        patch.setattr(study, "SIZES", (300, 60))
        for cached in (readers.reader, study.pairs_of, study.teacher):
            cached.cache_clear()
        yield
    for cached in (readers.reader, study.pairs_of, study.teacher):
        cached.cache_clear()


def test_worlds_of_one_seed_say_the_same_in_every_language():
    worlds = [make_world("train", 50, 7, language=language) for language in ("it", "en", "es")]
    claims = [np.array(world["claims"][:]) for world in worlds]
    assert (claims[0] == claims[1]).all() and (claims[0] == claims[2]).all()


def test_captions_of_three_languages_take_turns():
    it, en, es = (make_world("train", 7, 0, language=language)["captions"] for language in ("it", "en", "es"))
    assert readers.captions_in(("it", "en", "es"), "train", 7, 0) == [it[0], en[1], es[2], it[3], en[4], es[5], it[6]]
    assert readers.captions_in(("it",), "train", 7, 0) == list(it)


def test_the_teacher_reads_english_and_the_pictures_side_stays(small):
    model, tokenizer = load("english-clip")
    english = make_world("train", 60, 0, language="en")["captions"]
    expected = embed_captions(model, tokenizer, list(english[3]))
    assert np.allclose(study.teacher(60, 0)[15:20], expected, atol=1e-6)
    trained, _ = study.trained("multilingual_student", 300, 1e-2, 0)
    before, after = parameters(model), parameters(trained)
    same = [name for name in after if name.startswith(("vision.", "visual_projection."))]
    assert same and all(np.array_equal(before[name], after[name]) for name in same)


@pytest.mark.parametrize("arm", ["italian_contrastive", "multilingual_student"])
def test_both_ways_of_teaching_teach(small, arm):
    found = study.measured("result", arm, 300, 1e-2, 0)
    assert set(found) | {"kind", "arm", "pairs", "rate", "seed"} == set(study.COLUMNS)
    assert found["it.text_to_image.mrr@10"] > 0.15  # chance is about .05


def test_effects_add_up_to_the_published_comparison():
    numbers = {"italian_contrastive": 0.9, "italian_student": 0.6, "multilingual_contrastive": 0.7}
    numbers["multilingual_student"] = 0.5
    rows = [
        {"kind": "result", "arm": arm, "pairs": "60", "seed": str(seed), "m": str(value + seed / 100)}
        for arm, value in numbers.items()
        for seed in range(3)
    ]
    found = study.effects(rows, "m", 60)
    assert found["published comparison"] == pytest.approx([0.4] * 3)
    assert found["Italian, not multilingual"] == pytest.approx([0.15] * 3)
    assert found["pictures, not a teacher"] == pytest.approx([0.25] * 3)


def test_a_student_trains_its_text_side_alone(small):
    phase = study.last_phase(1e-2, 30, study.TRAINS)
    assert phase.moves("text.blocks.0.x") and phase.moves("text_projection.kernel")
    assert not phase.moves("visual_projection.kernel") and not phase.moves("log_logit_scale")
