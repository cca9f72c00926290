"""What is wrong with the Italian names of ImageNet's classes, before any model has seen a picture?

They are the names that CLIP-Italian was evaluated with (translated by machine), as the package clip-benchmark (MIT)
carries them, beside the English ones. The main figure is the ceiling that names shared by several classes put on
accuracy; the English names of the same package are the control. Nothing is drawn at random. Needs
``pip install --no-deps clip-benchmark==1.6.2``; of the package only two files of names are read.

>>> described(audit_labels(["una gru", "una gru"], ["crane bird", "construction crane"]), "it")["ceiling"]
0.5
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

from clipit.data.labels import LabelAudit, audit_labels
from clipit.studies.table import Row, Table, results_file

ABOUT = (
    "Audit of the Italian names of ImageNet's 1,000 classes, and of the English ones as control.",
    "ceiling: the highest top-1 accuracy that is possible when classes share a name (equally many pictures of each).",
    "kind label: a name on which a list of the audit has a finding. untranslated and ambiguous are suspicions.",
    "Names: package clip-benchmark 1.6.2 (MIT). Made by: pip install --no-deps clip-benchmark==1.6.2;",
    "clipit study labels",
)
COLUMNS = ("kind", "language", "classes", "names", "sharing", "untranslated", "ambiguous", "ceiling", "finding",
           "place", "label", "english")  # fmt: skip


def run() -> list[Row]:
    """Audits both lists, and writes the table anew."""
    italian, english = read_names("it"), read_names("en")
    path = results_file("labels")
    path.unlink(missing_ok=True)
    table = Table(path, ABOUT, COLUMNS)
    audit = audit_labels(italian, english)
    table.add(kind="result", **described(audit, "it"))
    control = described(audit_labels(english, english, "it"), "en")
    table.add(kind="result", **control | {"untranslated": "", "ambiguous": ""})
    shared = [place for places in audit.duplicates.values() for place in places]
    for finding, places in (("shared", shared), ("untranslated", audit.untranslated), ("ambiguous", audit.ambiguous)):
        for place in places:
            table.add(kind="label", finding=finding, place=place, label=italian[place], english=english[place])
    return table.rows()


def described(audit: LabelAudit, language: str) -> dict[str, Any]:
    """The findings as one row."""
    sharing = sum(len(places) for places in audit.duplicates.values())
    names = audit.classes - sharing + len(audit.duplicates)
    lists = {"untranslated": len(audit.untranslated), "ambiguous": len(audit.ambiguous)}
    return {"language": language, "classes": audit.classes, "names": names, "sharing": sharing, **lists,
            "ceiling": round(audit.ceiling, 3)}  # fmt: skip


def read_names(language: str) -> list[str]:
    """ImageNet's class names in a language, from the files of clip-benchmark.

    Raises:
        ValueError: the package is not there.
    """
    found = importlib.util.find_spec("clip_benchmark")
    if found is None or not found.submodule_search_locations:
        raise ValueError("The names come with a package: pip install --no-deps clip-benchmark==1.6.2")
    file = Path(found.submodule_search_locations[0]) / "datasets" / f"{language}_classnames.json"
    return json.loads(file.read_text(encoding="utf-8"))["imagenet1k"]


def summary(rows: list[Row]) -> list[str]:
    """What the table says in a few lines."""
    return [
        f"{row['language']}: {row['names']} names for {row['classes']} classes, {row['sharing']} classes share one, "
        f"ceiling {100 * float(row['ceiling']):.1f} %"
        + (f"; untranslated {row['untranslated']}, ambiguous {row['ambiguous']}" if row["untranslated"] else "")
        for row in rows
        if row["kind"] == "result"
    ]
