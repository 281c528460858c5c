"""The layouts of public data sets, in small folders made here."""

import pytest

from ml.datasets import DataLayoutError, read_pairs, read_unpaired


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.fixture
def viton_hd(tmp_path):
    touch(tmp_path, *(f"test/{kind}/{name}.jpg" for kind in ("image", "cloth") for name in ("1_00", "2_00")))
    touch(tmp_path, "test/cloth-mask/1_00.jpg", "test/cloth-mask/2_00.png")
    (tmp_path / "test_pairs.txt").write_text("1_00.jpg 2_00.jpg\n2_00.jpg 1_00.jpg\n\n")
    return tmp_path


@pytest.fixture
def dress_code(tmp_path):
    for category, number in (("dresses", "020714"), ("upper_body", "000001")):
        images = tmp_path / category / "images"
        touch(images, f"{number}_0.jpg", f"{number}_1.jpg", "7_1.jpg")
        (tmp_path / category / "train_pairs.txt").write_text(f"{number}_0.jpg\t{number}_1.jpg\n")
        (tmp_path / category / "test_pairs_unpaired.txt").write_text(f"{number}_0.jpg\t7_1.jpg\n")
    touch(tmp_path, "dresses/cloth_mask/020714_1.png")
    return tmp_path


def test_viton_hd_unpaired_is_as_the_file_pairs(viton_hd):
    first, second = read_pairs(viton_hd, "test", paired=False)
    folder = viton_hd / "test"
    assert (first.person, first.cloth) == (folder / "image/1_00.jpg", folder / "cloth/2_00.jpg")
    assert (first.category, first.paired) == ("upper_body", False)
    assert first.cloth_mask == folder / "cloth-mask/2_00.png"
    assert second.cloth_mask == folder / "cloth-mask/1_00.jpg"


def test_viton_hd_paired_is_the_garment_worn(viton_hd):
    pairs = read_pairs(viton_hd, "test", paired=True)
    assert [(pair.person.name, pair.cloth.name, pair.paired) for pair in pairs] == [
        ("1_00.jpg", "1_00.jpg", True),
        ("2_00.jpg", "2_00.jpg", True),
    ]


def test_dress_code_has_categories(dress_code):
    pairs = read_pairs(dress_code)
    assert [(pair.category, pair.person.name, pair.cloth.name, pair.paired) for pair in pairs] == [
        ("upper_body", "000001_0.jpg", "000001_1.jpg", True),
        ("dresses", "020714_0.jpg", "020714_1.jpg", True),
    ]
    assert [pair.cloth_mask for pair in pairs] == [None, dress_code / "dresses/cloth_mask/020714_1.png"]


def test_dress_code_unpaired(dress_code):
    pairs = read_pairs(dress_code, "test", paired=False)
    assert [(pair.cloth.name, pair.paired) for pair in pairs] == [("7_1.jpg", False)] * 2


@pytest.mark.parametrize("line", ["1_00.jpg", "a b c", "../../secret.jpg 1_00.jpg", "/etc/passwd 1_00.jpg"])
def test_an_odd_line_is_named(viton_hd, line):
    (viton_hd / "test_pairs.txt").write_text(f"1_00.jpg 2_00.jpg\n{line}\n")
    with pytest.raises(DataLayoutError, match=r"test_pairs.txt, line 2"):
        read_pairs(viton_hd, "test")


def test_a_missing_picture_is_named(viton_hd):
    (viton_hd / "test/cloth/2_00.jpg").unlink()
    with pytest.raises(DataLayoutError, match=r"cloth/2_00.jpg is named in a pairs file but missing"):
        read_pairs(viton_hd, "test")


def test_a_missing_pairs_file_is_named(viton_hd):
    (viton_hd / "test_pairs.txt").unlink()
    with pytest.raises(DataLayoutError, match=r"test_pairs.txt is missing"):
        read_pairs(viton_hd, "test")


def test_an_unknown_layout_is_told(tmp_path):
    with pytest.raises(DataLayoutError, match="neither as VITON-HD"):
        read_pairs(tmp_path)


def test_plain_folders_hold_photos_and_no_label_maps(tmp_path):
    touch(
        tmp_path, "people/photos/2.jpg", "people/photos/1.jpg", "people/labels/1.png", "garments/shirt/9.PNG"
    )
    people, garments = read_unpaired(tmp_path)
    assert [path.name for path in people] == ["1.jpg", "2.jpg"]
    assert [path.name for path in garments] == ["9.PNG"]


def test_unpaired_pictures_of_a_paired_data_set(dress_code):
    people, garments = read_unpaired(dress_code)
    assert [path.name for path in people] == ["000001_0.jpg", "020714_0.jpg"]
    assert [path.name for path in garments] == ["000001_1.jpg", "020714_1.jpg"]


def test_an_empty_folder_is_told(tmp_path):
    (tmp_path / "people").mkdir()
    (tmp_path / "garments").mkdir()
    with pytest.raises(DataLayoutError, match="both people and garments"):
        read_unpaired(tmp_path)
