"""What merchants send, and what others might: pictures, ZIP files, CSV files, addresses."""

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import ERRORS, TryOnError
from tryon.import_files import (
    COLUMNS,
    MOST_ENTRIES,
    MOST_ITEMS,
    NAME_LENGTH,
    SKU_LENGTH,
    SOURCE_LENGTH,
    Planned,
    member_bytes,
    opened,
    plan_addresses,
    plan_archive,
    plan_pictures,
)
from tryon.models import GarmentImportItem

HEADER = "file,name,sku,category,outer\n"


def archive(files: dict[str, bytes | str], compression: int = zipfile.ZIP_STORED) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    target.seek(0)
    return target


def listed(table: str | bytes, *pictures: str) -> list[Planned]:
    return plan_archive(archive({"list.csv": table} | dict.fromkeys(pictures or ("a.jpg", "b.jpg"), b"x")))


def outcome(plan: Callable[[], list[Planned]]) -> list[Planned] | str:
    """The rows, or the code of the refusal."""
    try:
        return plan()
    except TryOnError as error:
        return error.code


def refusal(plan: Callable[[], object]) -> str:
    with pytest.raises(TryOnError) as refused:
        plan()
    return refused.value.code


def test_lengths_are_those_of_the_columns() -> None:
    fields = (GarmentImportItem._meta.get_field(name) for name in ("name", "sku", "source"))
    assert [field.max_length for field in fields] == [NAME_LENGTH, SKU_LENGTH, SOURCE_LENGTH]


def test_pictures_are_called_as_their_files() -> None:
    assert plan_pictures(["shirts/blue_shirt-2.jpg", "COAT.png", ".jpg"]) == [
        Planned("shirts/blue_shirt-2.jpg", "Blue shirt 2"),
        Planned("COAT.png", "COAT"),
        Planned(".jpg", ".jpg"),
    ]


def test_addresses_come_one_on_a_line() -> None:
    text = "\n https://cdn.example/p/linen%20shirt.jpg?w=9 \n\nnonsense\nhttps://cdn.example/p/linen%20shirt.jpg?w=9"
    assert plan_addresses(text) == [
        Planned("https://cdn.example/p/linen%20shirt.jpg?w=9", "Linen shirt"),
        Planned("nonsense", "Nonsense"),
        Planned("https://cdn.example/p/linen%20shirt.jpg?w=9", "Linen shirt", error_code="file_duplicate"),
    ]


def test_a_list_gives_names_numbers_and_kinds() -> None:
    table = HEADER + "a.jpg,Linen shirt, LS-1 ,,\nb.jpg,Coat,,,YES\n"
    assert listed(table) == [
        Planned("a.jpg", "Linen shirt", "LS-1"),
        Planned("b.jpg", "Coat", "", "upper_body", True),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_write_with_other_delimiters_and_a_mark_of_order(delimiter: str) -> None:
    table = delimiter.join(["Name", "File"]) + "\r\n" + delimiter.join(["Rök", "a.jpg"]) + "\r\n"
    assert listed(("\ufeff" + table).encode()) == [Planned("a.jpg", "Rök")]


def test_a_file_in_a_folder_is_found_by_its_last_part_if_there_is_one_alone() -> None:
    rows = listed("file,name\na.jpg,A\nb.jpg,B\n", "x/a.jpg", "x/b.jpg", "y/b.jpg")
    assert rows == [Planned("x/a.jpg", "A"), Planned("b.jpg", "B", error_code="file_missing")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("c.jpg,C,,,", "file_missing"),
        (",C,,,", "file_missing"),
        ("../a.jpg,C,,,", "file_missing"),
        ("b.jpg,,,,", "name_missing"),
        (f"b.jpg,{'n' * 121},,,", "name_missing"),
        (f"b.jpg,B,{'1' * 41},,", "sku_invalid"),
        ("b.jpg,B,,hats,", "category_unsupported"),
        ("b.jpg,B,,,maybe", "outer_invalid"),
        ("b.jpg,B,,dresses,yes", "outer_unsupported"),
        ("a.jpg,B,,,", "file_duplicate"),
        ("b.jpg,B,1,,", "sku_duplicate"),
    ],
)
def test_what_is_wrong_with_one_line_is_said_at_that_line(line: str, code: str) -> None:
    first, second = listed(f"{HEADER}a.jpg,A,1,,\n{line}\n")
    assert (first.error_code, second.error_code) == ("", code)
    assert code in ERRORS


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("", "csv_columns"),
        ("a.jpg,Shirt\n", "csv_columns"),
        ("file\na.jpg\n", "csv_columns"),
        ("file,name,price\na.jpg,A,3\n", "csv_columns"),
        ("file,name,name\na.jpg,A,B\n", "csv_columns"),
        ("file,name\na.jpg,A,B\n", "csv_unreadable"),
        ("file,name\na.jpg\n", "csv_unreadable"),
        ('file,name\na.jpg,"A\n', "csv_unreadable"),
        ("file,name\na.jpg,R\xf6k\n".encode("latin-1"), "csv_unreadable"),
        (b"\xff\xfef\x00i\x00", "csv_unreadable"),
        ("file,name\na.jpg,A\0\n", "csv_unreadable"),
        (b"file,name\n" + b"x" * 1024 * 1024, "csv_unreadable"),
        ("file,name\n", "import_empty"),
        ("file,name\n" + "a.jpg,A\n" * 10_000, "import_too_many"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(table: str | bytes, code: str) -> None:
    assert refusal(lambda: listed(table)) == code


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "x/../../a.jpg", "/etc/passwd", "C:/a.jpg", "x\\a.jpg", "a\nb.jpg", "..", "a\u202egpj.exe"],
)
def test_names_that_lead_outside_are_refused(name: str) -> None:
    assert refusal(lambda: plan_archive(archive({"a.jpg": b"x", name: b"x"}))) == "archive_unsafe"


