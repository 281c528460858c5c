"""The textbook translators learn on tiny sets, from files to weights."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ml.datasets import DataLayoutError
from ml.errors import Refusal
from ml.images import read_image, write_image
from ml.training import cyclegan, pix2pix
from ml.training.cyclegan import CycleGan, PicturePool
from ml.training.pictures import as_image, as_tensor, fitted
from ml.training.pix2pix import Pix2Pix
from ml.training.settings import RunSettings
from tests.ml.stubs import StubParser, StubPoseEstimator


@pytest.fixture
def run(tmp_path):
    torch.manual_seed(0)
    return RunSettings(
        data=tmp_path / "data", output=tmp_path / "run", minutes=60, rate=0.04
    )  # 0.002 at the start


@pytest.fixture
def photo():
    blocks = np.random.default_rng(0).integers(60, 230, (16, 12, 3), np.uint8)
    return np.repeat(np.repeat(blocks, 32, 0), 32, 1)


@pytest.fixture
def people_and_garments(run, photo):
    for name in ("people", "garments"):
        (run.data / name).mkdir(parents=True)
        for number in range(2):
            write_image(run.data / name / f"{number}.png", photo[: 200 + number, :150])
    return run


@pytest.fixture
def paired(run, photo, pose, monkeypatch):
    """A VITON-HD folder of one pair, and the pose that the stubbed pipeline finds in it."""
    for name in ("image", "cloth"):
        (run.data / "train" / name).mkdir(parents=True)
        write_image(run.data / "train" / name / "1.png", photo)
    (run.data / "train_pairs.txt").write_text("1.png 1.png\n")
    pipeline = pix2pix.TryOnPipeline("cpu")
    vars(pipeline).update(_pose_estimator=StubPoseEstimator(pose), _parser=StubParser())
    monkeypatch.setattr(pix2pix.TryOnPipeline, "load", lambda: pipeline)
    return pipeline


def test_cyclegan_learns_a_tiny_set(run):
    gan = CycleGan(run, "lsgan", width=4)
    # Plain colours have no variance to normalise by: in bfloat16 their gradients overflow.
    people, garments = (0.2 * torch.randn(1, 3, 64, 64) + mean for mean in (0.5, -0.5))
    losses = [gan.step(people, garments)[0] for _ in range(25)]
    assert np.mean(losses[-3:]) < 0.6 * losses[0]


def test_pix2pix_learns_a_tiny_set(run):
    gan = Pix2Pix(run, "non_saturating", width=4)
    condition, photo = torch.randn(2, 6, 64, 64), torch.full((2, 3, 64, 64), 0.5)
    losses = [gan.step(condition, photo)[0] for _ in range(25)]
    assert np.mean(losses[-3:]) < 0.6 * losses[0]


def test_cyclegan_writes_weights_and_samples_and_resumes(people_and_garments, monkeypatch):
    monkeypatch.setattr(cyclegan, "ResNetGenerator", lambda width: torch.nn.Conv2d(3, 3, 1))
    run = replace(people_and_garments, minutes=0.001)
    path = cyclegan.train(run)
    assert path.is_file()
    assert read_image(run.output / "samples.png").shape == (4 * 256, 2 * 192, 3)
    steps = json.loads((run.output / "generators/facts.json").read_text())["step"]
    resumed = CycleGan(replace(run, minutes=60, resume=True), "lsgan")
    assert resumed.steps == steps > 0


def test_pix2pix_writes_weights_and_hides_the_garment(paired, run, monkeypatch):
    monkeypatch.setattr(pix2pix, "UNetGenerator", lambda *_: torch.nn.Conv2d(6, 3, 1))
    assert pix2pix.train(replace(run, minutes=0.001)).is_file()
    (kept,) = (run.output.parent / "agnostic").glob("*.png")
    hidden = read_image(kept)
    assert (hidden[100, 96] == pix2pix.GREY).all()
    assert not (hidden[5, 5] == pix2pix.GREY).all()


def test_pix2pix_without_a_usable_photo_says_so(paired, run, monkeypatch):
    def refuse(photo):
        raise Refusal("no_person")

    monkeypatch.setattr(paired, "analyse_person", refuse)
    with pytest.raises(DataLayoutError, match="none of the photos"):
        pix2pix.train(run)


def test_pix2pix_needs_pairs(paired, run, photo):
    write_image(run.data / "train/cloth/2.png", photo)
    source = pix2pix.read_pairs(run.data)
    with pytest.raises(DataLayoutError, match="very garments"):
        pix2pix.PairSource([replace(source[0], paired=False)], paired, run.output)


def test_the_pool_gives_back_old_fakes():
    pool = PicturePool(np.random.default_rng(0), size=2)
    first = [pool.exchange(torch.full((1, 1, 1, 1), float(k))).item() for k in range(2)]
    later = [pool.exchange(torch.full((1, 1, 1, 1), float(k))).item() for k in range(2, 30)]
    assert first == [0, 1]
    assert {0.0, 1.0} & set(later)
    assert len(set(later)) == len(later)


def test_pictures_keep_their_shape_and_come_back():
    wide = np.zeros((40, 200, 3), np.uint8)
    wide[:, 100:] = (10, 200, 30)
    frame = fitted(wide)
    assert frame.shape == (256, 192, 3)
    assert (frame[:, 150] == (10, 200, 30)).all()
    assert np.array_equal(as_image(as_tensor([frame])), frame)
