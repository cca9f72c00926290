"""What tests and doctests share: no figure style of one is left for the next."""

import pytest


@pytest.fixture(autouse=True)
def figures_keep_their_style():
    """The set-up of a lesson changes how all figures look: here only those of its own test."""
    import matplotlib

    with matplotlib.rc_context():
        yield
