"""The set-up that every notebook begins with: looks at what is installed, chooses the scale, makes figures readable.

What it prints is the same on every machine that is in order, because the notebooks' outputs are compared; what is
particular to this one goes to stderr, which is not.

>>> setup()
Python: within the tested range
jax: within the tested range
flax: within the tested range
devices: ready
scale: quick
"""

import importlib.metadata
import os
import platform
import sys

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from clipit.training.mesh import start_devices

SCALES = ("quick", "full")
CPU_DEVICES = 4  # a picture batch over four is twice as fast as over one, already on two cores


def setup() -> None:
    """Print one line for each thing checked. May be called again, from any folder, without a network."""
    print(_in_range("Python", platform.python_version(), _tested_python()))
    for package in ("jax", "flax"):
        print(_in_range(package, importlib.metadata.version(package), _tested(package)))
    start_devices(CPU_DEVICES)
    print(f"devices: {_devices()}")
    print(f"scale: {scale()}")
    _style_figures()


def scale() -> str:
    """The one dial, CLIPIT_SCALE: "quick" on a laptop, "full" on an accelerator."""
    chosen = os.environ.get("CLIPIT_SCALE", "quick")
    if chosen not in SCALES:
        print(f"CLIPIT_SCALE is {chosen!r}, but there are only {' and '.join(SCALES)}: going on with quick.")
        return "quick"
    return chosen


def _in_range(name: str, version: str, tested: SpecifierSet) -> str:
    if tested.contains(version, prereleases=True):
        return f"{name}: within the tested range"
    return f"{name}: {version} is outside the tested range {tested}; if something fails, this may be why"


def _tested_python() -> SpecifierSet:
    return SpecifierSet(importlib.metadata.metadata("clipit-course")["Requires-Python"])


def _tested(package: str) -> SpecifierSet:
    # The ranges stand in pyproject.toml only; an installed package knows its own.
    requirements = map(Requirement, importlib.metadata.requires("clipit-course") or ())
    return next(requirement.specifier for requirement in requirements if requirement.name == package)


def _devices() -> str:
    import jax

    devices = jax.devices()
    versions = f"Python {platform.python_version()}, jax {jax.__version__}"
    print(f"This machine: {versions}, {len(devices)} x {devices[0].device_kind}.", file=sys.stderr)
    return "ready"


def _style_figures() -> None:
    from IPython import get_ipython
    from IPython.core.pylabtools import select_figure_formats

    from clipit.plots.style import use_style

    notebook = get_ipython()
    if notebook is not None:  # a figure that a cell ends in is shown, even if it was made without pyplot
        select_figure_formats(notebook, {"png"}, bbox_inches="tight")
    use_style()
