"""The animation: what it carries, how small it is, and that it moves (in node, on a page made of plain objects)."""

import json
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import as_file, files

import numpy as np
import pytest

from clipit.plots import animate_space
from clipit.plots.thumbnails import thumbnail

RNG = np.random.default_rng(0)
WORDS = ["gatto", "cane", "cavallo", "coccodrillo", "pappagallo", "scoiattolo", "mela", "due persone"]


def training(frames, pairs):
    """Points that run to their goals as a training does: quickly at first, then hardly."""
    angles = RNG.uniform(0, 2 * np.pi, (2, 1, pairs)) + np.exp(-np.arange(frames) / 10)[:, None] * RNG.normal(
        0, 2, (2, 1, pairs)
    )  # [2, frames, pairs]
    images, texts = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return images, texts, np.linspace(3, 1, frames)


def labels(pairs):
    return [WORDS[pair % len(WORDS)] for pair in range(pairs)]


def drawing():
    """A small picture with the flat areas and few colours of emoji art."""
    picture = np.full((96, 96, 3), 255, np.uint8)
    picture[20:70, 10:80] = RNG.integers(0, 255, 3)
    picture[30:50, 40:60] = RNG.integers(0, 255, 3)
    return picture


class Reader(HTMLParser):
    """What stands in a block: its data, the texts of its elements, and their attributes."""

    def __init__(self, block):
        super().__init__()
        self.elements, self.texts, self.open = [], [], []
        self.feed(block)
        self.data = [json.loads(values["data-frames"]) for _, values in self.elements if "data-frames" in values]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], data))


def test_sixty_frames_of_thirty_two_pairs_are_small():
    images, texts, losses = training(60, 32)
    bare = animate_space(images, texts, losses, labels(32))
    assert len(bare._repr_html_().encode()) < 60_000
    with_pictures = animate_space(images, texts, losses, labels(32), [drawing() for _ in range(32)])
    assert len(with_pictures._repr_html_().encode()) < 60_000


def test_the_block_carries_every_coordinate_to_three_digits():
    images, texts, losses = training(20, 5)
    data = Reader(animate_space(images, texts, losses, labels(5)).html).data[0]
    places = np.cumsum(data["moves"], axis=0).reshape(20, 2, 5, 2) / 1000
    np.testing.assert_allclose(places[:, 0], images, atol=0.000501)
    np.testing.assert_allclose(places[:, 1], texts, atol=0.000501)
    np.testing.assert_allclose(data["losses"], losses, atol=0.000501)


def test_it_is_the_same_every_time_and_no_two_on_a_page_meet():
    images, texts, losses = training(5, 3)
    first, second = (animate_space(images, texts, losses, labels(3), title="Three") for _ in range(2))
    assert first.html == second.html
    assert not [values for _, values in Reader(first.html + second.html).elements if "id" in values]


def test_words_are_shown_as_they_are():
    images, texts, losses = training(3, 2)
    odd = ['<b>gatto</b> & "cane"', "l'orso"]
    read = Reader(animate_space(images, texts, losses, odd, title="A <script> & more", matrix=True).html)
    assert ("text", '<b>gatto</b> & "can…') in read.texts  # twenty letters, so that it fits
    assert ("text", "l'orso") in read.texts and ("th", "l'orso") in read.texts
    assert ("p", "A <script> & more") in read.texts
    assert [tag for tag, _ in read.elements].count("script") == 1 and "b" not in [tag for tag, _ in read.elements]


def test_where_scripts_are_off_the_last_frame_stands_still():
    images, texts, losses = training(4, 2)
    block = animate_space(images, texts, losses, ["gatto", "cane"], matrix=True).html
    read = Reader(block)
    cosines = [float(text) for tag, text in read.texts if tag == "td"]
    np.testing.assert_allclose(np.reshape(cosines, (2, 2)), texts[-1] @ images[-1].T, atol=0.00501)
    moved = [values["transform"] for tag, values in read.elements if tag == "circle" and "transform" in values]
    expected = [f"translate({120 * x:.1f} {-120 * y:.1f})" for x, y in images[-1]]
    assert moved == expected
    assert any(values.get("class") == "controls" and "hidden" in values for _, values in read.elements)


def test_pictures_in_the_matrix_say_what_they_are():
    images, texts, losses = training(3, 2)
    pictures = [np.zeros((8, 8, 3), np.uint8)] * 2
    block = animate_space(images, texts, losses, ["un gatto", "l'orso"], pictures, matrix=True).html
    named = [values["alt"] for tag, values in Reader(block).elements if tag == "img"]
    assert named == ["picture: un gatto", "picture: l'orso"]


