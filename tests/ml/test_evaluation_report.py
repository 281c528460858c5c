import pytest

from ml.evaluation_report import Tally, breakdown, scored, table


def record(category="upper_body", breadth=0.5, **numbers):
    zeros = {"outside_difference": 0, "face_difference": 0}
    return {"category": category, "breadth": breadth, "groups": {}, "baselines": {}, **zeros, **numbers}


def test_means_have_intervals_and_counts():
    found = scored([record(leak=0.2), record(leak=0.2), record()])
    assert found["leak"] == {"mean": 0.2, "low": 0.2, "high": 0.2, "n": 2}
    assert "print_kept" not in found


def test_of_what_must_be_zero_the_largest_counts():
    found = scored([record(), {**record(), "face_difference": 3}])
    assert found["face_difference"] == {"max": 3, "n": 2}


def test_breakdown_keeps_groups_apart():
    records = [
        record("upper_body", 0.4, leak=0.0),
        record("upper_body", 0.5, leak=0.1),
        record("dresses", 0.6, leak=0.4),
    ]
    parts = breakdown(records)
    assert parts["category"]["upper_body"]["leak"]["mean"] == pytest.approx(0.05)
    assert parts["category"]["dresses"]["leak"]["mean"] == pytest.approx(0.4)
    assert {group: found["leak"]["n"] for group, found in parts["body"].items()} == {
        "slim": 1,
        "middle": 1,
        "broad": 1,
    }
    assert "arms" not in parts


def test_baselines_stand_beside_the_model():
    tally = Tally(
        pairs=[{**record(leak=0.1), "baselines": {"unchanged": record(leak=0.5)}}, {"refused": "no_person"}]
    )
    report = tally.report("test", {})
    assert report["scores"]["model"]["leak"]["mean"] == 0.1
    assert report["scores"]["unchanged"]["leak"]["mean"] == 0.5
    lines = table(report).splitlines()
    assert lines[0] == "1 of 2 pairs; refused: {'no_person': 1}"
    assert lines[2].split() == ["mean", "[95", "%", "interval]", "model", "unchanged"]
    leak = next(line for line in lines if line.startswith("leak"))
    assert leak.split() == ["leak", "0.1", "[0.1,", "0.1]", "(1)", "0.5", "[0.5,", "0.5]", "(1)"]


def test_the_distance_of_the_crowd_is_the_last_number():
    report = Tally(pairs=[record(leak=0.1)]).report("test", {"model": {"mean": 0.02, "std": 0.003, "n": 60}})
    assert report["scores"]["model"]["kid"] == {"mean": 0.02, "std": 0.003, "n": 60}
    assert table(report).splitlines()[6].split() == ["kid", "0.02", "+-", "0.003", "(60)"]


def test_nothing_but_refusals_is_a_report_too():
    report = Tally(pairs=[{"refused": "no_person"}]).report("test", {})
    assert report["results"] == 0
    assert "0 of 1 pairs" in table(report)
