"""Captions: right words, five different texts, and nothing that is not true of the scene."""

from random import Random

import pytest

from clipit.data.emoji.captions import captions, describe, full_text, write
from clipit.data.emoji.lexicon import concepts, language, written_frequencies
from clipit.data.emoji.scene import BACKGROUNDS, COLORS, MANY, OWN_COLORS, RELATIONS, Group, Scene

LANGUAGES = ("it", "en", "es")
PEOPLE = Scene((Group("person", 2, OWN_COLORS), Group("mountain", 1, "grey")), "on", "light_blue")
FULL_TEXTS = {
    "it": [
        (PEOPLE, "due persone su una montagna grigia su sfondo azzurro"),
        (Scene((Group("cat", 2, "black"),), background="white"), "due gatti neri su sfondo bianco"),
        (Scene((Group("egg", 6, "red"), Group("bee", 1, "blue")), "left_of", "pink"),
         "sei uova rosse a sinistra di un'ape blu su sfondo rosa"),
        (Scene((Group("ufo", 1, "green"), Group("backpack", 1, OWN_COLORS)), "above", "grey"),
         "un UFO verde sopra uno zaino su sfondo grigio"),
        (Scene((Group("dog", 1), Group("elephant", 3))), "un cane e tre elefanti"),
        (Scene((Group("dog", 1), Group("cat", 1, "white"))), "un cane e un gatto bianco"),
    ],
    "en": [
        (PEOPLE, "two people on a gray mountain on a light blue background"),
        (Scene((Group("apple", 1, "orange"),), background="orange"), "an orange apple on an orange background"),
        (Scene((Group("mouse", 2), Group("ufo", 1)), "left_of"), "two mice to the left of a UFO"),
    ],
    "es": [
        (PEOPLE, "dos personas sobre una montaña gris sobre fondo celeste"),
        (Scene((Group("dog", 1), Group("eagle", 1, "black")), "left_of"), "un perro a la izquierda de un águila negra"),
        (Scene((Group("cat", 2), Group("church", 1))), "dos gatos y una iglesia"),
    ],
}  # fmt: skip
WRITTEN = [
    ("it", Scene((Group("cat"),)), {"gatto"}),
    ("it", Scene((Group("cat", None, "black"),)), {"gatto nero"}),
    ("it", Scene((Group("dog"), Group("elephant"))), {"cane ed elefante", "elefante e cane"}),
    ("it", Scene((Group("cat"),), background="green"),
     {"gatto su sfondo verde", "gatto su uno sfondo verde", "gatto, con lo sfondo verde"}),
    ("es", Scene((Group("cat"), Group("church"))), {"gato e iglesia", "iglesia y gato"}),
    ("en", Scene((Group("cat"), Group("dog"))), {"cat and dog", "dog and cat"}),
]  # fmt: skip
SOMETIMES = {
    "it": [
        (Scene((Group("cat", 1), Group("dog", 1))), "ci sono un gatto e un cane"),
        (Scene((Group("cat", 1),)), "c'è un gatto"),
        (Scene((Group("cat", MANY),)), "una foto di gatti"),
        (Scene((Group("bee", 1),)), "una foto di un'ape"),
        (Scene((Group("person", 2), Group("mountain", 1)), "on"), "sulla montagna ci sono due persone"),
        (Scene((Group("person", 2), Group("mountain", 1)), "on"), "ecco una montagna con sopra due persone"),
        (Scene((Group("cat", 1), Group("egg", 3)), "left_of"), "un disegno di tre uova a destra del gatto"),
        (Scene((Group("cat", 3), Group("tree", 1)), "above"), "sotto i tre gatti c'è un albero"),
        (Scene((Group("cat", 1), Group("mirror", MANY)), "left_of"), "si vede un gatto a sinistra degli specchi"),
        (Scene((Group("bird", 1), Group("elephant", 1)), "on"), "nell'immagine si vede un uccello sull'elefante"),
    ],
    "en": [
        (Scene((Group("cat", 2),)), "there are two cats"),
        (Scene((Group("cat", 1), Group("egg", 3)), "left_of"), "we see three eggs to the right of the cat"),
        (Scene((Group("cat", MANY),), background="orange"), "on an orange background, there are some cats"),
    ],
    "es": [
        (Scene((Group("cat", 1), Group("dog", 1)), "left_of"), "hay un gato a la izquierda del perro"),
        (Scene((Group("cat", MANY),)), "se ven unos gatos"),
    ],
}


def scene_of(rng):
    """Any scene: one or two groups of different things, some in their own colours."""
    names = rng.sample([concept.name for concept in concepts()], rng.choice((1, 2)))
    groups = tuple(Group(name, rng.randint(1, 6), rng.choice((*COLORS, *[OWN_COLORS] * 12))) for name in names)
    relation = rng.choice((None, *RELATIONS)) if len(groups) == 2 else None
    return Scene(groups, relation, rng.choice((None, *BACKGROUNDS)))


