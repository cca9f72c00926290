"""Exercise checks that say what is wrong, and never stop a notebook.

A check is a function that looks at the reader's answer and returns None when it is right, or one sentence that
says what is wrong. `exercise` turns it into what a lesson calls:

>>> @exercise("2.1")
... def mean(answer):
...     value = answer([1.0, 2.0, 6.0])
...     if value == 9.0:
...         return "this is the sum: divide it by how many numbers there are"
...     return None if value == 3.0 else f"the mean of 1, 2 and 6 is 3, yours is {value}"
>>> mean(lambda numbers: ...)
Exercise 2.1: not done yet.
>>> mean(sum)
Exercise 2.1: not yet: this is the sum: divide it by how many numbers there are.
>>> mean(lambda numbers: sum(numbers) / len(numbers))
Exercise 2.1: correct.
>>> report()
| exercise | state   |
|----------|---------|
| 2.1      | correct |
"""

import functools
from collections.abc import Callable
from typing import Any

FindMistake = Callable[..., str | None]

_states: dict[str, str] = {}


class _NotDone(Exception):
    """The reader's function still returns the dots of the stub."""


def exercise(name: str) -> Callable[[FindMistake], Callable[..., None]]:
    """Make a check of a function that finds the mistake in an answer; `name` is the exercise's number, as "2.1"."""

    def decorate(find_mistake: FindMistake) -> Callable[..., None]:
        @functools.wraps(find_mistake)
        def check(*answers: Any) -> None:
            _states[name] = _judge(find_mistake, answers)
            print(f"Exercise {name}: {_states[name]}.")

        # The wrapped signature returns a sentence, the check itself prints it.
        check.__annotations__ = {"return": None}
        return check

    return decorate


def report() -> None:
    """Print the state of every exercise that was checked, as a table to paste into a message."""
    if not _states:
        print("No exercise was checked yet.")
        return
    rows = [("exercise", "state"), *sorted(_states.items())]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"| {name:<{first}} | {state:<{second}} |" for name, state in rows]
    lines.insert(1, f"|{'-' * (first + 2)}|{'-' * (second + 2)}|")
    print("\n".join(lines))


def _judge(find_mistake: FindMistake, answers: tuple[Any, ...]) -> str:
    try:
        mistake = find_mistake(*(_guarded(answer) for answer in answers))
    except _NotDone:
        return "not done yet"
    except Exception as error:  # the reader's code may fail in any way: that is a finding, not the end of the lesson
        return f"not yet: your code stopped with {type(error).__name__}: {str(error).rstrip('.')}"
    return "correct" if mistake is None else f"not yet: {mistake.rstrip('.')}"


def _guarded(answer: Any) -> Any:
    if answer is ...:
        raise _NotDone
    if not callable(answer):
        return answer

    @functools.wraps(answer)
    def call(*arguments: Any, **keywords: Any) -> Any:
        result = answer(*arguments, **keywords)
        if result is ...:
            raise _NotDone
        return result

    return call
