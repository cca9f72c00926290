"""The playground: its JavaScript takes the steps that JAX takes, and its page stands on its own."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import as_file, files

import numpy as np
import pytest

from clipit.course import playground
from clipit.course.playground import ADDED, PAIRS, START, write_page
from clipit.course.toy import Toy, start_points, train_toy

ROOM = files("clipit.course.playground")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")

RUN = """
const toy = require(process.argv[1]);
const { start, settings, steps } = JSON.parse(process.argv[2]);
let state = toy.startState(...start);
const frames = [], losses = [];
for (let step = 0; step <= steps; step++) {
  frames.push(toy.points(state));
  const taken = toy.takeStep(state, settings);
  losses.push(taken.loss);
  state = taken.state;
}
const lowest = toy.lowestLoss(start[0].length, settings.scale, settings.negatives);
console.log(JSON.stringify({ frames, losses, lowest }));
"""


def in_javascript(toy: Toy) -> dict:
    """What toy.js makes of a toy."""
    settings = {"scale": toy.logit_scale, "learningRate": toy.learning_rate}
    settings |= {"negatives": toy.negatives, "shared": toy.shared}
    start = [points.tolist() for points in start_points(toy)]
    task = json.dumps({"start": start, "settings": settings, "steps": toy.steps})
    with as_file(ROOM / "toy.js") as path:
        ran = subprocess.run(["node", "-e", RUN, str(path), task], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


@needs_node
@pytest.mark.parametrize(
    "toy",
    [
        Toy(pairs=2, steps=30),
        Toy(pairs=12, steps=60),
        Toy(pairs=12, steps=60, shared=True, learning_rate=0.1, logit_scale=20.0),
        Toy(pairs=7, steps=60, negatives=False),
        Toy(pairs=7, steps=60, negatives=False, shared=True),
    ],
    ids=["two", "twelve", "shared", "pull", "pull and shared"],
)
def test_javascript_takes_the_steps_of_jax(toy):
    page, history = in_javascript(toy), train_toy(toy)
    np.testing.assert_allclose([frame["images"] for frame in page["frames"]], history.image_points, atol=1e-5)
    np.testing.assert_allclose([frame["texts"] for frame in page["frames"]], history.text_points, atol=1e-5)
    np.testing.assert_allclose(page["losses"], history.losses, atol=1e-5)


@needs_node
@pytest.mark.parametrize("scale", [1.0, 10.0, 30.0])
def test_the_lowest_loss_is_that_of_pairs_evenly_around(scale):
    angles = 2 * np.pi * np.arange(8) / 8
    even = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    measured = train_toy(Toy(pairs=8, logit_scale=scale, steps=1), (even, even)).losses[0]
    assert in_javascript(Toy(pairs=8, logit_scale=scale, steps=1))["lowest"] == pytest.approx(measured, abs=1e-5)
    assert in_javascript(Toy(pairs=8, steps=1, negatives=False))["lowest"] == 0


def test_from_its_start_the_page_shows_what_it_promises():
    """With negatives the lowest loss is reached, without them everything collapses; the page shares and steps by .1."""
    learned = train_toy(Toy(PAIRS, seed=START.seed, shared=True, learning_rate=0.1, steps=400))
    even = train_toy(Toy(PAIRS, steps=1), _evenly(PAIRS)).losses[0]
    assert learned.losses[-1] == pytest.approx(even, abs=0.01)
    collapsed = train_toy(Toy(PAIRS, seed=START.seed, shared=True, learning_rate=0.1, steps=400, negatives=False))
    similarities = collapsed.image_points[-1] @ collapsed.text_points[-1].T
    assert similarities[~np.eye(PAIRS, dtype=bool)].mean() > 0.9 and collapsed.losses[-1] < 0.01


def _evenly(pairs):
    angles = 2 * np.pi * np.arange(pairs) / pairs
    return (np.stack([np.cos(angles), np.sin(angles)], axis=1),) * 2


class Reader(HTMLParser):
    """What stands in a page: elements, ids, addresses, and the data of the toy."""

    def __init__(self, page):
        super().__init__()
        self.names, self.ids, self.addresses, self.data = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.names.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.addresses += [values[name] for name in ("src", "href") if name in values]
        self.data += [json.loads(values["data-toy"])] if "data-toy" in values else []


def test_the_page_needs_nothing_else(tmp_path):
    page = write_page(tmp_path / "page.html").read_text("utf-8")
    read = Reader(page)
    assert read.addresses == [] and "import " not in page and "fetch(" not in page
    assert set(re.findall(r"https?://[^\"'\s<]+", page)) == {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert {"button", "input", "svg", "output"} <= set(read.names)
    assert len(page.encode()) < 40_000


def test_a_notebook_shows_it_with_art_and_twice_without_a_collision():
    block = playground()._repr_html_()
    read = Reader(block + block)
    assert read.ids == [] and len(read.data) == 2
    toy = read.data[0]
    assert len({len(toy[key]) for key in ("words", "glosses", "images", "texts", "pictures")}) == 1
    assert len(toy["words"]) == PAIRS + ADDED.pairs == len(set(toy["words"]))
    assert (toy["words"][0], toy["glosses"][0]) == ("gatto", "cat")
    assert all(uri.startswith("data:image/png;base64,") for uri in toy["pictures"])
    np.testing.assert_allclose(np.linalg.norm(toy["images"] + toy["texts"], axis=1), 1, atol=1e-3)
    assert block == playground()._repr_html_() and len(block.encode()) < 60_000
    assert Reader(playground(pictures=False)._repr_html_()).data[0]["pictures"] == []


@needs_node
@pytest.mark.parametrize("name", ["toy.js", "page.js"])
def test_the_scripts_are_javascript(name):
    with as_file(ROOM / name) as path:
        subprocess.run(["node", "--check", str(path)], check=True)
