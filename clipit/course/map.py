"""The map of the course: the question of each lesson, and what it costs.

>>> print(course_map(written={0}).splitlines()[2])
| 0 | What will I be able to do? | 20 min | 20 min | core | `clipit lesson 0` |
"""

from collections.abc import Set

from clipit.course.lesson import written_lessons
from clipit.course.lessons import LESSONS, Lesson


def course_map(written: Set[int] | None = None) -> str:
    """A Markdown table of all lessons.

    Args:
        written: the numbers of the lessons that this version has; None looks which there are.
    """
    there = written_lessons() if written is None else written
    head = "| lesson | question | reading | exercises | path | how to open it |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(_row(lesson, lesson.number in there) for lesson in LESSONS)])


def _row(lesson: Lesson, written: bool) -> str:
    planned = "" if written else " planned"
    cells = (
        str(lesson.number),
        lesson.question,
        f"{lesson.reading} min{planned}",
        f"{lesson.exercises} min{planned}",
        "core" if lesson.core else "more",
        f"`clipit lesson {lesson.number}`" if written else "not written yet",
    )
    return f"| {' | '.join(cells)} |"
