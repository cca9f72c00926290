"""How a small BERT is pretrained by hidden words, as values. Imports no JAX, as recipes of two encoders.

>>> WORDS.phase.steps
1500
"""

import json
from dataclasses import asdict, dataclass, field, replace

from clipit.models.config import BertConfig, encoder_from_dict, encoder_to_dict
from clipit.training.recipe import Phase, phase_from_dict


@dataclass(frozen=True)
class WordsRecipe:
    """How a small BERT is pretrained by hidden words.

    Attributes:
        name: names the run's folder.
        seed: where every random choice starts from.
        language: of the captions.
        scenes: how many scenes of the small world are captioned, in each of its three roles.
        prose: where the book is; "" for where Debian installs it.
        prose_times: how often a sentence of the book comes for each time that a caption comes.
        vocabulary_size: tokens of the tokenizer at most.
        batch_size: sentences in a step.
        devices: over how many devices a batch is spread.
        evaluate_every: steps between two looks at sentences that are not trained on.
        checkpoint_every: steps between two checkpoints.
        text: sizes of the BERT.
        phase: optimizer, steps and learning rates.
    """

    name: str = "italian-bert"
    seed: int = 2
    language: str = "it"
    scenes: int = 6_000
    prose: str = ""
    prose_times: int = 3
    vocabulary_size: int = 4_000
    batch_size: int = 256
    devices: int = 2
    evaluate_every: int = 100
    checkpoint_every: int = 100
    text: BertConfig = field(default_factory=lambda: BertConfig(max_tokens=32, layers=2, quiet_start=True))
    phase: Phase = field(default_factory=lambda: Phase(steps=1_500, warmup_steps=100))

    def changed(self, seed: int | None, steps: int | None, prose: str) -> "WordsRecipe":
        """The recipe with another seed and number of steps, if they are given, and this book."""
        phase = self.phase if steps is None else replace(self.phase, steps=steps)
        return replace(self, seed=self.seed if seed is None else seed, phase=phase, prose=prose)

    def to_json(self) -> str:
        """The recipe as text."""
        return json.dumps({**asdict(self), "text": encoder_to_dict(self.text)}, indent=2) + "\n"

    @staticmethod
    def from_json(text: str) -> "WordsRecipe":
        """The recipe that ``to_json`` wrote.

        Raises:
            ValueError: a part of it has a value that it does not know.
            KeyError, TypeError: the text is another kind of recipe.
        """
        values = json.loads(text)
        encoder, phase = encoder_from_dict(values["text"]), phase_from_dict(values["phase"])
        return WordsRecipe(**{**values, "text": encoder, "phase": phase})


WORDS = WordsRecipe()
