"""The person frame: there and back, the same for every resolution, and never a cropped person."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from ml.crops import FILL, NETWORK_SIZE, PersonFrame, garment_box, joint_heatmaps, person_box

COORDINATE = st.floats(0, 2000)
BOXES = st.tuples(COORDINATE, COORDINATE, st.floats(8, 2000), st.floats(8, 2000)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
SIZES = st.sampled_from([(256, 192), (384, 288), (128, 96), (512, 384)])
NOBODY = np.zeros((13, 2), np.float32), np.zeros(13, np.float32)


@given(BOXES, SIZES, st.tuples(COORDINATE, COORDINATE))
def test_points_come_back_from_the_network(box, size, point):
    frame = PersonFrame.around(box)
    returned = frame.points_to_photo(frame.points_to_network(np.array(point), size), size)
    assert_allclose(returned, point, atol=0.02)


@given(BOXES, SIZES)
def test_the_whole_box_lies_inside_the_frame(box, size):
    corners = PersonFrame.around(box).points_to_network(np.array([box[:2], box[2:]]), size)
    assert (corners >= 0).all()
    assert (corners <= (size[1] - 1, size[0] - 1)).all()


@given(BOXES)
def test_the_frame_is_upright_and_keeps_proportions(box):
    matrix = PersonFrame.around(box).matrix
    assert matrix[0, 0] == matrix[1, 1] > 0
    assert matrix[0, 1] == matrix[1, 0] == 0


@given(BOXES, st.tuples(COORDINATE, COORDINATE))
def test_pixel_areas_agree_between_resolutions(box, point):
    frame = PersonFrame.around(box)
    small, large = (frame.points_to_network(np.array(point), size) for size in ((256, 192), (512, 384)))
    assert_allclose((large + 0.5) / 2, small + 0.5, atol=1e-2)


def test_only_frames_of_the_same_shape_are_given():
    with pytest.raises(ValueError, match="shape"):
        PersonFrame.around((0, 0, 10, 10)).matrix_for((256, 256))


def test_a_smooth_picture_survives_the_round_trip():
    rows, columns = np.mgrid[0:300, 0:200]
    photo = np.uint8(60 + rows // 3 + columns // 4)
    frame = PersonFrame.around((40, 60, 160, 240))
    returned = frame.to_photo(frame.to_network(photo, (512, 384)), photo.shape)
    middle = (slice(60, 240), slice(40, 160))
    assert np.abs(returned[middle].astype(int) - photo[middle]).max() <= 2


def test_large_photos_are_shrunk_without_shift():
    photo = np.zeros((2000, 1500), np.uint8)
    photo[900:1100, 700:800] = 255
    frame = PersonFrame.around((0, 0, 1499, 1999))
    rows, columns = np.nonzero(frame.to_network(photo) > 127)
    centre = frame.points_to_photo(np.array([columns.mean(), rows.mean()]))
    assert_allclose(centre, (749.5, 999.5), atol=1.0)


def test_beyond_the_photo_is_grey():
    cut = PersonFrame.around((-50, -50, 50, 50)).to_network(np.full((100, 100, 3), 255, np.uint8))
    assert cut.shape == (*NETWORK_SIZE, 3)
    assert (cut[0, 0] == FILL).all()


def test_nine_channels_come_back_as_nine():
    maps = np.random.default_rng(0).random((256, 192, 9), np.float32)
    frame = PersonFrame.around((0, 0, 90, 120))
    returned = frame.to_photo(maps, (120, 90))
    assert returned.shape == (120, 90, 9)
    assert (returned[..., 4] == frame.to_photo(maps[..., 4], (120, 90))).all()


def test_the_box_holds_silhouette_and_visible_joints_and_no_specks():
    silhouette = np.zeros((200, 300), np.float32)
    silhouette[50:150, 100:180] = 1
    silhouette[5, 290] = 1
    joints, visibility = np.zeros((13, 2), np.float32), np.zeros(13, np.float32)
    joints[3], visibility[3] = (220, 100), 0.9
    joints[4], visibility[4] = (299, 199), 0.1
    assert person_box(joints, visibility, silhouette) == (100, 50, 220, 149)


STANDING = np.array(
    [[50, 20], [60, 40], [40, 40], [65, 60], [35, 60], [66, 80], [34, 80], [57, 80], [43, 80],
     [57, 120], [43, 120], [57, 160], [43, 160]], np.float32
)  # fmt: skip
TORSO = 40
WHOLE = (30.0, 10.0, 70.0, 165.0)


@pytest.mark.parametrize(
    ("category", "top", "bottom"),
    [
        ("upper_body", 40 - 0.6 * TORSO, 80 + 0.85 * TORSO),
        ("lower_body", 40, 165),
        ("dresses", 40 - 0.6 * TORSO, 165),
    ],
)
def test_a_garment_is_seen_without_what_it_never_covers(category, top, bottom):
    assert garment_box(WHOLE, STANDING, category) == pytest.approx((30, top, 70, bottom))


def test_raised_arms_stay_in_the_frame_of_a_top():
    joints = STANDING.copy()
    joints[5, 1] = 12
    assert garment_box(WHOLE, joints, "upper_body")[1] == 10


@given(
    BOXES,
    arrays(np.float32, (13, 2), elements=st.floats(-4000, 4000, width=32)),
    st.sampled_from(["upper_body", "lower_body", "dresses"]),
)
def test_a_garments_box_is_part_of_the_persons(box, joints, category):
    left, top, right, bottom = garment_box(box, joints, category)
    assert (left, right) == (box[0], box[2])
    assert box[1] <= top <= bottom <= box[3]


def test_nobody_has_no_frame():
    with pytest.raises(ValueError, match="neither"):
        PersonFrame.of_person(*NOBODY, np.zeros((64, 48), np.float32))


def test_the_same_person_gets_the_same_frame():
    silhouette = np.zeros((64, 48), np.float32)
    silhouette[10:50, 10:30] = 1
    first, second = (PersonFrame.of_person(*NOBODY, silhouette) for _ in range(2))
    assert (first.matrix == second.matrix).all()


def test_heatmaps_peak_at_the_joints_with_their_visibility():
    joints = np.array([[10, 20], [90, 120]], np.float32)
    maps = joint_heatmaps(joints, np.array([1, 0.5], np.float32), (128, 96))
    assert maps.shape == (2, 128, 96)
    assert maps.dtype == np.float32
    assert maps[0].max() == maps[0, 20, 10] == 1
    assert maps[1].max() == maps[1, 120, 90] == 0.5


def test_what_lies_beyond_the_photo_goes_on_from_within():
    photo = np.random.default_rng(0).uniform(1, 2, (200, 400)).astype(np.float32)
    frame = PersonFrame.around((100, 50, 180, 199))
    inside = frame.to_network(np.ones_like(photo), (512, 384), fill=0) == 1
    continued = frame.continued(np.where(inside, 7, 0), photo.shape)
    assert not inside.all()
    assert (continued == 7).all()


@given(BOXES, SIZES)
def test_a_frame_within_the_photo_has_nothing_to_continue(box, size):
    frame = PersonFrame.around(box)
    # Moved and as large as the photo is, the whole frame lies within it.
    frame = PersonFrame(np.array([[frame.matrix[0, 0], 0, 0], [0, frame.matrix[0, 0], 0]]))
    photo = int(256 / frame.matrix[0, 0]) + 2, int(192 / frame.matrix[0, 0]) + 2
    values = np.arange(size[0] * size[1]).reshape(size)
    np.testing.assert_array_equal(frame.continued(values, photo)[2:-2, 2:-2], values[2:-2, 2:-2])
