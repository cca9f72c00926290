"""What the notebooks need and nobody else: the set-up cell, predictions, exercise checks, the notebooks' making.

>>> import clipit.course
>>> clipit.course.predict("the loss of a batch of four, before training", 1.4)
You predict 1.4 for: the loss of a batch of four, before training.
>>> clipit.course.reveal("the loss of a batch of four, before training", 1.3862944)
the loss of a batch of four, before training: you predicted 1.4, it is 1.39.
"""

from clipit.course.check import exercise, report
from clipit.course.lesson import lesson
from clipit.course.playground import playground
from clipit.course.predict import predict, reveal
from clipit.course.setup import setup

__all__ = ["exercise", "lesson", "playground", "predict", "report", "reveal", "setup"]
