"""The real models behind the real tasks: a sample shopper in a sample garment."""

import io
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.tryon import factories
from tryon.services.garments import garment_create
from tryon.services.jobs import job_submit
from tryon.services.photo_store import object_open
from tryon.services.photos import photo_create, photo_open
from workers import tasks

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SAMPLE = Path(__file__).parents[2] / "shop" / "sample"


def picture_of(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_a_sample_shopper_wears_a_sample_garment() -> None:
    owner = factories.shopper()
    upload = SimpleUploadedFile("me.jpg", (SAMPLE / "shoppers" / "shopper-1.jpg").read_bytes())
    photo = photo_create(shopper=owner, upload=upload)
    shirt = (SAMPLE / "garments" / "breton-top-red.jpg").read_bytes()
    garment = garment_create(name="Breton top", category="upper_body", image=shirt)
    assert (tasks.check_photos(), tasks.prepare_garments()) == (1, 1)
    garment.refresh_from_db()
    assert (garment.status, garment.error_code) == ("succeeded", "")
    share = np.asarray(Image.open(garment.cutout).getchannel("A")).mean() / 255
    assert 0.15 < share < 0.7

    job, _ = job_submit(shopper=owner, photo_id=photo.pk, garment_ids=[garment.pk])
    assert tasks.run_tryons() == 1
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("succeeded", "")
    assert set(job.timings) == {"pose", "parse", "warp", "compose"}
    before, after = picture_of(photo_open(photo=photo)), picture_of(object_open(sealed=job.result))
    changed = (before != after).any(axis=2)
    rows = changed.any(axis=1).nonzero()[0] / len(before)
    assert 0.02 < changed.mean() < 0.5
    assert rows.min() > 0.1, "The head stays."
    assert rows.max() < 0.8, "The legs stay."
