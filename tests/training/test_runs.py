"""A run's folder: metrics that were cut off, and checkpoints that come back."""

import jax.numpy as jnp
import numpy as np
from flax import nnx

from clipit.training.checkpoints import KEPT, Checkpoints
from clipit.training.runs import RunFolder


def written(folder, text):
    run = RunFolder(folder)
    run.metrics.write_text(text)
    return run


def test_no_metrics_are_an_empty_list(tmp_path):
    assert RunFolder(tmp_path).read_metrics() == []


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path):
    assert written(tmp_path, '{"step": 1}\n{"step": 2}\n{"ste').read_metrics() == [{"step": 1}, {"step": 2}]


def test_what_came_after_the_checkpoint_is_forgotten(tmp_path):
    run = written(tmp_path, '{"step": 1}\n{"step": 2}\n{"step": 3}\n')
    assert run.keep_metrics(2) == [{"step": 1}, {"step": 2}] == run.read_metrics()
    assert run.keep_metrics(0) == [] == run.read_metrics()


def test_a_folder_is_free_again_after_the_run(tmp_path):
    run = RunFolder(tmp_path / "new")
    for _ in range(2):
        with run.locked():
            assert run.path.is_dir()


def linear(seed):
    return nnx.Linear(2, 3, rngs=nnx.Rngs(seed))


def test_a_checkpoint_comes_back_to_the_last_bit(tmp_path):
    saved, other = linear(0), linear(1)
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.latest_step() is None
        checkpoints.save(7, nnx.state(saved))
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.latest_step() == 7
        nnx.update(other, checkpoints.restore(7, nnx.state(other)))
    np.testing.assert_array_equal(other.kernel[...], saved.kernel[...])


def test_only_the_newest_checkpoints_are_kept(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        for step in range(1, 5):
            checkpoints.save(step, nnx.state(linear(step)))
    assert sorted(int(path.name) for path in tmp_path.iterdir() if path.name.isdigit()) == [3, 4][-KEPT:]


def test_a_checkpoint_does_not_change_after_it_was_saved(tmp_path):
    """It is written in the background, while the next steps already move the parameters."""
    model = linear(0)
    before = np.array(model.kernel[...])
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, nnx.state(model))
        model.kernel.set_value(jnp.zeros_like(model.kernel[...]))
    with Checkpoints(tmp_path) as checkpoints:
        restored = checkpoints.restore(1, nnx.state(linear(5)))
    np.testing.assert_array_equal(restored["kernel"][...], before)
