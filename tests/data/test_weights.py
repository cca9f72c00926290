"""The weights that come with the course are what their card says."""

import re

from clipit.data.locate import data_folder
from clipit.hub import load
from clipit.hub.folder import parameters
from clipit.training import RECIPES

CARD = " ".join(data_folder("weights", "README.md").read_text().split())


def test_the_card_says_how_large_the_model_is():
    model, _ = load("quick")
    count = sum(value.size for value in parameters(model).values())
    assert re.search(r"([\d.]+) million parameters", CARD)[1] == f"{count / 1e6:.1f}"


def test_the_card_says_how_it_was_trained():
    quick = RECIPES["quick"]
    assert f"{quick.train_size:,} scenes" in CARD
    assert f"seed {quick.seed}, {quick.steps} steps of {quick.batch_size} pairs" in CARD
