"""A guess written down before an experiment, and shown beside its result: being surprised is how one learns.

Neither function ever raises, so that "Run all" goes through whether or not anybody guessed.

>>> predict("recall at one, before training", ...)
No prediction yet for: recall at one, before training. Write yours in place of the dots; going on without is fine.
>>> reveal("recall at one, before training", 0.001)
recall at one, before training: it is 0.001 (you made no prediction).
"""

from typing import Any

_guesses: dict[str, Any] = {}


def predict(question: str, guess: Any = ...) -> None:
    """Keep a guess for `reveal`; the dots of an untouched cell are no guess."""
    if guess is ...:
        _guesses.pop(question, None)
        print(f"No prediction yet for: {question}. Write yours in place of the dots; going on without is fine.")
        return
    _guesses[question] = guess
    print(f"You predict {_readable(guess)} for: {question}.")


def reveal(question: str, value: Any) -> None:
    """Print the result, beside the guess if there was one."""
    if question in _guesses:
        print(f"{question}: you predicted {_readable(_guesses[question])}, it is {_readable(value)}.")
    else:
        print(f"{question}: it is {_readable(value)} (you made no prediction).")


def _readable(value: Any) -> str:
    # Three digits: more would differ between processors, and nobody predicts more.
    return str(value) if isinstance(value, (str, bool, int)) else _short(value)


def _short(value: Any) -> str:
    try:
        return f"{float(value):.3g}"
    except (TypeError, ValueError):
        return str(value)