def test_links_are_refused() -> None:
    link = zipfile.ZipInfo("a.jpg")
    link.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(link, "/etc/passwd")
    assert refusal(lambda: plan_archive(target)) == "archive_unsafe"


def test_what_would_unpack_to_too_much_is_refused_before_it_is_unpacked() -> None:
    big = archive({"a.jpg": b"\0" * (16 * 1024 * 1024)}, zipfile.ZIP_DEFLATED)
    assert len(big.getvalue()) < 50_000
    assert refusal(lambda: plan_archive(big)) == "archive_too_large"
    many = archive({f"{n}.jpg": b"\0" * 15_000_000 for n in range(14)}, zipfile.ZIP_DEFLATED)
    assert refusal(lambda: plan_archive(many)) == "archive_too_large"


def test_a_header_that_lies_about_the_size_unpacks_no_more_than_it_says() -> None:
    packed = archive({"a.jpg": b"\0" * 1_000_000}, zipfile.ZIP_DEFLATED).getvalue()
    lying = packed.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert plan_archive(io.BytesIO(lying)) == [Planned("a.jpg", "A")]
    with opened(io.BytesIO(lying)) as found:
        code = refusal(lambda: member_bytes(found, "a.jpg", most=100, code="image_too_large"))
    assert code in ("archive_unreadable", "image_too_large")


def test_the_size_is_measured_while_unpacking() -> None:
    with opened(archive({"a.jpg": b"x" * 11})) as found:
        assert member_bytes(found, "a.jpg", most=11, code="image_too_large") == b"x" * 11
        assert (
            refusal(lambda: member_bytes(found, "a.jpg", most=10, code="image_too_large"))
            == "image_too_large"
        )


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], "import_empty"),
        (["__MACOSX/a.jpg", ".DS_Store", "x/Thumbs.db", "x/"], "import_empty"),
        ([f"{n}.jpg" for n in range(MOST_ITEMS + 1)], "import_too_many"),
        ([f"x/{n}/" for n in range(MOST_ENTRIES + 1)], "import_too_many"),
        (["a.csv", "b.CSV", "a.jpg"], "csv_several"),
    ],
)
def test_archives_with_nothing_or_too_much_in_them(names: list[str], code: str) -> None:
    assert refusal(lambda: plan_archive(archive(dict.fromkeys(names, b"")))) == code


def test_encrypted_and_damaged_archives_are_refused() -> None:
    whole = archive({"a.jpg": b"x" * 100}).getvalue()
    locked = bytearray(whole)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[whole.index(mark) + offset] |= 1
    assert refusal(lambda: plan_archive(io.BytesIO(bytes(locked)))) == "archive_unreadable"
    assert refusal(lambda: plan_archive(io.BytesIO(whole[: len(whole) // 2]))) == "archive_unreadable"
    assert refusal(lambda: plan_archive(io.BytesIO(b"not a zip"))) == "archive_unreadable"


@given(st.binary(max_size=400), st.integers(0, 400), st.binary(max_size=8))
def test_whatever_comes_as_an_archive_is_planned_or_refused(tail: bytes, at: int, patch: bytes) -> None:
    whole = archive({"list.csv": HEADER + "a.jpg,A,,,\n", "a.jpg": tail}, zipfile.ZIP_DEFLATED).getvalue()
    damaged = whole[:at] + patch + whole[at + len(patch) :]
    rows = outcome(lambda: plan_archive(io.BytesIO(damaged)))
    assert rows in ERRORS if isinstance(rows, str) else 0 < len(rows) <= MOST_ITEMS


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=130)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_whatever_a_list_says_every_line_has_a_verdict_or_can_be_added(lines: list[tuple[str, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *lines])
    rows = outcome(lambda: listed(text.getvalue().encode()))
    if isinstance(rows, str):
        assert rows in {"csv_unreadable", "import_empty"}
        return
    for row in rows:
        assert len(row.name) <= 120
        assert len(row.sku) <= 40
        assert row.category in ("", "upper_body", "lower_body", "dresses")
        if not row.error_code:
            assert row.source in ("a.jpg", "b.jpg")
            assert row.name
            assert not row.outer or row.category == "upper_body"
    good = [row for row in rows if not row.error_code]
    assert len({row.source for row in good}) == len(good)


@given(st.text(max_size=300))
def test_whatever_is_written_as_addresses_is_planned_or_refused(text: str) -> None:
    rows = outcome(lambda: plan_addresses(text))
    if isinstance(rows, str):
        assert (rows, text.strip()) == ("import_empty", "")
    else:
        assert all(row.name and len(row.source) <= 500 for row in rows)
