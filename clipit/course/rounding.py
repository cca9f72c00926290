"""Shares in words that stay true on another processor, where a rounding error may move the last digit.

>>> about(0.692)
'about 70 %'
>>> about(0.0013), about(0.98)
('below 1 %', 'above 95 %')
"""


def about(share: float) -> str:
    """A share between 0 and 1 to the nearest five percent; near the ends only on which side of it."""
    if share < 0.01:
        return "below 1 %"
    if share < 0.05:
        return "below 5 %"
    if share > 0.95:
        return "above 95 %"
    return f"about {5 * round(20 * share)} %"
