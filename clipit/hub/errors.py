"""What is raised when a model cannot be had.

>>> raise ModelError("There is no folder runs/quick.")
Traceback (most recent call last):
clipit.hub.errors.ModelError: There is no folder runs/quick.
"""


class ModelError(ValueError):
    """A model that cannot be loaded; the message names the folder and says what to do."""
