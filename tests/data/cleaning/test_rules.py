"""Each rule drops what it is for and nothing else, and the funnel counts right."""

from collections import Counter
from dataclasses import replace

import pytest

from clipit.data.cleaning import NAMES, CleaningSettings, Rule, clean_source, filter_captions, make_rules
from clipit.data.cleaning.annotated import PARTS, read_annotated
from clipit.data.sources import Source, make_row

GOOD = (
    "due gatti neri su un divano",
    "Un treno in stazione a Bologna.",
    "L'arcobaleno sopra l'isola d'Elba",
    "Una ragazza con il cappello, 1923",
    "Tre mele < quattro pere",
)


def broken(caption, **settings):
    """The names of all rules that would drop a caption."""
    return [rule.name for rule in make_rules(CleaningSettings(**settings)) if rule.drops(caption)]


@pytest.mark.parametrize("caption", GOOD)
def test_a_good_caption_breaks_no_rule(caption):
    assert broken(caption) == []


@pytest.mark.parametrize(
    ("caption", "rules"),
    [
        ("gatto", ["length"]),
        ("", ["length"]),
        ("gatto " * 61, ["length"]),
        ("due <b>gatti</b> neri", ["markup"]),
        ("due gatti [[File:neri]]", ["markup"]),
        ("due gatti neri su https://example.org", ["markup"]),
        ("due gatti neri, scrivere a anna@example.org", ["markup"]),
        ("due gatti img_0123.JPG", ["markup"]),
        ("due gatti &amp; un cane", ["markup"]),
        ("due gatti neri | foto stock", ["boilerplate"]),
        ("Clicca per ingrandire la foto dei gatti", ["boilerplate"]),
        ("due gatti © tutti i diritti riservati", ["boilerplate"]),
        ("two black cats on a sofa", ["language"]),
        ("Two Cats on the Roof of my house", ["language"]),
        ("Anna Maria Mozzoni", ["proper nouns"]),
        ("Dora Riparia", ["proper nouns"]),
    ],
)
def test_a_bad_caption_breaks_its_rule_and_no_other(caption, rules):
    assert broken(caption) == rules


def test_the_proper_noun_rule_begins_at_its_share():
    four_of_five = "Anna Maria Mozzoni a Rescaldina"
    assert broken(four_of_five) == ["proper nouns"]
    assert broken(four_of_five, proper_nouns=0.81) == []
    assert broken(four_of_five, rules=("length", "language")) == []


def test_a_caption_may_be_repeated_so_often_and_not_more():
    kept, funnel = filter_captions(["due gatti", "Due Gatti"] * 3, make_rules(CleaningSettings(most_repeats=4)))
    assert len(kept) == 4 and funnel.dropped == Counter(repeated=2)


def test_most_human_captions_pass_and_most_english_ones_do_not():
    stamps = [caption.caption for caption in read_annotated("stamps")]
    kept, funnel = filter_captions(stamps)
    assert len(kept) / len(stamps) > 0.95, funnel.examples


def test_the_first_broken_rule_counts():
    rules = [Rule("a", lambda caption: "a" in caption), Rule("b", lambda caption: "b" in caption)]
    kept, funnel = filter_captions(["x", "ab", "b", "a", "y"], rules)
    assert kept == ["x", "y"]
    assert [(step.rule, step.came, step.dropped, step.examples) for step in funnel.steps()] == [
        ("a", 5, 2, ("ab", "a")),
        ("b", 3, 1, ("b",)),
    ]
    assert (funnel.captions, funnel.left) == (5, 2)
    assert [line.split()[0] for line in funnel.table()] == ["rule", "a", "b", "left"]


def test_a_source_loses_captions_and_only_then_rows():
    told = [["due gatti neri", "Anna Mozzoni"], ["Dora Riparia"], ["un cane sul prato"]]
    rows = [make_row(caption=c[0], captions=c, source="x", key=str(n), language="it") for n, c in enumerate(told)]
    source, funnel = clean_source(Source("x", lambda faults: iter(rows)), make_rules())
    left = list(source.rows())
    assert [row["captions"] for row in left] == [["due gatti neri"], ["un cane sul prato"]]
    assert (funnel.rows, funnel.rows_left, funnel.captions, funnel.left) == (3, 2, 4, 2)
    rows[0] = replace_caption(rows[0], ["Anna Mozzoni", "due gatti neri"])
    source, _ = clean_source(Source("x", lambda faults: iter(rows)), make_rules())
    assert next(source.rows())["caption"] == "due gatti neri", "the best caption that is left comes first"


def replace_caption(row, captions):
    return {**row, "caption": captions[0], "captions": captions}


def test_every_rule_is_asked_in_the_same_order():
    assert tuple(rule.name for rule in make_rules()) == NAMES
    assert [rule.name for rule in make_rules(CleaningSettings(rules=("repeated", "length")))] == ["length", "repeated"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rules": ("spelling",)}, "no rule called 'spelling'; choose from length"),
        ({"proper_nouns": 0.0}, "a share above 0"),
        ({"fewest_words": 9, "most_words": 3}, "No caption has 9 words or more and at most 3"),
        ({"most_repeats": 0}, "at least 1, not 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        CleaningSettings(**settings)


def test_a_language_without_rules_is_named():
    with pytest.raises(ValueError, match="know nothing of 'pt', only of it: write pt.toml"):
        make_rules(replace(CleaningSettings(), language="pt"))


def test_the_study_says_what_the_rules_do():
    from clipit.studies.proper_nouns import by_filter, scores
    from clipit.studies.table import read_rows, results_file

    captions = [caption for part in PARTS for caption in read_annotated(part)]
    dropped = {caption.caption for caption in captions if broken(caption.caption, rules=("proper nouns",))}
    from clipit.data.cleaning import tag_capitals

    counted = scores([by_filter(caption, tag_capitals) for caption in captions])
    assert counted["found"] == len(dropped) + repeated(captions, dropped)
    kept = [row for row in read_rows(results_file("proper_nouns")) if row["tagger"] == "capital letters and word list"]
    row = next(row for row in kept if (row["part"], row["level"], row["written"]) == ("all", "caption", "as it is"))
    assert [int(row[name]) for name in ("annotated", "found", "right")] == [
        counted[name] for name in ("annotated", "found", "right")
    ]


def repeated(captions, dropped):
    """How many of the dropped captions come once more."""
    return sum(caption.caption in dropped for caption in captions) - len(dropped)
