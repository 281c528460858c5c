"""Where a bare arm ends that hangs before a bare waist."""

import numpy as np


def give_waist(arm: np.ndarray, trunk: np.ndarray, most: float) -> None:
    """Give `trunk`, bool (H, W), in place, what of `arm`, likewise, lies beyond a straight line where both
    touch: from the last row above in which something else is beside the arm to the first one below. Where
    there is no such row, or they touch over more than `most` pixels, both stay.

    Skin before skin has no colour that tells them apart, and the wall in the corner that they make is taken
    for skin, too.
    """
    rows = np.flatnonzero(arm.any(axis=1) & trunk.any(axis=1))
    if not rows.size:
        return
    if np.nonzero(trunk[rows])[1].mean() < np.nonzero(arm[rows])[1].mean():
        arm, trunk = arm[:, ::-1], trunk[:, ::-1]
    places = np.arange(arm.shape[1])
    edge = np.where(arm.any(axis=1), places[-1] - arm[:, ::-1].argmax(axis=1), -1)
    touching = (edge >= 0) & trunk[np.arange(len(arm)), np.minimum(edge + 1, places[-1])]
    changes = np.flatnonzero(np.diff(touching, prepend=False, append=False))
    for start, end in zip(changes[::2], changes[1::2], strict=True):
        if start == 0 or end == len(arm) or end - start > most or min(edge[start - 1], edge[end]) < 0:
            continue
        line = np.ceil(np.interp(np.arange(start, end), (start - 1, end), (edge[start - 1], edge[end])))
        beyond = arm[start:end] & (places > line[:, None])
        arm[start:end] &= ~beyond
        trunk[start:end] |= beyond
