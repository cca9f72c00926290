"""What lesson 11 looks at: the ring's stops, memory that is known beforehand, exact and inexact gradients, costs."""

import numpy as np
import pytest

from clipit.course import scaling
from clipit.losses.large_batch import sharded_info_nce
from clipit.training.dry_run import Machine


def test_in_the_ring_every_device_meets_every_text_once_its_own_first():
    met = scaling.meetings(scaling.devices_in_a_ring(4))
    rows, columns = np.indices((4, 4))
    assert (met == (rows - columns) % 4 + 1).all()


def test_rows_are_spread_evenly_and_in_order():
    mesh = scaling.devices_in_a_ring(4)
    rows = scaling.spread(np.zeros((12, 3), np.float32), mesh, "data")
    assert [(first, last) for _, first, last in scaling.shares(rows)] == [(0, 3), (3, 6), (6, 9), (9, 12)]
    assert sharded_info_nce(rows + 1, rows + 1, 1.0, mesh) == pytest.approx(np.log(12), rel=1e-5)


def test_tiles_grow_with_the_batch_and_the_matrix_with_its_square():
    wall = scaling.memory_wall((2048, 8192))
    (_, whole), (_, tiled) = wall["whole matrix"], wall["in tiles"]
    assert whole[1] > 10 * whole[0] and tiled[1] < 5 * tiled[0]


def test_chunks_give_the_gradient_of_the_batch_and_small_batches_another():
    value, right = scaling.gradient_of("whole", 32, 8)
    same, cached = scaling.gradient_of("cached", 32, 8)
    less, added = scaling.gradient_of("accumulated", 32, 8)
    assert same == pytest.approx(value, rel=1e-5) and scaling.off_by(cached, right) < 1e-4
    assert less < value and scaling.off_by(added, right) > 0.1


def test_a_run_costs_its_operations_over_what_devices_reach():
    cost = scaling.cost_of(1_000_000, 1e11, Machine(share=0.5, price=3.0), peak=100.0)
    assert cost.operations == 1e17 and cost.hours == pytest.approx(1e17 / 5e13 / 3600)
    assert cost.price == pytest.approx(3 * cost.hours)


def test_a_step_of_the_real_model_needs_about_six_operations_for_each_parameter_and_token():
    tokens = {"vision": (87e6, 50), "text": (85e6, 32)}  # without word embeddings, which are looked up
    by_hand = sum(6 * parameters * count for parameters, count in tokens.values())
    assert 0.6 < scaling.operations_of_a_pair() / by_hand < 2


def test_the_ring_holds_less_the_more_devices_there_are_and_gathering_ever_more():
    few, many = ({way: scaling.travels(way, 32_768, devices)[1] for way in ("gathered", "ring")} for devices in (2, 64))
    assert many["ring"] < few["ring"] / 30 and many["gathered"] > 1.9 * few["gathered"]
