"""What a merchant sends to add many garments: pictures, a ZIP file with or without a CSV file, or addresses.

Here is read what is to come; no picture is decoded. What concerns all of it is refused with TryOnError, what
concerns one picture is a code of `tryon.errors` at its row.
"""

import csv
import io
import lzma
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath
from typing import IO, NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from tryon.errors import TryOnError
from tryon.models import Garment

MOST_ITEMS = 200
MOST_ENTRIES = 4 * MOST_ITEMS
"""Of a ZIP file, folders and what systems leave in it included."""
MOST_BYTES = 200 * 1024 * 1024
"""Of an upload, and of a ZIP file unpacked."""
MOST_CSV_BYTES = 1024 * 1024
COLUMNS = ("file", "name", "sku", "category", "outer")
REQUIRED = {"file", "name"}
YES, NO = {"yes", "y", "true", "1", "x"}, {"", "no", "n", "false", "0"}
NAME_LENGTH, SKU_LENGTH, SOURCE_LENGTH = 120, 40, 500
"""As the columns of `GarmentImportItem`."""


class Planned(NamedTuple):
    """One garment to come. An empty `category` is to be guessed; an `error_code` ends it before it begins."""

    source: str
    name: str
    sku: str = ""
    category: str = ""
    outer: bool = False
    error_code: str = ""


_CODECS = (NotImplementedError, struct.error, zlib.error, lzma.LZMAError)


def plan_pictures(names: list[str]) -> list[Planned]:
    """A row for each picture, called as its file."""
    return _checked([Planned(name, _title(name)) for name in names])


def plan_addresses(text: str) -> list[Planned]:
    """A row for each line that is not empty, called as the last part of its address. Looks nothing up."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _checked([Planned(line[:SOURCE_LENGTH], _title(_path(line))) for line in lines])


def plan_archive(archive: IO[bytes]) -> list[Planned]:
    """A row for each line of the CSV file in it; without one, a row for each file.

    Raises TryOnError archive_unreadable, archive_unsafe, archive_too_large, csv_several, csv_unreadable,
    csv_columns, import_too_many or import_empty.
    """
    with opened(archive) as opened_archive:
        table, pictures = contents(opened_archive)
    if table is None:
        return plan_pictures(pictures)
    lines = csv_lines(table, required=REQUIRED, columns=COLUMNS, code="csv_columns")
    return _checked([_row(line, pictures) for line in lines])


def opened(archive: IO[bytes]) -> zipfile.ZipFile:
    """The archive, to be closed by the caller. Raises TryOnError archive_unreadable."""
    try:
        return zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, OSError, ValueError, *_CODECS) as error:
        raise TryOnError("archive_unreadable") from error


def contents(archive: zipfile.ZipFile) -> tuple[bytes | None, list[str]]:
    """The CSV file in it, if there is one, and the names of all other files, in the order of the alphabet.

    Raises TryOnError archive_unreadable, archive_unsafe, archive_too_large, import_too_many, csv_several or
    csv_unreadable.
    """
    names = _members(archive)
    tables = [name for name in names if name.lower().endswith(".csv")]
    if len(tables) > 1:
        raise TryOnError("csv_several")
    pictures = [name for name in names if name not in tables]
    if not tables:
        return None, pictures
    return member_bytes(archive, tables[0], most=MOST_CSV_BYTES, code="csv_unreadable"), pictures


def member_bytes(archive: zipfile.ZipFile, name: str, *, most: int, code: str) -> bytes:
    """The bytes of one file in it. Raises TryOnError `code` beyond `most`, whatever its header says."""
    try:
        with archive.open(name) as member:
            data = member.read(most + 1)
    except KeyError as error:
        raise TryOnError("file_missing") from error
    # A damaged stream shows itself as any of these, and what is encrypted as a RuntimeError.
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, *_CODECS) as error:
        raise TryOnError("archive_unreadable") from error
    if len(data) > most:
        raise TryOnError(code)
    return data


def csv_lines(
    table: bytes, *, required: Collection[str], columns: Collection[str], code: str
) -> list[dict[str, str]]:
    """The lines of a CSV file, each by column, without blanks around.

    Raises TryOnError `code` where a required column is missing or there is any but `columns`; csv_unreadable;
    import_too_many.
    """
    try:
        text = table.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = [(name or "").strip().lower() for name in reader.fieldnames or []]
        if not set(required) <= set(header) <= set(columns) or len(set(header)) < len(header):
            raise TryOnError(code)
        reader.fieldnames = header
        lines = []
        for line in reader:
            lines.append(line)
            if len(lines) > MOST_ITEMS:
                raise TryOnError("import_too_many")
    except (UnicodeDecodeError, csv.Error) as error:
        raise TryOnError("csv_unreadable") from error
    if any(None in line or None in line.values() for line in lines) or "\0" in text:
        raise TryOnError("csv_unreadable")
    return [{column: cell.strip() for column, cell in line.items()} for line in lines]


def located(name: str, pictures: Sequence[str]) -> str:
    """The picture of this path in an archive, or with this last part if it is one alone; else empty."""
    if name in pictures:
        return name
    found = [picture for picture in pictures if PurePosixPath(picture).name == name]
    return found[0] if len(found) == 1 else ""


def pack(files: Iterable[UploadedFile]) -> tuple[IO[bytes], list[str]]:
    """Uploaded pictures as a ZIP file, and their names in it, each its own; the caller closes it."""
    target = tempfile.TemporaryFile()  # noqa: SIM115  (closed by the caller)
    names: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, file in enumerate(files, 1):
            name = PurePosixPath(file.name or "").name[-100:] or "picture"
            names.append(name if name not in names else f"{number} {name}")
            with archive.open(names[-1], "w") as member:
                for chunk in file.chunks():
                    member.write(chunk)
    target.seek(0)
    return target, names


def _members(archive: zipfile.ZipFile) -> list[str]:
    """The names of files in it, without what systems leave there, in the order of the alphabet."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise TryOnError("import_too_many")
    if any(_is_unsafe(entry) for entry in entries):
        raise TryOnError("archive_unsafe")
    if any(entry.flag_bits & 1 for entry in entries):
        raise TryOnError("archive_unreadable")
    sizes = [entry.file_size for entry in entries]
    if sum(sizes) > MOST_BYTES or max(sizes, default=0) > settings.TRYON["MAX_UPLOAD_BYTES"]:
        raise TryOnError("archive_too_large")
    files = [entry.filename for entry in entries if not entry.is_dir()]
    return sorted(name for name in files if not _is_litter(PurePosixPath(name)))


