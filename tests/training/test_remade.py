"""The towers that come with the course can be made again, as good as they are: on request, because it takes its time.

``pytest -m slow tests/training/test_remade.py``; for italian-bert with Debian's package debian-reference-it installed,
or with CLIPIT_BOOK naming the package's file.
"""

import json
import os
import subprocess
import sys

import pytest

from clipit.data.locate import data_folder
from clipit.data.prose import TEXT

BOOK = os.environ.get("CLIPIT_BOOK", str(TEXT))
SAME = 0.05  # another processor rounds otherwise, and training amplifies it


def run(*arguments):
    """A command in a process of its own, with the compiler at its best and the user's cache."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JAX_", "CLIPIT_CACHE"))}
    ran = subprocess.run([sys.executable, "-m", "clipit", *arguments], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def published(name):
    return json.loads(data_folder("weights", name, "results.json").read_text())


@pytest.mark.slow
def test_english_clip_made_again_is_as_good(tmp_path):
    run("train", "english-clip", "--out", str(tmp_path))
    run("evaluate", str(tmp_path))
    results, card = json.loads((tmp_path / "results.json").read_text()), published("english-clip")
    for name in ("text_to_image.recall@1", "image_to_text.recall@1", "zero_shot.top1", "unseen_art.zero_shot.top1"):
        assert results[name] == pytest.approx(card[name], abs=SAME), name


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isfile(BOOK), reason="the book is missing: Debian's package debian-reference-it")
def test_italian_bert_made_again_is_as_good(tmp_path):
    run("train", "italian-bert", "--out", str(tmp_path), "--prose", BOOK)
    last = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[-1])
    for name, share in published("italian-bert").items():
        assert last[name] == pytest.approx(share, abs=SAME), name
