"""The pose bundle is checked by hash before, and is the same file every time it is built."""

import zipfile

import pytest

from ml import posebundle
from ml.posebundle import BUNDLE_SHA256, PARTS, BundleError


def test_another_model_in_the_wheel_is_not_used(tmp_path):
    wheel = tmp_path / "mediapipe.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for part in PARTS.values():
            archive.writestr(part.path, b"something else")
    with pytest.raises(BundleError, match="unexpected SHA-256"):
        posebundle.write_bundle(wheel, tmp_path / "bundle.task")
    assert not (tmp_path / "bundle.task").exists()


def test_another_face_detector_is_not_used(tmp_path):
    wheel = tmp_path / "mediapipe.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(posebundle.FACE_DETECTOR_PATH, b"something else")
    with pytest.raises(BundleError, match="unexpected SHA-256"):
        posebundle.write_face_detector(wheel, tmp_path / "face.tflite")
    assert not (tmp_path / "face.tflite").exists()


def test_a_damaged_bundle_is_not_current(tmp_path):
    bundle = tmp_path / "bundle.task"
    assert not posebundle.is_current(bundle)
    bundle.write_bytes(b"half a file")
    assert not posebundle.is_current(bundle)


def test_the_bundle_built_anew_is_the_expected_file(tmp_path):
    try:
        wheel = posebundle.download_wheel(tmp_path)
    except BundleError as error:
        pytest.skip(f"NO PACKAGE INDEX, BUNDLE NOT REBUILT: {error}")
    bundle = tmp_path / "bundle.task"
    assert posebundle.write_bundle(wheel, bundle) == BUNDLE_SHA256
    assert posebundle.is_current(bundle)
    with zipfile.ZipFile(bundle) as archive:
        assert archive.namelist() == list(PARTS)
    posebundle.write_face_detector(wheel, tmp_path / "face.tflite")
    assert posebundle.is_current(tmp_path / "face.tflite", posebundle.FACE_DETECTOR_SHA256)
