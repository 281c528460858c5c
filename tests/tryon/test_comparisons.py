"""The sentences of a comparison say what its verdict says."""

import pytest

from ml.evaluation_gate import Measure, compare, judge
from tryon.selectors.comparisons import report_reason

ERROR = Measure("error", "store", "px", 0.05)
SHARE = Measure("folded", "product", "share", 0.001)
SSIM = Measure("ssim", "worn", "", 0.002, higher_is_better=True)
NONE, SAVED = "Nothing is worse.", "What is better does not make up for it."
STORE = (
    "Twins in the store's garments: Error of the place went from {} px (difference {}, 95 % interval {}, "
    "30 pairs)."
)
TOLD = {
    "error better": STORE.format("1.5 to 0.5", "-1", "-1 to -1"),
    "error worse": STORE.format("1.5 to 2.5", "+1", "+1 to +1"),
    "ssim worse": "Garments seen worn: SSIM went from 1.5 to 1.4 (difference -0.1, 95 % interval -0.1 to "
    "-0.1, 30 pairs).",
    "share better": "The product's twins: Share folded over went from 1.5 to 1.49 (difference -0.01, 95 % "
    "interval -0.01 to -0.01, 30 pairs).",
}


@pytest.mark.parametrize(
    ("shifts", "pairs", "told"),
    [
        ((-1, -0.01, 0), 30, [TOLD["error better"], TOLD["share better"], NONE]),
        ((1, -0.01, -0.1), 30, [TOLD["error worse"], TOLD["ssim worse"], SAVED]),
        ((0, 0, -0.1), 30, [TOLD["ssim worse"]]),
        ((0, 0, 0), 30, ["No difference is both certain and large enough to see."]),
        ((5, 5, 5), 3, ["There are too few pairs to tell."]),
    ],
    ids=["better", "worse", "one worse", "same", "few"],
)
def test_the_reason_is_made_of_the_numbers(
    shifts: tuple[float, float, float], pairs: int, told: list[str]
) -> None:
    values = [1 + index / (pairs - 1) for index in range(pairs)]
    report = judge(
        [
            compare(measure, values, [value + shift for value in values])
            for measure, shift in zip((ERROR, SHARE, SSIM), shifts, strict=True)
        ]
    ).as_json()
    assert report_reason(report) == "\n".join(told)


def test_there_is_no_reason_without_a_report() -> None:
    assert report_reason({}) == ""
