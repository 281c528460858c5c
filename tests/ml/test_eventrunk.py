"""The texture of a trunk is spread evenly over its width."""

import numpy as np
import pytest

from ml.eventrunk import LEAST, spread

HEIGHT, WIDTH = 120, 200
BEGIN, END = 20, 180
EVEN = 4.0


def rows_from(begin, end):
    return np.full(HEIGHT, begin), np.full(HEIGHT, end)


def laid(across):
    """A flow that means the column `across`, (W,), in each column, and its own row."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return np.stack([np.broadcast_to(np.float32(across), x.shape), y], axis=-1)


def drawn_out():
    """From column 150 on a flow goes on at a tenth of its pace."""
    places = np.arange(WIDTH)
    return laid(np.where(places < 150, places, 150 + (places - 150) / 10))


def taken(flow, aside):
    """What `flow` means across where it is taken `aside`."""
    places = np.arange(WIDTH)
    return np.stack([np.interp(places + off, places, row) for off, row in zip(aside, flow[..., 0], strict=True)])


def test_what_is_drawn_out_is_spread_and_both_ends_stay():
    flow = drawn_out()
    across = taken(flow, spread(flow, *rows_from(BEGIN, END), EVEN))
    np.testing.assert_allclose(across[:, [BEGIN, END]], flow[:, [BEGIN, END], 0], atol=0.05)
    pace, mean = np.diff(across[:, BEGIN : END + 1], axis=1), (153 - BEGIN) / (END - BEGIN)
    assert pace.min() > 0.95 * LEAST * mean
    assert pace.max() < 1.02


def test_what_turns_away_and_looks_narrower_stays():
    places = (np.arange(WIDTH) - BEGIN) / (END - BEGIN)
    flow = laid(np.where(places < 0.8, places, places + 2 * (places - 0.8) ** 2) * 100)
    np.testing.assert_allclose(spread(flow, *rows_from(BEGIN, END), EVEN), 0, atol=0.3)


@pytest.mark.parametrize("turned", [False, True])
def test_beyond_the_trunk_and_in_rows_without_one_nothing_moves(turned):
    flow, begin, end = drawn_out(), *rows_from(BEGIN, END)
    end[80:] = begin[80:]
    if turned:
        flow, begin, end = flow[::-1], begin[::-1], end[::-1]
    aside = spread(np.ascontiguousarray(flow), begin, end, EVEN)[:: -1 if turned else 1]
    assert (aside[80:] == 0).all()
    np.testing.assert_allclose(aside[:, [0, BEGIN, END, WIDTH - 1]], 0, atol=1e-3)
    assert np.abs(aside[:80, 150]).min() > 5


def test_a_flow_that_comes_back_goes_on():
    """Beyond a garment's edge a warp may turn round: nothing is shown twice."""
    places = np.arange(WIDTH)
    flow = laid(np.where(places < 150, places, 300 - places))
    across = taken(flow, spread(flow, *rows_from(BEGIN, END), EVEN))
    assert (np.diff(across[:, BEGIN:140], axis=1) > 0).all()


def test_rows_differ_by_little_from_one_to_the_next():
    flow = drawn_out()
    flow[60:] = laid(np.arange(WIDTH))[60:]
    aside = spread(flow, *rows_from(BEGIN, END), EVEN)
    assert np.abs(np.diff(aside, axis=0)).max() < 3
    np.testing.assert_allclose(aside[100:], 0, atol=0.05)
