"""How good is the translation that can be had offline?

Apertium's English to Italian by way of Spanish, against the Italian that people wrote for the stamps of Tux Paint. The
main comparison is with the control, the English captions left as they are: a measure that is not far from that of no
translation at all measures little. Needs ``apt-get install tuxpaint-stamps-default apertium apertium-eng-spa
apertium-spa-ita`` and the package sacrebleu (the extra ``translation``). Nothing is drawn at random but the examples.

Papineni et al. 2002 (BLEU); Popović 2015 (chrF); Post 2018, "A Call for Clarity in Reporting BLEU Scores" (sacrebleu).

>>> pairs = [Pair("A cat.", "Un gatto.", "Un gatto."), Pair("A dog.", "Un cane.", "Una cagna.")]
>>> [round(score) for score in sentence_scores(pairs)][0]
100
"""

from dataclasses import dataclass
from random import Random
from statistics import mean
from typing import Any

from clipit.data.audit import Item, write_sheet
from clipit.data.cache import cache_folder
from clipit.data.locate import data_folder
from clipit.data.sources.stamps import stamps
from clipit.data.translation import Apertium, Translations, translate
from clipit.evaluation import bootstrap
from clipit.studies.table import Row, Table, results_file

ABOUT = (
    "Machine translation against the Italian captions that people wrote for the stamps of Tux Paint.",
    "bleu, chrf: over all captions, with their signatures; chrf_mean: mean over captions, low and high by bootstrap.",
    "same: share of captions that are letter by letter the human one. Control: the English left as it is.",
    "kind example: 30 captions drawn at random (seed 0), and the 15 with the lowest chrF. They are quoted from the",
    "Debian package tuxpaint-stamps-default 2022.06.04-1 under its licence, GPL-2.",
    "Made by: apt-get install tuxpaint-stamps-default apertium apertium-eng-spa apertium-spa-ita;",
    "pip install sacrebleu; clipit study translation",
)
COLUMNS = ("kind", "translator", "captions", "bleu", "bleu_signature", "chrf", "chrf_signature", "chrf_mean", "low",
           "high", "same", "chosen", "english", "human", "translation", "sentence_chrf")  # fmt: skip
EXAMPLES, WORST = 30, 15


@dataclass(frozen=True)
class Pair:
    """A caption in English, in the Italian of a person, and as it was translated."""

    english: str
    human: str
    translation: str


def run() -> list[Row]:
    """Translates the stamps' captions, writes the table anew, and the sheet with which a class rates the examples."""
    told = {row["english"]: row["caption"] for row in stamps().rows()}
    apertium = Apertium()
    kept = Translations(cache_folder("translations") / "stamps.jsonl", apertium.name)
    translate(told, apertium, kept)
    path = results_file("translation")
    path.unlink(missing_ok=True)
    table = Table(path, ABOUT, COLUMNS)
    pairs = [Pair(english, human, kept[english]) for english, human in sorted(told.items())]
    table.add(kind="result", translator=apertium.name, **scores(pairs))
    untouched = [Pair(pair.english, pair.human, pair.english) for pair in pairs]
    table.add(kind="result", translator="none: the English captions", **scores(untouched))
    chosen_examples = examples(pairs)
    drawn = [Item(pair.english, pair.translation) for chosen, pair, _ in chosen_examples if chosen == "random"]
    write_sheet(data_folder("audit", "sheet.csv"), drawn)
    for chosen, pair, score in chosen_examples:
        shown = {"english": pair.english, "human": pair.human, "translation": pair.translation}
        table.add(kind="example", translator=apertium.name, chosen=chosen, sentence_chrf=round(score, 1), **shown)
    return table.rows()


def scores(pairs: list[Pair]) -> dict[str, Any]:
    """BLEU and chrF over all pairs, and the mean chrF of a caption with its interval."""
    from sacrebleu.metrics import BLEU, CHRF

    found: dict[str, Any] = {"captions": len(pairs)}
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF())):
        score = metric.corpus_score([pair.translation for pair in pairs], [[pair.human for pair in pairs]])
        found[name], found[f"{name}_signature"] = round(score.score, 1), str(metric.get_signature())
    interval = bootstrap(sentence_scores(pairs))
    found["chrf_mean"] = round(interval["mean"], 1)
    found["low"], found["high"] = round(interval["low"], 1), round(interval["high"], 1)
    return found | {"same": round(mean(pair.translation == pair.human for pair in pairs), 3)}


def sentence_scores(pairs: list[Pair]) -> list[float]:
    """The chrF of each caption, between 0 and 100."""
    from sacrebleu.metrics import CHRF

    metric = CHRF()
    return [metric.sentence_score(pair.translation, [pair.human]).score for pair in pairs]


def examples(pairs: list[Pair]) -> list[tuple[str, Pair, float]]:
    """Some captions by rule, not by taste: at random, and the worst by chrF."""
    scored = list(zip(pairs, sentence_scores(pairs), strict=True))
    drawn = Random(0).sample(scored, min(EXAMPLES, len(scored)))
    worst = sorted(scored, key=lambda item: item[1])[:WORST]
    return [("random", *item) for item in drawn] + [("worst", *item) for item in worst]


def summary(rows: list[Row]) -> list[str]:
    """What the table says in a few lines."""
    return [
        f"{row['translator']}: BLEU {row['bleu']}, chrF {row['chrf']}, mean chrF of a caption {row['chrf_mean']} "
        f"[{row['low']}, {row['high']}], the same as the human one {100 * float(row['same']):.0f} %"
        for row in rows
        if row["kind"] == "result"
    ]
