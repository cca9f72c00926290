"""What is held out of training is held out of the pretraining of both towers too: concepts, combinations, art."""

import csv
import gzip
from dataclasses import replace

import pytest

from clipit.data import data_folder
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.roles import ROLES
from clipit.data.emoji.sampling import is_unseen_combination
from clipit.data.emoji.scene import Group
from clipit.data.emoji.world import make_world
from clipit.training.recipe import RECIPES
from clipit.training.words import read_texts
from clipit.training.words_recipe import WORDS

SCENES = 150  # of the tens of thousands: that none of them has more is the business of the world's own tests


def held_out():
    with data_folder("lexicon", "concepts.csv").open(encoding="utf-8") as file:
        return {row["concept"] for row in csv.DictReader(file) if row["held_out"] == "1"}


def check(world, source):
    assert len(world) == SCENES and len(held_out()) == 16
    for row in world.select_columns(["objects", "counts", "colors", "source"]):
        groups = [Group(*group) for group in zip(row["objects"], row["counts"], row["colors"], strict=True)]
        assert not held_out() & {group.concept for group in groups}
        assert not any(is_unseen_combination(group) for group in groups)
        assert row["source"] == source  # drawn with OpenMoji, which is no held-out art


@pytest.mark.parametrize("name", ["quick", "english-clip", "italian-clip"])
def test_no_picture_that_a_tower_learned_from_shows_it(name):
    recipe = RECIPES[name]
    assert not recipe.data
    check(make_world("train", SCENES, recipe.seed, language=recipe.language), "emoji/openmoji")


@pytest.mark.parametrize("role", ROLES)
def test_no_picture_whose_captions_the_bert_read_shows_it(role):
    check(make_world("train", SCENES, WORDS.seed, language=WORDS.language, source=role), f"world/{role}")


def test_no_text_that_the_bert_read_names_it(tmp_path):
    """The book has key words and key points, and a penguin as a user's name: such sentences are left out."""
    sentences = [
        "Cercare con parole chiave nella rete.",
        "Le chiavi sono due.",
        "Pinguino è un nome.",
        "Questo è un testo molto utile.",
    ]
    (tmp_path / "book.txt.gz").write_bytes(gzip.compress("\n\n".join(sentences).encode()))
    texts = read_texts(replace(WORDS, scenes=SCENES, prose=str(tmp_path / "book.txt.gz"), prose_times=2))
    assert texts["prose"] == sentences[-1:] * 2
    nouns = [language("it").nouns[concept] for concept in held_out()]
    words = {form for noun in nouns for form in (noun.singular, noun.plural)}
    assert len(texts["captions"]) > SCENES
    assert not words & {word.strip(".,!?:;").lower() for caption in texts["captions"] for word in caption.split()}
