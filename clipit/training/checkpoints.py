"""Saving and restoring a run in the middle, with orbax: parameters, optimizer state, and the step.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder, Checkpoints(folder) as checkpoints:
...     checkpoints.latest_step()
"""

import errno
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import jax
import orbax.checkpoint as ocp
from flax import nnx

SPARE = 1_000_000  # bytes, for what is written about the numbers
KEPT = 2  # if the newest was not finished when the machine stopped, the one before it serves


class Checkpoints:
    """The checkpoints of one run; a context manager that waits for the last one to be on disk.

    Orbax writes a checkpoint beside its final name and renames it when it is complete, so that a run that is killed
    while it writes finds the one before.
    """

    def __init__(self, folder: str | Path):
        options = ocp.CheckpointManagerOptions(max_to_keep=KEPT, create=True)
        self.manager = ocp.CheckpointManager(Path(folder).absolute(), options=options)

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.manager.close()

    def latest_step(self) -> int | None:
        """Steps that the newest checkpoint has behind it; None if there is none."""
        return self.manager.latest_step()

    def restore_newest(self, state_after: Callable[[int], Any]) -> tuple[int, Any]:
        """Steps done and the state after them; one that cannot be read is put aside for the one before it.

        ``state_after`` gives the shapes, types and devices of what the checkpoint after a step holds. Without any
        checkpoint that can be read: no steps, and the state after none.
        """
        for step in sorted(self.manager.all_steps(), reverse=True):
            try:
                return step, self.restore(step, state_after(step))
            except Exception as error:  # whatever a damaged file makes the reader say, the one before it is right
                reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
                aside = self.put_aside(step)
                print(
                    f"The checkpoint after step {step} cannot be read ({reason}): it is kept as {aside}, and the run "
                    "goes on from the one before it.",
                    file=sys.stderr,
                )
        return 0, state_after(0)

    def put_aside(self, step: int) -> Path:
        """Moves a checkpoint out of the way, because what could not be read today may be readable elsewhere."""
        folder = Path(self.manager.directory)
        aside = folder.parent / f"unreadable-checkpoint-{step}"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.move(folder / str(step), aside)
        self.manager.reload()
        return aside

    def save(self, step: int, state: Any) -> None:
        """Writes the state after ``step`` steps, in the background.

        Raises:
            OSError: there is no room for it. It is asked before, because of orbax each thread would say it at length.
        """
        pure = nnx.to_pure_dict(state)
        needed = SPARE + sum(leaf.nbytes for leaf in jax.tree.leaves(pure))
        if shutil.disk_usage(self.manager.directory).free < needed:
            raise OSError(errno.ENOSPC, "no room for a checkpoint", str(self.manager.directory))
        self.manager.save(step, args=ocp.args.StandardSave(pure))

    def restore(self, step: int, state: Any) -> Any:
        """The state after ``step`` steps, with the shapes, types and devices of the given one."""
        pure = self.manager.restore(step, args=ocp.args.StandardRestore(nnx.to_pure_dict(state)))
        nnx.replace_by_pure_dict(state, pure)
        return state
