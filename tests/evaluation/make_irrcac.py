"""Writes irrcac.json, what irrCAC 0.4.4 says about some ratings: ``python tests/evaluation/make_irrcac.py``.

irrCAC asks for scipy 1.12 and pandas 2, which cannot share this project's environment, so its answers are kept.
Run it in an environment of its own: ``pip install irrCAC==0.4.4 numpy pandas``.
"""

import json
from pathlib import Path

import numpy as np

WEIGHTS = ("identity", "ordinal", "linear", "quadratic")
METHODS = ("gwet", "fleiss", "krippendorff")


def draw(rng, items, raters, categories, missing):
    """Raters who mostly agree; some grades are missing, and one item may have a single grade."""
    likely = rng.dirichlet(np.full(categories, 0.7))
    ratings = np.repeat(rng.choice(categories, size=(items, 1), p=likely) + 1.0, raters, axis=1)
    noisy = rng.random(ratings.shape) < 0.4
    ratings[noisy] = rng.choice(categories, size=noisy.sum()) + 1
    ratings[rng.random(ratings.shape) < missing] = np.nan
    return ratings[~np.isnan(ratings).all(axis=1)]


def main():
    """Eight cases, half of them with missing ratings."""
    import pandas as pd
    from irrCAC.raw import CAC

    rng, cases = np.random.default_rng(7), []
    for items, raters, categories in [(12, 2, 2), (9, 3, 4), (20, 3, 4), (15, 5, 5)]:
        for missing in (0.0, 0.25):
            ratings = draw(rng, items, raters, categories, missing)
            grades = [float(grade) for grade in range(1, categories + 1)]
            values = {}
            for weights in WEIGHTS:
                found = CAC(pd.DataFrame(ratings), weights=weights, categories=grades, digits=8)
                values[weights] = {name: float(getattr(found, name)()["est"]["coefficient_value"]) for name in METHODS}
            rows = [[None if np.isnan(value) else int(value) for value in row] for row in ratings]
            cases.append({"categories": categories, "ratings": rows, "values": values})
    Path(__file__).with_name("irrcac.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
