"""How good a model is: embeddings in, a dictionary of numbers out.

Nothing here knows about models or JAX: numpy arrays (or anything ``np.asarray`` takes) go in, Python floats come out.

- ``retrieval``, ``first_relevant_rank``: is the right item among the first k?
- ``zero_shot``, ``ensemble``: is the right name the nearest one?
- ``calibration``, ``softmax``: does a model that says 90 % get nine of ten right?
- ``linear_probe``: how well would a classifier do that saw a few labelled examples?
- ``counting``, ``predict_counts``, ``confusion``: is the right number the nearest one?
- ``occlusion_map``, ``pointing_game``, ``intersection_over_union``: where in the picture is it?
- ``modality_gap``, ``effective_rank``: do both kinds share one place, and how many directions do they use?
- ``bootstrap``, ``seed_interval``: how sure are we of a mean?
- ``agreement``, ``percent_agreement``: do people who rate the same things agree, beyond chance?
"""

from clipit.evaluation.agreement import agreement, percent_agreement
from clipit.evaluation.calibration import calibration, softmax
from clipit.evaluation.counting import confusion, counting, predict_counts
from clipit.evaluation.geometry import effective_rank, modality_gap
from clipit.evaluation.localization import intersection_over_union, occlusion_map, pointing_game
from clipit.evaluation.probe import linear_probe
from clipit.evaluation.retrieval import first_relevant_rank, retrieval
from clipit.evaluation.uncertainty import bootstrap, seed_interval
from clipit.evaluation.zero_shot import ensemble, zero_shot

__all__ = [
    "agreement",
    "bootstrap",
    "calibration",
    "confusion",
    "counting",
    "effective_rank",
    "ensemble",
    "first_relevant_rank",
    "intersection_over_union",
    "linear_probe",
    "modality_gap",
    "occlusion_map",
    "percent_agreement",
    "pointing_game",
    "predict_counts",
    "retrieval",
    "seed_interval",
    "softmax",
    "zero_shot",
]
