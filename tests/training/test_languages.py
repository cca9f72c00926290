"""A language that is taught on cached picture vectors: pictures stay, the text side learns, Italian is beside it."""

from dataclasses import replace

import numpy as np
import pytest

from clipit.data.languages import SheetError, sheet_named
from clipit.hub import load, load_model, save_model
from clipit.hub.folder import parameters
from clipit.training.languages import LanguageSettings, captioned, order, pictures_for, teach, tell
from clipit.training.languages_measured import SAME_WAY, as_italian, compare, lost, ranks, score

QUICK = LanguageSettings(scenes=300, held_out=40, steps=60, batch_size=64)
GREEK = sheet_named("greek")


@pytest.fixture(scope="module")
def greek():
    return teach([GREEK], QUICK)


def test_the_image_side_stays_to_the_last_bit_and_the_text_side_learns(greek):
    before, after = parameters(load("italian-clip")[0]), parameters(greek.model)
    pictures = [name for name in before if name.startswith(("vision.", "visual_projection."))]
    assert pictures and all(np.array_equal(before[name], after[name]) for name in pictures)
    assert greek.losses[-1] < 0.7 * greek.losses[0] and len(greek.losses) == QUICK.steps


def test_the_same_seed_gives_the_same_model(greek):
    again = teach([GREEK], QUICK)
    assert again.losses == greek.losses
    assert teach([GREEK], replace(QUICK, seed=1)).losses != greek.losses


def test_captions_find_their_pictures_and_shuffled_ones_do_not(greek):
    pictures = pictures_for([GREEK], "test", QUICK)
    learned = score(greek, GREEK, pictures, QUICK)
    control = score(teach([GREEK], replace(QUICK, shuffled=True)), GREEK, pictures, QUICK)
    assert learned["recall@10"] > control["recall@10"] + 0.2
    assert np.mean(ranks(greek, GREEK, pictures, QUICK) <= 10) == pytest.approx(learned["recall@10"], abs=1e-3)


def test_a_model_is_saved_and_loaded_like_any_other(greek, tmp_path):
    save_model(greek.model, greek.tokenizer, tmp_path)
    model, tokenizer = load_model(tmp_path)
    texts = [greek.tokenizer(["δύο μαύρες γάτες"]), tokenizer(["δύο μαύρες γάτες"])]
    assert np.allclose(greek.model.encode_text(texts[0]), model.encode_text(texts[1]))


def test_several_languages_share_one_text_encoder():
    sheets = [GREEK, sheet_named("german")]
    both = teach(sheets, QUICK)
    found = compare(both, sheets, QUICK)
    assert set(found) == {"greek", "german", "italian-clip", SAME_WAY}
    assert lost(found, "greek")["mrr@10"] == pytest.approx(found["greek"]["mrr@10"] - found[SAME_WAY]["mrr@10"])


def test_every_language_says_as_much_of_every_picture():
    sheets = [GREEK, sheet_named("german")]
    told = tell(sheets, pictures_for(sheets, "train", QUICK), QUICK)
    assert {len(several) for several in told} == {8}
    for several in told[:50]:
        greek, german = several[:4], several[4:]
        assert [caption.description for caption in greek] == [caption.description for caption in german]


def test_batches_know_which_captions_are_true_of_which_pictures(greek):
    pictures = pictures_for([GREEK], "train", QUICK)
    pairs = captioned(pictures, tell([GREEK], pictures, QUICK), greek.tokenizer)
    made = order(pairs, QUICK)
    assert made["rows"].shape == (60, 64) and made["positives"].shape == (60, 64, 64)
    assert all(step.diagonal().all() for step in made["positives"])
    assert set(np.bincount(made["rows"].ravel())) <= {12, 13}  # each picture as often as the others


def test_italian_beside_a_sheet_has_its_words_only():
    few = replace(GREEK, things=GREEK.things[:5], colors=GREEK.colors[:3])
    italian = as_italian([few])
    assert (italian.things, italian.colors, italian.name) == (few.things, few.colors, "italian")
    with pytest.raises(SheetError, match="The Italian sheet has no lion"):
        as_italian([replace(GREEK, things=("lion", *GREEK.things))])


@pytest.mark.parametrize("wrong", [{"captions": 0}, {"batch_size": 1}, {"scenes": 10}, {"layers": -1}, {"steps": 0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError):
        replace(QUICK, **wrong)


def test_a_text_encoder_with_a_block_learns_too():
    assert teach([GREEK], replace(QUICK, layers=1, steps=4)).model.config.text.layers == 1
