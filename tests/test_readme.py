"""The README says what is so: numbers, notebooks, badges, folders."""

import json
import re
from pathlib import Path

from clipit.apps.running import summary
from clipit.course.lessons import LESSONS
from clipit.course.notebooks import badge

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_its_results_are_those_of_the_shipped_weights():
    results = json.loads((ROOT / "data" / "weights" / "italian-clip" / "results.json").read_text())
    lines = summary(results)
    assert len(lines) == 4
    assert [line for line in lines if f"    {line}\n" not in README] == []


def test_what_it_says_of_random_encoders_is_what_they_reach():
    quick = json.loads((ROOT / "data" / "weights" / "quick" / "results.json").read_text())
    recall, nouns = quick["text_to_image.recall@1"], quick["zero_shot.top1"]
    assert f"recall@1 is {recall:.2f} and {nouns:.2f} of the nouns are right" in " ".join(README.split())


def test_its_table_lists_the_notebooks_that_exist_and_no_other():
    listed = re.findall(r"^\| \[(\w+)\]\(notebooks/\w+\.ipynb\) \| (.*?) \| (.*) \|$", README, re.MULTILINE)
    there = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert [name for name, _, _ in listed] == there
    questions = {lesson.name: lesson.question for lesson in LESSONS}
    assert all(question == questions[name] and button == badge(name) for name, question, button in listed)


def test_every_folder_that_it_explains_is_there():
    tree = re.search(r"## What is where\n\n(.*?)\n\n##", README, re.DOTALL)[1]
    folders = re.findall(r"^    ([\w/]+/) ", tree, re.MULTILINE)
    assert len(folders) > 10 and all((ROOT / folder).is_dir() for folder in folders)
    rooms = {path.name for path in (ROOT / "clipit").iterdir() if (path / "__init__.py").is_file()}
    assert rooms == {folder.split("/")[1] for folder in folders if folder.startswith("clipit/")}


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#\s]+)\)", README)
    local = [link for link in links if "://" not in link]
    assert local and all((ROOT / link).exists() for link in local)
