"""The game of lesson 9: what it shows without scripts, and that its JavaScript counts right answers."""

import json
import re
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import pytest

from clipit.course.flash import flash, simulated_viewer

COUNTS = np.array([1, 2, 6, 6, 5])
ANSWERS = np.array([1, 3, 6, 4, 5])
PICTURES = [np.full((64, 64, 3), 40 * place, np.uint8) for place in range(5)]
# A page of no browser: just what the game asks of one. Timers run at once.
PAGE = """
const element = () => ({ dataset: {}, style: {}, hidden: true, textContent: "", clicked: null,
  addEventListener(_, act) { this.clicked = act; }, querySelectorAll() { return this.buttons; } });
const parts = {};
for (const name of [".screen", ".start", ".answers", ".said", ".play"]) parts[name] = element();
parts[".answers"].buttons = [1, 2, 3, 4, 5, 6].map((number) => ({ ...element(), textContent: String(number) }));
const cells = [1, 2, 3, 4, 5, 6].map(element);
const block = { dataset: { game: process.argv[2] }, querySelector: (name) => parts[name],
  querySelectorAll: () => cells };
globalThis.document = { querySelectorAll: () => [block] };
globalThis.setTimeout = (act) => setImmediate(act);
require(process.argv[1]);
(async () => {
  parts[".start"].clicked();
  for (const number of JSON.parse(process.argv[3])) {
    while (parts[".answers"].hidden) await new Promise(setImmediate);
    parts[".answers"].buttons[number - 1].clicked();
  }
  console.log(JSON.stringify(cells.map((cell) => cell.textContent)));
})();
"""


def test_without_scripts_the_viewer_is_called_simulated():
    block = flash(PICTURES, COUNTS, ANSWERS).html
    assert "a simulated viewer" in block and "nobody was tested" in block
    rows = re.findall(r"<tr><th scope=\"row\">(\d)</th><td>(.*?)</td><td>(.*?)</td><td class=\"you\">(.*?)<", block)
    assert [model for _, _, model, _ in rows] == ["1 of 1", "0 of 1", "0 of 0", "0 of 0", "1 of 1", "1 of 2"]
    assert {you for *_, you in rows} == {"not played"}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_page_counts_right_answers():
    game = json.dumps({"pictures": ["a"] * 5, "counts": COUNTS.tolist(), "milliseconds": 150})
    script = str(files("clipit.course.flash") / "page.js")
    given = json.dumps([1, 2, 6, 5, 4])
    ran = subprocess.run(
        ["node", "-e", PAGE, script, game, given], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(ran.stdout) == ["1 of 1", "1 of 1", "0 of 0", "0 of 0", "0 of 1", "1 of 2"]


def test_a_simulated_viewer_is_exact_up_to_four_and_errs_more_the_more_there_are():
    counts = np.repeat(np.arange(1, 7), 500)
    right = simulated_viewer(counts, 0) == counts
    assert right[counts <= 4].all() and 0.3 < right[counts == 5].mean() < 0.7
    assert set(simulated_viewer(counts, 0)[counts > 4]) == {4, 5, 6}


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="a count and an answer for each"):
        flash(PICTURES, COUNTS[:3], ANSWERS)
    with pytest.raises(ValueError, match="from 1 to 6"):
        flash(PICTURES, COUNTS + 1, ANSWERS)
