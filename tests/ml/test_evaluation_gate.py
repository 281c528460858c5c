"""Verdicts of the gate on constructed numbers, and the gate itself on networks whose answers are known."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import evaluation_gate
from ml.evaluation_gate import LEAST_PAIRS, MEASURES, Measure, compare, gate, gate_seconds, judge
from ml.layout import GARMENT, LAYOUT
from ml.training.store_set import Fabric, StoreSet, WornPair
from ml.training.warp_samples import make_sample, plain_sample
from ml.twins.scene import make_geometry
from ml.twins.textures import TextureSource
from ml.warpnet import Warp

ERROR = Measure("error", "store", "px", 0.05)
SSIM = Measure("ssim", "worn", "", 0.002, higher_is_better=True)
VALUES = st.lists(st.floats(0, 10, width=32), min_size=LEAST_PAIRS, max_size=60)


@pytest.mark.parametrize(
    ("measure", "shift", "verdict"),
    [
        (ERROR, -0.5, "better"),
        (ERROR, 0.5, "worse"),
        (ERROR, 0.04, "same"),
        (ERROR, 0.0, "same"),
        (SSIM, 0.01, "better"),
        (SSIM, -0.01, "worse"),
        (SSIM, 0.001, "same"),
    ],
)
def test_a_certain_difference_counts_in_its_direction(measure, shift, verdict):
    current = np.linspace(1, 3, 40)
    found = compare(measure, current, current + shift)
    assert (found.verdict, found.pairs) == (verdict, 40)
    assert found.difference == pytest.approx(shift, abs=1e-5)
    assert found.low == pytest.approx(shift, abs=1e-5) == found.high


def test_a_large_difference_that_is_not_certain_is_none():
    current, candidate = np.zeros(20), np.tile([4.0, -3.8], 10)
    found = compare(ERROR, current, candidate)
    assert found.difference == pytest.approx(0.1)
    assert found.low < 0 < found.high
    assert found.verdict == "same"


def test_few_pairs_decide_nothing():
    many, few = np.ones(LEAST_PAIRS), np.ones(LEAST_PAIRS - 1)
    assert compare(ERROR, many, many + 9).verdict == "worse"
    found = compare(ERROR, few, few + 9)
    assert (found.verdict, found.pairs, found.difference) == ("same", LEAST_PAIRS - 1, 9)
    assert not found.enough
    assert judge([found]).why == "There are too few pairs to tell."


def test_pairs_without_a_number_are_left_out_of_both():
    found = compare(ERROR, [1, np.nan, 3, np.inf], [2, 5, 4, 1])
    assert (found.pairs, found.current, found.candidate) == (2, 2, 3)
    assert compare(ERROR, [np.nan], [1]).pairs == 0


def comparison(measure, shift):
    current = np.linspace(1, 2, 30)
    return compare(measure, current, current + shift)


def test_one_thing_worse_makes_all_worse_and_is_named():
    report = judge([comparison(ERROR, -1), comparison(SSIM, -0.1)])
    assert report.verdict == "worse"
    assert report.why.startswith("Ssim on worn garments of the store's photos went from 1.5 to 1.4")
    assert report.why.endswith("What is better does not make up for it.")
    assert judge([comparison(SSIM, -0.1)]).why.endswith("30 pairs).")


def test_better_needs_something_better_and_nothing_worse():
    report = judge([comparison(ERROR, -1), comparison(SSIM, 0)])
    assert report.verdict == "better"
    assert "Error on twins in the store's garments went from 1.5 to 0.5 px" in report.why
    assert report.why.endswith("Nothing is worse.")
    assert judge([comparison(ERROR, 0), comparison(SSIM, 0)]).verdict == "same"


@given(VALUES, st.data())
def test_turning_the_networks_round_turns_the_verdict_round(current, data):
    candidate = data.draw(st.lists(st.floats(0, 10, width=32), min_size=len(current), max_size=len(current)))
    there, back = compare(ERROR, current, candidate), compare(ERROR, candidate, current)
    opposite = {"better": "worse", "worse": "better", "same": "same"}
    assert back.verdict == opposite[there.verdict]
    assert back.difference == pytest.approx(-there.difference, abs=1e-5)


@given(VALUES)
def test_a_network_is_as_good_as_itself(values):
    found = compare(ERROR, values, values)
    assert (found.verdict, found.low, found.high) == ("same", 0, 0)


@given(VALUES)
def test_the_interval_is_about_the_mean_and_always_the_same(values):
    found = compare(ERROR, [0.0] * len(values), values)
    assert min(values) - 1e-4 <= found.low <= found.high <= max(values) + 1e-4
    assert found == compare(ERROR, [0.0] * len(values), values)


@given(st.lists(st.sampled_from([-1, -0.01, 0, 0.01, 1]), min_size=8, max_size=8))
def test_a_verdict_is_never_better_than_its_worst_part(shifts):
    parts = [comparison(measure, shift) for measure, shift in zip(MEASURES, shifts, strict=True)]
    report = judge(parts)
    verdicts = {each.verdict for each in parts}
    assert report.verdict == next(v for v in ("worse", "better", "same") if v in verdicts | {"same"})
    assert json.loads(json.dumps(report.as_json()))["verdict"] == report.verdict


class KnowingWarper:
    """Answers the truth moved by `shift` px to the right; it has been told the truth of each person."""

    version = "stub"

    def __init__(self, samples, shift):
        self._truths = {sample.person.silhouette.tobytes(): sample for sample in samples}
        self._shift = shift

    def warp(self, person, cloth):
        sample = self._truths[person.silhouette.tobytes()]
        layout = np.eye(len(LAYOUT), dtype=np.float32)[sample.layout].transpose(2, 0, 1)
        return Warp(sample.flow + np.float32([self._shift / 192, 0]), layout)


def test_the_gate_finds_the_network_that_knows_the_way(monkeypatch):
    monkeypatch.setattr(evaluation_gate, "LEAST_PAIRS", 3)
    fabric = Fabric("a", "upper_body", np.random.default_rng(0).integers(0, 255, (256, 192, 3), np.uint8))
    pairs = []
    for number in range(3):
        sample = make_sample(make_geometry(number), TextureSource(), np.random.default_rng(number))
        photo = evaluation_gate.put_back(
            KnowingWarper([sample], 0).warp(sample.person, sample.cloth),
            WornPair("p", "upper_body", sample, np.zeros((256, 192, 3), np.uint8)),
        )
        pairs.append(WornPair(f"p{number}", "upper_body", sample, photo))
    held_out = StoreSet([fabric], pairs)
    truths = [pair.sample for pair in pairs]
    for number in range(evaluation_gate.TWIN_SEED, evaluation_gate.TWIN_SEED + 3):
        geometry = make_geometry(number)
        truths.append(plain_sample(geometry, number))
        rng = np.random.default_rng((number, 1))
        rng.integers(1)
        truths.append(make_sample(geometry, evaluation_gate._OneFabric(fabric.texture), rng))
    heard = []
    report = gate(
        KnowingWarper(truths, 3),
        KnowingWarper(truths, 0),
        held_out,
        twins=3,
        on_pair=lambda done, pairs: heard.append((done, pairs)),
    )
    assert heard == [(number, 6) for number in range(1, 7)]
    assert report.verdict == "better"
    errors = {each.hold_out: each for each in report.comparisons if each.name == "error"}
    for each in errors.values():
        assert (each.pairs, each.candidate) == (3, pytest.approx(0, abs=1e-3))
        assert each.current == pytest.approx(3, abs=1e-3)
    (ssim,) = [each for each in report.comparisons if each.name == "ssim"]
    assert ssim.candidate == pytest.approx(1, abs=1e-4)
    assert ssim.current < 0.99
    back = gate(KnowingWarper(truths, 0), KnowingWarper(truths, 3), held_out, twins=3)
    assert back.verdict == "worse"
    assert all((pair.sample.layout == GARMENT).any() for pair in pairs)


def test_twins_that_were_trained_on_are_refused():
    with pytest.raises(ValueError, match="for training"):
        gate(None, None, StoreSet([]), twins=2_000_000)


def test_the_time_it_takes_goes_by_the_pace_of_a_few_pairs(monkeypatch):
    """Nine seconds for two twins and a photo, after a longer first look; 120 twins and 5 photos."""
    clock, looks = [0.0], []

    def looked(current, candidate, held_out, *, twins):
        clock[0] += 9 if looks else 70
        looks.append((current, candidate, twins, len(held_out.worn)))

    monkeypatch.setattr(evaluation_gate, "monotonic", lambda: clock[0])
    monkeypatch.setattr(evaluation_gate, "gate", looked)
    assert gate_seconds("a warp", StoreSet([], ["a photo"] * 5)) == 3 * 125
    assert looks == [("a warp", "a warp", 1, 1), ("a warp", "a warp", 2, 1)]
    looks.clear()
    assert gate_seconds("a warp", StoreSet([], []), twins=20) == 9 / 2 * 20
