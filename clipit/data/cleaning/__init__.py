"""Which captions are worth training on: rules that drop captions, and the funnel that says how many each dropped."""

from clipit.data.cleaning.funnel import Funnel, Step, clean_source, filter_captions
from clipit.data.cleaning.rules import NAMES, CleaningSettings, Rule, make_rules
from clipit.data.cleaning.tagging import Tagged, Tagger, default_tagger, tag_capitals

__all__ = [
    "NAMES",
    "CleaningSettings",
    "Funnel",
    "Rule",
    "Step",
    "Tagged",
    "Tagger",
    "clean_source",
    "default_tagger",
    "filter_captions",
    "make_rules",
    "tag_capitals",
]
