"""The study of the offline translation: its scores are sacrebleu's, and its kept table says what it says."""

import pytest

from clipit.evaluation import bootstrap
from clipit.studies.table import read_rows, results_file
from clipit.studies.translation import EXAMPLES, WORST, Pair, examples, scores, sentence_scores, summary

PAIRS = [
    Pair(f"A picture of {number} cats on the sofa.", f"Una foto di {number} gatti sul divano.", translation)
    for number, translation in enumerate(
        ["Una foto di 0 gatti sul divano.", "Un quadro di 1 gatti nel sofà.", "A picture of 2 cats.", "Niente."]
    )
]


def test_the_scores_are_those_of_sacrebleu():
    import sacrebleu

    found = scores(PAIRS)
    translated, human = [pair.translation for pair in PAIRS], [[pair.human for pair in PAIRS]]
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(translated, human).score, abs=0.06)
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(translated, human).score, abs=0.06)
    assert "version:" in found["bleu_signature"] and "nc:6" in found["chrf_signature"]
    assert found["same"] == 0.25 and found["low"] < found["chrf_mean"] < found["high"]
    assert found["chrf_mean"] == pytest.approx(bootstrap(sentence_scores(PAIRS))["mean"], abs=0.06)


def test_examples_are_chosen_by_rule():
    chosen = examples(PAIRS)
    assert [kind for kind, *_ in chosen] == ["random"] * 4 + ["worst"] * 4 and chosen == examples(PAIRS)
    worst = [score for kind, _, score in chosen if kind == "worst"]
    assert worst == sorted(worst) and chosen[4][1].translation in ("Niente.", "A picture of 2 cats.")


def test_the_kept_table_beats_its_control():
    rows = read_rows(results_file("translation"))
    apertium, untouched = [row for row in rows if row["kind"] == "result"]
    assert float(apertium["low"]) > float(untouched["high"]) and int(apertium["captions"]) > 500
    kinds = [row["chosen"] for row in rows if row["kind"] == "example"]
    assert kinds == ["random"] * EXAMPLES + ["worst"] * WORST
    pairs = [Pair(row["english"], row["human"], row["translation"]) for row in rows if row["kind"] == "example"]
    kept = [float(row["sentence_chrf"]) for row in rows if row["kind"] == "example"]
    assert sentence_scores(pairs) == pytest.approx(kept, abs=0.06)
    assert len(summary(rows)) == 2


def test_the_sheet_for_a_class_holds_the_examples_and_no_grades():
    from clipit.data.audit import read_sheet
    from clipit.data.locate import data_folder

    sheet = read_sheet(data_folder("audit", "sheet.csv"))
    rows = [row for row in read_rows(results_file("translation")) if row["chosen"] == "random"]
    assert [(item.original, item.translation) for item in sheet] == [
        (row["english"], row["translation"]) for row in rows
    ]
    assert all(grade != grade for grade in sheet.values()), "grades that nobody gave are not invented"
