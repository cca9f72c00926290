"""The weights that come with the course are what their card says."""

import json
import re

from clipit.data.locate import data_folder
from clipit.hub import load, load_words
from clipit.hub.folder import parameters
from clipit.training import RECIPES
from clipit.training.words_recipe import WORDS

CARD = " ".join(data_folder("weights", "README.md").read_text().split())


def test_the_card_says_how_large_the_model_is():
    model, _ = load("quick")
    count = sum(value.size for value in parameters(model).values())
    assert re.search(r"([\d.]+) million parameters", CARD)[1] == f"{count / 1e6:.1f}"


def test_the_card_says_how_it_was_trained():
    quick = RECIPES["quick"]
    assert f"{quick.train_size:,} scenes" in CARD
    assert f"seed {quick.seed}, {quick.steps} steps of {quick.batch_size} pairs" in CARD


def card(*parts):
    return " ".join(data_folder("weights", *parts, "README.md").read_text().split())


def results(name):
    return json.loads(data_folder("weights", name, "results.json").read_text())


def test_the_cards_say_how_good_the_towers_are():
    found = results("italian-bert")
    shares = re.search(r"(\d+) % in captions and (\d+) % in the book", card("italian-bert")).groups()
    assert [int(share) for share in shares] == [round(100 * found[f"found.{of}"]) for of in ("captions", "prose")]
    measured = results("english-clip")
    said = re.search(
        r"first place (\d+) % of the time \(95 % interval (\d+) to (\d+)\), the noun is right in (\d+) %, on "
        r"things never seen (\d+) %, in the other art (\d+) %",
        card(),
    ).groups()
    recall = "text_to_image.recall@1"
    names = (recall, f"{recall}.low", f"{recall}.high", "zero_shot.top1", "unseen_concepts.zero_shot.top1")
    names += ("unseen_art.zero_shot.top1",)
    assert [int(share) for share in said] == [round(100 * measured[name]) for name in names]


def test_the_card_of_the_bert_says_how_it_was_trained():
    model, tokenizer = load_words("italian-bert")
    size = sum(value.size for value in parameters(model).values())
    for part in (
        f"{3 * WORDS.scenes:,} scenes",
        f"seed {WORDS.seed}, {WORDS.phase.steps:,} steps of {WORDS.batch_size} sentences",
        f"{size / 1e6:.1f} million parameters",
        f"{tokenizer.vocabulary_size:,} tokens",
        f"cut at {model.config.max_tokens} tokens",
    ):
        assert part in card("italian-bert"), part


def test_the_shipped_italian_clip_keeps_the_image_encoder_of_the_english_one():
    english, italian = (parameters(load(name)[0]) for name in ("english-clip", "italian-clip"))
    tower = [name for name in english if name.startswith("vision.")]
    assert tower and all((english[name] == italian[name]).all() for name in tower)
    assert (english["visual_projection.kernel"] != italian["visual_projection.kernel"]).any()


def test_joining_trained_encoders_is_better_than_beginning_with_random_ones():
    joined, alone = results("italian-clip"), results("quick")
    for name in ("text_to_image.recall@1", "zero_shot.top1"):
        assert joined[f"{name}.low"] > alone[f"{name}.high"]
