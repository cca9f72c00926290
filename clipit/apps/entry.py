"""How a command ends: well, stopped by somebody, or with one sentence about what was wrong."""

import os
import sys
from collections.abc import Callable, Sequence

from clipit.apps.sentences import sentence
from clipit.training.cores import respect_cpu_limit

PROCESSES = "CLIPIT_PROCESSES"  # as in clipit.training.processes, which imports JAX


def run_command(command: Callable[[list[str]], None], arguments: Sequence[str]) -> None:
    """Runs a command. Bad input ends with one sentence and exit code 2; ``--debug`` shows the traceback instead."""
    respect_cpu_limit()
    try:
        command([argument for argument in arguments if argument != "--debug"])
    except BrokenPipeError:
        os._exit(0)
    except KeyboardInterrupt:
        print("clipit: stopped; the same command goes on from the last checkpoint.", file=sys.stderr)
        raise SystemExit(130) from None
    except (ValueError, RuntimeError, OSError) as error:
        if "--debug" in arguments:
            raise
        print(f"clipit: {sentence(error)}", file=sys.stderr, flush=True)
        if PROCESSES in os.environ:  # one of several: to leave in order it would wait minutes for the others
            os._exit(2)
        raise SystemExit(2) from None
