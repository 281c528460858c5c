"""The one way in which this package says no: a typed refusal that tells a person what to do next."""

MESSAGES = {
    "no_person": "We could not find a person in this photo. Use a photo of one person facing the camera.",
    "several_people": "There is more than one person in this photo. Use a photo that shows only you.",
    "person_cropped": "Too much of you is outside the photo. Step back until your hips are in it.",
    "photo_too_small": "This photo is too small. Use one with at least 256 pixels on its shorter side.",
    "photo_too_dark": "This photo is too dark. Take it again with more light on you.",
    "photo_blurred": "This photo is blurred. Hold the camera still and take it again.",
    "person_from_behind": "We see you from behind. Turn around so that you face the camera.",
    "unsupported_image": "This file cannot be read as a photo. Use a JPEG, PNG, WebP, HEIC or AVIF picture.",
    "image_too_large": "This picture is too large. Use a JPEG with at most 40 megapixels and 15 MB.",
    "cloth_not_found": "There is no garment to be seen in this picture. Use one on a plain background.",
    "cloth_too_small": "The garment is too small in this picture. Take it from nearer, or send it larger.",
    "cloth_blurred": "This picture of the garment is blurred. Hold the camera still and take it again.",
    "cloth_cropped": "Part of the garment is outside this picture. Use one that shows all of it.",
    "cloth_worn": "Somebody wears this garment. Use a picture of it lying, on a hanger or on a mannequin.",
    "several_garments": "There is more than one garment in this picture. Use a picture that shows only one.",
    "low_confidence": "This photo did not work well. Try one from the front, arms at your sides.",
    "outfit_conflict": "These garments do not go together. Take one of each kind, or a dress and a jacket.",
    "training_set_too_small": "There are fewer than 12 garments to learn from. Add more: a third of them "
    "is held out to compare by, and of fewer neither part would say anything.",
    "training_set_one_class": "All garments are of one category. Choose at least two: a network that is "
    "shown one kind alone forgets the others.",
    "training_diverged": "The training went astray: its numbers are no longer finite. Nothing was changed; "
    "start again with another seed.",
    "disk_full": "There is no room left to write to. Free some space, then resume.",
    "checkpoint_damaged": "The checkpoint of this training cannot be read. Start a new one.",
    "face_not_found": "The face cannot be made out with certainty. Use a photo from the front.",
    "face_covered": "A hand is before the face or the hair. Use a photo with the arms down.",
    "face_remains": "There is still a face in this picture, on the clothing perhaps. Use another photo.",
    "body_covered": "Hair or a bag hides too much of the clothing. Use a photo that shows all of it.",
    "category_unsupported": "This kind of garment cannot be tried on: only tops, lower garments and dresses.",
}


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """A typed, expected "no" to an input; never a defect of the program.

    `code` is one of `MESSAGES`; `message` is a sentence for the person who sent the input.
    """

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = MESSAGES[code] if message is None else message
        super().__init__(f"{code}: {self.message}")

    def __reduce__(self) -> tuple[type["Refusal"], tuple[str, str]]:
        return type(self), (self.code, self.message)
