"""Several processes that train one model together: one for each machine, or for each accelerator.

Every process runs the same command and holds the same recipe; JAX makes one mesh of all their devices. Each draws the
same batches and reads only its own share of them. Where the processes find each other is said by the environment:

    CLIPIT_PROCESSES=auto                     Slurm, Open MPI, a TPU pod or Kubernetes: JAX asks them
    CLIPIT_PROCESSES=2 CLIPIT_PROCESS=0 CLIPIT_COORDINATOR=10.0.0.1:4321    by hand; --processes does it here

All of them need the run's folder: put it on a disk that they share.

>>> share_of(8, process=1, processes=2)
slice(4, 8, None)
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh

from clipit.training.mesh import spread, start_devices

PROCESSES, PROCESS, COORDINATOR = "CLIPIT_PROCESSES", "CLIPIT_PROCESS", "CLIPIT_COORDINATOR"


def join_processes(devices: int) -> None:
    """Joins the other processes of a run if the environment speaks of any; JAX must not have started yet.

    Args:
        devices: of all processes together; on a CPU each has its share of them.

    Raises:
        ValueError: the environment names some of the three variables only, or the devices cannot be divided.
    """
    wanted = os.environ.get(PROCESSES)
    if not wanted or jax.distributed.is_initialized():
        return
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    if wanted == "auto":
        jax.distributed.initialize()
        return
    missing = [name for name in (PROCESS, COORDINATOR) if name not in os.environ]
    if missing:
        raise ValueError(f"{PROCESSES} is set: set {' and '.join(missing)} too, or {PROCESSES}=auto on a cluster.")
    count = int(wanted)
    if devices % count:
        raise ValueError(f"{devices} devices cannot be divided among {count} processes: choose other --devices.")
    start_devices(devices // count)
    jax.distributed.initialize(os.environ[COORDINATOR], count, int(os.environ[PROCESS]))


def is_first() -> bool:
    """Whether this is the process that writes down what all of them know."""
    return jax.process_index() == 0


@contextmanager
def first_goes_first() -> Iterator[None]:
    """The first process goes through the block alone, then the others: they find the files that it wrote."""
    several = jax.process_count() > 1
    if several and not is_first():
        multihost_utils.sync_global_devices("the first process is through")
    yield
    if several and is_first():
        multihost_utils.sync_global_devices("the first process is through")


def share_of(batch_size: int, process: int | None = None, processes: int | None = None) -> slice:
    """Which rows of a batch a process reads; by default this one of those that there are."""
    process = jax.process_index() if process is None else process
    rows = batch_size // (jax.process_count() if processes is None else processes)
    return slice(process * rows, (process + 1) * rows)


def on_devices(batch: dict[str, np.ndarray], mesh: Mesh) -> dict[str, Any]:
    """This process's share of a batch, put together with those of the others on the devices of all."""
    if jax.process_count() == 1:
        return jax.device_put(batch, spread(mesh))
    return {name: jax.make_array_from_process_local_data(spread(mesh), rows) for name, rows in batch.items()}


def all_agree(yes: bool) -> bool:
    """Whether every process says yes."""
    return yes if jax.process_count() == 1 else bool(np.all(multihost_utils.process_allgather(np.array(yes))))
