"""The audit of class names: duplicates, names that were not translated or lost a word, and the ceiling."""

import itertools

import pytest

from clipit.data.labels import audit_labels
from clipit.studies.labels import described, read_names
from clipit.studies.table import read_rows, results_file


def best_accuracy(labels):
    """The best that any classifier can do that sees only names: tried out, for every choice of a class per name."""
    names = sorted({label.lower() for label in labels})
    choices = itertools.product(range(len(labels)), repeat=len(names))
    chosen = (dict(zip(names, choice, strict=True)) for choice in choices)
    return max(
        sum(choice[label.lower()] == place for place, label in enumerate(labels)) / len(labels) for choice in chosen
    )


@pytest.mark.parametrize(
    "labels", [["a b", "c d"], ["una gru", "Una gru", "un cane"], ["x y"] * 4, ["p q"] * 2 + ["r s"] * 2]
)
def test_the_ceiling_is_the_best_that_names_allow(labels):
    assert audit_labels(labels, labels).ceiling == pytest.approx(best_accuracy(labels))


def test_findings_name_their_classes():
    labels = ["una gru", "un jackfruit", "un topo", "una gru ", "un koala", "a agama", "un gatto"]
    originals = ["crane bird", "jackfruit", "computer mouse", "construction crane", "koala", "agama", "tabby (cat)"]
    audit = audit_labels(labels, originals)
    assert audit.duplicates == {"una gru": (0, 3)}
    assert 1 in audit.untranslated and 5 in audit.untranslated and 6 not in audit.untranslated
    assert audit.ambiguous == (0, 2, 3, 6)
    assert audit.ceiling == pytest.approx(6 / 7)
    assert described(audit, "it") == {
        "language": "it", "classes": 7, "names": 6, "sharing": 2, "untranslated": len(audit.untranslated),
        "ambiguous": 4, "ceiling": 0.857,
    }  # fmt: skip


@pytest.mark.parametrize(("labels", "originals"), [([], []), (["a"], []), (["a"], ["a", "b"])])
def test_lists_that_do_not_fit_are_refused(labels, originals):
    with pytest.raises(ValueError, match=f"There are {len(labels)} labels and {len(originals)} originals"):
        audit_labels(labels, originals)


def test_the_kept_results_agree_with_themselves():
    rows = read_rows(results_file("labels"))
    italian = next(row for row in rows if row["language"] == "it")
    assert (italian["classes"], italian["names"], italian["ceiling"]) == ("1000", "980", "0.98")
    shared = [row["label"].strip().lower() for row in rows if row["finding"] == "shared"]
    assert len(shared) == int(italian["sharing"]) and len(shared) - len(set(shared)) == 1000 - 980
    for finding in ("untranslated", "ambiguous"):
        assert sum(row["finding"] == finding for row in rows) == int(italian[finding])


def test_without_the_package_the_study_says_how_to_get_the_names(monkeypatch):
    monkeypatch.setattr("clipit.studies.labels.importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install --no-deps clip-benchmark"):
        read_names("it")
