"""Fine-tuning on a store's garments, with a small network, four twins and drawn garments."""

import errno
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import Refusal
from ml.images import read_image
from ml.layout import GARMENT, LAYOUT
from ml.pipeline import TryOnPipeline
from ml.training import finetune as finetuning
from ml.training.finetune import Plan, StoppedError, finetune, make_twins
from ml.training.store_batches import Batches, worn_in
from ml.training.store_set import (
    LEAST_GARMENTS,
    Fabric,
    StoreSet,
    WornPair,
    all_worn_pairs,
    fabric_of,
    held_out,
    mirrored,
    moved,
    require_enough,
)
from ml.training.warp_samples import make_sample
from ml.twins.scene import make_geometry
from ml.twins.textures import TextureSource
from ml.warpnet import WarpNet, Widths

SMALL = Widths(fine=8, middle=8, coarse=16, matched=8, decoder=8, layers=1, heads=2)
PLAN = Plan(steps=6, seed=3, batch=2, checkpoint_steps=2, progress_seconds=0, widths=SMALL)


class Diary:
    """A listener that writes down what it hears and stops the run after `stop` steps."""

    def __init__(self, stop=None):
        self.stop, self.steps, self.checkpoints, self.samples, self.losses = stop, [], [], 0, []
        self.left = []

    def on_progress(self, step, steps, losses, eta):
        assert steps == 6
        assert eta >= 0
        self.left.append(eta)
        self.steps.append(step)
        self.losses.append(losses)
        return step != self.stop

    def on_checkpoint(self, data):
        self.checkpoints.append(data)

    def on_sample(self, candidate):
        self.samples += 1


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    return make_twins(tmp_path_factory.mktemp("twins"), 4)


@pytest.fixture(scope="module")
def base():
    torch.manual_seed(0)
    return WarpNet(SMALL).state_dict()


def fabric(number, category="upper_body"):
    colour = np.random.default_rng(number).integers(0, 255, 3)
    return Fabric(f"garment-{number}", category, np.full((256, 192, 3), colour, np.uint8))


def pair(number):
    geometry = make_geometry(number, "upper_body")
    sample = make_sample(geometry, TextureSource(), np.random.default_rng(number))
    return WornPair(f"photo-{number}", "upper_body", sample, np.zeros((256, 192, 3), np.uint8))


@pytest.fixture(scope="module")
def learnt():
    return StoreSet([fabric(number) for number in range(4)], [pair(1)])


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_a_run_has_its_steps_tells_of_each_and_changes_the_weights(twins, base, learnt):
    diary = Diary()
    state = finetune(PLAN, learnt, twins, base, diary)
    assert diary.steps == [1, 2, 3, 4, 5, 6]
    assert len(diary.checkpoints) == 3
    assert diary.samples == 1
    assert set(diary.losses[0]) == {"place", "differences", "layout"}
    assert not same(state, base)


@pytest.mark.parametrize("stop", [1, 4, 5])
def test_a_stopped_run_that_is_resumed_gives_the_same_weights_after_the_same_steps(twins, base, learnt, stop):
    whole = finetune(PLAN, learnt, twins, base, Diary())
    first, second = Diary(stop), Diary()
    with pytest.raises(StoppedError):
        finetune(PLAN, learnt, twins, base, first)
    state = finetune(PLAN, learnt, twins, base, second, first.checkpoints[-1])
    assert first.steps + second.steps == [1, 2, 3, 4, 5, 6]
    assert same(state, whole)


def test_what_follows_the_last_step_is_in_the_time_that_is_left(twins, base, learnt, monkeypatch):
    asked = []
    monkeypatch.setattr(
        finetuning, "restraint_seconds", lambda *arguments: asked.append(arguments[2]) or 30.0
    )
    diary = Diary()
    finetune(PLAN, learnt, twins, base, diary)
    assert asked == [1]
    assert all(left > 30 for left in diary.left[:-1])
    assert diary.left[-1] == 30


def test_a_run_by_minutes_counts_the_time_before_an_interruption(twins, base, learnt):
    plan = replace(PLAN, steps=None, minutes=0.002)

    class Once(Diary):
        def on_progress(self, step, steps, losses, eta):
            self.steps.append(step)
            return True

    diary = Once()
    finetune(plan, learnt, twins, base, diary)
    assert diary.steps == list(range(1, len(diary.steps) + 1)) != []
    again = Once()
    finetune(plan, learnt, twins, base, again, diary.checkpoints[-1])
    assert again.steps == []


