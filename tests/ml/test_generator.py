"""The generator: what it may change, what it is given, and that it learns against its discriminator."""

import cv2
import numpy as np
import pytest
import torch

from ml.anatomy import HIPS, waist_line
from ml.generator import (
    CLOTH,
    CONTEXT,
    DEEPEST_SHADE,
    HOLE,
    INPUT_CHANNELS,
    ROUGH,
    Generator,
    Painter,
    Painting,
    generator_input,
)
from ml.labels import LABELS
from ml.layer import GarmentLayer
from ml.morphology import dilate
from ml.painting import frame_of, painted_on, painter_input, without_specks
from ml.training import generator as training
from ml.training.generator_samples import GENERATOR_SIZE, before, paint_sample, roughened, view_of
from ml.training.people import Person
from ml.training.settings import RunSettings
from ml.twins.textures import TextureSource
from tests.ml.stubs import StubPainter

SMALL = {"widths": (8, 8, 8), "depths": (1, 1, 1)}


@pytest.fixture
def features():
    """A frame with a square hole and a smaller square garment in it."""
    random = np.random.default_rng(0)
    photo, cloth = random.integers(0, 256, (2, 64, 64, 3))
    hole, rough = (np.zeros((64, 64), np.float32) for _ in range(2))
    hole[16:48, 16:48], rough[20:40, 20:40] = 1, 1
    joints = np.tile(np.float32([32, 32]), (13, 1))
    return generator_input(photo, hole, cloth, rough, hole, joints, np.ones(13, np.float32))


def as_batch(features):
    return torch.from_numpy(features)[None]


def test_the_network_sees_nothing_of_the_hole_nor_of_cloth_beside_its_outline(features):
    assert features.shape == (INPUT_CHANNELS, 64, 64)
    assert not features[CONTEXT][:, features[HOLE][0] > 0].any()
    assert not features[CLOTH][:, features[ROUGH][0] == 0].any()
    assert -1 <= features.min() <= features.max() <= 1


@torch.no_grad()
def test_a_picture_is_the_photo_outside_the_hole_and_cloth_in_its_light_inside(features):
    batch = as_batch(features)
    shade = torch.full((1, 1, 64, 64), 0.2)
    painting = Painting(torch.zeros(1, 3, 64, 64), torch.full((1, 1, 64, 64), 50.0), shade)
    picture = painting.picture(batch)
    outside = batch[:, HOLE].expand(-1, 3, -1, -1) == 0
    assert torch.equal(picture[outside], batch[:, CONTEXT][outside])
    lit = ((batch[:, CLOTH] + 1) * np.exp(0.2) - 1).clamp(-1, 1)
    torch.testing.assert_close(picture[~outside], lit[~outside])


@torch.no_grad()
def test_light_is_bounded_and_an_untrained_outline_follows_the_rough_one(features):
    torch.manual_seed(0)
    network = Generator(**SMALL).eval()
    painting = network.paint(as_batch(features))
    assert painting.shade.abs().max() <= DEEPEST_SHADE
    rough = as_batch(features)[:, ROUGH] > 0
    assert painting.alpha[rough].mean() > painting.alpha[~rough].mean() + 2


def test_a_perfect_painting_costs_next_to_nothing():
    random = torch.Generator().manual_seed(0)
    features = torch.zeros(1, INPUT_CHANNELS, 16, 16)
    features[:, HOLE] = 1
    worn, light = torch.zeros(2, 1, 1, 16, 16)
    worn[..., :8] = 1
    photo = torch.rand(1, 3, 16, 16, generator=random)
    features[:, CLOTH] = photo
    everywhere = torch.ones(1, 1, 16, 16)
    right = Painting(photo, 40 * (2 * worn - 1), light)
    wrong = Painting(photo, -40 * (2 * worn - 1), light)
    loss = lambda painting: training.reconstruction_loss(  # noqa: E731
        painting, painting.picture(features), features, photo, worn, light, everywhere, everywhere
    )
    assert loss(right) < 0.01
    assert loss(wrong) > 10


