"""The notebooks' making: deterministic, in one direction, and without churn."""

import base64
import io
import shutil

import nbformat
import numpy
import pytest
from PIL import Image

from clipit.course import notebooks
from clipit.course.pictures import LIMIT, shrink

SOURCE = """\
# %% [markdown]
# {badge} · Notebook 0 of 12 · machine 5 s · reading 1 min · exercises 1 min

# %%
import clipit.course

clipit.course.setup()

# %%
import os
import sys

from IPython.display import Image

print("an answer", os.environ["CLIPIT_SCALE"])
print("a warning", file=sys.stderr)
Image("picture.png")

# %% [markdown]
# <details><summary>Solution</summary>
#
# The secret.
#
# </details>
"""


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    """A notebook that was executed: to start a kernel takes seconds, so it is done once."""
    folder = tmp_path_factory.mktemp("once") / "notebooks"
    (folder / "source").mkdir(parents=True)
    (folder / "source" / "00_start_here.py").write_text(SOURCE, "utf-8")
    paint(folder, "red")
    assert "not built yet" in notebooks.build(check=True, folder=folder)[0]
    notebooks.build(folder=folder)
    return folder


@pytest.fixture
def folder(built_once, tmp_path):
    return shutil.copytree(built_once, tmp_path / "notebooks")


def paint(folder, colour):
    Image.new("RGB", (30, 30), colour).save(folder / "picture.png")


def rewrite(folder, old, new):
    source = folder / "source" / "00_start_here.py"
    source.write_text(source.read_text("utf-8").replace(old, new), "utf-8")


def test_both_editions(folder):
    executed = nbformat.read(folder / "00_start_here.ipynb", as_version=4)
    blank = nbformat.read(folder / "blank" / "00_start_here.ipynb", as_version=4)
    nbformat.validate(executed)
    nbformat.validate(blank)
    assert [cell.id for cell in executed.cells] == ["c001", "c002", "c003", "c004"]
    assert [cell.execution_count for cell in executed.cells if cell.cell_type == "code"] == [1, 2]
    assert set(executed.metadata) == {"kernelspec", "language_info"}
    assert executed.metadata.language_info == {"name": "python"}
    assert all(cell.metadata == {} for cell in executed.cells)
    text = (folder / "00_start_here.ipynb").read_text("utf-8")
    assert "an answer quick" in text
    assert not any(output.get("name") == "stderr" for cell in executed.cells for output in cell.get("outputs", ()))
    assert executed.cells[1].source == notebooks.setup_cell()
    assert "The secret." in executed.cells[3].source
    assert "The secret." not in blank.cells[3].source
    assert "blob/main/notebooks/00_start_here.ipynb" in blank.cells[3].source
    assert "also shows all results" in blank.cells[3].source
    assert "blank/00_start_here.ipynb" in blank.cells[0].source
    assert not any(cell.get("outputs") for cell in blank.cells)


def test_a_second_build_changes_nothing_and_a_new_text_does(folder, capsys):
    executed = folder / "00_start_here.ipynb"
    first = executed.read_bytes()
    paint(folder, "blue")
    notebooks.build(["00"], folder=folder)
    assert "5 s in its header" in capsys.readouterr().out
    assert executed.read_bytes() == first, "only the bytes of a picture changed"
    rewrite(folder, "an answer", "another answer")
    notebooks.build(folder=folder)
    assert b"another answer" in executed.read_bytes()


def test_drift_is_noticed_without_executing(folder):
    assert notebooks.build(check=True, folder=folder) == []
    rewrite(folder, "The secret.", "Another secret.")
    assert len(notebooks.build(check=True, folder=folder)) == 1  # the blank edition had no secret to begin with
    rewrite(folder, "an answer", "another answer")
    assert len(notebooks.build(check=True, folder=folder)) == 2


def test_a_new_text_alone_keeps_what_was_executed(folder, monkeypatch):
    before = nbformat.read(folder / "00_start_here.ipynb", as_version=4)
    monkeypatch.setattr(notebooks, "_execute", None)
    rewrite(folder, "The secret.", "Another secret.")
    assert notebooks.build(text=True, folder=folder) == [] == notebooks.build(check=True, folder=folder)
    after = nbformat.read(folder / "00_start_here.ipynb", as_version=4)
    assert "Another secret." in after.cells[3].source
    assert [cell.get("outputs") for cell in after.cells] == [cell.get("outputs") for cell in before.cells]
    rewrite(folder, "an answer", "another answer")
    assert "its code changed too" in notebooks.build(text=True, folder=folder)[0]


def test_a_failing_cell_leaves_the_old_notebook(folder):
    before = (folder / "00_start_here.ipynb").read_bytes()
    rewrite(folder, 'print("an answer"', 'print(1 / 0, "an answer"')
    assert "stopped with ZeroDivisionError" in notebooks.build(folder=folder)[0]
    assert (folder / "00_start_here.ipynb").read_bytes() == before


def test_an_unknown_name_lists_the_known(folder):
    with pytest.raises(ValueError, match="there is 00_start_here"):
        notebooks.build(["07"], folder=folder)


def test_pictures_shrink_under_the_limit_and_stay_recognisable():
    rng = numpy.random.default_rng(0)
    pixels = numpy.clip(numpy.linspace(0, 255, 400)[None, :, None] + rng.normal(0, 8, (300, 400, 3)), 0, 255)
    file = io.BytesIO()
    Image.fromarray(pixels.astype(numpy.uint8)).save(file, "PNG")
    small = base64.b64decode(shrink(base64.b64encode(file.getvalue()).decode()))
    assert len(file.getvalue()) > LIMIT >= len(small)
    difference = numpy.asarray(Image.open(io.BytesIO(small)).convert("RGB")).astype(float) - pixels
    assert numpy.abs(difference).mean() < 12
