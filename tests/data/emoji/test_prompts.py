"""Prompts agree with their nouns, in every language and for every concept."""

import re
from random import Random

import pytest

from clipit.data.emoji.captions import write
from clipit.data.emoji.lexicon import concepts, language
from clipit.data.emoji.prompts import KINDS, prompts
from clipit.data.emoji.scene import MANY, Group, Scene


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("word", ["zaino"]),
        ("article", ["uno zaino"]),
        ("both", ["uno zaino", "degli zaini"]),
        ("photo", ["una foto di uno zaino"]),
        ("photos", ["una foto di uno zaino", "una foto di zaini"]),
        ("two_singular", ["uno zaino", "una foto di uno zaino"]),
        ("wrong_article", ["una zaino"]),
    ],
)
def test_italian_articles_agree(kind, expected):
    assert prompts("backpack", kind) == expected


def test_the_ensemble_is_made_of_sentences_that_captions_use_too():
    rng, spoken = Random(0), language("it")
    scenes = [Scene((Group("cat", count),)) for count in (1, MANY)]
    written = {write(scene, spoken, rng) for scene in scenes for _ in range(500)}
    ensemble = prompts("cat", "ensemble")
    assert set(ensemble) == written and len(ensemble) == len(written)
    assert {len(prompts(concept.name, "ensemble")) for concept in concepts()} == {len(ensemble)}


@pytest.mark.parametrize("name", ["it", "en", "es"])
def test_every_concept_has_prompts_of_every_kind(name):
    for concept in concepts():
        for kind in KINDS if name != "en" else set(KINDS) - {"wrong_article"}:
            made = prompts(concept.name, kind, name)
            assert made and all(text and not re.search(r"[{}|]|  ", text) for text in made)


def test_what_cannot_be_made_is_said():
    with pytest.raises(ValueError, match="choose one of word"):
        prompts("cat", "poem")
    with pytest.raises(ValueError, match="no concept 'unicorn horn'"):
        prompts("unicorn horn")
    with pytest.raises(ValueError, match="no two genders"):
        prompts("cat", "wrong_article", "en")
