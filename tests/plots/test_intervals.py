"""Values with their intervals: marks and lines stand where the numbers say."""

import pytest

from clipit.plots import plot_intervals

GROUPS = {"first": [(0.8, 0.7, 0.9), (0.1, -0.1, 0.3)], "second": [(0.5, 0.4, 0.8), (0.2, 0.2, 0.2)]}


def test_marks_and_lines_stand_where_the_numbers_say():
    figure = plot_intervals("Agreement", ["AC1", "kappa"], GROUPS, "value")
    drawn = {container.get_label(): container for container in figure.axes[0].containers}
    for name, values in GROUPS.items():
        mark, _, (lines,) = drawn[name]
        assert mark.get_xdata().tolist() == pytest.approx([middle for middle, _, _ in values])
        ends = [end for segment in lines.get_segments() for end in segment[:, 0]]
        assert ends == pytest.approx([end for _, low, high in values for end in (low, high)])
    assert drawn["first"][0].get_marker() != drawn["second"][0].get_marker(), "told apart without colours too"
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["AC1", "kappa"]


@pytest.mark.parametrize(
    ("names", "groups"),
    [([], {"a": []}), (["x"], {}), (["x"], {"a": []}), (["x", "y"], {"a": [(0.0, 0.0, 0.0)]})],
)
def test_what_does_not_fit_is_refused(names, groups):
    with pytest.raises(ValueError, match="needs names, and 1 to 4 groups"):
        plot_intervals("Agreement", names, groups, "value")
