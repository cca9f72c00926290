"""The command ``clipit``. Heavy things are imported by the command that needs them, so that ``--help`` is quick."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import tyro
from tyro.conf import Positional

from clipit.apps.classroom_commands import bundle, slides
from clipit.apps.data_commands import data
from clipit.apps.demo_commands import demo
from clipit.apps.entry import run_command
from clipit.apps.language_commands import language
from clipit.apps.protocol_commands import protocol
from clipit.training.finding import find_recipe
from clipit.training.words_recipe import WORDS

DEFAULT, QUICKLY = "italian-clip", Path("runs/quick")  # what make run trains, and where others look for it
app = tyro.extras.SubcommandApp()


def tell(result: Any, as_json: bool, lines: list[str]) -> None:
    """Prints a result: for people, or as JSON."""
    print(json.dumps(result, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


@app.command
def run(recipe: Positional[str] = DEFAULT, out: Path | None = None) -> None:
    """Train, measure and search: what ``make run`` does. Writes results.json and report.html into the run's folder.

    Args:
        recipe: name of a recipe, or a .json file.
        out: the run's folder; runs/ and the recipe's name if it is not given, and runs/quick for italian-clip.
    """
    chosen = find_recipe(recipe)
    out = QUICKLY if out is None and recipe == DEFAULT else out
    from clipit.apps.running import run as run_recipe

    run_recipe(chosen, out)


@app.command
def train(
    recipe: Positional[str],
    out: Path | None = None,
    steps: int | None = None,
    seed: int | None = None,
    devices: int | None = None,
    data: str | None = None,
    language: str | None = None,
    batch_size: int | None = None,
    chunk: int | None = None,
    remat: bool = False,
    workers: int | None = None,
    processes: int = 1,
    prose: Path | None = None,
    dry_run: bool = False,
    json: bool = False,
    peak: float = 0.0,
    share: float = 0.3,
    price: float = 2.5,
    memory: float = 80.0,
) -> None:
    """Train a model; a run that was interrupted goes on.

    Args:
        recipe: name of a recipe, or a .json file; "italian-bert" pretrains a text encoder by hidden words.
        out: the run's folder; runs/ and the recipe's name if it is not given.
        steps: other than the recipe's, of its last phase.
        seed: other than the recipe's.
        devices: other than the recipe's, over which a batch is spread.
        data: your own pictures: a folder with metadata.csv, one that `clipit data prepare` wrote, or a source's name.
        language: of their captions, such as "it".
        batch_size: other than the recipe's; at most as many as there are pictures to train on.
        chunk: so many pairs go through the encoders at a time: the same gradients from less memory.
        remat: compute transformer blocks once more on the way back, which needs less memory too.
        workers: processes that decode the pictures of a prepared folder while it trains.
        processes: on this machine that train together, see docs/many_machines.md.
        prose: for italian-bert, the book that it reads: Debian's package debian-reference-it, or its text.
        dry_run: only tell what the run would need, and what it would read.
        json: print that as JSON.
        peak: for the dry run: 10^12 operations a second of a device at its best; 0 is an H100's.
        share: for the dry run: the part of them that training reaches.
        price: for the dry run: of a device for an hour.
        memory: for the dry run: of a device, in GB.
    """
    if recipe == WORDS.name:
        if dry_run:
            raise ValueError(f"--dry-run is for recipes of two encoders; {WORDS.name} trains one, in minutes.")
        from clipit.training.words import train_words

        print(f"The model is in {train_words(WORDS.changed(seed, steps, str(prose or '')), out).folder}.")
        return
    chosen = find_recipe(recipe, steps, seed)
    changed: dict[str, Any] = {"devices": devices, "data": data, "language": language}
    changed |= {"workers": workers, "batch_size": batch_size, "chunk": chunk, "remat": remat or None}
    if data is not None:  # all of it
        changed["train_size"] = 10_000_000
    chosen = dataclasses.replace(chosen, **{name: value for name, value in changed.items() if value is not None})
    if dry_run:
        from clipit.training.dry_run import Machine, plan_run
        from clipit.training.told import lines_of, values_of

        machine = Machine(peak, share, price, memory)
        plan = plan_run(chosen, machine)
        tell(values_of(plan, machine), json, lines_of(plan, machine, chosen))
        return
    if processes > 1:
        from clipit.apps.launching import launch

        launch(chosen, out or Path("runs") / chosen.name, processes)
        return
    from clipit.apps.running import time_taken
    from clipit.training.loop import train as train_recipe

    finished = train_recipe(chosen, out)
    print(f"The model is in {finished.folder}. {time_taken(finished.metrics)}")
    print(f"How good is it? clipit evaluate {finished.folder}")


@app.command
def evaluate(run: Positional[Path], json: bool = False) -> None:
    """Measure a run on all test splits, and write results.json and report.html; or what a sheet's language has lost.

    Args:
        run: a run's folder, or what `clipit language train` wrote.
        json: print everything as JSON.
    """
    from clipit.apps.running import evaluate_folder

    results, lines = evaluate_folder(run)
    tell(results, json, lines)


@app.command
def search(
    run: Positional[str], query: Positional[str], gallery: Path | None = None, top: int = 5, json: bool = False
) -> None:
    """Find pictures with words.

    Args:
        run: a run's folder, or the name of weights that come with the course.
        query: what to look for, such as "due gatti neri".
        gallery: a folder with pictures, or an index of one (`clipit embed`); without it the small world is searched.
        top: how many to show.
        json: print as JSON.
    """
    from clipit.apps.index import search_anywhere
    from clipit.hub import load

    found = search_anywhere(*load(run), query, gallery, top)
    tell([dataclasses.asdict(one) for one in found], json, [one.told() for one in found])


@app.command
def embed(run: Positional[str], folder: Positional[Path], index: Positional[Path], json: bool = False) -> None:
    """Embed the pictures of a folder for quick searches; goes on where it was interrupted.

    Args:
        run: a run's folder, or the name of weights that come with the course.
        folder: the pictures, also those in folders in it.
        index: where to write.
        json: print as JSON.
    """
    from clipit.apps.index import embed_folder
    from clipit.hub import load

    done = embed_folder(load(run)[0], folder, index)
    tell(dataclasses.asdict(done), json, done.told(index))


@app.command
def classify(run: Positional[str], picture: Positional[Path], labels: str, json: bool = False) -> None:
    """Choose among labels for a picture.

    Args:
        run: a run's folder, or the name of weights that come with the course.
        picture: a picture file.
        labels: separated by commas, such as "gatto,cane".
        json: print as JSON.
    """
    from clipit.apps.searching import classify as classify_picture
    from clipit.hub import load

    shares = classify_picture(*load(run), picture, [label.strip() for label in labels.split(",") if label.strip()])
    best_first = sorted(shares.items(), key=lambda item: -item[1])
    tell(shares, json, [f"{share:.3f}  {label}" for label, share in best_first])


@app.command
def export(run: Positional[str], folder: Positional[Path], half: bool = False, onnx: bool = False) -> None:
    """Write a model into a folder: for PyTorch where transformers has its like, else in clipit's own format.

    Args:
        run: a run's folder, the name of weights that come with the course, or a model's folder or name on the hub.
        folder: where to write.
        half: as 16-bit numbers.
        onnx: also both encoders as ONNX, for browsers and phones (needs the extra "onnx").
    """
    from clipit.data.locate import data_folder
    from clipit.hub import export as export_model
    from clipit.hub import load, origin_of

    model, tokenizer = load(run)
    origin = origin_of(run if Path(run).is_dir() else data_folder("weights", run), Path(run).name)
    print(export_model(model, tokenizer, folder, half, origin))
    if onnx:
        from clipit.hub.onnx import export_onnx

        for path in export_onnx(model, tokenizer, folder):
            print(f"Written to {path}.")


@app.command
def study(name: Positional[str], json: bool = False) -> None:
    """Run a study of the course and write data/results/<name>.csv.

    Args:
        name: of the study; a wrong one lists them all.
        json: print the table as JSON.
    """
    from clipit.studies import run_study

    rows, summary = run_study(name)
    tell(rows, json, summary)


@app.command
def bench(name: Positional[str] = "all", json: bool = False) -> None:
    """Measure how quick something is on this machine.

    Args:
        name: of the benchmark; a wrong one lists them all. Without one, all that compares is put into one table.
        json: print as JSON.
    """
    from clipit.apps.bench import run_bench

    rows = run_bench(name)
    tell(rows, json, ["  ".join(f"{key} {value}" for key, value in row.items() if value != "") for row in rows])


app.command(data, name="data")
app.command(demo)
app.command(bundle)
app.command(slides)
app.command(protocol, name="protocol")
app.command(language, name="language")


@app.command
def notebooks(names: Positional[tuple[str, ...]] = (), check: bool = False, text: bool = False) -> None:
    """Rebuild the notebooks from notebooks/source.

    Args:
        names: such as 00_start_here; all of them if none is given.
        check: only say which are out of date.
        text: execute nothing, where only the text between the cells changed.
    """
    from clipit.course.notebooks import build

    complaints = build(list(names) or None, check, text)
    if complaints:
        raise SystemExit("\n".join(map(str, complaints)))


@app.command
def lesson(number: Positional[str], folder: Path = Path(".")) -> None:
    """Copy a lesson's blank notebook into your own folder.

    Args:
        number: of the lesson, such as 00.
        folder: where to.
    """
    from clipit.course import lesson as copy_lesson

    print(f"Copied to {copy_lesson(int(number), folder)}.")


@app.command
def figures() -> None:
    """Redraw the pictures in figures/."""
    from clipit.course import figures as of_lessons
    from clipit.studies import figures as of_studies

    for path in [*of_studies.draw_figures(), *of_lessons.draw_figures()]:
        print(path)


@app.command
def doctor(run: Positional[Path | None] = None) -> None:
    """Look at the machine, and at a run if one is given, and say what stands in the way.

    Args:
        run: a run's folder.
    """
    from clipit.apps.doctor import examine

    complaints = 0
    for good, said in examine(run):
        complaints += not good
        print(f"{'ok  ' if good else 'LOOK'}  {said}")
    if complaints:
        raise SystemExit(1)


@app.command
def check() -> None:
    """Lint, types, unit tests, and every notebook: what ``make test`` does."""
    from clipit.apps.check import check as check_everything

    raise SystemExit(check_everything())


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    run_command(lambda given: app.cli(prog="clipit", args=given), sys.argv[1:] if arguments is None else arguments)
