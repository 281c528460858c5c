"""The command line: files in, files or one typed line out."""

import csv
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml import __main__ as command_line
from ml.contact import CAPTION, GAP
from ml.images import read_image, write_image
from ml.pipeline import TryOnPipeline
from tests.ml.stubs import StubPoseEstimator


def tryon(folder, *extra, person="person.png", cloth="shirt.png", category="upper_body"):
    outputs = [
        "--output",
        folder / "out.png",
        "--save-mask",
        folder / "mask.png",
        "--report",
        folder / "out.json",
    ]
    words = ["tryon", folder / person, folder / cloth, "--category", category, *outputs, *extra]
    return command_line.main([str(word) for word in words])


def png_of(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def expect_refusal(folder, capsys, code, **files):
    before = set(folder.iterdir())
    assert tryon(folder, **files) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{code}: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert set(folder.iterdir()) == before


def test_tryon_writes_result_mask_and_report(files, people, capsys):
    assert tryon(files) == 0
    photo, result, mask = (read_image(files / name) for name in ("person.png", "out.png", "mask.png"))
    may_change = mask[..., 0] == 255
    assert set(np.unique(mask)) == {0, 255}
    np.testing.assert_array_equal(result[~may_change], photo[~may_change])
    assert (result[may_change] != photo[may_change]).any()
    report = json.loads((files / "out.json").read_text())
    assert json.loads(capsys.readouterr().out) == report
    assert report["status"] == "succeeded"
    assert (report["width"], report["height"], report["photo_was_reduced"]) == (384, 512, False)
    assert list(report["timings"]) == ["pose", "parse", "cloth", "warp", "compose"]


BAD_FILES = {
    "empty": b"",
    "text": b"hello",
    "truncated": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
@pytest.mark.parametrize("role", ["person", "cloth"])
def test_files_that_are_no_pictures(files, people, capsys, content, role):
    (files / "bad.jpg").write_bytes(content)
    expect_refusal(files, capsys, "unsupported_image", **{role: "bad.jpg"})


def test_two_hundred_megapixels(files, people, capsys):
    (files / "huge.png").write_bytes(png_of(20_000, 10_000))
    expect_refusal(files, capsys, "image_too_large", person="huge.png")


def test_animation(files, people, capsys):
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    frames[0].save(files / "moving.webp", save_all=True, append_images=frames[1:])
    expect_refusal(files, capsys, "unsupported_image", person="moving.webp")


def test_missing_file(files, people, capsys):
    expect_refusal(files, capsys, "unsupported_image", person="absent.png")


def test_small_photo(files, people, capsys):
    write_image(files / "small.png", np.full((255, 400, 3), 128, np.uint8))
    expect_refusal(files, capsys, "photo_too_small", person="small.png")


def test_nobody(files, people, capsys):
    people.clear()
    expect_refusal(files, capsys, "no_person")


def test_three_people(files, people, make_pose, capsys):
    people[:] = [make_pose(scale=0.6, shift=(0.3 * i, 0)) for i in (-1, 0, 1)]
    expect_refusal(files, capsys, "several_people")


def test_head_only(files, people, make_pose, capsys):
    people[:] = [make_pose(scale=3, shift=(0, 1.1))]
    expect_refusal(files, capsys, "person_cropped")


def test_blank_garment(files, people, capsys):
    write_image(files / "blank.png", np.full((400, 300, 3), 255, np.uint8))
    expect_refusal(files, capsys, "cloth_not_found", cloth="blank.png")


def test_unknown_category(files, people, capsys):
    before = set(files.iterdir())
    assert tryon(files, category="shoes") == 2
    assert capsys.readouterr().err.startswith("category_unsupported: ")
    assert set(files.iterdir()) == before


def test_an_outfit_is_one_picture(files, people, capsys):
    outer = np.full((400, 300, 3), 255, np.uint8)
    outer[60:340, 70:230] = (120, 40, 20)
    write_image(files / "coat.png", outer)
    words = [
        "tryon",
        "person.png",
        "coat.png",
        "shirt.png",
        "--category",
        "outer",
        "--category",
        "upper_body",
    ]
    names = [str(files / word) if word.endswith(".png") else word for word in words]
    outputs = ["--output", str(files / "both.png"), "--save-mask", str(files / "mask.png")]
    assert command_line.main([*names, *outputs]) == 0
    photo, result, mask = (read_image(files / name) for name in ("person.png", "both.png", "mask.png"))
    np.testing.assert_array_equal(result[mask[..., 0] == 0], photo[mask[..., 0] == 0])
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["status"] == "succeeded"
    assert np.median(result[200:230, 180:205], axis=(0, 1)).argmax() == 0


def test_garments_that_do_not_go_together(files, people, capsys):
    words = ["tryon", "person.png", "shirt.png", "shirt.png", *["--category", "upper_body"] * 2]
    names = [str(files / word) if word.endswith(".png") else word for word in words]
    assert command_line.main([*names, "--output", str(files / "out.png")]) == 2
    assert capsys.readouterr().err.startswith("outfit_conflict: ")


def test_each_garment_needs_its_category(files, people, capsys):
    assert tryon(files, "--category", "dresses") == 1
    assert capsys.readouterr().err == "error: give --category once for each of the 1 garments\n"
    assert not (files / "out.png").exists()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotated_photos_come_out_upright(files, people, orientation):
    upright = read_image(files / "person.png")
    undo = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation]))
    stored.save(files / "turned.png", exif=exif)
    assert tryon(files, person="turned.png") == 0
    outside = read_image(files / "mask.png")[..., 0] == 0
    np.testing.assert_array_equal(read_image(files / "out.png")[outside], upright[outside])


