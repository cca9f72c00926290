"""The study of localization, with a shipped model and few pictures."""

import numpy as np
import pytest

from clipit.data.batches import decode
from clipit.evaluation.localization import in_boxes
from clipit.hub import load
from clipit.studies import localization as study


def test_boxes_lie_where_something_is_drawn():
    world = study.scenes(0, 12)
    for scene, picture in zip(world, decode(world, study.SIZE), strict=True):
        inside = in_boxes(picture.shape[:2], study.boxes_of(scene))
        background = (
            picture == np.bincount(picture.reshape(-1, 3) @ [65_536, 256, 1]).argmax().item().to_bytes(3)
        ).all(-1)
        assert (~background & inside).any()  # a thing, and not only background


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(study, "trained_model", lambda seed: load("quick"))
    monkeypatch.setattr(study, "PICTURES", 8)
    monkeypatch.setattr(study, "STRIDE", 16)


def test_a_row_holds_every_measure(small):
    found = study.measured("result", "named", 16, 0)
    assert set(found) | {"kind", "arm", "window", "seed"} == set(study.COLUMNS)
    assert (
        0 < found["guessing"] < 0.6 and 0 <= found["iou"] <= 1 and found["pointing"] * 8 == int(found["pointing"] * 8)
    )


def test_the_other_name_is_another_map(small):
    assert study.measured("result", "named", 16, 0) != study.measured("result", "other", 16, 0)
