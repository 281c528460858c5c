"""The measurement of one try-on: what it times, when it reads the memory, and how it is printed."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from ml import __main__ as command_line
from ml.analysis import TryOnResult
from ml.bench import bench
from ml.pipeline import TryOnPipeline
from ml.progress import STAGES

# The first value of each is the round that warms up.
PERSON, CLOTH, DRESS, AGAIN = (90, 3, 1, 8), (90, 1, 1, 1), (90, 2, 4, 3), (90, 5, 6, 7)


class Clockwork:
    """A pipeline whose steps take set times on a clock of its own."""

    def __init__(self):
        self.now, self.sizes = 0.0, set()
        self.person, self.cloth = iter(PERSON), iter(CLOTH)
        self.dressings = iter([seconds for pair in zip(DRESS, AGAIN, strict=True) for seconds in pair])

    def analyse_person(self, photo):
        self.sizes.add(photo.shape)
        self.now += next(self.person)

    def analyse_cloth(self, picture, category):
        self.now += next(self.cloth)

    def dress(self, person, cloth):
        seconds = next(self.dressings)
        self.now += seconds
        return TryOnResult(np.zeros(0), np.zeros(0), np.zeros(0), 1.0, dict.fromkeys(STAGES, seconds))

    model_version = "clockwork"


@pytest.fixture
def clockwork(monkeypatch):
    pipeline = Clockwork()
    monkeypatch.setattr("ml.bench.time", SimpleNamespace(perf_counter=lambda: pipeline.now))
    warm = sum(steps[0] for steps in (PERSON, CLOTH, DRESS, AGAIN))
    monkeypatch.setattr(
        "ml.bench.resource.getrusage",
        lambda who: SimpleNamespace(ru_maxrss=500_000 if pipeline.now == warm else 900_000),
    )
    monkeypatch.setattr(TryOnPipeline, "load", lambda device: pipeline)
    return pipeline


def test_medians_leave_the_warm_up_out_and_the_peak_is_of_one_try_on(clockwork):
    photo = np.zeros((8, 6, 3), np.uint8)
    assert bench(clockwork, photo, photo, "upper_body", 3) == {
        "median_seconds_analysed": 6,
        "median_seconds_full": 6,
        "peak_rss_mb": 512,
        "median_seconds_by_stage": dict.fromkeys(STAGES, 3),
    }


def test_the_table(files, clockwork, capsys, monkeypatch):
    monkeypatch.setattr("ml.bench.torch", SimpleNamespace(__version__="9.9", get_num_threads=lambda: 2))
    monkeypatch.setattr("ml.bench.uses_bfloat16", lambda device: True)
    words = ["bench", "--person", str(files / "person.png"), "--cloth", str(files / "shirt.png")]
    assert command_line.main([*words, "--repeat", "3", "--device", "cpu"]) == 0
    assert clockwork.sizes == {(1024, 768, 3)}
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "768 x 1024 px, cpu, 2 threads, torch 9.9, bfloat16; median of 3"
    assert [line.split()[-2:] for line in lines[1:]] == [["6.000", "s"]] * 2 + [["3.000", "s"]] * 5 + [
        ["512", "MB"]
    ]


def test_the_whole_pipeline_is_measured(files, people, make_pose, capsys):
    people[:] = [make_pose(1024, 768)]
    words = ["bench", "--person", str(files / "person.png"), "--cloth", str(files / "shirt.png")]
    assert command_line.main([*words, "--repeat", "2", "--json", "--device", "cpu"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["height"], figures["width"], figures["repeat"]) == (1024, 768, 2)
    assert figures["device"] == "cpu"
    assert list(figures["median_seconds_by_stage"]) == list(STAGES)
    assert figures["peak_rss_mb"] > 50


def test_a_refusal_is_no_measurement(files, people, capsys):
    people.clear()
    words = ["bench", "--person", str(files / "person.png"), "--cloth", str(files / "shirt.png")]
    assert command_line.main([*words, "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("no_person: ")


@pytest.mark.parametrize("count", ["0", "-1", "x"])
def test_nothing_is_not_measured(count):
    with pytest.raises(SystemExit):
        command_line.main(["bench", "--repeat", count])
