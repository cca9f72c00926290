"""Captions in the words of a sheet, in several scripts, and what they mean."""

import csv
import io
from random import Random

import pytest

from clipit.data.emoji.claims import describes, encode
from clipit.data.emoji.sampling import is_unseen_combination, part
from clipit.data.emoji.scene import MANY, Group, Scene
from clipit.data.languages import (
    SceneSettings,
    blank_sheet,
    caption,
    captions,
    draw_pictures,
    gloss,
    read_sheet,
    sheet_named,
    sheet_names,
    unknown_words,
)
from clipit.data.languages.gloss import english
from clipit.data.languages.writing import phrase, spoken, write

THREE_FISH = Scene((Group("fish", 3, "yellow"), Group("horse", 1, "green")), background="white")
SAID = {
    "spanish": "tres peces amarillos y un caballo verde",
    "german": "drei gelbe Fische und ein grünes Pferd",
    "greek": "τρία κίτρινα ψάρια και ένα πράσινο άλογο",
    "neapolitan": "tre pisce gialle e nu cavallo verde",
    "russian": "три жёлтые рыбы и одна зелёная лошадь",
    "italian": "tre pesci gialli e un cavallo verde",
}


@pytest.mark.parametrize("name", sheet_names())
def test_words_agree(name):
    assert caption(THREE_FISH, sheet_named(name)) == SAID[name]


@pytest.mark.parametrize(
    "name, group, said",
    [
        ("russian", Group("cat", 2, "black"), "две чёрные кошки"),
        ("russian", Group("cat", 5, "black"), "пять чёрных кошек"),
        ("russian", Group("train", 3, "red"), "три красных поезда"),
        ("russian", Group("cat", MANY, "black"), "чёрные кошки"),
        ("neapolitan", Group("bird", 1, "black"), "n'auciello niro"),
        ("neapolitan", Group("house", 2), "doje case"),
        ("greek", Group("dog", 4), "τέσσερις σκύλοι"),
        ("german", Group("dog", None), "Hund"),
        ("italian", Group("cat", MANY, "white"), "gatti bianchi"),
    ],
)
def test_numbers_decide_forms(name, group, said):
    assert phrase(group, sheet_named(name)) == said


@pytest.mark.parametrize("name", sheet_names())
def test_every_caption_is_true_and_its_words_are_known(name):
    sheet = sheet_named(name)
    for row, scene in enumerate(draw_pictures(sheet.things, sheet.colors, SceneSettings(size=40)).scenes):
        told = captions(scene, sheet, Random(row))
        assert told[0].text == caption(scene, sheet) and len(told) == 4
        for one in told:
            assert describes(encode([one.description]), encode([scene])).all()
            assert unknown_words(one.text, sheet) == []
            assert "{" not in one.text and "  " not in one.text and one.text == one.text.strip()


def test_two_different_descriptions_are_two_different_texts():
    for name in sheet_names():
        sheet = sheet_named(name)
        groups = [
            Group(thing, count, color) for thing in sheet.things for count in range(1, 7) for color in sheet.colors
        ]
        assert len({write(Scene((group,)), sheet) for group in groups}) == len(groups)


def test_glosses():
    greek = sheet_named("greek")
    assert gloss("δύο Μαύρες γάτες", greek) == "two black cats"
    assert gloss("εδώ: ένας δράκος", greek) == "a [δράκος]" and unknown_words("ένας δράκος", greek) == ["δράκος"]
    assert gloss("n'auciello niro", sheet_named("neapolitan")) == "a bird black"
    assert gloss("", greek) == "" and unknown_words("?!", greek) == []
    assert english(THREE_FISH) == "three yellow fish and a green horse"


# Letters of other scripts in the place of words: what is tested is the way through the table, not a grammar.
SCRIPTS = {
    "arabic": ("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", " ", "و {second}"),
    "hebrew": ("אבגדהוזחטיכלמנסעפצקרשת", " ", "ו{second}"),
    "devanagari": ("कखगघचछजझटठडढणतथदधनपफबभमयरलवशसह", " ", "और {second}"),
    "chinese": ("一二三四五六七八九十天地人日月山水火木金土上下左右大小中", "", "和{second}"),
    "thai": ("กขคงจฉชซญดตถทธนบปผฝพฟภมยรลวสหอ", "", "และ{second}"),
    "combining": ("àèìòùǹẁỳ", " ", "e {second}"),
}


def filled(alphabet, space, second, folder, name):
    """A sheet in which every word is another pair of letters."""
    words = iter([first + other for first in alphabet for other in alphabet][:: 1 if len(alphabet) < 12 else 3])
    rows = list(csv.DictReader(io.StringIO(blank_sheet())))
    patterns = {
        "phrase": space.join(["{thing}", "{color}", "{number}"]),
        "and": "{first}" + space + second,
        "sentence": next(words) + space + "{scene}",
    }
    for row in rows:
        if row["row"] in patterns:
            row["one"] = patterns[row["row"]]
        elif row["row"] != "another sentence":
            row["one"], row["several"] = (cell if cell == "-" else next(words) for cell in (row["one"], row["several"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path = folder / f"{name}.csv"
    path.write_text(text.getvalue(), "utf-8")
    return read_sheet(path)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_nobody_thought_of(name, tmp_path):
    sheet = filled(*SCRIPTS[name], tmp_path, name)
    text = caption(THREE_FISH, sheet)
    assert unknown_words(text, sheet) == []
    assert {"fish", "three", "yellow", "horse", "a", "green", "and"} <= set(gloss(text, sheet).split())


def test_what_is_held_out_is_so_twice():
    sheet = sheet_named("german")
    train, test = (draw_pictures(sheet.things, sheet.colors, SceneSettings(split, 80)) for split in ("train", "test"))
    assert {spoken(scene) for scene in train.scenes}.isdisjoint(map(spoken, test.scenes))
    assert {part(scene) for scene in test.scenes} == {"test"} and {part(scene) for scene in train.scenes} == {"train"}
    groups = [group for drawn in (train, test) for scene in drawn.scenes for group in scene.groups]
    assert not any(map(is_unseen_combination, groups))
    assert len({spoken(scene) for scene in test.scenes}) == 80 and test.right.diagonal().all()


def test_the_same_words_give_the_same_pictures():
    first, again = (draw_pictures(("cat", "dog"), colors, SceneSettings(size=4)) for colors in (("red", "blue"),) * 2)
    assert (first.pixels == again.pixels).all() and first.scenes == again.scenes
    assert first.fitting(spoken(first.scenes[0]))[0]
    for wrong in ({"split": "validation"}, {"size": 0}):
        with pytest.raises(ValueError):
            SceneSettings(**wrong)
    with pytest.raises(ValueError, match="at least two things"):
        draw_pictures(("cat",), ("red",))
