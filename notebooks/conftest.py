"""nbval reads this for the notebooks beside it: warnings and progress bars are not part of what a lesson says."""


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)
