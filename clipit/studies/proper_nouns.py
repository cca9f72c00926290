"""How often is the proper-noun filter right, and what does it throw away by mistake?

The filter of CLIP-Italian drops captions of which 80 % or more of the words are proper nouns. Here its taggers are
compared with captions that were read word by word (``data/cleaning``): by word, and by what the filter then does with
the caption. The main comparison is that of the default tagger with the control, which takes every capital letter for a
name. The same captions are also measured as headlines and shops write them, Each Word or ALL OF IT IN CAPITALS. Nothing
is drawn at random, so there are no seeds; the intervals are a bootstrap over captions.

>>> by_filter(Annotated("Dora Riparia", (("Dora", True), ("Riparia", True))), tag_capitals)
{'annotated': 1, 'found': 1, 'right': 1}
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from string import capwords

from clipit.data.cleaning.annotated import PARTS, Annotated, read_annotated
from clipit.data.cleaning.rules import CleaningSettings
from clipit.data.cleaning.tagging import Tagged, Tagger, default_tagger, proper_share, tag_capitals
from clipit.data.cleaning.words import split
from clipit.evaluation import bootstrap
from clipit.studies.table import Row, Table, results_file

ABOUT = (
    "The proper-noun filter against captions annotated word by word: data/cleaning/README.md says by whom and how.",
    "Precision: how much of what was found is annotated so. Recall: how much of what is annotated was found.",
    "level word: proper nouns. level caption: captions that the filter drops. low, high: bootstrap over captions.",
    "written: as they are, or with Each Word or ALL OF IT in capitals (the annotation stays the same).",
    "kind mistake: captions, as they are, that the filter drops or keeps, and would not by the annotation.",
    "Texts of stamps are GPL-2, of gcompris GPL-3+. Made by: clipit study proper_nouns",
)
COLUMNS = ("kind", "tagger", "part", "written", "level", "captions", "annotated", "found", "right", "precision",
           "precision_low", "precision_high", "recall", "recall_low", "recall_high", "mistake", "caption")  # fmt: skip
WRITTEN: dict[str, Callable[[str], str]] = {"as it is": str, "Each Word": capwords, "ALL OF IT": str.upper}
THRESHOLD = CleaningSettings().proper_nouns


def every_capital(caption: str) -> Tagged:
    """The control: every word that begins with a capital letter is called a name."""
    return [(word.text, word.capital) for word in split(caption)]


def taggers() -> dict[str, Tagger]:
    """What is compared: spaCy's only where it is installed."""
    name, best = default_tagger()
    found: dict[str, Tagger] = {"every capital letter": every_capital, "capital letters and word list": tag_capitals}
    return found | {name: best}


def run() -> list[Row]:
    """Measures every tagger on every part, and writes the table anew."""
    path = results_file("proper_nouns")
    path.unlink(missing_ok=True)
    table = Table(path, ABOUT, COLUMNS)
    parts = {part: read_annotated(part) for part in PARTS}
    parts = {**parts, "all": [caption for part in PARTS for caption in parts[part]]}
    for name, tagger in taggers().items():
        for part, captions in parts.items():
            for written, write in WRITTEN.items():
                shared = {"kind": "result", "tagger": name, "part": part, "written": written}
                for level, count in (("word", by_word), ("caption", by_filter)):
                    counts = [count(caption, compose(tagger, write)) for caption in captions]
                    table.add(**shared, level=level, captions=len(captions), **scores(counts))
        for part in PARTS:
            for mistake, caption in mistakes(parts[part], tagger):
                table.add(kind="mistake", tagger=name, part=part, mistake=mistake, caption=caption)
    return table.rows()


def compose(tagger: Tagger, write: Callable[[str], str]) -> Tagger:
    """A tagger that sees captions written in another way."""
    return lambda caption: tagger(write(caption))


def by_word(caption: Annotated, tagger: Tagger) -> dict[str, int]:
    """How many words are annotated as names, how many were found, and how many of these are right."""
    annotated = Counter(word.lower() for word, proper in caption.words if proper)
    found = Counter(word.lower() for word, proper in tagger(caption.caption) if proper)
    return {"annotated": annotated.total(), "found": found.total(), "right": (annotated & found).total()}


def by_filter(caption: Annotated, tagger: Tagger) -> dict[str, int]:
    """Whether the filter would drop it by the annotation, whether it does, and whether both."""
    should = proper_share(list(caption.words)) >= THRESHOLD
    does = proper_share(tagger(caption.caption)) >= THRESHOLD
    return {"annotated": int(should), "found": int(does), "right": int(should and does)}


def scores(counts: Sequence[Mapping[str, int]]) -> dict[str, int | float]:
    """The sums over captions, precision and recall with their intervals; empty where nothing was found or is there."""
    found: dict[str, int | float] = {
        key: sum(count[key] for count in counts) for key in ("annotated", "found", "right")
    }
    for measured, whole in (("precision", "found"), ("recall", "annotated")):
        hits = [(place, hit < count["right"]) for place, count in enumerate(counts) for hit in range(count[whole])]
        if len({place for place, _ in hits}) < 2:
            continue
        interval = bootstrap([hit for _, hit in hits], clusters=[place for place, _ in hits])
        found[measured] = round(interval["mean"], 3)
        found[f"{measured}_low"], found[f"{measured}_high"] = round(interval["low"], 3), round(interval["high"], 3)
    return found


def mistakes(captions: Sequence[Annotated], tagger: Tagger) -> list[tuple[str, str]]:
    """Captions with which the filter does something else than by the annotation, and what."""
    listed = []
    for caption in captions:
        count = by_filter(caption, tagger)
        if count["found"] != count["annotated"]:
            listed.append(("dropped by mistake" if count["found"] else "kept by mistake", caption.caption))
    return listed


def summary(rows: list[Row]) -> list[str]:
    """What the table says in a few lines."""
    lines = []
    for row in rows:
        if row["kind"] == "result" and row["part"] == "all":
            told = [
                f"{name} {row[name]} [{row[f'{name}_low']}, {row[f'{name}_high']}]" for name in ("precision", "recall")
            ]
            lines.append(f"{row['tagger']}, written {row['written']}, by {row['level']}: {', '.join(told)}")
    by_list = [row for row in rows if row["kind"] == "mistake" and row["tagger"] != "every capital letter"]
    return [*lines, *(f"{row['mistake']}: {row['caption']}" for row in by_list)]
