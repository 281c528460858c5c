"""Kinds and corners of garments: what the network says, and how it learns to."""

import cv2
import numpy as np
import pytest
import torch

from ml.cloth import fit_square
from ml.features import CATEGORIES
from ml.garmentnet import GarmentNet, GarmentReader, category_probabilities, peaks, to_photo
from ml.images import write_image
from ml.landmarks import LANDMARKS, MIRRORED
from ml.reading import KIND_NAMES, KINDS
from ml.training.flatlays import Flatlays, Placement
from ml.training.garment import chances, encoded, garment_loss, place_loss, views
from ml.training.garment_samples import UNKNOWN, GarmentSamples, garment_photos
from ml.training.loop import Trainee
from ml.twins.store import write_twins
from ml.twins.textures import TextureSource


@pytest.fixture(scope="module")
def reader():
    torch.manual_seed(0)
    return GarmentReader(GarmentNet(), torch.device("cpu"))


@pytest.fixture
def picture():
    image = np.full((240, 180, 3), 250, np.uint8)
    cv2.fillPoly(image, [np.array([(60, 40), (120, 30), (150, 120), (110, 210), (50, 200)])], (40, 90, 160))
    return image


def test_a_reading_is_about_the_photo(reader, picture):
    reading = reader.read(picture, (picture < 200).any(2))
    assert reading.kinds.sum() == pytest.approx(1, abs=1e-4)
    assert reading.kind in KINDS
    assert tuple(reading.categories) == CATEGORIES
    assert sum(reading.categories.values()) == pytest.approx(1, abs=1e-4)
    assert reading.landmarks.shape == (len(LANDMARKS), 2)
    assert ((reading.visibility >= 0) & (reading.visibility <= 1)).all()


