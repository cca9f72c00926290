"""Simulated raters do what their settings say, and the rating page makes sheets that can be read."""

import json
import shutil
import subprocess
from importlib.resources import as_file, files

import numpy as np
import pytest

from clipit.course.raters import Raters, simulate, simulate_with_truth
from clipit.course.rating import rating
from clipit.data.audit import COLUMNS, Item, protect, read_sheet
from clipit.evaluation import agreement, percent_agreement

ROOM = files("clipit.course.rating")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def test_raters_slip_as_often_as_they_are_told_to():
    true, seen = simulate_with_truth(Raters((0.1, 0.2, 0.3, 0.4), slips=0.2), captions=4_000)
    assert np.bincount(true)[1:] / len(true) == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.03)
    assert (seen != true[:, None]).mean() == pytest.approx(0.2, abs=0.02)
    assert np.abs(seen - true[:, None]).max() == 1 and seen.min() >= 1 and seen.max() <= 4
    anywhere = simulate(Raters(slips=0.2, anywhere=1.0), captions=4_000)
    assert (anywhere != 4).mean() == pytest.approx(0.2 * 3 / 4, abs=0.02) and set(anywhere.ravel()) == {1, 2, 3, 4}


def test_what_nobody_notices_raises_agreement_and_hides_the_truth():
    bad = (0.1, 0.2, 0.2, 0.5)
    honest, blind = (simulate_with_truth(Raters(bad, 0.1, unnoticed=share), 2_000) for share in (0.0, 0.9))
    assert percent_agreement(blind[1]) > percent_agreement(honest[1])
    assert blind[1].mean() - blind[0].mean() > 0.5 and abs(honest[1].mean() - honest[0].mean()) < 0.15


def test_raters_who_look_at_nothing_reach_the_published_figures():
    found = [simulate(Raters(slips=0.15, anywhere=1.0), seed=seed) for seed in range(10)]
    mean = np.mean([ratings.mean() for ratings in found])
    ac2 = np.mean([agreement(ratings, [1, 2, 3, 4], "ordinal")["gwet"]["value"] for ratings in found])
    kappa = np.mean([agreement(ratings, [1, 2, 3, 4], "ordinal")["fleiss"]["value"] for ratings in found])
    assert mean == pytest.approx(3.78, abs=0.02) and ac2 == pytest.approx(0.858, abs=0.01) and abs(kappa) < 0.05


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"slips": 1.5}, "slips is a share"), ({"true": (0.5, 0.0, 0.0, 0.0)}, "must add up to 1")],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        Raters(**settings)


def test_the_page_shows_the_captions_where_no_scripts_run():
    page = rating([Item("two <cats>", "due gatti"), Item("=1", "uno")])
    shown = page.html.split('<div class="still">')[1]
    assert "two &lt;cats&gt;" in shown and "due gatti" in shown and "<td>=1</td>" in shown
    assert "http" not in page.html.replace("http-equiv", ""), "nothing is sent anywhere"
    assert page._repr_html_() == page.html and "html" not in repr(page)
    with pytest.raises(ValueError, match="no captions to rate"):
        rating([])


@needs_node
def test_the_page_makes_a_sheet_that_is_read_back(tmp_path):
    items = [Item('a "big" dog', "un cane, grande"), Item("=1+1", "è\nuno"), Item("x", "y")]
    rows = [[protect(item.original), protect(item.translation)] for item in items]
    code = (
        "const [path, task] = process.argv.slice(1); process.stdout.write(require(path).toSheet(...JSON.parse(task)))"
    )
    with as_file(ROOM / "sheet.js") as path:
        task = json.dumps([COLUMNS, rows, ["4", "1", ""]])
        ran = subprocess.run(["node", "-e", code, str(path), task], capture_output=True, check=True)
    (tmp_path / "anna.csv").write_bytes(b"\xef\xbb\xbf" + ran.stdout)
    grades = read_sheet(tmp_path / "anna.csv")
    assert list(grades) == items and list(grades.values())[:2] == [4.0, 1.0]
    with as_file(ROOM / "page.js") as path:
        subprocess.run(["node", "--check", str(path)], check=True)
