"""The call plan of one site as a linear programme in HiGHS: run by benchmarks/planning.py in an environment of its own.

    .venv-peers/bin/python benchmarks/peers/highs_calls.py SITE.npz

One variable for each contact and window, and one for each call that contacts of one language, first and last day can get (window,
day, pool): nothing of the product's chains of days. Prints the optimum.
"""

from __future__ import annotations

import json
import sys
import time

import highspy
import numpy as np


def main(file: str) -> None:
    """Solve and print."""
    site = np.load(file)
    gain, allowed, covers, capacity = site["gain"], site["allowed"], site["covers"], site["capacity"]
    pools, days, windows = capacity.shape
    begun = time.process_time()
    spans = np.stack([site["speaks"], site["earliest"], np.minimum(site["deadline"], days - 1)])
    kinds, kind = np.unique(spans, axis=1, return_inverse=True)
    n, slots = len(gain), pools * days * windows
    contact, window = np.nonzero(allowed)
    # Rows: each contact once at most; calls given to a kind in a window = calls taken by it; each slot's attempts.
    giving = n + kind.ravel()[contact] * windows + window
    grid = np.stack(
        [axis.ravel() for axis in np.meshgrid(*(range(size) for size in (kinds.shape[1], pools, days, windows)), indexing="ij")]
    )
    tongue, first, last = kinds[:, grid[0]]
    grid = grid[:, covers[tongue, grid[1]] & (grid[2] >= first) & (grid[2] <= last)]
    balance = n + grid[0] * windows + grid[3]
    slot = n + kinds.shape[1] * windows + (grid[1] * days + grid[2]) * windows + grid[3]
    rows = np.concatenate([np.stack([contact, giving], axis=1), np.stack([balance, slot], axis=1)]).reshape(-1)
    signs = np.concatenate([np.tile([1.0, 1.0], len(contact)), np.tile([-1.0, 1.0], grid.shape[1])])
    size = len(contact) + grid.shape[1]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = size, n + kinds.shape[1] * windows + slots
    lp.col_cost_ = np.concatenate([-gain[contact, window], np.zeros(grid.shape[1])])
    lp.col_lower_, lp.col_upper_ = np.zeros(size), np.full(size, highspy.kHighsInf)
    none, balanced = np.full(n, -highspy.kHighsInf), np.zeros(kinds.shape[1] * windows)
    lp.row_lower_ = np.concatenate([none, balanced, np.full(slots, -highspy.kHighsInf)])
    lp.row_upper_ = np.concatenate([np.ones(n), balanced, capacity.reshape(-1).astype(float)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.arange(0, 2 * size + 1, 2)
    lp.a_matrix_.index_, lp.a_matrix_.value_ = rows, signs
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    solver.run()
    print(json.dumps({"worth": -solver.getInfo().objective_function_value, "seconds": time.process_time() - begun}))


if __name__ == "__main__":
    main(sys.argv[1])