def is_true(description, scene):
    """Whether a description is true of a scene, by trying every way to find its groups there."""

    def found(said, seen):
        right_count = said.count in (None, seen.count) or (said.count == MANY and seen.count >= 2)
        return said.concept == seen.concept and right_count and said.color in (None, seen.color)

    if description.background not in (None, scene.background):
        return False
    if description.relation is None:
        return all(any(found(said, seen) for seen in scene.groups) for said in description.groups)
    in_order = all(found(*pair) for pair in zip(description.groups, scene.groups, strict=True))
    return in_order and description.relation == scene.relation


@pytest.mark.parametrize(
    ("name", "scene", "text"), [(name, *pair) for name, pairs in FULL_TEXTS.items() for pair in pairs]
)
def test_full_text(name, scene, text):
    assert full_text(scene, language(name)) == text


@pytest.mark.parametrize(("name", "description", "texts"), WRITTEN)
def test_a_short_query_is_bare_words(name, description, texts):
    assert {write(description, language(name), Random(seed)) for seed in range(30)} == texts


@pytest.mark.parametrize(
    ("name", "description", "text"), [(name, *pair) for name, pairs in SOMETIMES.items() for pair in pairs]
)
def test_the_grammar_is_varied_and_right(name, description, text):
    texts = {write(description, language(name), Random(seed)) for seed in range(200)}
    assert text in texts and len(texts) >= 6


@pytest.mark.parametrize("name", LANGUAGES)
def test_five_different_captions_all_true(name):
    rng = Random(0)
    identifiers = {concept.name for concept in concepts() if "_" in concept.name}
    for _ in range(250):
        scene = scene_of(rng)
        made = captions(scene, language(name), rng, written_frequencies(name))
        assert len({caption.text for caption in made}) == 5
        for text, description in ((caption.text, caption.description) for caption in made):
            assert is_true(description, scene), (text, scene)
            assert text == text.strip() and "  " not in text and not set(text) & set("{}|_:"), text
            assert not any(word in identifiers for word in text.split())
            assert all(group.color != OWN_COLORS for group in description.groups)


def test_italian_never_leaves_a_preposition_beside_an_article():
    rng = Random(1)
    articles = {"il", "lo", "la", "i", "gli", "le", "dei", "degli", "delle"}
    for _ in range(250):
        for caption in captions(scene_of(rng), language("it"), rng, (1.0, 0.5, 0.5, 0.5, 0.5, 0.5)):
            words = caption.text.replace("l'", "il ").split()
            for word, following in zip(words, words[1:], strict=False):
                assert word not in {"su", "di", "a"} or following not in articles, caption.text


def test_the_first_description_is_the_fullest():
    rng = Random(2)
    for _ in range(150):
        scene = scene_of(rng)
        descriptions = describe(scene, rng)
        colors = [None if group.color == OWN_COLORS else group.color for group in scene.groups]
        assert len(descriptions) == 5
        assert [group.color for group in descriptions[0].groups] == colors
        assert [group.count for group in descriptions[0].groups] == [group.count for group in scene.groups]
        assert (descriptions[0].relation, descriptions[0].background) == (scene.relation, scene.background)
        assert all(is_true(descriptions[0], scene) <= is_true(other, scene) for other in descriptions)


def test_descriptions_differ_where_there_is_enough_to_say():
    scene = Scene((Group("cat", 2, "black"), Group("dog", 3, "white")), "left_of", "green")
    numbers = [len(set(describe(scene, Random(seed)))) for seed in range(200)]
    assert sum(numbers) / len(numbers) > 4.8


def test_partial_captions_are_varied():
    scene = Scene((Group("cat", 2, "black"), Group("dog", 3, "white")), "left_of", "green")
    partial = [description for seed in range(200) for description in describe(scene, Random(seed))[1:]]
    assert {len(description.groups) for description in partial} == {1, 2}
    assert {description.relation for description in partial} == {None, "left_of"}
    assert {description.background for description in partial} == {None, "green"}
    assert {group.color for description in partial for group in description.groups} == {None, "black", "white"}


def test_how_often_the_number_is_written_is_what_was_asked():
    written = (1.0, 0.9, 0.7, 0.5, 0.3, 0.0)
    rng = Random(3)
    for count, probability in enumerate(written, start=1):
        scene = Scene((Group("cat", count, "black"),), background="green")
        descriptions = [one for _ in range(400) for one in describe(scene, rng, written)]
        said = [description.groups[0].count == count for description in descriptions]
        first = said[::5]
        assert sum(first) / len(first) == pytest.approx(probability, abs=0.09)
        assert all(description.groups[0].count in (count, MANY) for description in descriptions)
        assert sum(said) / len(said) == pytest.approx(probability, abs=0.04), count


@pytest.mark.parametrize("name", LANGUAGES)
def test_same_seed_same_captions(name):
    scene = scene_of(Random(5))
    again = [captions(scene, language(name), Random(7)) for _ in range(2)]
    assert again[0] == again[1]
    assert again[0] != captions(scene, language(name), Random(8))


def test_descriptions_do_not_depend_on_the_language():
    scene = scene_of(Random(5))
    assert describe(scene, Random(7)) == describe(scene, Random(7))
    firsts = [captions(scene, language(name), Random(7))[0].description for name in LANGUAGES]
    assert firsts[0] == firsts[1] == firsts[2]