def test_a_batch_depends_on_seed_and_number_alone(twins, learnt):
    batches = Batches(2, 3, learnt, twins)
    one, other = batches(5), Batches(2, 3, learnt, twins)(5)
    assert one.worn == other.worn == 1
    assert all(torch.equal(a, b) for a, b in zip(one.tensors, other.tensors, strict=True))
    assert not torch.equal(one.tensors[0], batches(6).tensors[0])
    assert not torch.equal(one.tensors[0], Batches(2, 4, learnt, twins)(5).tensors[0])


def test_a_batch_begins_with_worn_garments_and_leaves_out_the_twins_to_check_by(twins, learnt, monkeypatch):
    asked = Counter()
    monkeypatch.setattr(type(twins), "__getitem__", lambda self, i: asked.update([i]) or geometry)
    geometry = make_geometry(7, "upper_body")
    many = replace(learnt, worn=[*learnt.worn] * 32)
    batches = Batches(6, 3, many, twins, checked=2)
    assert [batches(number).worn for number in range(8)] == [3] * 8
    assert set(asked) == {0, 1}
    assert sum(asked.values()) == 24
    asked.clear()
    (check,) = batches.checks()
    assert asked == {2: 1, 3: 1}
    assert len(check[0]) == 2
    assert Batches(6, 3, replace(learnt, worn=[]), twins)(0).worn == 0


@pytest.mark.parametrize(
    ("pairs", "worn"), [(0, 0), (1, 1), (3, 1), (8, 2), (16, 4), (31, 8), (32, 8), (400, 8)]
)
def test_few_worn_garments_fill_little_of_a_batch(pairs, worn):
    assert worn_in(16, pairs) == worn


def test_a_batch_of_one_shows_a_worn_garment():
    assert worn_in(1, 3) == 1


def test_photos_alone_are_enough_if_they_show_as_many_garments():
    kinds = ["upper_body"] * (LEAST_GARMENTS - 1) + ["dresses"]
    pairs = [replace(pair(1), identifier=str(n), category=kind) for n, kind in enumerate(kinds)]
    StoreSet([], pairs).require_enough()
    for few in (pairs[:-1], [*pairs[:-1], replace(pairs[0], category="upper_body")]):
        with pytest.raises(Refusal, match="training_set_too_small"):
            StoreSet([], few).require_enough()


def test_the_statistics_of_the_base_stay(twins, base, learnt):
    state = finetune(PLAN, learnt, twins, base, Diary())
    kept = [name for name in base if name.endswith(("running_mean", "running_var", "num_batches_tracked"))]
    assert len(kept) > 20
    assert all(torch.equal(state[name], base[name]) for name in kept)


def test_the_answers_of_the_base_hold_the_twins(twins, base, learnt, monkeypatch):
    monkeypatch.setattr(finetuning, "restrained", lambda base, tuned, *_: tuned)
    features = Batches(4, 0, replace(learnt, worn=[]), twins)(0).tensors[0]

    def drift(weight):
        monkeypatch.setattr(finetuning, "KEPT_WEIGHT", weight)
        network = WarpNet(SMALL).eval()
        flows = []
        for state in (base, finetune(replace(PLAN, rate=1e-3), learnt, twins, base, Diary())):
            network.load_state_dict(state)
            flows.append(network(features)[0])
        return (flows[1] - flows[0]).abs().mean().item()

    assert 0 < drift(30.0) < 0.7 * drift(0.0)


@given(st.integers(0, 2**32 - 1))
def test_a_garment_that_is_moved_in_its_frame_takes_the_way_along(seed):
    """Where the garment shows a colour before, it shows it at the end of the new way."""
    y, x = np.mgrid[:256, :192]
    image = np.stack([x, y, np.zeros_like(x)], axis=2).clip(0, 255).astype(np.uint8)
    sample = pair(1).sample
    sample = replace(sample, cloth=replace(sample.cloth, image=image))
    found = moved(sample, np.random.default_rng(seed))
    worn = (sample.layout == GARMENT) & found.cloth.mask.any()
    before, after = (each.flow[worn] * (192, 256) - 0.5 for each in (sample, found))
    at = after.round().astype(int)
    inside = ((at >= 2) & (at < (190, 254))).all(1)
    colours = found.cloth.image[at[inside, 1], at[inside, 0], :2].astype(int)
    assert inside.mean() > 0.5
    assert np.abs(colours - before[inside]).max() <= 3
    assert (found.flow[~worn] == 0).all()


def test_numbers_that_are_none_stop_the_run_before_a_checkpoint(twins, base, learnt):
    diary = Diary()
    with pytest.raises(Refusal) as refused:
        finetune(replace(PLAN, rate=1e30, checkpoint_steps=100), learnt, twins, base, diary)
    assert refused.value.code == "training_diverged"
    assert diary.checkpoints == []


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x10" + b"\0" * 40])
def test_a_damaged_checkpoint_is_refused(twins, base, learnt, data):
    with pytest.raises(Refusal, match="checkpoint_damaged"):
        finetune(PLAN, learnt, twins, base, Diary(), data or b"\0")


