"""Compiling is counted, and what was compiled is kept where that works."""

import time

import jax
import jax.numpy as jnp
import pytest

from clipit.training.compiling import keep_programs, seconds_compiling


def test_only_what_compiles_is_counted():
    @jax.jit
    def program(x):
        for _ in range(20):
            x = jnp.sin(x @ x)
        return x

    x = jnp.ones((4, 4))
    before, started = seconds_compiling(), time.perf_counter()
    program(x).block_until_ready()
    took, counted = time.perf_counter() - started, seconds_compiling() - before
    assert 0.3 * took < counted < 1.1 * took
    after = seconds_compiling()
    program(x).block_until_ready()
    assert seconds_compiling() == after


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """What is set, instead of setting it: JAX would take it for all tests after this one."""
    found, of_the_tests = {}, jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    with monkeypatch.context() as patched:
        patched.setenv("CLIPIT_CACHE", str(tmp_path))
        patched.setattr(jax.config, "update", found.__setitem__)
        yield found
    jax.config.update("jax_compilation_cache_dir", of_the_tests)


def test_programs_are_kept_on_an_accelerator(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    keep_programs()
    assert settings["jax_compilation_cache_dir"] == str(tmp_path / "programs")
    assert settings["jax_compilation_cache_max_size"] == 2 * 1024**3


def test_not_on_a_cpu_where_jax_may_refuse_them(settings):
    keep_programs()
    assert not settings


def test_a_folder_that_the_reader_chose_stays(monkeypatch):
    """As the one that all tests share."""
    chosen = jax.config.jax_compilation_cache_dir
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    keep_programs()
    assert chosen and jax.config.jax_compilation_cache_dir == chosen
