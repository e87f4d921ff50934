"""The call plan of one site as a linear programme in HiGHS: run by benchmarks/planning.py in an environment of its own.

    .venv-peers/bin/python benchmarks/peers/highs_calls.py SITE.npz

One variable for each contact, day, window and pool that is allowed: nothing of the product's chains. Prints the optimum.
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
    rows, columns, worth = [], [], []
    span = np.arange(days)
    for pool in range(pools):
        for window in range(windows):
            able = np.flatnonzero(allowed[:, window] & covers[site["speaks"], pool])
            inside = (
                (span >= site["earliest"][able, None]) & (span <= site["deadline"][able, None]) & (capacity[pool, :, window] > 0)
            )
            which, day = np.nonzero(inside)
            rows.append(able[which])
            columns.append((pool * days + day) * windows + window)
            worth.append(gain[able[which], window])
    contact, slot, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(worth)
    n, size = len(gain), len(contact)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = size, n + pools * days * windows
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -value.astype(float), np.zeros(size), np.ones(size)
    lp.row_lower_ = np.full(lp.num_row_, -highspy.kHighsInf)
    lp.row_upper_ = np.concatenate([np.ones(n), capacity.reshape(-1).astype(float)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.arange(0, 2 * size + 1, 2)
    lp.a_matrix_.index_ = np.stack([contact, n + slot], axis=1).reshape(-1)
    lp.a_matrix_.value_ = np.ones(2 * size)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    solver.run()
    print(json.dumps({"worth": -solver.getInfo().objective_function_value, "seconds": time.process_time() - begun}))


if __name__ == "__main__":
    main(sys.argv[1])
