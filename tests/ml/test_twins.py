"""Synthetic twins: deterministic, exact, and shaped like the pictures they stand for."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.layout import BACKGROUND, FRONT, GARMENT
from ml.training.warp_samples import make_sample, mirrored, shifted_cloth
from ml.twins.body import PARTS, pose_body, template
from ml.twins.command import contact_sheet
from ml.twins.drape import body_tube, hang
from ml.twins.pose import ARM_STYLES, PoseSample, solve_elbow
from ml.twins.raster import FAR, rasterise
from ml.twins.scene import INNER, OUTER, Geometry, make_geometry
from ml.twins.store import pack_flow, unpack_flow
from ml.twins.textures import TextureSource, random_texture
from ml.twins.twin import make_twin

CATEGORIES = ("upper_body", "lower_body", "dresses")
SHAPE = {"gender": 0.5, "age": 0.7, "muscle": 0.5, "weight": 0.5, "height": 0.5, "proportions": 0.7}


@pytest.fixture(scope="module", params=CATEGORIES)
def geometry(request: pytest.FixtureRequest) -> Geometry:
    return make_geometry(3, request.param)


def standing() -> PoseSample:
    pose = PoseSample.random(np.random.default_rng(0))
    return dataclasses.replace(
        pose, yaw=0.0, chest_yaw=0.0, lean=(0.0, 0.0), tilt=0.0, arms=("hanging", "hanging"),
        reach=np.full((2, 3), 0.5), thighs=np.zeros((2, 2)), knees=np.zeros(2),
    )  # fmt: skip


def same(a: Geometry, b: Geometry) -> bool:
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name), equal_nan=f.name == "flow")
        for f in dataclasses.fields(a)
    )


def test_a_seed_makes_the_same_twin(geometry: Geometry) -> None:
    assert same(make_geometry(3, geometry.category), geometry)


def test_another_seed_makes_another(geometry: Geometry) -> None:
    assert not same(make_geometry(4, geometry.category), geometry)


def test_an_unknown_category_is_an_error() -> None:
    with pytest.raises(ValueError, match="hats"):
        make_geometry(0, "hats")


def test_flow_is_known_exactly_on_the_garment(geometry: Geometry) -> None:
    assert np.array_equal(np.isfinite(geometry.flow).all(-1), geometry.layout == GARMENT)


def test_flow_leads_into_the_flat_garment(geometry: Geometry) -> None:
    flow = geometry.flow[geometry.layout == GARMENT]
    at = np.clip(flow.round().astype(int), 0, [191, 255])
    shown = geometry.cloth[at[:, 1], at[:, 0]]
    assert (shown != 0).mean() > 0.97


def test_nothing_is_shown_outside_the_photo(geometry: Geometry) -> None:
    assert (geometry.layout[~geometry.inside] == BACKGROUND).all()
    assert (geometry.parts[~geometry.inside] == 0).all()


def test_left_stays_left(geometry: Geometry) -> None:
    columns = np.broadcast_to(np.arange(192), (256, 192))[geometry.layout == GARMENT]
    places = geometry.flow[..., 0][geometry.layout == GARMENT]
    assert np.corrcoef(columns, places)[0, 1] > 0.6


def test_upper_garments_show_the_inside_of_their_back() -> None:
    assert any((make_geometry(seed, "upper_body").cloth == INNER).sum() > 20 for seed in range(5))


def test_arms_in_front_hide_the_garment() -> None:
    geometry = next(
        g for g in (make_geometry(seed, "dresses") for seed in range(40)) if (g.layout == FRONT).sum() > 300
    )
    arms = np.isin(geometry.parts, [PARTS.index(name) for name in ("hand.L", "hand.R")])
    assert arms.any()


def test_body_parts_are_on_their_sides() -> None:
    body = pose_body(SHAPE, standing())
    for left, right in ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12)):
        assert body.joints[left, 0] > 0 > body.joints[right, 0]
    assert body.joints[0, 2] > body.joints[1, 2] > body.joints[7, 2] > body.joints[9, 2] > body.joints[11, 2]


def test_hanging_hands_are_beside_the_hips() -> None:
    body = pose_body(SHAPE, standing())
    hand = template().parts == PARTS.index("hand.L")
    assert body.posed[hand, 0].min() > body.heads["upperleg01.L"][0]
    assert abs(body.posed[hand, 2].mean() - body.heads["upperleg01.L"][2]) < 0.2


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6), st.floats(0.1, 0.5), st.floats(0.1, 0.5))
def test_the_elbow_keeps_the_bones_as_long_as_they_are(
    place: list[float], upper: float, lower: float
) -> None:
    shoulder, wrist = np.zeros(3), np.array(place[:3])
    pole = np.array(place[3:])
    if np.linalg.norm(np.cross(wrist, pole)) < 1e-3:
        return
    elbow = solve_elbow(shoulder, wrist, upper, lower, pole)
    assert np.linalg.norm(elbow) == pytest.approx(upper, abs=1e-3)
    reach = np.clip(np.linalg.norm(wrist), abs(upper - lower) + 1e-3, upper + lower - 1e-3)
    end = wrist / np.linalg.norm(wrist) * reach
    assert np.linalg.norm(elbow - end) == pytest.approx(lower, abs=1e-3)


def test_arm_styles_are_a_distribution() -> None:
    assert sum(ARM_STYLES.values()) == pytest.approx(1)


def test_the_tube_holds_the_trunk() -> None:
    body = pose_body(SHAPE, standing())
    tube = body_tube(body)
    trunk = body.posed[template().parts == PARTS.index("trunk")]
    trunk = trunk[(trunk[:, 2] < tube.z[8]) & (trunk[:, 2] > tube.z[-8])]
    level, local = tube.local(trunk)
    room = tube.radius_at(level, np.arctan2(local[:, 0], -local[:, 1])) - np.hypot(*local.T)
    # Shoulders reach beyond the smoothed outline near its top.
    assert np.quantile(room, 0.01) > -0.03


def test_straight_hanging_cloth_never_narrows() -> None:
    tube = body_tube(pose_body(SHAPE, standing()))
    hanging = hang(tube, 0.01, np.zeros(len(tube.z)))
    assert (np.diff(hanging.radius, axis=0) > -1e-6).all()
    assert (hanging.radius >= tube.radius - 0.01).all()


def draw(depths: tuple[float, float], keep: tuple[float, ...] = (1.0, 1.0, 1.0)) -> np.ndarray:
    """Two triangles over one another: the first at depths[0] with value 1, the other with value 2."""
    triangle = np.array([[1, 1], [17, 1], [1, 17]], np.float32)
    points, faces = np.concatenate([triangle, triangle]), np.arange(6).reshape(2, 3)
    values = np.column_stack([np.array(keep * 2), np.repeat([1.0, 2.0], 3)]).astype(np.float32)
    out, zbuffer = np.zeros((20, 20, 2), np.float32), np.full((20, 20), FAR)
    rasterise(points, np.repeat(depths, 3).astype(np.float32), faces, values, 1, out, zbuffer)
    return out[..., 1]


def test_the_nearest_triangle_wins() -> None:
    assert draw((1, 2))[3, 3] == 1
    assert draw((2, 1))[3, 3] == 2


def test_cut_edges_run_through_faces() -> None:
    cut = draw((1, 2), keep=(1.0, -1.0, 1.0)) > 0
    assert cut[3, 8]
    assert not cut[3, 10]
    assert cut.sum() < (draw((1, 2)) > 0).sum()


def test_a_mirrored_twin_is_a_twin(geometry: Geometry) -> None:
    twice = mirrored(mirrored(geometry))
    assert np.array_equal(twice.parts, geometry.parts)
    assert np.allclose(twice.flow, geometry.flow, atol=1e-3, equal_nan=True)
    assert np.allclose(twice.joints, geometry.joints)
    once = mirrored(geometry)
    assert once.joints[1, 0] == 191 - geometry.joints[2, 0]


def test_moving_the_cloth_moves_the_flow(geometry: Geometry) -> None:
    moved = shifted_cloth(geometry, np.random.default_rng(0))
    flow = moved.flow[moved.layout == GARMENT]
    at = np.clip(flow.round().astype(int), 0, [191, 255])
    assert (moved.cloth[at[:, 1], at[:, 0]] != 0).mean() > 0.95
    assert not np.allclose(moved.flow, geometry.flow, equal_nan=True)


def test_a_sample_answers_where_the_garment_is(geometry: Geometry) -> None:
    sample = make_sample(geometry, TextureSource(), np.random.default_rng(1))
    worn = sample.layout == GARMENT
    assert (sample.flow[~worn] == 0).all()
    assert 0 < sample.flow[worn].mean() < 1
    assert np.isfinite(sample.features).all()


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(-60, 250, width=32), st.just(float("nan"))), min_size=2, max_size=40))
def test_packed_flow_is_exact_to_a_256th(values: list[float]) -> None:
    flow = np.array(values, np.float32)
    back = unpack_flow(pack_flow(flow))
    assert np.array_equal(np.isnan(back), np.isnan(flow))
    assert np.nan_to_num(np.abs(back - flow)).max() <= 1 / 256


def test_a_twin_has_both_pictures() -> None:
    twin = make_twin(5, "upper_body")
    assert twin.cloth.shape == twin.person.shape == (256, 192, 3)
    assert twin.cloth.dtype == twin.person.dtype == np.uint8
    worn = twin.layout == GARMENT
    flow = twin.flow[worn].round().astype(int).clip(0, [191, 255])
    # The worn garment has the colours of the flat one, in another light.
    flat, moved = twin.cloth[flow[:, 1], flow[:, 0]].mean(0), twin.person[worn].mean(0)
    assert np.abs(flat - moved).max() < 70


def test_textures_are_drawn_anew() -> None:
    rng = np.random.default_rng(0)
    a, b = random_texture(rng), random_texture(rng)
    assert a.shape == (256, 192, 3)
    assert not np.array_equal(a, b)


def test_the_sheet_has_a_column_for_each_twin() -> None:
    assert contact_sheet(0, 2).shape == (512, 8 * 192, 3)


def test_outer_and_inner_cloth_only(geometry: Geometry) -> None:
    assert set(np.unique(geometry.cloth)) <= {0, OUTER, INNER}