# A page of plain objects, on which the real script runs: enough to see that playing and scrubbing move the points.
PAGE = """
const script = require("fs").readFileSync(process.argv[1], "utf8");
const { frames, pairs, labels } = JSON.parse(process.argv[2]);
const element = (text = "") => ({ values: {}, style: {}, dataset: {}, children: [], textContent: text, listeners: {},
  setAttribute(name, value) { this.values[name] = value; }, remove() { this.gone = true; },
  addEventListener(name, does) { this.listeners[name] = does; } });
const many = (count, text) => Array.from({ length: count }, () => element(text));
const images = element();
images.children = many(pairs);
const curve = element();
curve.points = { getItem: (frame) => ({ x: frame, y: 0 }) };
const parts = { "button": many(1), "input": many(1), "output": many(1), ".curve polyline": [curve], ".still": many(1),
  ".curve circle": many(1), ".controls": many(1), ".lines line": many(pairs), ".images": [images],
  "td": many(pairs ** 2), ".texts rect": many(pairs), ".labels text": labels.map((label) => element(label)) };
const block = { dataset: { frames }, isConnected: true, querySelectorAll: (selector) => parts[selector] };
let tick = null;
const timers = { setInterval: (does) => { tick = does; return 1; }, clearInterval: () => { tick = null; } };
const run = new Function("document", "setInterval", "clearInterval", script);
run({ querySelectorAll: () => [block] }, timers.setInterval, timers.clearInterval);
const look = () => ({ image: images.children[0].values.transform, said: parts["output"][0].textContent,
  cosine: parts["td"][0].textContent, button: parts["button"][0].textContent, playing: tick !== null });
const seen = [look()];
parts["button"][0].listeners.click();
for (let frame = 0; tick && frame < 2; frame++) tick();
seen.push(look());
parts["button"][0].listeners.click();
parts["input"][0].value = "1";
parts["input"][0].listeners.input();
seen.push(look());
parts["button"][0].listeners.click();
for (let frame = 0; tick && frame < 100; frame++) tick();
seen.push(look());
console.log(JSON.stringify(seen));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_playing_pausing_and_scrubbing_move_the_points():
    images, texts, losses = training(6, 2)
    block = animate_space(images, texts, losses, ["gatto", "cane"], matrix=True).html
    packed = next(values["data-frames"] for _, values in Reader(block).elements if "data-frames" in values)
    task = json.dumps({"frames": packed, "pairs": 2, "labels": ["gatto", "cane"]})
    with as_file(files("clipit.plots") / "animation.js") as path:
        ran = subprocess.run(["node", "-e", PAGE, str(path), task], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    first, playing, scrubbed, ended = json.loads(ran.stdout)
    for seen, frame in ((first, 0), (playing, 2), (scrubbed, 1), (ended, 5)):
        where = [float(number) for number in seen["image"].removeprefix("translate(").rstrip(")").split()]
        np.testing.assert_allclose(where, 120 * images[frame, 0] * [1, -1], atol=0.15)
        assert seen["said"] == f"frame {frame} of 5, loss {losses[frame]:.2f} nats"
        cosine = float(seen["cosine"].replace("−", "-"))
        assert cosine == pytest.approx(images[frame, 0] @ texts[frame, 0], abs=0.01)
    assert playing["playing"] and "Pause" in playing["button"]
    assert not scrubbed["playing"] and not ended["playing"] and "Play" in ended["button"]


def test_a_thumbnail_keeps_its_proportions_and_flat_colours():
    import base64
    import io

    from PIL import Image

    picture = np.full((40, 80, 3), (0, 114, 178), np.uint8)
    uri = thumbnail(picture, side=32)
    with Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) as small:
        assert small.size == (32, 16)
        assert small.convert("RGB").getpixel((3, 3)) == (0, 114, 178)


GOOD = training(4, 3)


@pytest.mark.parametrize(
    ("images", "texts", "losses", "more", "sentence"),
    [
        (*(np.zeros((4, 0, 2)),) * 2, GOOD[2], {"labels": []}, "shows 1 to 1000 pairs, not 0"),
        (GOOD[0], GOOD[1], GOOD[2][:3], {}, r"as many frames .* not \(4, 4, 3\)"),
        (GOOD[0], GOOD[1][:2], GOOD[2], {}, r"not \(4, 2, 4\)"),
        (GOOD[0][:1], GOOD[1][:1], GOOD[2][:1], {}, "two frames at least"),
        (GOOD[0], GOOD[1] * np.nan, GOOD[2], {}, "points that are not numbers"),
        (GOOD[0], GOOD[1], GOOD[2] * np.nan, {}, "losses that are not numbers"),
        (GOOD[0], GOOD[1], GOOD[2], {"labels": ["gatto"]}, "3 pairs, but 1 pictures or captions"),
        (*training(4, 500), {"labels": ["gatto"] * 500}, "of 32 pairs at most, not of 500"),
        (*training(4, 9), {"labels": ["gatto"] * 9, "matrix": True}, "8 pairs at most, not 9"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(images, texts, losses, more, sentence):
    arguments = {"labels": labels(3), "title": "T"} | more
    with pytest.raises(ValueError, match=sentence) as raised:
        animate_space(images, texts, losses, **arguments)
    assert str(raised.value).endswith((".", "embeddings."))


def test_one_pair_can_be_shown():
    assert "gatto" in animate_space(*training(3, 1), ["gatto"]).html
