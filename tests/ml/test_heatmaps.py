"""Decoding of maps drawn here: peaks, part affinity fields, people who miss joints or cross their limbs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ml.heatmaps import SKELETONS, decode_people, decode_single, find_peaks, limb_scores, match, skeleton_of
from ml.keypoints import BODY_25, LAYOUTS

HEIGHT, WIDTH = 46, 64
SIGMA = 0.9
# A standing person in map pixels, origin at the neck; the right half is the mirror image of the left.
LEFT = {
    "shoulder": (4, 0.5), "elbow": (6, 6), "wrist": (7, 12), "hip": (2.5, 12), "knee": (3, 21),
    "ankle": (3, 29), "eye": (1.5, -5.5), "ear": (3, -5), "big_toe": (4, 33), "small_toe": (6.5, 31.5),
    "heel": (1.5, 32),
}  # fmt: skip
FIGURE = {"neck": (0, 0), "nose": (0, -4), "mid_hip": (0, 12)} | {
    f"{side}_{name}": (sign * x, y)
    for side, sign in (("left", 1), ("right", -1))
    for name, (x, y) in LEFT.items()
}
ENDS = [
    f"{side}_{name}" for side in ("left", "right") for name in ("wrist", "ear", "heel", "small_toe", "ankle")
]


def bump(x, y, height=1.0, sigma=SIGMA):
    columns, rows = np.arange(WIDTH), np.arange(HEIGHT)[:, None]
    return height * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2)).astype(np.float32)


def drawn(skeleton, people):
    """Maps of people given as {joint: (x, y)}: Gaussians, and unit vectors within a pixel of each limb."""
    names = LAYOUTS[skeleton.layout]
    maps = np.zeros((skeleton.channels, HEIGHT, WIDTH), np.float32)
    for joint, name in enumerate(names):
        for person in people:
            if name in person:
                maps[joint] = np.maximum(maps[joint], bump(*person[name], 0.9))
    pixels = np.stack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)), axis=-1)
    for first, second, channel in skeleton.limbs:
        count = np.zeros((HEIGHT, WIDTH))
        field = maps[skeleton.joints + 1 + channel : skeleton.joints + 3 + channel]
        for person in people:
            if names[first] in person and names[second] in person:
                start, end = np.array(person[names[first]]), np.array(person[names[second]])
                length = np.linalg.norm(end - start)
                unit = (end - start) / length
                along = (pixels - start) @ unit
                aside = np.abs((pixels - start) @ np.array([-unit[1], unit[0]]))
                near = (along >= -1) & (along <= length + 1) & (aside <= 1)
                field += near * unit[:, None, None]
                count += near
        field /= np.maximum(count, 1)
    return maps


def standing(x, y=10.0, without=()):
    return {name: (x + dx, y + dy) for name, (dx, dy) in FIGURE.items() if name not in without}


def assert_found(skeleton, maps, people):
    """`people`, in any order, are what is decoded, each joint within a tenth of a pixel."""
    names = LAYOUTS[skeleton.layout]
    decoded = decode_people(maps, skeleton)
    assert len(decoded) == len(people)
    left = list(decoded)
    for person in people:
        chosen = min(left, key=lambda found: abs(found[0][names.index("neck")] - person["neck"]).sum())
        left = [found for found in left if found is not chosen]
        points, confidence = chosen
        assert points.dtype == confidence.dtype == np.float32
        seen = {name for name, sure in zip(names, confidence, strict=True) if sure > 0}
        assert seen == set(person) & set(names)
        for name in seen:
            np.testing.assert_allclose(points[names.index(name)], person[name], atol=0.1)


@given(st.floats(1, WIDTH - 2), st.floats(1, HEIGHT - 2), st.floats(0.3, 1), st.floats(0.8, 2))
def test_a_gaussian_is_found_to_a_thousandth_of_a_pixel(x, y, height, sigma):
    [peak] = find_peaks(bump(x, y, height, sigma))
    np.testing.assert_allclose(peak[:2], (x, y), atol=1e-3)
    nearest = bump(x, y, height, sigma)[round(y), round(x)]
    assert peak[2] == pytest.approx(nearest, abs=0.01)


def test_low_and_flat_maps_have_no_peaks():
    assert find_peaks(bump(20, 20, 0.09)).shape == (0, 3)
    assert find_peaks(np.zeros((HEIGHT, WIDTH), np.float32)).shape == (0, 3)


def test_two_equal_neighbours_are_one_peak_between_them():
    heatmap = np.zeros((5, 6), np.float32)
    heatmap[2, 2:4] = 0.5
    np.testing.assert_allclose(find_peaks(heatmap), [(2.5, 2, 0.5)], atol=1e-6)


def test_peaks_at_the_border_stay_on_the_map():
    heatmap = np.zeros((3, 4), np.float32)
    heatmap[0, 0], heatmap[2, 3] = 1, 0.5
    np.testing.assert_array_equal(find_peaks(heatmap), [(0, 0, 1), (3, 2, 0.5)])


def test_a_field_supports_what_points_its_way():
    field = np.zeros((2, 20, 20), np.float32)
    field[0] = 1
    starts, ends = np.array([(2.0, 5.0), (9.0, 5.0)]), np.array([(9.0, 5.0), (2.0, 15.0), (5.0, 9.0)])
    scores = limb_scores(field, starts, ends)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, [(1, 0, 0.6), (0, 0, 0)], atol=1e-6)


def test_a_gap_in_the_field_is_not_bridged():
    field = np.zeros((2, 20, 40), np.float32)
    field[0, :, :12] = field[0, :, 28:] = 1
    assert limb_scores(field, np.array([(2.0, 5.0)]), np.array([(37.0, 5.0)])).tolist() == [[0]]


def test_no_candidates_no_scores():
    field = np.zeros((2, 20, 20), np.float32)
    assert limb_scores(field, np.zeros((0, 2)), np.zeros((3, 2))).shape == (0, 3)


@given(
    arrays(np.float32, st.tuples(st.integers(0, 5), st.integers(0, 5)), elements=st.floats(-1, 1, width=32))
)
def test_matching_takes_the_best_first_and_each_once(scores):
    pairs = match(scores)
    values = [scores[pair] for pair in pairs]
    assert values == sorted(values, reverse=True)
    assert all(value > 0 for value in values)
    for side in range(2):
        assert len({pair[side] for pair in pairs}) == len(pairs)
    for row, column in zip(*np.nonzero(scores > 0), strict=True):
        rivals = [scores[pair] for pair in pairs if pair[0] == row or pair[1] == column]
        assert max(rivals) >= scores[row, column]


def test_skeletons():
    assert [skeleton_of(78).layout, skeleton_of(57).layout] == ["body_25", "coco_18"]
    with pytest.raises(
        ValueError, match=r"^the network draws 44 maps; OpenPose's draw 78 \(body_25\), 57 \(coco_18\)$"
    ):
        skeleton_of(44)
    for skeleton in SKELETONS:
        channels = sorted(channel for _, _, channel in skeleton.limbs)
        assert channels == list(range(0, 2 * len(skeleton.limbs), 2))


@pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda skeleton: skeleton.layout)
@given(
    st.lists(
        st.tuples(st.floats(-2, 2), st.floats(8, 11.5), st.sets(st.sampled_from(ENDS))),
        min_size=1,
        max_size=3,
    )
)
def test_people_side_by_side(skeleton, places):
    people = [
        # Feet hang on the ankle: without it they are a part of nobody.
        standing(10 + 20 * index + x, y, without | _beyond(without))
        for index, (x, y, without) in enumerate(places)
    ]
    assert_found(skeleton, drawn(skeleton, people), people)


def _beyond(without):
    sides = [name.split("_")[0] for name in without if name.endswith("ankle")]
    return {f"{side}_{name}" for side in sides for name in ("big_toe", "small_toe", "heel")}


def test_nobody_is_found_in_empty_maps():
    for skeleton in SKELETONS:
        assert decode_people(np.zeros((skeleton.channels, HEIGHT, WIDTH), np.float32), skeleton) == []


def test_the_surest_person_comes_first():
    skeleton = skeleton_of(78)
    people = [standing(12, without=ENDS), standing(42)]
    decoded = decode_people(drawn(skeleton, people), skeleton)
    # Without ankles the big toes hang on nothing.
    assert [int((confidence > 0).sum()) for _, confidence in decoded] == [25, 25 - len(ENDS) - 2]
    np.testing.assert_allclose(decoded[0][0][1], (42, 10), atol=0.1)


def test_a_wrist_without_elbow_belongs_to_nobody():
    skeleton = skeleton_of(78)
    whole = standing(30)
    maps = drawn(skeleton, [{name: place for name, place in whole.items() if name != "left_elbow"}])
    expected = {name: place for name, place in whole.items() if name not in ("left_elbow", "left_wrist")}
    assert_found(skeleton, maps, [expected])


def test_eyes_and_ears_without_nose_hang_on_the_shoulders():
    for skeleton in SKELETONS:
        person = standing(30, without=("nose",))
        assert_found(skeleton, drawn(skeleton, [person]), [person])


def test_arms_that_cross_stay_with_their_owners():
    for skeleton in SKELETONS:
        first, second = standing(18), standing(38)
        first["left_wrist"], second["right_wrist"] = (33.0, 13.0), (24.0, 19.0)
        assert_found(skeleton, drawn(skeleton, [first, second]), [first, second])


def test_a_single_persons_joints_move_towards_the_higher_neighbour():
    heatmaps = np.zeros((4, 8, 6), np.float32)
    heatmaps[0, 3, 2:4] = (0.9, 0.4)  # right neighbour higher, above and below equal
    heatmaps[1, 3, 2], heatmaps[1, 2, 2], heatmaps[1, 3, 1] = 0.8, 0.3, 0.2  # above, left
    heatmaps[2, 0, 5] = 0.7  # a corner
    heatmaps[3, 7, 2], heatmaps[3, 7, 3], heatmaps[3, 6, 2] = 0.6, 0.1, 0.5  # lower border, right
    points, confidence = decode_single(heatmaps)
    assert points.dtype == confidence.dtype == np.float32
    np.testing.assert_array_equal(points, [(2.25, 3), (1.75, 2.75), (5, 0), (2.25, 7)])
    np.testing.assert_array_equal(confidence, np.float32([0.9, 0.8, 0.7, 0.6]))


@given(st.floats(1, WIDTH - 2), st.floats(1, HEIGHT - 2))
def test_a_single_persons_joint_is_at_most_a_quarter_off(x, y):
    points, _ = decode_single(bump(x, y, sigma=2)[None])
    np.testing.assert_allclose(points[0], (x, y), atol=0.2501)


def test_body_25_order_of_the_result():
    skeleton = skeleton_of(78)
    [(points, confidence)] = decode_people(drawn(skeleton, [standing(30)]), skeleton)
    assert points.shape == (25, 2)
    assert confidence.shape == (25,)
    np.testing.assert_allclose(points[BODY_25.index("left_wrist")], (37, 22), atol=0.1)
