"""The model card: a README.md beside exported weights, filled from the run that made them.

What it says is taken from the run's recipe and results; where there is none, it says that nothing is known.

>>> print(results_table({"zero_shot.top1": 0.5, "zero_shot.top1.low": 0.4, "zero_shot.top1.high": 0.6, "seed": 0}))
| measured | value | 95 % interval |
|---|---|---|
| zero_shot.top1 | 0.500 | 0.400 to 0.600 |
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clipit.models.config import DualConfig, to_dict

USE_TRANSFORMERS = """\
```python
from transformers import AutoImageProcessor, AutoTokenizer, {reader}

model = {reader}.from_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder)
tokens = tokenizer(["due gatti neri"], padding=True, truncation=True, return_tensors="pt")
similarities = model(**tokens, **processor(images, return_tensors="pt")).logits_per_image
```

and in JAX:
"""
USE_CLIPIT = """\
```python
import clipit

model, tokenizer = clipit.load(folder)
v = model.encode_image(model.preprocess(clipit.inputs.open_images(paths)))
t = model.encode_text(tokenizer(["due gatti neri"]))
similarities = v @ t.T
```
"""
# What is said about data, limits and licences, by where the pictures of the training came from.
WORLD, ELSEWHERE, UNKNOWN = "small world", "elsewhere", "unknown"
DATA = {
    WORLD: """\
{train_size} scenes of clipit's small world: drawn emoji on a plain background, each with five captions in the language
`{language}` made from a lexicon and a grammar. No photograph, and no text that a person wrote.""",
    ELSEWHERE: "Captioned pictures, at most {train_size}, from `{data}`; the captions' language is `{language}`.",
    UNKNOWN: "No run of clipit is known that trained it: see where it came from.",
}
LIMITS = {
    WORLD: """\
- It knows nothing of photographs, of words outside the lexicon, or of longer sentences.
- Counts are often wrong above two, and relations such as "left of" are at best half understood: see the results.""",
    ELSEWHERE: "- It knows what its pictures and captions show, with their faults and prejudices, and nothing else.",
    UNKNOWN: "- What it learned from was not looked at here, nor the faults and prejudices that came with it.",
}
NOT_MEASURED = "- How good it is was not measured here: measure it on your own pictures before you rely on it."
NO_PROBABILITY = """\
- A similarity is no probability. Compare similarities of one picture, or of one query, with each other only."""
LICENCES = {
    WORLD: """\
The weights are yours to license; those that come with clipit are CC BY 4.0. The art that it learned from is OpenMoji
(CC BY-SA 4.0); no drawing can be made from the weights.""",
    ELSEWHERE: """\
The weights are yours to license, as far as the licences of the pictures and captions, and of the weights that it may
have begun with, let you.""",
    UNKNOWN: "Weights that came from elsewhere keep the licence that they came with; nothing is added to it here.",
}


@dataclass(frozen=True)
class Origin:
    """Where a model comes from.

    Attributes:
        name: what to call it.
        recipe: a run's recipe.json; empty where it was not trained here.
        results: a run's results.json.
    """

    name: str = "A CLIP model"
    recipe: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)


def model_card(config: DualConfig, reader: str, origin: Origin, limits: Sequence[str] = ()) -> str:
    """The text of README.md.

    Args:
        config: the model's sizes.
        reader: the class of ``transformers`` that reads the weights, or "clipit".
        origin: where the model comes from.
        limits: sentences about limits that nothing of this says.
    """
    recipe = {name: value for name, value in origin.recipe.items() if name != "model"}
    in_transformers, kind = reader != "clipit", kind_of_data(recipe)
    parts = [
        f"---\nlibrary_name: {'transformers' if in_transformers else 'clipit'}\n"
        "pipeline_tag: zero-shot-image-classification\n"
        + ("" if kind == UNKNOWN else f"language: {recipe['language']}\n")
        + "---",
        f"# {origin.name}",
        "Two encoders, for pictures and for captions, that give both a vector in one space (CLIP, arXiv 2103.00020).",
        "## Use\n",
        (USE_TRANSFORMERS.format(reader=reader) if in_transformers else "It has no counterpart in transformers.\n")
        + f"\n{USE_CLIPIT}",
        "## Data\n",
        DATA[kind].format_map(recipe) + began_with(recipe),
        "## Recipe\n",
        code(recipe) if recipe else "None is known.",
        "## Results\n",
        results_table(origin.results) if origin.results else "None were measured.",
        "## Limits\n",
        "\n".join([LIMITS[kind], *([] if origin.results else [NOT_MEASURED]), NO_PROBABILITY, *bullets(limits)]),
        "## Licences\n",
        f"{LICENCES[kind]} The code of clipit is Apache-2.0.",
        "## Sizes\n",
        code(to_dict(config)),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def kind_of_data(recipe: dict[str, Any]) -> str:
    """Where a recipe's pictures come from."""
    if not {"train_size", "language"} <= recipe.keys():
        return UNKNOWN
    return ELSEWHERE if recipe.get("data") else WORLD


def began_with(recipe: dict[str, Any]) -> str:
    """A sentence about trained weights that a recipe starts from; nothing where it starts from random ones."""
    weights = sorted({recipe[name] for name in ("vision_from", "text_from") if recipe.get(name)})
    return f" It began with the weights of {' and '.join(f'`{name}`' for name in weights)}." if weights else ""


def bullets(sentences: Sequence[str]) -> list[str]:
    """Sentences as lines of a list."""
    return [f"- {sentence}" for sentence in sentences]


def code(values: dict[str, Any]) -> str:
    """Values as a block of JSON."""
    return f"```json\n{json.dumps(values, indent=2, ensure_ascii=False)}\n```"


def results_table(results: dict[str, Any]) -> str:
    """Everything that was measured with an interval, as a table in Markdown."""
    rows = ["| measured | value | 95 % interval |", "|---|---|---|"]
    for name, value in results.items():
        low, high = results.get(f"{name}.low"), results.get(f"{name}.high")
        if low is not None and high is not None:
            rows.append(f"| {name} | {value:.3f} | {low:.3f} to {high:.3f} |")
    return "\n".join(rows)
