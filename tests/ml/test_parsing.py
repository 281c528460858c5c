"""The parser: its labels, shapes and ranges, what the training sees, and that training learns."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.crops import PersonFrame
from ml.evaluation_parser import confusion, intersection_over_union, stored_pose
from ml.labels import LABELS, PARSER_SIZE
from ml.parsing import Parser, ParsingNet, mirrored, one_or_two_garments, parser_input, photo_labels
from ml.training.augmentation import plain_sample, sample
from ml.training.loop import Clock, Trainee, learning_rate, prefetched, shuffled
from ml.training.parser import parsing_loss
from ml.training.people import CLASS_NAMES, IGNORED, NOT_LEARNT, Person, holdout_numbers, label_table
from ml.training.settings import RunSettings
from ml.weights import save_weights

# The 59 names of the data set, in its order.
NAMES = [
    *[
        "null",
        "accessories",
        "bag",
        "belt",
        "blazer",
        "blouse",
        "bodysuit",
        "boots",
        "bra",
        "bracelet",
        "cape",
    ],
    *["cardigan", "clogs", "coat", "dress", "earrings", "flats", "glasses", "gloves", "hair", "hat", "heels"],
    *[
        "hoodie",
        "intimate",
        "jacket",
        "jeans",
        "jumper",
        "leggings",
        "loafers",
        "necklace",
        "panties",
        "pants",
    ],
    *["pumps", "purse", "ring", "romper", "sandals", "scarf", "shirt", "shoes", "shorts", "skin", "skirt"],
    *["sneakers", "socks", "stockings", "suit", "sunglasses", "sweater", "sweatshirt", "swimwear", "t-shirt"],
    *["tie", "tights", "top", "vest", "wallet", "watch", "wedges"],
]
SMALL = {"widths": (8, 8, 8, 8)}


@pytest.fixture
def person(pose) -> Person:
    joints, visibility = pose.joints()
    image = np.full((*pose.segmentation.shape, 3), 230, np.uint8)
    labels = np.zeros(pose.segmentation.shape, np.uint8)
    solid = pose.segmentation > 0.5
    rows = np.arange(len(labels))[:, None] < joints[7, 1]
    labels[solid & rows], labels[solid & ~rows] = LABELS.index("upper"), LABELS.index("lower")
    image[labels == LABELS.index("upper")] = (200, 40, 40)
    image[labels == LABELS.index("lower")] = (40, 40, 120)
    return Person(image, labels, joints, visibility, np.uint8(pose.segmentation * 255))


@pytest.fixture
def parser() -> Parser:
    torch.manual_seed(0)
    return Parser(ParsingNet(**SMALL), torch.device("cpu"), "untrained")


def test_every_name_of_the_data_set_has_one_class():
    mapped = [name for label in LABELS for name in CLASS_NAMES[label].split()] + NOT_LEARNT.split()
    assert len(NAMES) == 59
    assert sorted(mapped) == sorted(NAMES)


def test_the_label_table_follows_the_names():
    table = label_table(NAMES)
    assert table[NAMES.index("null")] == LABELS.index("background") == 0
    assert table[NAMES.index("tights")] == LABELS.index("lower")
    assert table[NAMES.index("hat")] == LABELS.index("hair")
    assert table[NAMES.index("accessories")] == table[200] == IGNORED


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        label_table([*NAMES, "kilt"])


def test_the_holdout_is_a_hundred_photos():
    numbers = holdout_numbers()
    assert len(numbers) == 100
    assert all(len(number) == 4 and 1 <= int(number) <= 1004 for number in numbers)


def test_a_parse_covers_the_photo(parser, person):
    result = parser.parse(person.image, stored_pose(person))
    assert result.labels.shape == person.labels.shape
    assert result.labels.dtype == np.uint8
    assert result.labels.max() < len(LABELS)
    assert result.probabilities.shape == (len(LABELS), *PARSER_SIZE)
    assert np.allclose(result.probabilities.sum(0), 1, atol=1e-5)
    assert result.entropy.shape == result.probabilities.shape[1:]
    assert result.entropy.min() >= 0
    assert result.entropy.max() <= 1


def test_a_parse_and_its_mirror_agree(parser, person):
    features = torch.from_numpy(plain_sample(person, PARSER_SIZE)[0])[None]
    straight, flipped = parser.probabilities(features), parser.probabilities(mirrored(features))
    assert torch.allclose(straight, flipped.flip(3), atol=1e-6)


def garments(**shares: float) -> np.ndarray:
    """(9, 20, 4) probabilities with the named shares everywhere, the rest background."""
    probabilities = np.zeros((9, 20, 4), np.float32)
    for name, share in shares.items():
        probabilities[LABELS.index(name)] = share
    probabilities[0] = 1 - sum(shares.values())
    return probabilities


def test_below_a_top_a_dress_is_a_lower_garment():
    found = one_or_two_garments(garments(upper=0.4, dress=0.1, lower=0.4), hips=10)
    assert np.allclose(found.sum(0), 1)
    assert (found[LABELS.index("dress")] == 0).all()
    assert found[LABELS.index("upper"), 0, 0] == pytest.approx(0.5)
    assert found[LABELS.index("lower"), 19, 0] == pytest.approx(0.5)


def test_above_a_dress_there_is_no_top():
    found = one_or_two_garments(garments(upper=0.1, dress=0.7, lower=0.1), hips=10)
    assert np.allclose(found.sum(0), 1)
    assert (found[LABELS.index("upper")] == 0).all()
    assert np.allclose(found[LABELS.index("dress")], 0.8)
    assert np.allclose(found[LABELS.index("lower")], 0.1)


def test_a_doubt_about_the_whole_person_stays_one():
    doubt = garments(upper=0.2, dress=0.4, lower=0.3)
    np.testing.assert_array_equal(one_or_two_garments(doubt, hips=10), doubt)


def test_outside_the_frame_is_background():
    probabilities = np.zeros((9, 64, 48), np.float32)
    probabilities[3] = 1
    labels = photo_labels(probabilities, PersonFrame.around((40, 40, 80, 90)), (400, 300))
    assert labels[65, 60] == 3
    assert labels[0, 0] == labels[399, 299] == 0


def test_the_network_frame_has_the_features_of_the_photo(person):
    features, targets = plain_sample(person, PARSER_SIZE)
    assert features.shape == (17, *PARSER_SIZE)
    assert features[:3].min() >= -1
    assert features[:3].max() <= 1
    assert 0 <= features[3:].min() <= features[3:].max() <= 1
    assert targets.shape == (PARSER_SIZE[0] // 2, PARSER_SIZE[1] // 2)
    assert set(np.unique(targets)) == {0, LABELS.index("upper"), LABELS.index("lower")}


@pytest.mark.parametrize("seed", range(20))
def test_random_samples_are_well_formed(person, seed):
    features, targets = sample(person, (256, 192), np.random.default_rng(seed), person.image)
    assert features.shape == (17, 256, 192)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert targets.shape == (128, 96)
    assert (targets > 0).any()


def test_samples_repeat_with_their_seed(person):
    first, second = (sample(person, (256, 192), np.random.default_rng(7), person.image) for _ in range(2))
    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()


def test_left_is_right_in_the_mirror():
    joints = np.zeros((13, 2), np.float32)
    joints[1] = (40, 10)
    visibility = np.zeros(13, np.float32)
    visibility[1] = 1
    picture, silhouette = np.zeros((64, 96, 3), np.uint8), np.zeros((64, 96), np.float32)
    flipped = mirrored(torch.from_numpy(parser_input(picture, joints, visibility, silhouette))[None])[0]
    assert flipped[4 + 1].max() == 0
    assert flipped[4 + 2, 10, 95 - 40] == 1


def test_the_score_leaves_out_what_is_not_labelled():
    truth = np.array([[0, 0, 1, IGNORED]], np.uint8)
    predicted = np.array([[0, 1, 1, 5]], np.uint8)
    score = intersection_over_union(confusion(truth, predicted))
    assert score[:2].tolist() == [0.5, 0.5]
    assert np.isnan(score[2:]).all()


def test_ignored_pixels_do_not_change_the_loss():
    logits = torch.randn(1, 9, 4, 4, generator=torch.Generator().manual_seed(0))
    targets = torch.zeros(1, 4, 4, dtype=torch.int64)
    targets[0, 0] = IGNORED
    before = parsing_loss(logits, targets)
    logits[:, :, 0] += torch.randn(9, 4, generator=torch.Generator().manual_seed(1))
    assert parsing_loss(logits, targets) == before


def test_the_loss_falls_on_one_person(person):
    torch.manual_seed(0)
    features, targets = plain_sample(person, (128, 96))
    features, targets = torch.from_numpy(features)[None], torch.from_numpy(targets).long()[None]
    trainee = Trainee(ParsingNet(**SMALL), minutes=60, peak_rate=0.1)
    losses = []
    for _ in range(30):
        loss = parsing_loss(trainee.network(features), targets)
        trainee.descend(loss)
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_training_goes_on_where_it_stopped(tmp_path):
    torch.manual_seed(0)
    first, second = (Trainee(ParsingNet(**SMALL), minutes=60, peak_rate=0.01) for _ in range(2))
    features = torch.randn(1, 17, 64, 32)
    first.descend(first.network(features).square().mean())
    first.save(tmp_path)
    second.resume(tmp_path)
    assert second.steps == 1
    for trainee in (first, second):
        trainee.clock = Clock(60, spent=600)
        trainee.descend(trainee.network(features).square().mean())
    for one, other in zip(first.ema.state_dict().values(), second.ema.state_dict().values(), strict=True):
        # Steps are of about 1e-2; their rate follows the clock, which stands still for neither.
        assert torch.allclose(one, other, atol=1e-4)
    assert json.loads((tmp_path / "facts.json").read_text())["step"] == 1


def test_training_starts_from_base_weights(tmp_path):
    given = ParsingNet(**SMALL)
    save_weights(given.state_dict(), {"version": "given"}, tmp_path / "base.safetensors")
    settings = RunSettings(tmp_path, tmp_path / "out", 60, 0.01, base=tmp_path / "base.safetensors")
    trainee = Trainee.start(ParsingNet(**SMALL), settings)
    for name, value in given.state_dict().items():
        assert torch.allclose(trainee.network.state_dict()[name], value, atol=1e-3)
        assert torch.equal(trainee.network.state_dict()[name], trainee.ema.state_dict()[name])


@pytest.mark.parametrize("start", [{"base": Path("none.safetensors")}, {"resume": True}])
def test_a_missing_start_is_told(tmp_path, start):
    with pytest.raises(FileNotFoundError):
        Trainee.start(ParsingNet(**SMALL), RunSettings(tmp_path, tmp_path, 60, 0.01, **start))


def test_every_index_comes_once_an_epoch():
    orders = shuffled(10, 4, np.random.default_rng(0))
    first = [next(orders) for _ in range(2)]
    assert len({*first[0], *first[1]}) == 8
    assert [len(next(orders)) for _ in range(4)] == [4] * 4


def test_batches_come_in_order_and_one_ahead():
    made = []
    source = prefetched(lambda order: made.append(order) or order * 10, iter(range(100)))
    assert [next(source) for _ in range(3)] == [0, 10, 20]
    source.close()
    assert made == [0, 1, 2, 3]


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate(progress, 1.0) for progress in (0, 0.04, 0.5, 1)]
    assert rates[1] == max(rates) == 1
    assert rates[0] == pytest.approx(0.05)
    assert rates[3] == pytest.approx(0.005)
