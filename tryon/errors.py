"""Every "no" that the try-on says: a stable code, an HTTP status, and a sentence that says what to do.

A worker stores only the code of a failure; `message_for` turns it into words in the reader's language.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ErrorKind(NamedTuple):
    status: int
    message: Promise


ERRORS: dict[str, ErrorKind] = {
    # The picture that was sent.
    "unsupported_image": ErrorKind(
        400, _("This file cannot be read as a photo. Use a still JPEG, PNG, WebP, HEIC or AVIF picture.")
    ),
    "image_too_large": ErrorKind(
        413, _("This picture is too large. Use a JPEG with at most 40 megapixels and 15 MB.")
    ),
    "photo_too_small": ErrorKind(
        422, _("This photo is too small. Use one with at least 256 pixels on its shorter side.")
    ),
    "photo_too_dark": ErrorKind(422, _("This photo is too dark. Take it again with more light on you.")),
    "photo_blurred": ErrorKind(422, _("This photo is blurred. Hold the camera still and take it again.")),
    # The person in it.
    "no_person": ErrorKind(
        422, _("We could not find a person in this photo. Use a photo of one person facing the camera.")
    ),
    "several_people": ErrorKind(
        422, _("There is more than one person in this photo. Use a photo that shows only you.")
    ),
    "person_cropped": ErrorKind(
        422,
        _("Too much of you is outside the photo. Step back until head, shoulders and hips are visible."),
    ),
    "person_from_behind": ErrorKind(
        422, _("We see you from behind. Turn around so that you face the camera.")
    ),
    "low_confidence": ErrorKind(
        422,
        _("We could not make a believable picture. Try a photo taken from the front, arms at your sides."),
    ),
    # The garment.
    "cloth_not_found": ErrorKind(
        422, _("We could not find a garment in this picture. Use one garment on a plain background.")
    ),
    "cloth_too_small": ErrorKind(
        422, _("The garment is too small in this picture. Take it from nearer, or send it larger.")
    ),
    "cloth_blurred": ErrorKind(
        422, _("This picture of the garment is blurred. Hold the camera still and take it again.")
    ),
    "cloth_cropped": ErrorKind(
        422, _("Part of the garment is outside this picture. Use one that shows all of it.")
    ),
    "cloth_worn": ErrorKind(
        422,
        _("Somebody wears this garment. Use a picture of it lying, on a hanger or on a mannequin."),
    ),
    "several_garments": ErrorKind(
        422, _("There is more than one garment in this picture. Use a picture that shows only one.")
    ),
    "category_unsupported": ErrorKind(422, _("This kind of garment cannot be tried on. Choose another one.")),
    "outer_unsupported": ErrorKind(
        422, _("Only tops can be outer garments. Change the category, or untick it.")
    ),
    "outfit_conflict": ErrorKind(
        422,
        _("These garments cannot be worn together. Choose one of each kind, and only a jacket with a dress."),
    ),
    "garment_not_ready": ErrorKind(
        409, _("This garment cannot be tried on yet. Try again later, or choose another one.")
    ),
    # What the shopper may do.
    "consent_required": ErrorKind(
        403, _("We need your consent first. Read and tick the box, then try again.")
    ),
    "consent_outdated": ErrorKind(
        409, _("The consent text has changed. Reload the page, read it and agree again.")
    ),
    "not_found": ErrorKind(404, _("This does not exist any more. Start again with a new photo.")),
    "photo_not_ready": ErrorKind(409, _("This photo cannot be used. Upload another one.")),
    "photo_expired": ErrorKind(410, _("This photo has been deleted. Upload it again.")),
    "result_not_ready": ErrorKind(409, _("This picture is not finished yet. Wait a moment.")),
    "result_expired": ErrorKind(410, _("This picture has been deleted. Try the garment on again.")),
    "quota_exceeded": ErrorKind(429, _("You have reached today's limit of try-ons. Come back tomorrow.")),
    "queue_full": ErrorKind(
        503, _("Very many people are trying things on right now. Try again in a minute.")
    ),
    "second_factor_required": ErrorKind(
        401, _("This account has a second factor. Send `code` from your authenticator app too.")
    ),
    "idempotency_conflict": ErrorKind(
        409, _("This Idempotency-Key was used for another request. Send a new key.")
    ),
    # What went wrong on our side.
    "worker_lost": ErrorKind(500, _("Our computer stopped in the middle of this. Try again.")),
    "erasure_failed": ErrorKind(
        503,
        _("We could not delete this just now, and everything is still there. Try again in a few minutes."),
    ),
    "result_unchanged": ErrorKind(500, _("The picture came out unchanged. Try again with another photo.")),
    "timed_out": ErrorKind(503, _("This took too long, so we stopped it. Try again.")),
    "internal_error": ErrorKind(500, _("Something went wrong on our side. Try again in a minute.")),
}

ADVICE: dict[str, Promise] = {
    "cloth_low_resolution": _(
        "The garment is small in this picture and will look soft. A larger picture would look better."
    ),
    "category_mismatch": _("This looks like another kind of garment. Check its category."),
}
"""What a merchant is told about a garment that can be tried on all the same."""


class TryOnError(Exception):
    """An expected refusal. `code` is a key of `ERRORS`; `status` is the HTTP status it answers with.

    `retry_after` (seconds) is set where waiting helps. Raises KeyError for a code that is not in the table.
    """

    def __init__(self, code: str, *, retry_after: int | None = None) -> None:
        self.code = code
        self.status, self.message = ERRORS[code]
        self.retry_after = retry_after
        super().__init__(code)

    def __reduce__(self) -> tuple:
        return _rebuild, (self.code, self.retry_after)


def _rebuild(code: str, retry_after: int | None) -> TryOnError:
    return TryOnError(code, retry_after=retry_after)


def message_for(code: str) -> Promise:
    """The sentence for a stored `error_code`; a code nobody knows any more reads as our own fault."""
    return ERRORS.get(code, ERRORS["internal_error"]).message