def test_what_is_painted_meets_the_photo_at_the_edge_of_the_hole(pose):
    shape = pose.segmentation.shape
    photo = np.full((*shape, 3), (20, 190, 20), np.uint8)
    hole = np.zeros(shape, bool)
    hole[shape[0] // 3 : shape[0] // 2, shape[1] // 3 : 2 * shape[1] // 3] = True
    layer = GarmentLayer(np.zeros((*shape, 3), np.float32), *[hole.astype(np.float32)] * 2)
    frame, guess = frame_of(pose, "upper_body", hole), np.full((*shape, 3), (10, 200, 10), np.float32)
    features = painter_input(photo, pose, hole, layer, frame)
    answer = StubPainter((10, 200, 10), 0.5).paint(features)
    painted = painted_on(photo, pose, hole, answer, frame, guess, layer.alpha)
    assert np.array_equal(painted.inpainted[~hole], photo[~hole])
    assert np.abs(painted.inpainted[hole] - photo[hole]).max() <= 10
    assert not painted.alpha[~hole].any()
    assert painted.alpha[dilate(hole, -6)].min() > 0.99
    assert painted.light[hole] == pytest.approx(0.5, abs=0.01)


def test_a_garment_that_the_photo_cuts_off_goes_on_to_its_edge(pose):
    shape = pose.segmentation.shape
    hole = np.zeros(shape, bool)
    hole[300:, 100:300] = True
    photo, alpha = np.full((*shape, 3), 90, np.uint8), hole.astype(np.float32)
    layer = GarmentLayer(np.zeros((*shape, 3), np.float32), alpha, alpha)
    frame = frame_of(pose, "lower_body", hole)
    answer = StubPainter().paint(painter_input(photo, pose, hole, layer, frame))
    painted = painted_on(photo, pose, hole, answer, frame, np.float32(photo), alpha)
    assert painted.alpha[-1, 110:290].min() == 1


def test_a_strand_of_hair_before_the_garment_is_no_pinhole(pose):
    shape = pose.segmentation.shape
    hole = np.zeros(shape, bool)
    hole[100:300, 100:300] = True
    hole[200:204, 200:204] = False
    photo, alpha = np.full((*shape, 3), 90, np.uint8), hole.astype(np.float32)
    layer = GarmentLayer(np.zeros((*shape, 3), np.float32), alpha, alpha)
    frame = frame_of(pose, "upper_body", hole)
    answer = StubPainter().paint(painter_input(photo, pose, hole, layer, frame))
    painted = painted_on(photo, pose, hole, answer, frame, np.float32(photo), layer.alpha)
    assert painted.alpha[202, 240] == 1
    assert painted.alpha[202, 205] == 1
    assert not painted.alpha[~hole].any()


@pytest.fixture
def shirt(make_pose):
    """What `painted_on` takes for a garment that covers columns 200 to 399 of a photo; the answer agrees."""
    pose = make_pose(1024, 768)
    shape = pose.segmentation.shape
    hole, alpha = np.zeros(shape, bool), np.zeros(shape, np.float32)
    hole[200:700, 100:500], alpha[250:650, 200:400] = True, 1
    photo = np.full((*shape, 3), 90, np.uint8)
    layer = GarmentLayer(np.zeros((*shape, 3), np.float32), alpha, alpha)
    frame = frame_of(pose, "upper_body", hole)
    answer = StubPainter().paint(painter_input(photo, pose, hole, layer, frame))
    return {
        "photo": photo,
        "pose": pose,
        "hole": hole,
        "painted": answer,
        "frame": frame,
        "guess": np.float32(photo),
        "rough": alpha,
    }


def test_an_outline_of_which_the_generator_is_in_two_minds_runs_along_a_line(shirt):
    answer, noise = shirt["painted"], np.random.default_rng(0)
    wavering = cv2.blur(answer.alpha, (5, 5))
    doubtful = (wavering > 0.01) & (wavering < 0.99)
    answer.alpha[doubtful] = noise.random(doubtful.sum())
    inside = painted_on(**shirt).alpha[270:630] > 0.5
    left, right = inside.argmax(axis=1), inside.shape[1] - inside[:, ::-1].argmax(axis=1)
    assert np.abs(left - 200).max() <= 4
    assert np.abs(right - 400).max() <= 4
    assert np.abs(np.diff(left)).max() <= 1
    assert np.abs(np.diff(right)).max() <= 1


@pytest.mark.parametrize(("said", "seen"), [(0.02, False), (0.3, True)])
def test_the_generator_takes_away_only_what_it_is_sure_of(shirt, said, seen):
    place = cv2.erode(shirt["painted"].alpha, np.ones((41, 41)))
    place[len(place) // 2 :] = 0
    assert place.sum() > 400
    shirt["painted"].alpha[place > 0] = said
    back = shirt["frame"].to_photo(place, shirt["hole"].shape) > 0.99
    assert (painted_on(**shirt).alpha[dilate(back, -8)] == seen).all()


def test_a_collar_is_where_the_garment_says(shirt):
    """The generator, which has seen none, would leave the neck bare."""
    collar = np.zeros(shirt["hole"].shape, bool)
    collar[250:300, 250:350] = True
    shirt["painted"].alpha[:] = 0
    assert not (painted_on(**shirt).alpha[collar] > 0.5).any()
    seen = painted_on(**shirt, own=collar).alpha
    assert (seen[dilate(collar, -6)] > 0.99).all()


def test_below_the_hips_a_hem_is_where_the_garment_ends(shirt):
    hips = round(float(shirt["pose"].keypoints[list(HIPS), 1].mean()))
    shirt["rough"][hips:650], shirt["painted"].alpha[:] = 1, 0
    shirt["rough"][hips:, :200] = shirt["rough"][hips:, 400:] = 0
    seen = painted_on(**shirt).alpha > 0.5
    waist = round(float(waist_line(shirt["pose"])[0][1]))
    assert not seen[: waist - 4].any()
    np.testing.assert_array_equal(seen[hips + 4 : 646], shirt["rough"][hips + 4 : 646] > 0.5)


def test_a_lower_garment_ends_where_its_own_outline_does(shirt):
    shirt["painted"].alpha[:] = 0
    seen = painted_on(**shirt, own=np.ones_like(shirt["hole"])).alpha > 0.5
    np.testing.assert_array_equal(seen[255:645], shirt["rough"][255:645] > 0.5)
    assert not seen[:246].any()


def test_the_side_of_a_lower_garment_that_slants_has_no_stairs(shirt):
    """It goes one column aside in twenty rows, and in each row by as much of a pixel."""
    rows, places = np.arange(1024)[:, None], np.arange(768)
    end = 400 - (rows - 250) / 20
    shirt["rough"][250:650] = ((end - places - 0.5) / 2 + 0.5).clip(0, 1)[250:650]
    shirt["rough"][:, :200] = 0
    side = painted_on(**shirt, own=np.ones_like(shirt["hole"])).alpha[260:640, 300:].sum(axis=1) + 300
    np.testing.assert_allclose(side, end[260:640, 0], atol=0.25)


def test_colours_are_those_of_the_guess(pose):
    shape = pose.segmentation.shape
    photo, guess = np.full((*shape, 3), 90, np.uint8), np.full((*shape, 3), 100, np.float32)
    hole = np.zeros(shape, bool)
    hole[100:300, 100:300] = True
    layer = GarmentLayer(guess, *np.zeros((2, *shape), np.float32))
    frame = frame_of(pose, "upper_body", hole)
    features = painter_input(photo, pose, hole, layer, frame)
    answer = StubPainter((10, 200, 10)).paint(features)
    painted = painted_on(photo, pose, hole, answer, frame, guess, layer.alpha)
    np.testing.assert_allclose(painted.inpainted[200, 200], 100, atol=3)


def test_scraps_and_pinholes_go_and_large_parts_and_gaps_stay():
    alpha = np.zeros((200, 200), np.float32)
    alpha[20:160, 20:120], alpha[20:160, 140:180] = 1, 1
    alpha[80:83, 60:63], alpha[100:120, 40:60] = 0.2, 0
    alpha[170:174, 50:54], alpha[169, 50:54] = 0.9, 0.3
    clean = without_specks(alpha)
    assert (clean[80:83, 60:63] == 1).all()
    assert not clean[165:180].any()
    clean[80:83, 60:63], alpha[80:83, 60:63], alpha[165:180] = 0, 0, 0
    np.testing.assert_array_equal(clean, alpha)


def test_the_frame_holds_the_whole_hole(pose):
    shape = pose.segmentation.shape
    hole = np.zeros(shape, bool)
    hole[-5:, :5] = True
    frame = frame_of(pose, "upper_body", hole)
    corners = frame.points_to_network(np.float32([[0, shape[0] - 1]]))
    assert (corners >= 0).all()
    assert (corners <= (191, 255)).all()


def test_the_answer_comes_at_the_size_of_the_frame(features):
    torch.manual_seed(0)
    painted = Painter(Generator(**SMALL), torch.device("cpu")).paint(features)
    assert painted.inpainted.shape == (64, 64, 3)
    assert 0 <= painted.inpainted.min() <= painted.inpainted.max() <= 255
    assert painted.alpha.shape == painted.light.shape == (64, 64)
    assert 0 <= painted.alpha.min() <= painted.alpha.max() <= 1


@pytest.fixture
def person():
    """Someone in a plain red top before a grey wall, arms hanging."""
    labels = np.zeros((400, 300), np.uint8)
    labels[40:380, 110:190] = LABELS.index("skin")
    labels[40:70, 120:180] = LABELS.index("hair")
    labels[120:240, 105:195] = LABELS.index("upper")
    image = np.full((400, 300, 3), 120, np.uint8)
    image[labels == LABELS.index("upper")] = (200, 30, 30)
    image[labels == LABELS.index("skin")] = (210, 170, 150)
    joints = np.float32(
        [[150, 80], [185, 125], [115, 125], [192, 180], [108, 180], [192, 235], [108, 235],
         [170, 240], [130, 240], [165, 310], [135, 310], [165, 370], [135, 370]]
    )  # fmt: skip
    return Person(image, labels, joints, np.ones(13, np.float32), np.uint8(labels > 0) * 255)


@pytest.mark.parametrize("seed", range(12))
def test_an_example_hides_the_garment_and_nothing_in_front(person, seed):
    rng = np.random.default_rng(seed)
    sample = paint_sample(person, TextureSource(), rng, person.image)
    hole, worn = sample.features[HOLE][0] > 0.5, sample.worn > 0.9
    assert worn.mean() > 0.02
    assert hole[worn].all()
    assert not sample.features[ROUGH][0][~hole].any()
    assert np.abs(sample.light).max() <= 0.8
    inside = sample.counted > 0
    assert np.allclose(
        sample.features[CONTEXT][:, ~hole & inside], sample.photo[:, ~hole & inside], atol=1e-5
    )


def test_examples_are_deterministic(person):
    one, other = (
        paint_sample(person, TextureSource(), np.random.default_rng(3), person.image) for _ in range(2)
    )
    assert np.array_equal(one.features, other.features)


def test_without_a_garment_there_is_no_example(person):
    bare = Person(person.image, np.uint8(person.labels == LABELS.index("skin")), *(
        getattr(person, name) for name in ("joints", "visibility", "silhouette")
    ))  # fmt: skip
    assert paint_sample(bare, TextureSource(), np.random.default_rng(0), person.image) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_rough_outline_stays_in_its_room_and_near_the_true_one(person, seed):
    rng = np.random.default_rng(seed)
    view = view_of(person, "upper_body", rng, person.image)
    worn = view.of(LABELS.index("upper"))
    room = ~before(view)
    rough = roughened(worn, room, rng)
    assert rough.shape == GENERATOR_SIZE
    both = (rough > 0.5) & worn
    assert both.sum() > 0.6 * worn.sum()


def test_generator_and_discriminator_learn_on_one_example(person, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "Generator", lambda: Generator(**SMALL))
    monkeypatch.setattr(training, "ALONE", 0.0)
    torch.manual_seed(0)
    samples = [paint_sample(person, TextureSource(), np.random.default_rng(0), person.image)]
    batch = [part[..., :192, 64:256].contiguous() for part in training.batch_of(samples)]
    gan = training.TryOnGan(RunSettings(tmp_path, tmp_path / "out", 60, 0.02), "non_saturating", width=4)
    losses = [gan.step(*batch) for _ in range(16)]
    assert losses[-1][0] < 0.6 * losses[0][0]
    assert losses[-1][1] != losses[0][1]
    gan.save(tmp_path / "out")
    assert (tmp_path / "out" / "generator.safetensors").is_file()
    assert gan.samples(*batch).shape == (5 * 192, 192, 3)
