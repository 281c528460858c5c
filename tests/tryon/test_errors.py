"""The table of refusals: stable codes, plain sentences, proper statuses."""

import pickle

import pytest
from django.utils import translation

from tryon.errors import ERRORS, TryOnError, message_for
from tryon.models import Photo


@pytest.mark.parametrize("code", ERRORS)
def test_every_code_fits_its_column_and_says_something(code: str) -> None:
    error = TryOnError(code)

    assert len(code) <= Photo._meta.get_field("error_code").max_length
    assert 400 <= error.status < 600
    assert str(error.message).endswith(".")
    assert str(error) == code


CODES_OF_CLIENTS = """
    no_person several_people person_cropped person_from_behind photo_too_small photo_too_dark photo_blurred
    unsupported_image image_too_large cloth_not_found low_confidence category_unsupported garment_not_ready
    consent_required quota_exceeded queue_full idempotency_conflict worker_lost not_found
"""


@pytest.mark.parametrize("code", CODES_OF_CLIENTS.split())
def test_codes_that_clients_rely_on_exist(code: str) -> None:
    assert code in ERRORS


def test_an_unknown_code_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        TryOnError("no_such_code")


def test_a_stored_code_nobody_knows_reads_as_our_own_fault() -> None:
    assert message_for("retired_code") == ERRORS["internal_error"].message


def test_message_waits_for_the_reader_to_be_translated() -> None:
    with translation.override("en"):
        assert str(message_for("no_person")).startswith("We could not find a person")


def test_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(TryOnError("queue_full", retry_after=7)))

    assert (error.code, error.status, error.retry_after) == ("queue_full", 503, 7)
