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
    # The person in a picture to learn from.
    "face_not_found": ErrorKind(
        422, _("The face cannot be made out with certainty. Use a photo from the front.")
    ),
    "face_covered": ErrorKind(
        422, _("A hand is before the face or the hair. Use a photo with the arms down.")
    ),
    "face_remains": ErrorKind(
        422, _("There is still a face in this picture, on the clothing perhaps. Use another photo.")
    ),
    "body_covered": ErrorKind(
        422, _("Hair or a bag hides too much of the clothing. Use a photo that shows all of it.")
    ),
    "licence_note_required": ErrorKind(
        400,
        _(
            "Say in up to 255 characters what permits training on this picture: which contract, and when it "
            "was made."
        ),
    ),
    "csv_missing": ErrorKind(
        400, _("There is no CSV file in the ZIP file. Put one in that says which garment each photo shows.")
    ),
    "photo_columns": ErrorKind(
        400,
        _(
            "The CSV file needs the columns file and garment in its first line; licence_note is optional, "
            "and there can be no others."
        ),
    ),
    "garment_unknown": ErrorKind(
        422, _("No garment is called so, or more than one is. Write its article number (SKU).")
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
    # Many garments at once.
    "import_empty": ErrorKind(
        400, _("There is nothing in it. Choose pictures, a ZIP file or addresses of pictures.")
    ),
    "import_mixed": ErrorKind(
        400, _("Send pictures, or one ZIP file, or addresses of pictures: one of these at a time.")
    ),
    "import_too_many": ErrorKind(
        413,
        _("This is too much at once. Add up to 200 garments or photos at a time: split the file or list."),
    ),
    "import_too_large": ErrorKind(
        413, _("This upload is too large. Send up to 200 MB at a time: split it, or use smaller pictures.")
    ),
    "archive_unreadable": ErrorKind(
        400, _("This file cannot be read as a ZIP file. Pack the pictures again, without a password.")
    ),
    "archive_unsafe": ErrorKind(
        400,
        _("This ZIP file holds links or names that lead outside of it. Pack the pictures again, plainly."),
    ),
    "archive_too_large": ErrorKind(
        413, _("Unpacked, this ZIP file would be far too large. Send pictures of at most 15 MB each.")
    ),
    "csv_unreadable": ErrorKind(
        400, _("The CSV file cannot be read. Save it as CSV in UTF-8, with commas or semicolons.")
    ),
    "csv_columns": ErrorKind(
        400,
        _(
            "The CSV file needs the columns file and name in its first line; sku, category and outer are "
            "optional, and there can be no others."
        ),
    ),
    "csv_several": ErrorKind(400, _("There is more than one CSV file in the ZIP file. Leave one in it.")),
    "file_missing": ErrorKind(
        422, _("The CSV file names a picture that is not in the ZIP file. Check how it is written.")
    ),
    "file_duplicate": ErrorKind(422, _("This picture is named twice. Leave one line for each picture.")),
    "picture_duplicate": ErrorKind(422, _("The very same picture is already in this import.")),
    "sku_duplicate": ErrorKind(422, _("Another garment has this article number (SKU). Give it its own.")),
    "name_missing": ErrorKind(422, _("This garment has no name. Write one of at most 120 characters.")),
    "sku_invalid": ErrorKind(422, _("An article number (SKU) has at most 40 characters. Shorten it.")),
    "outer_invalid": ErrorKind(422, _("The column outer says neither yes nor no. Write yes or no.")),
    "url_refused": ErrorKind(
        422, _("This is no public https address of a picture. Check it, or upload the picture instead.")
    ),
    "download_failed": ErrorKind(
        422, _("The picture could not be fetched from its address. Try again, or upload it instead.")
    ),
    "import_unfinished": ErrorKind(
        409, _("We are still looking at these pictures. Wait until all of them have a verdict.")
    ),
    # What is drawn on a garment's picture.
    "mask_invalid": ErrorKind(
        422, _("The outline must be a PNG as large as the picture. Load the page again and draw it anew.")
    ),
    "mask_empty": ErrorKind(422, _("Nothing of the picture is marked as garment. Paint over the garment.")),
    "landmark_invalid": ErrorKind(
        422, _("A corner lies outside of the picture, or is unknown. Drag it back onto the garment.")
    ),
    # A lookbook.
    "lookbook_empty": ErrorKind(422, _("Choose at least one garment and one sample shopper.")),
    "lookbook_full": ErrorKind(422, _("A lookbook has room for 12 looks. Take one out, or make another.")),
    "lookbook_crowded": ErrorKind(
        422, _("A lookbook has room for 8 people who wear the garments. Choose fewer.")
    ),
    "lookbook_last_look": ErrorKind(409, _("This is the last look. Delete the whole lookbook instead.")),
    "variation_empty": ErrorKind(422, _("Choose a colour or a print, or both.")),
    "colour_invalid": ErrorKind(422, _("A colour is written as # and six digits, such as #1f4e79.")),
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
    "store_quota_exceeded": ErrorKind(
        429, _("This shop has reached today's limit of try-ons. Come back tomorrow.")
    ),
    "queue_full": ErrorKind(
        503, _("Very many people are trying things on right now. Try again in a minute.")
    ),
    "second_factor_required": ErrorKind(
        401, _("This account has a second factor. Send `code` from your authenticator app too.")
    ),
    "idempotency_conflict": ErrorKind(
        409, _("This Idempotency-Key was used for another request. Send a new key.")
    ),
    # What staff may do with model versions.
    "model_invalid": ErrorKind(
        422,
        _("These are no weights of a model. Send a safetensors file for each network that was trained."),
    ),
    "model_name_taken": ErrorKind(409, _("There is a model version of this name. Choose another name.")),
    "model_damaged": ErrorKind(
        409, _("The files of this model version are missing or damaged. Train it again, or choose another.")
    ),
    "model_override_required": ErrorKind(
        409,
        _("This model version was judged worse. Say in 1 to 64 characters why it should serve all the same."),
    ),
    "model_comparison_outdated": ErrorKind(
        409,
        _("It was compared with what serves no more: train anew, or say why in up to 64 characters."),
    ),
    "model_in_service": ErrorKind(
        409, _("This model version is in service already. Choose another, or roll back.")
    ),
    "model_not_in_service": ErrorKind(
        409, _("This model version is in service no longer. Look at what is, and roll back again if need be.")
    ),
    "nothing_to_roll_back": ErrorKind(409, _("The built-in model is in service; there is none before it.")),
    # Retraining.
    "training_running": ErrorKind(
        409, _("A training is active on this device already. Wait for its end, or cancel it.")
    ),
    "training_not_active": ErrorKind(409, _("This training has ended. Start a new one.")),
    "training_not_paused": ErrorKind(
        409, _("This training cannot be resumed: it is neither paused nor failed with a checkpoint.")
    ),
    "training_length": ErrorKind(
        422, _("Say how long to train: either minutes, from 0.1 to 1440, or steps, from 1 to 200000.")
    ),
    "training_device": ErrorKind(422, _("No trainer serves this device. Choose another.")),
    "training_source": ErrorKind(
        422, _("There is no such source. Choose garments, photos of models, or photos of shoppers.")
    ),
    "training_set_too_small": ErrorKind(
        422,
        _(
            "There are fewer than 12 prepared garments to learn from (from photos alone: garments seen worn)."
            " Add more, or filter less: a third of them is held out to compare by, and of fewer neither part "
            "would say anything."
        ),
    ),
    "training_set_one_class": ErrorKind(
        422,
        _(
            "All garments are of one category. Choose at least two: a network that is shown one kind alone "
            "forgets the others."
        ),
    ),
    "training_diverged": ErrorKind(
        500,
        _(
            "The training went astray: its numbers are no longer finite. Nothing was changed; start again "
            "with another seed."
        ),
    ),
    "checkpoint_damaged": ErrorKind(
        500, _("The checkpoint of this training cannot be read. Start a new training.")
    ),
    "disk_full": ErrorKind(507, _("There is no room left to write to. Free some space, then resume.")),
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
    "category_guessed": _("Its category was guessed from the picture. Check it."),
}
"""What a merchant is told about a garment that can be tried on all the same."""


ON_SAMPLES: dict[str, Promise] = {
    "low_confidence": _("On this person the garment does not sit believably. Look at its outline."),
    "person_cropped": _("Too little of this person is to be seen for this kind of garment."),
    "not_found": _("This model may not be shown any more."),
}
"""What a merchant is told where a garment could not be put on a sample shopper."""


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


def sample_message_for(code: str) -> Promise:
    """The same for a garment on a sample shopper, where nobody can take another photo."""
    return ON_SAMPLES.get(code) or message_for(code)
