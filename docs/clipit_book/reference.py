"""The reference: a page for each room of the library, from its docstrings, with the shapes that the signatures state.

>>> "autofunction:: clipit.losses.info_nce" in page("losses")
True
"""

import importlib
import inspect

ROOMS = ("inputs", "models", "losses", "hub", "data", "training", "evaluation", "plots", "course")
INTRODUCTION = """# Reference

What each room of the library offers, from the docstrings of the code. Shapes stand in the signatures:
`Float[Array, "batch dim"]` is a table of decimal numbers with a row for each pair of the batch, and `dim` numbers in
each. `clipit.load` is `clipit.hub.load`. The names that stay stable are listed in
[Contributing](../contributing.md#what-stays-stable); the symbols are on the page [Notation](/notation.md).
"""


def pages() -> dict[str, str]:
    """All rooms, and the page that lists them."""
    listed = "\n".join(ROOMS)
    index = f"{INTRODUCTION}\n```{{toctree}}\n{listed}\n```\n"
    return {"made/reference/index.md": index, **{f"made/reference/{room}.md": page(room) for room in ROOMS}}


def page(room: str) -> str:
    """A room: what its module says, then every name that it offers."""
    module = importlib.import_module(f"clipit.{room}")
    entries = "\n\n".join(_entry(module, name) for name in module.__all__)
    return f"# clipit.{room}\n\n```{{eval-rst}}\n.. automodule:: clipit.{room}\n   :no-members:\n\n{entries}\n```\n"


def _entry(module, name: str) -> str:
    """The directive that documents one name."""
    full, thing = f"{module.__name__}.{name}", getattr(module, name)
    if inspect.ismodule(thing):  # a file that has the name of what it defines, and was imported before it
        full, thing = f"{full}.{name}", getattr(thing, name)
    if inspect.isclass(thing):
        kind = "autoexception" if issubclass(thing, Exception) else "autoclass"
        return f".. {kind}:: {full}\n   :members:"
    if inspect.isroutine(thing):
        return f".. autofunction:: {full}"
    # Python has no docstring for a table or a list of names; what it holds says most.
    held = ", ".join(f"``{key}``" for key in thing)
    return f".. py:data:: {full}\n\n   Holds {held}."
