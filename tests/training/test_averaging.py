"""Averages of two models, and the ends of a run's phases."""

import numpy as np
import pytest

from clipit.hub import new_model, save_model
from clipit.hub.folder import parameters, write_parameters
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models import BagOfWordsConfig, ConvNetConfig, DualConfig
from clipit.training.averaging import average, between, end_of_phase
from clipit.training.runs import RunError

CONFIG = DualConfig(ConvNetConfig(16, (8,)), BagOfWordsConfig(40, 8), 12)


@pytest.fixture(scope="module")
def ends():
    return new_model(CONFIG, seed=0), new_model(CONFIG, seed=1)


def test_the_ends_of_the_line_are_the_models_to_the_last_bit(ends):
    first, second = map(parameters, ends)
    for share, end in ((0, first), (1, second), (0.0, first), (1.0, second)):
        found = parameters(average(*ends, share))
        assert found.keys() == end.keys()
        assert all(np.array_equal(found[name], end[name]) for name in end)


def test_a_quarter_of_the_way_is_a_quarter_of_the_distance(ends):
    first, second = map(parameters, ends)
    mixed = average(*ends, 0.25)
    for name, value in parameters(mixed).items():
        np.testing.assert_allclose(value, 0.75 * first[name] + 0.25 * second[name], atol=1e-7, err_msg=name)
        assert value.dtype == np.float32
    assert mixed.preprocess == ends[1].preprocess and mixed.config == CONFIG
    assert all(np.array_equal(parameters(ends[1])[name], second[name]) for name in second), "the second was changed"


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_beyond_the_ends_is_refused(ends, share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        average(*ends, share)


def test_models_of_other_sizes_are_refused():
    one = {"a": np.zeros(2), "b": np.zeros(3)}
    with pytest.raises(ValueError, match="differ in b"):
        between(one, one | {"b": np.zeros(4)}, 0.5)
    with pytest.raises(ValueError, match="differ in c"):
        between(one, one | {"c": np.zeros(4)}, 0.5)


def test_the_end_of_a_phase_is_read_from_the_runs_folder(ends, tmp_path):
    save_model(ends[1], train_tokenizer(["due gatti"], 40), tmp_path)
    write_parameters(ends[0], tmp_path / "end-of-phase-0.safetensors")
    found, kept = parameters(end_of_phase(tmp_path, 0)), parameters(ends[0])
    assert all(np.array_equal(found[name], kept[name]) for name in kept)
    with pytest.raises(RunError, match=r"end of a phase 3 \(but of: 0\)"):
        end_of_phase(tmp_path, 3)
