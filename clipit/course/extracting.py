"""Takes stubs and solutions of exercises from the lessons' sources, so that the tests try what a reader sees.

>>> parts = exercises("00_start_here")["0.1"]
>>> sorted(parts), function(parts["stub"])(1, 2)
(['solution', 'stub'], Ellipsis)
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course import notebooks

SOLUTION = re.compile(r"<summary>Solution</summary>.*?```python\n(.*?)```", re.DOTALL)
EXERCISE = re.compile(r"^### Exercise (\d+\.\d)", re.MULTILINE)


def exercises(name: str) -> dict[str, dict[str, str]]:
    """For each exercise of a lesson its number, its stub and its solution, as code."""
    import jupytext

    found: dict[str, dict[str, str]] = {}
    number = ""
    for cell in jupytext.read(notebooks.NOTEBOOKS / "source" / f"{name}.py").cells:
        if cell.cell_type == "markdown":
            solution = SOLUTION.search(cell.source)
            if solution and number:
                found[number]["solution"] = solution[1]
            started = EXERCISE.findall(cell.source)
            if started:
                number = started[-1]
                found[number] = {}
        elif number and "stub" not in found[number]:
            found[number]["stub"] = cell.source
    return found


def function(code: str, **names: Any) -> Callable[..., Any]:
    """The function that a piece of code defines; ``names`` are what the lesson imported before it, beside ``np``."""
    known = {"np": np, **names}
    given = {*known, "__builtins__"}
    exec(code, known)
    return next(value for name, value in known.items() if name not in given)
