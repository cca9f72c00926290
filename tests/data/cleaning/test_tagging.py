"""Which words are proper nouns: by capital letters and a list, and by a pipeline like spaCy's."""

import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from clipit.data.cleaning import default_tagger, tag_capitals
from clipit.data.cleaning.annotated import PARTS, parse, read_annotated
from clipit.data.cleaning.tagging import proper_share, spacy_tagger
from clipit.data.cleaning.words import is_known, known_share, split


def names(caption):
    return [word for word, proper in tag_capitals(caption) if proper]


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("Anna Maria Mozzoni", ["Anna", "Maria", "Mozzoni"]),
        ("Dora Riparia", ["Dora", "Riparia"]),
        ("Villa Albani", ["Villa", "Albani"]),  # a common noun that a name follows at once
        ("Veduta della Dora Riparia", ["Dora", "Riparia"]),
        ("Veduta dell'Etna", ["Etna"]),
        ("Veduta dell’Etna", ["Etna"]),
        ("Due gatti a Roma", ["Roma"]),  # numbers begin no name
        ("Una Ferrari rossa", ["Ferrari"]),
        ("Una casa. La porta è chiusa.", []),  # a sentence may begin inside a caption
        ("Ritratto di G. Verdi, 1886", ["G", "Verdi"]),  # the full stop of an initial ends nothing
        ("gatto nero", []),
        ("", []),
        ("1907", []),
    ],
)
def test_names_are_found_by_capital_letters_and_the_list(caption, expected):
    assert names(caption) == expected


@pytest.mark.parametrize("write", [str.title, str.upper])
def test_where_capital_letters_say_nothing_the_list_decides(write):
    assert names(write("due gatti neri sul divano rosso vicino alla finestra")) == []
    assert "MOZZONI" in [name.upper() for name in names(write("due gatti neri sul divano rosso di Mozzoni"))]


def test_a_word_has_its_place_in_the_sentence():
    words = split("L'isola d'Elba, 3.5 km. Due «gatti-lupo»")
    assert [word.text for word in words] == ["L'", "isola", "d'", "Elba", "3.5", "km", "Due", "gatti-lupo"]
    assert [word.text for word in words if word.first] == ["L'", "Due"]
    assert [word.text for word in words if not word.adjacent] == ["L'", "3.5", "Due", "gatti-lupo"]


def test_a_list_knows_words_in_all_their_forms():
    assert all(is_known(word, "it") for word in ("gatto", "gatte", "Gatti", "dell'", "dell’", "due", "è"))
    assert not is_known("Mozzoni", "it") and is_known("cat", "en")
    assert known_share(split("due gatti 1907"), "it") == 1.0 and known_share(split("1907"), "it") == 0.0
    with pytest.raises(ValueError):
        is_known("gatto", "no language")


@dataclass
class Token:
    text: str
    pos_: str
    is_punct: bool = False
    is_space: bool = False


def pipeline(caption):
    """Stands for spaCy's: knows one name."""
    marks = caption.replace(",", " ,").split()
    return [Token(mark, "PROPN" if mark == "Etna" else "NOUN", is_punct=mark == ",") for mark in marks]


def test_a_pipeline_like_spacys_is_a_tagger():
    assert spacy_tagger(pipeline)("Etna, vulcano") == [("Etna", True), ("vulcano", False)]


def test_spacy_is_the_default_where_it_has_an_italian_pipeline(monkeypatch):
    from clipit.data.cleaning import tagging

    spacy = ModuleType("spacy")
    spacy.load = {"it_core_news_sm": pipeline}.__getitem__
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    there = {"spacy", "it_core_news_sm"}
    monkeypatch.setattr(tagging.importlib.util, "find_spec", lambda name: name in there or None)
    name, tagger = default_tagger()
    assert name == "spaCy it_core_news_sm" and tagger("Etna") == [("Etna", True)]
    there.remove("it_core_news_sm")
    assert default_tagger() == ("capital letters and word list", tag_capitals)


def test_the_share_of_proper_nouns():
    assert proper_share([("Dora", True), ("è", False)]) == 0.5 and proper_share([]) == 0.0


def test_annotated_captions_are_read_with_their_marks():
    assert parse("*Dora e la *Dora").words == (("Dora", True), ("e", False), ("la", False), ("Dora", True))
    parts = {part: read_annotated(part) for part in PARTS}
    assert sum(map(len, parts.values())) >= 300 and len(parts["stamps"]) + len(parts["gcompris"]) >= 150
    for captions in parts.values():
        assert len({caption.caption for caption in captions}) > 0.8 * len(captions)
        for caption in captions:
            assert "*" not in caption.caption
            assert [word for word, _ in caption.words] == [word.text for word in split(caption.caption)]
    with pytest.raises(ValueError, match="choose one of stamps, gcompris, world_wit"):
        read_annotated("wit")


def test_annotated_captions_of_the_world_are_those_that_it_draws():
    import clipit

    drawn = set(clipit.data.world("test", size=12, seed=0, source="wit")["caption"][:])
    assert drawn <= {caption.caption for caption in read_annotated("world_wit")}