def _is_unsafe(entry: zipfile.ZipInfo) -> bool:
    """Names are keys here and never paths of files; but who writes such names wants something else."""
    name = entry.filename
    parts = PurePosixPath(name).parts
    leads_out = name.startswith("/") or ".." in parts or "\\" in name or ":" in name
    return leads_out or not name.isprintable() or stat.S_ISLNK(entry.external_attr >> 16)


def _is_litter(path: PurePosixPath) -> bool:
    return "__MACOSX" in path.parts or path.name.startswith(".") or path.name.lower() == "thumbs.db"


def _row(line: dict[str, str], pictures: Sequence[str]) -> Planned:
    cells = dict.fromkeys(COLUMNS, "") | line
    place = located(cells["file"], pictures)
    outer = cells["outer"].lower()
    category = cells["category"].lower() or ("upper_body" if outer in YES else "")
    errors = {
        "file_missing": not place,
        "name_missing": not 0 < len(cells["name"]) <= NAME_LENGTH,
        "sku_invalid": len(cells["sku"]) > SKU_LENGTH,
        "category_unsupported": bool(category) and category not in Garment.Category.values,
        "outer_invalid": outer not in YES | NO,
        "outer_unsupported": outer in YES and category != Garment.Category.UPPER_BODY,
    }
    code = next((code for code, wrong in errors.items() if wrong), "")
    known = category if category in Garment.Category.values else ""
    return Planned(
        (place or cells["file"])[:SOURCE_LENGTH],
        cells["name"][:NAME_LENGTH],
        cells["sku"][:SKU_LENGTH],
        known,
        outer in YES,
        code,
    )


def _checked(rows: list[Planned]) -> list[Planned]:
    """The rows, the second of two with one picture or one article number refused."""
    if not rows:
        raise TryOnError("import_empty")
    if len(rows) > MOST_ITEMS:
        raise TryOnError("import_too_many")
    sources: set[str] = set()
    skus: set[str] = set()
    checked = []
    for row in rows:
        code = row.error_code
        if not code and row.source in sources:
            code = "file_duplicate"
        if not code and row.sku and row.sku in skus:
            code = "sku_duplicate"
        sources.add(row.source)
        skus.add(row.sku)
        checked.append(row._replace(error_code=code))
    return checked


def _title(name: str) -> str:
    """ "shirts/blue_shirt-2.jpg" -> "Blue shirt 2" """
    words = PurePosixPath(name).stem.replace("_", " ").replace("-", " ").split()
    title = " ".join(words)[:NAME_LENGTH].strip()
    return title[:1].upper() + title[1:] or "Garment"


def _path(address: str) -> str:
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return ""
