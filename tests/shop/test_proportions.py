"""Intervals of shares: published values, and what must hold for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.proportions import Estimate, difference, proportion

COUNTS = st.integers(1, 10_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))


def rounded(estimate: Estimate) -> tuple[float, ...]:
    return tuple(round(number, 4) for number in estimate)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_share_has_the_published_interval(successes: int, trials: int, low: float, high: float) -> None:
    assert rounded(proportion(successes, trials))[1:] == (low, high)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_has_the_published_interval(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    assert rounded(difference(proportion(*first), proportion(*second)))[1:] == (low, high)


@given(COUNTS)
def test_an_interval_lies_between_0_and_1_and_holds_the_share(counts: tuple[int, int]) -> None:
    successes, trials = counts
    share, low, high = proportion(successes, trials)
    assert share == successes / trials
    assert 0 <= low <= share <= high <= 1
    assert low < high
    assert rounded(proportion(trials - successes, trials)) == rounded(Estimate(1 - share, 1 - high, 1 - low))


@given(COUNTS)
def test_ten_times_as_many_say_it_more_exactly(counts: tuple[int, int]) -> None:
    few, many = proportion(*counts), proportion(10 * counts[0], 10 * counts[1])
    assert many.high - many.low < few.high - few.low


@given(COUNTS, COUNTS)
def test_a_difference_lies_between_minus_1_and_1_and_turns_round(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    there = difference(proportion(*first), proportion(*second))
    back = difference(proportion(*second), proportion(*first))
    assert -1 - 1e-12 <= there.low <= there.value <= there.high <= 1 + 1e-12
    assert rounded(there) == rounded(Estimate(-back.value, -back.high, -back.low))


@pytest.mark.parametrize("counts", [(0, 0), (2, 1), (-1, 5)])
def test_what_is_no_share_is_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is no share"):
        proportion(*counts)
