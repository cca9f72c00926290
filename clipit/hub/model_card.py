"""The model card: a README.md beside exported weights, filled from the run that made them.

What it says is taken from the run's recipe and results; where there is none, it says that nothing is known.

>>> print(results_table({"zero_shot.top1": 0.5, "zero_shot.top1.low": 0.4, "zero_shot.top1.high": 0.6, "seed": 0}))
| measured | value | 95 % interval |
|---|---|---|
| zero_shot.top1 | 0.500 | 0.400 to 0.600 |
"""

import json
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
WORLD_DATA = """\
{train_size} scenes of clipit's small world: drawn emoji on a plain background, each with five captions in the language
`{language}` made from a lexicon and a grammar. No photograph, and no text that a person wrote."""
WORLD_LIMITS = """\
- It knows nothing of photographs, of words outside the lexicon, or of longer sentences.
- Captions are cut at {max_tokens} tokens without a warning.
- Counts are often wrong above two, and relations such as "left of" are at best half understood: see the results.
- A similarity is no probability. Compare similarities of one picture, or of one query, with each other only."""
OTHER_LIMITS = """\
- How good it is was not measured here: measure it on your own pictures before you rely on it.
- Captions are cut at {max_tokens} tokens without a warning.
- A similarity is no probability. Compare similarities of one picture, or of one query, with each other only."""
WORLD_LICENCE = """\
The weights are yours to license; those that come with clipit are CC BY 4.0. The art that it learned from is OpenMoji
(CC BY-SA 4.0); no drawing can be made from the weights. The code of clipit is Apache-2.0."""
OTHER_LICENCE = """\
Weights that were loaded from elsewhere keep the licence that they came with; nothing is added to it here. The code of
clipit is Apache-2.0."""


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


def model_card(config: DualConfig, reader: str, origin: Origin) -> str:
    """The text of README.md; ``reader`` is the class of ``transformers`` that reads the weights, or "clipit"."""
    recipe = {name: value for name, value in origin.recipe.items() if name != "model"}
    in_transformers = reader != "clipit"
    sizes = {"max_tokens": getattr(config.text, "max_tokens", 32)}
    # What was trained on the small world says so by its recipe.
    known = {"train_size": recipe.get("train_size"), "language": recipe.get("language")}
    trained_here = None not in known.values()
    parts = [
        f"---\nlibrary_name: {'transformers' if in_transformers else 'clipit'}\n"
        "pipeline_tag: zero-shot-image-classification\n"
        + (f"language: {recipe['language']}\n" if trained_here else "")
        + "---",
        f"# {origin.name}",
        "Two encoders, for pictures and for captions, that give both a vector in one space (CLIP, arXiv 2103.00020).",
        "## Use\n",
        (USE_TRANSFORMERS.format(reader=reader) if in_transformers else "It has no counterpart in transformers.\n")
        + f"\n{USE_CLIPIT}",
        "## Data\n",
        WORLD_DATA.format(**known) if trained_here else "No run of clipit trained it: see where it came from.",
        "## Recipe\n",
        code(recipe) if recipe else "None is known.",
        "## Results\n",
        results_table(origin.results) if origin.results else "None were measured.",
        "## Limits\n",
        (WORLD_LIMITS if trained_here else OTHER_LIMITS).format(**sizes),
        "## Licences\n",
        WORLD_LICENCE if trained_here else OTHER_LICENCE,
        "## Sizes\n",
        code(to_dict(config)),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


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
