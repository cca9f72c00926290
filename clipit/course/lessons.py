"""The lessons: the question that each answers, and the time that it takes a machine and a person.

>>> find(3).name
'03_toy_alignment_2d'
>>> sum(lesson.cap for lesson in LESSONS) <= 16 * 60
True
>>> sum(lesson.reading for lesson in LESSONS if lesson.core) <= 3 * 60
True
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesson:
    """One notebook of the course.

    Attributes:
        number: its place.
        name: of its file, without the ending.
        question: what it answers.
        cap: seconds that the whole notebook may take on two processor cores.
        reading: minutes to read it without the sections marked optional.
        exercises: minutes for the exercises.
    """

    number: int
    name: str
    question: str
    cap: int
    reading: int
    exercises: int

    @property
    def core(self) -> bool:
        """Whether it is on the shortest path through the course."""
        return self.number in CORE


CORE = {0, 1, 2, 3, 5, 7, 9, 12}  # three hours of reading at most
LESSONS = (
    Lesson(0, "00_start_here", "What will I be able to do?", 45, 20, 20),
    Lesson(1, "01_encoders", "How does a picture, or a sentence, become a vector?", 60, 25, 25),
    Lesson(2, "02_contrastive_loss", "What does 'close' mean, and what should the loss be before I start?", 45, 20, 25),
    Lesson(3, "03_toy_alignment_2d", "What does training do to the space?", 120, 25, 25),
    Lesson(
        4,
        "04_italian_captions",
        "Where do over a million Italian captions come from, and are they any good?",
        60,
        25,
        20,
    ),
    Lesson(5, "05_frozen_warmup", "What changes if we freeze first?", 90, 20, 20),
    Lesson(6, "06_full_training", "Does warm-up then unfreeze give a better validation loss?", 120, 20, 20),
    Lesson(7, "07_zero_shot", "How does it classify without a label?", 60, 20, 20),
    Lesson(8, "08_retrieval", "Is a language-specific model better than the multilingual one?", 90, 30, 20),
    Lesson(9, "09_counting_cats", "Can it count, and why not to five?", 90, 30, 20),
    Lesson(10, "10_use_clip_italian", "How do I use the released model, or ship mine?", 45, 15, 20),
    Lesson(11, "11_scale_up", "What changes at 1,000 x the data?", 75, 25, 25),
    Lesson(12, "12_your_language", "Can I do it in mine?", 60, 20, 30),
)


def find(number: int) -> Lesson:
    """The lesson with this number; a ValueError that lists the numbers when there is none."""
    for lesson in LESSONS:
        if lesson.number == number:
            return lesson
    raise ValueError(f"There is no lesson {number}: they run from 0 to {LESSONS[-1].number}.")
