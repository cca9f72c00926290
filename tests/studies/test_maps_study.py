"""The study of maps: its measures against a brute-force count, and what the shipped table says."""

import numpy as np
import pytest

from clipit.studies import maps as study
from clipit.studies.table import read_rows, results_file


def test_the_nearest_are_those_with_the_smallest_distance():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 2))
    found = study.near(points, euclidean=True, many=5)
    for row, nearest in enumerate(found):
        distances = np.linalg.norm(points - points[row], axis=1)
        distances[row] = np.inf
        assert nearest.tolist() == np.argsort(distances)[:5].tolist()


def test_of_vectors_of_length_one_angle_and_distance_say_the_same():
    vectors = np.random.default_rng(1).normal(size=(20, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    by_angle, by_distance = (study.near(vectors, euclidean=way, many=4) for way in (False, True))
    np.testing.assert_array_equal(by_angle, by_distance)


def test_apart_and_together_are_told(monkeypatch):
    monkeypatch.setattr(study, "PAIRS", 20)
    angles = np.linspace(0, 5, 20)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    together, apart = np.concatenate([circle, circle]), np.concatenate([circle, circle + 100])
    for points, own, mixed in ((together, 1.0, 0.5), (apart, 0.0, 0.0)):
        monkeypatch.setattr(study, "on_paper", lambda *_, points=points: points)
        found = study.measured("result", "only-italian", "plane", 0, "")
        assert found["own"] == own and found["mixed"] == pytest.approx(mixed, abs=0.11)  # the own picture comes on top


def test_the_plane_keeps_distances_of_what_lies_in_a_plane(monkeypatch):
    rng = np.random.default_rng(2)
    plane = np.linalg.qr(rng.normal(size=(8, 2)))[0]
    items = rng.normal(size=(11, 2)) * [5, 1] @ plane.T + 3
    monkeypatch.setattr(study, "vectors", lambda *_: items)
    study.on_paper.cache_clear()
    points = study.on_paper("only-italian", "plane", 7)
    study.on_paper.cache_clear()
    apart, flat = (np.linalg.norm(each[:, None] - each, axis=-1) for each in (items, points))
    np.testing.assert_allclose(flat, apart)


def test_the_shipped_map_has_a_point_for_each_picture_and_caption():
    rows = read_rows(results_file("maps"))
    for arm in ("only-italian", "multilingual"):
        images, texts = study.points_of(rows, arm)
        assert images.shape == texts.shape == (study.PAIRS, 2) and np.isfinite([images, texts]).all()
