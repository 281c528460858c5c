"""What a merchant sends to add many photos of models: a ZIP file with a CSV file that says who wears what.

Here is read what is to come; no picture is decoded. What concerns all of it is refused with TryOnError, what
concerns one photo is a code of `tryon.errors` at its row.
"""

import zipfile
from typing import NamedTuple

from tryon.errors import TryOnError
from tryon.import_files import SOURCE_LENGTH, contents, csv_lines, located

COLUMNS = ("file", "garment", "licence_note")
REQUIRED = {"file", "garment"}
NOTE_LENGTH = 255
"""As the column of `TrainingSample`."""


class PlannedPhoto(NamedTuple):
    """One photo to come. `source`: its name in the ZIP file; `garment`: what the list calls what is worn.
    An `error_code` says why it cannot be taken in.
    """

    source: str
    garment: str
    licence_note: str
    error_code: str = ""


def plan_photos(archive: zipfile.ZipFile, licence_note: str) -> list[PlannedPhoto]:
    """A row for each line of the CSV file in it. Where a line has no licence note, `licence_note` holds.

    Raises TryOnError as `contents` and `csv_lines` do, csv_missing, photo_columns or import_empty.
    """
    table, pictures = contents(archive)
    if table is None:
        raise TryOnError("csv_missing")
    lines = csv_lines(table, required=REQUIRED, columns=COLUMNS, code="photo_columns")
    if not lines:
        raise TryOnError("import_empty")
    rows: list[PlannedPhoto] = []
    for line in lines:
        place = located(line["file"], pictures)
        note = line.get("licence_note") or licence_note.strip()
        errors = {
            "file_missing": not place or len(place) > SOURCE_LENGTH,
            "file_duplicate": place in {row.source for row in rows},
            "licence_note_required": not 0 < len(note) <= NOTE_LENGTH,
        }
        code = next((code for code, wrong in errors.items() if wrong), "")
        rows.append(PlannedPhoto(place or line["file"], line["garment"], note, code))
    return rows