def test_a_mirrored_picture_has_mirrored_corners(reader, picture):
    mask = (picture < 200).any(2)
    straight = reader.read(picture, mask)
    mirrored = reader.read(np.ascontiguousarray(picture[:, ::-1]), np.ascontiguousarray(mask[:, ::-1]))
    back = mirrored.landmarks[list(MIRRORED)] * (-1, 1) + (picture.shape[1] - 1, 0)
    # An untrained network sees the middle ones at two mirrored places, equally likely.
    assert np.abs(back - straight.landmarks)[2:].max() < 0.6
    assert mirrored.visibility[list(MIRRORED)] == pytest.approx(straight.visibility, abs=0.02)
    assert mirrored.kinds == pytest.approx(straight.kinds, abs=0.02)


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (1024, 768), (90, 200)])
def test_places_in_the_square_come_back_to_the_photo(size):
    photo, (x, y) = np.zeros((*size, 3), np.uint8), (size[1] * 3 // 4, size[0] // 3)
    radius = max(size) // 40
    cv2.circle(photo, (x, y), radius, (255, 255, 255), -1)
    square = fit_square(photo)[..., 0].astype(float)
    rows, columns = np.mgrid[:256, :256]
    middle = np.array([(columns * square).sum(), (rows * square).sum()]) / square.sum()
    assert to_photo(middle[None], size)[0] == pytest.approx((x, y), abs=0.6 * max(size) / 256)


def test_a_category_is_as_likely_as_its_kinds_together():
    logits = torch.zeros(1, len(KINDS))
    logits[0, KIND_NAMES.index("dress")] = 20
    assert category_probabilities(logits)[0].tolist() == pytest.approx([0, 0, 1], abs=1e-6)
    assert category_probabilities(torch.zeros(1, 8))[0].tolist() == pytest.approx([4 / 8, 3 / 8, 1 / 8])


def test_a_peak_lies_between_cells():
    heat = np.zeros((1, 32, 32), np.float32)
    heat[0, 10, 20], heat[0, 10, 21], heat[0, 30, 2] = 0.5, 0.5, 0.1
    assert peaks(heat)[0].tolist() == [20.5, 10]


def test_the_place_loss_is_least_at_the_place():
    at = torch.tensor([[7.0, 20.0]])
    heat = lambda x, y: -((torch.arange(32)[:, None] - y) ** 2 + (torch.arange(32)[None] - x) ** 2) / 2.0  # noqa: E731
    right, wrong = (place_loss(heat(x, 20)[None], at) for x in (7, 9))
    assert right < wrong


def test_points_go_where_their_pixels_go():
    marks = np.array([(60.0, 60.0), (120.0, 90.0), (90.0, 190.0)])
    mask = np.zeros((256, 192), bool)
    mask[40:220, 40:150] = True
    for seed in range(6):
        placement = Placement.random(mask, np.random.default_rng(seed))
        for mark, place in zip(marks, placement.points(marks), strict=True):
            dot = np.zeros((256, 192, 3), np.uint8)
            cv2.circle(dot, tuple(mark.astype(int).tolist()), 3, (255, 255, 255), -1)
            shown, _ = placement.pictures(dot, np.stack([mask, mask], 2))
            if shown.max() < 200 or not (place.min() > 20 and place.max() < 235):
                continue
            weights = shown[..., 0].astype(float)
            rows, columns = np.mgrid[:256, :256]
            middle = np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum()
            assert place == pytest.approx(middle, abs=1.0)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for kind in KINDS:
        (tmp_path / "garments" / kind).mkdir(parents=True)
        for number in range(2 if kind == "skirt" else 1):
            write_image(
                tmp_path / "garments" / kind / f"{number}.jpg", rng.integers(0, 255, (90, 70, 3), np.uint8)
            )
    return tmp_path / "garments"


def test_every_tenth_photo_of_a_kind_is_held_out(folder):
    held, learned = (garment_photos(folder, flag) for flag in (True, False))
    assert [path.parent.name for path in held] == list(KINDS)
    assert [(path.parent.name, path.name) for path in learned] == [("skirt", "1.jpg")]
    (folder / "dress" / "0.jpg").unlink()
    with pytest.raises(FileNotFoundError, match="dress"):
        garment_photos(folder, held_out=True)


@pytest.fixture
def learned(folder, tmp_path):
    photos = garment_photos(folder, held_out=True)
    masks = []
    for number, _ in enumerate(photos):
        masks.append(tmp_path / f"mask{number}.png")
        write_image(masks[-1], np.pad(np.ones((128, 128), bool), 64))
    scenes = Flatlays(write_twins(tmp_path / "twins", 2, 0), [], photos, TextureSource(None))
    samples = GarmentSamples(photos, masks, scenes)
    torch.manual_seed(0)
    network = GarmentNet()
    return network, encoded(network, views(samples, 8, seed=0), torch.device("cpu"))


def test_views_are_photos_and_twins_in_turn(learned):
    _, batch = learned
    assert sorted(batch.kinds[::2].tolist()) == list(range(8))
    assert batch.kinds[1::2].tolist() == [UNKNOWN] * 8
    assert batch.eighth.shape == (16, 40, 32, 32)
    assert batch.sixteenth.shape == (16, 112, 16, 16)
    assert batch.masks.shape == (16, 1, 16, 16)
    assert (batch.seen[::2] == UNKNOWN).all()
    assert (batch.seen[1::2] >= 0).all()
    share = chances(batch.kinds)
    assert share[::2].sum() == pytest.approx(1)
    assert share[1::2].sum() == pytest.approx(1)


def test_rare_kinds_are_learned_from_more_often():
    share = chances(torch.tensor([0, 0, 0, 0, 1, UNKNOWN]))
    assert share[4] == pytest.approx(2 * float(share[0]))


def test_answers_come_from_stored_features(learned):
    network, batch = learned
    one = batch.at(slice(0, 1)).to(torch.device("cpu"))
    network.eval()
    with torch.inference_mode():
        kinds, places, seen = network.answers(*one[:3])
    assert kinds.shape == (1, 8)
    assert places.shape == (1, len(LANDMARKS), 32, 32)
    assert seen.shape == (1, len(LANDMARKS))


def test_the_loss_falls(learned):
    network, batch = learned
    network.stem.requires_grad_(False)
    trainee = Trainee(network, minutes=60, peak_rate=0.02)
    truth, losses = batch.to(torch.device("cpu")), []
    network.train()
    for _ in range(8):
        loss = garment_loss(network.answers(*truth[:3]), truth)
        trainee.descend(loss)
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