def test_a_checkpoint_of_another_network_is_refused(twins, base, learnt):
    diary = Diary()
    finetune(PLAN, learnt, twins, base, diary)
    other = replace(PLAN, widths=replace(SMALL, decoder=16))
    with pytest.raises(Refusal, match="checkpoint_damaged"):
        finetune(other, learnt, twins, WarpNet(other.widths).state_dict(), Diary(), diary.checkpoints[-1])


def test_a_full_disk_is_named(twins, base, learnt):
    class Full(Diary):
        def on_checkpoint(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Refusal, match="disk_full"):
        finetune(PLAN, learnt, twins, base, Full())


@pytest.mark.parametrize("length", [{}, {"steps": 3, "minutes": 1.0}, {"steps": 0}, {"minutes": -1.0}])
def test_a_plan_has_one_length(length):
    with pytest.raises(ValueError, match="a plan"):
        Plan(**length)


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({"upper_body": 3}, "training_set_too_small"),
        ({"upper_body": LEAST_GARMENTS - 2, "dresses": 1}, "training_set_too_small"),
        ({"upper_body": 500}, "training_set_one_class"),
        ({"upper_body": 500, "dresses": 0}, "training_set_one_class"),
        ({}, "training_set_too_small"),
    ],
)
def test_too_little_to_learn_from_is_refused(counts, code):
    with pytest.raises(Refusal, match=code) as refused:
        require_enough(Counter(counts))
    assert "least" in refused.value.message or "fewer than 12" in refused.value.message


def test_enough_is_enough():
    require_enough(Counter(upper_body=LEAST_GARMENTS - 1, dresses=1))


@given(st.lists(st.uuids(), min_size=200, max_size=300, unique=True))
def test_a_third_is_held_out_and_always_the_same(identifiers):
    names = [str(identifier) for identifier in identifiers]
    everything = StoreSet([fabric(0).__class__(name, "dresses", np.zeros(0)) for name in names])
    learnt, kept = everything.split()
    assert [f.identifier for f in kept.fabrics] == [name for name in names if held_out(name)]
    assert len(learnt.fabrics) + len(kept.fabrics) == len(names)
    assert 0.15 < len(kept.fabrics) / len(names) < 0.55


def test_a_mirrored_sample_is_itself_after_two_mirrors():
    sample = pair(2).sample
    once, twice = mirrored(sample), mirrored(mirrored(sample))
    assert np.allclose(twice.flow, sample.flow, atol=1e-6)
    assert np.array_equal(twice.layout, sample.layout)
    assert np.array_equal(twice.cloth.image, sample.cloth.image)
    assert np.allclose(twice.person.joints, sample.person.joints, atol=1e-3)
    worn = sample.layout == GARMENT
    assert np.allclose(once.flow[:, ::-1][worn], sample.flow[worn] * (-1, 1) + (1, 0), atol=1e-6)


def test_a_fabric_is_the_garments_own_colours_everywhere(people, files):
    cloth = TryOnPipeline.load().analyse_cloth(read_image(files / "shirt.png"), "upper_body")
    found = fabric_of("shirt", cloth)
    assert found.texture.shape == (256, 192, 3)
    assert np.abs(found.texture.astype(int) - (30, 90, 200)).max() <= 2


def test_what_a_drawn_person_wears_becomes_a_pair_with_a_way_back(people, files):
    pipeline = TryOnPipeline.load()
    photo = read_image(files / "person.png")
    ((name, pairs),) = all_worn_pairs([("photo", photo)], pipeline.analyse_person)
    assert name == "photo"
    (found,) = [each for each in pairs if each.category == "upper_body"]
    worn = found.sample.layout == GARMENT
    assert worn.mean() > 0.02
    assert set(np.unique(found.sample.layout)) <= set(range(len(LAYOUT)))
    inside = found.sample.flow[worn]
    assert ((inside > -0.05) & (inside < 1.05)).all()
    # Where the garment came from, its flat picture shows the photo's own colours.
    at = (inside * (192, 256) - 0.5).round().astype(int).clip(0, (191, 255))
    difference = np.abs(found.sample.cloth.image[at[:, 1], at[:, 0]].astype(int) - found.photo[worn])
    assert np.median(difference) < 12


def test_a_photo_that_is_refused_teaches_nothing():
    def refuse(image):
        raise Refusal("no_person")

    assert list(all_worn_pairs([("a", np.zeros((9, 9, 3), np.uint8))], refuse)) == [("a", [])]