def test_models_that_are_missing_are_a_plain_error(files, monkeypatch, capsys):
    def missing(device, warper, source):
        raise FileNotFoundError("weights/parser.safetensors is missing")

    monkeypatch.setattr(TryOnPipeline, "load", missing)
    assert tryon(files) == 1
    assert capsys.readouterr().err == "error: weights/parser.safetensors is missing\n"


@pytest.mark.parametrize("command", ["dressing", "evaluation"])
def test_the_chosen_pose_source_finds_the_person(files, people, pose, monkeypatch, command):
    people.clear()
    chosen, asked = StubPoseEstimator(pose), []

    def source(arguments):
        asked.append((arguments.pose, arguments.pose_model))
        return chosen

    monkeypatch.setattr(f"ml.{command}.pose_source", source)
    table(files, ("person.png", "shirt.png", "upper_body", ""))
    run = tryon if command == "dressing" else evaluate
    assert run(files, "--pose", "openpose", "--pose-model", "a.prototxt", "b.caffemodel") == 0
    assert asked == [("openpose", [Path("a.prototxt"), Path("b.caffemodel")])]
    assert chosen.calls == (1 if command == "dressing" else 2)  # an evaluation also asks about the result


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--pose-model", "x.onnx"], "--pose-model needs --pose openpose or --pose alphapose"),
        (["--pose", "openpose"], "--pose openpose needs --pose-model with one file, or with Caffe's two"),
        (
            ["--pose", "alphapose", "--pose-model", "x.onnx"],
            "x.onnx is missing: the pose network must be supplied",
        ),
    ],
)
def test_a_pose_network_that_is_not_there_is_a_plain_error(files, people, capsys, words, message):
    before = set(files.iterdir())
    assert tryon(files, *words) == 1
    assert capsys.readouterr().err == f"error: {message}\n"
    assert set(files.iterdir()) == before


def evaluate(folder, *extra):
    return command_line.main(
        ["evaluate", str(folder / "pairs.csv"), "--output", str(folder / "report"), *extra]
    )


def table(folder, *rows):
    with (folder / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("person", "cloth", "category", "target"), *rows])


def test_evaluate_counts_times_and_shows(files, people, capsys):
    (files / "bad.jpg").write_bytes(b"")
    good = ("person.png", "shirt.png", "upper_body", "person.png")
    table(files, good, ("person.png", "shirt.png", "dresses", ""), ("bad.jpg", "shirt.png", "upper_body", ""))
    assert evaluate(files, "--columns", "2", "--height", "64", "--per-page", "2", "--save-results") == 0
    report = json.loads((files / "report" / "report.json").read_text())
    assert (report["pairs"], report["results"]) == (3, 2)
    assert report["refusals"] == {"unsupported_image": 1}
    assert report["refused_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["outside_difference_max"] == 0
    assert set(report["seconds"]) == {"pose", "parse", "cloth", "warp", "compose", "total"}
    assert report["peak_rss_mib"] > 0
    assert "ssim_inside" in report["each"][0]
    assert "ssim_inside" not in report["each"][1]
    sheet = read_image(files / "report" / "contact.png")
    assert sheet.shape == (2 * (64 + CAPTION + GAP), 2 * (3 * 48 + GAP), 3)
    names = {path.name for path in (files / "report").iterdir()}
    assert names == {"report.json", "contact.png", "contact-01.png", "contact-02.png", "000.png", "001.png"}


def test_evaluate_compares_with_baselines(files, people, capsys):
    table(files, ("person.png", "shirt.png", "upper_body", "person.png"))
    assert evaluate(files, "--baselines") == 0
    report = json.loads((files / "report" / "report.json").read_text())
    scores = report["scores"]
    assert list(scores) == ["model", "unchanged", "flat", "tps"]
    for method in scores:
        assert scores[method]["outside_difference"] == {"max": 0, "n": 1}
        assert scores[method]["face_difference"] == {"max": 0, "n": 1}
    assert scores["tps"]["ssim_inside"] == scores["model"]["ssim_inside"]  # the stubbed model is the spline
    assert scores["unchanged"]["ssim_inside"]["mean"] == 1
    assert "psnr_inside" not in scores["unchanged"]
    assert scores["model"]["colour_difference"]["mean"] < 5 < scores["unchanged"]["colour_difference"]["mean"]
    assert scores["model"]["pose_kept"]["mean"] == 1
    assert report["breakdown"]["category"]["upper_body"]["ssim_inside"] == scores["model"]["ssim_inside"]
    assert capsys.readouterr().out.startswith("1 of 1 pairs; refused: none\n")


def regional_table(folder, region):
    write_image(folder / "region.png", region)
    row = ("person.png", "shirt.png", "upper_body", "person.png", "region.png")
    with (folder / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("person", "cloth", "category", "target", "region"), row])


def test_a_region_decides_where_truth_is_compared(files, people):
    region = np.zeros((512, 384), bool)
    region[480:, :40] = True  # beside the person, where nothing changes
    regional_table(files, region)
    assert evaluate(files) == 0
    report = json.loads((files / "report" / "report.json").read_text())
    assert report["each"][0]["ssim_inside"] == 1


def test_a_region_of_another_size_is_a_plain_error(files, people, capsys):
    regional_table(files, np.ones((100, 80), bool))
    assert evaluate(files) == 1
    assert "region.png has not the size of" in capsys.readouterr().err


def test_evaluate_needs_its_columns(files, people, capsys):
    (files / "pairs.csv").write_text("person,garment\na,b\n")
    assert evaluate(files) == 1
    assert "person, cloth, category" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["nonsense"], ["tryon"], ["train"]])
def test_wrong_usage(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        command_line.main(words)
    assert stopped.value.code == 2
    assert "usage: python -m ml" in capsys.readouterr().err
