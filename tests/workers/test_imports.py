"""Pictures of an import are fetched turn by turn and looked at one by one, each with a verdict of its own."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from ml.errors import Refusal
from tests.tryon import factories
from tests.workers.stubs import StubPipeline, engine_of
from tryon.import_files import Planned, plan_addresses
from tryon.models import GarmentImport, GarmentImportItem
from tryon.outbound import Answer, OutboundError
from tryon.services.garment_imports import import_create, import_delete
from workers import engines, imports, runner, tasks

pytestmark = pytest.mark.django_db
A, B, C = (f"https://cdn.example/{name}.png" for name in "abc")


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    told: list[type] = []
    for module in (runner, imports):
        monkeypatch.setattr(module, "announce", told.append)
    return told


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[StubPipeline], None]:
    return lambda stub: monkeypatch.setattr(engines, "engine", engine_of(stub))


def picture(colour: str = "navy") -> bytes:
    image = Image.new("RGB", (40, 50), "white")
    image.paste(colour, (10, 10, 30, 40))
    return factories.encoded(image, "PNG")


def archive(files: dict[str, bytes]) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    target.seek(0)
    return target


def verdicts(batch: GarmentImport) -> list[tuple[str, str, bool]]:
    return [(item.status, item.error_code, bool(item.image)) for item in batch.items.all()]


def web(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Answer | OutboundError]) -> None:
    def get(url: str, *, ports: list[int], seconds: float, most: int) -> Answer:
        assert (ports, most) == ([443], 15 * 1024 * 1024)
        answer = answers[url]
        if isinstance(answer, OutboundError):
            raise answer
        return answer

    monkeypatch.setattr(imports, "get", get)


def test_pictures_of_an_archive_are_decoded_and_what_is_none_is_refused(announced: list[type]) -> None:
    rows = [Planned(name, name) for name in ("a.png", "b.png", "c.png", "d.png")]
    files = {"a.png": picture(), "b.png": b"GIF89a", "c.png": picture()}
    batch = import_create(rows=rows, user_id=None, archive=archive(files))
    stored = batch.archive.name
    assert tasks.collect_imports() == 1
    batch.refresh_from_db()
    assert (batch.status, batch.archive.name, default_storage.exists(stored)) == ("succeeded", "", False)
    assert verdicts(batch) == [
        ("queued", "", True),
        ("failed", "unsupported_image", False),
        ("failed", "picture_duplicate", False),
        ("failed", "file_missing", False),
    ]
    with batch.items.first().image.open() as file:
        assert Image.open(file).format == "JPEG"
    assert announced == [GarmentImportItem]


def test_pictures_are_fetched_from_their_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = import_create(rows=plan_addresses("\n".join([A, B, C, A + "?2", A + "?3"])), user_id=None)
    web(
        monkeypatch,
        {
            A: Answer(200, picture()),
            B: Answer(404, b""),
            C: OutboundError("address_refused"),
            A + "?2": OutboundError("timed_out"),
            A + "?3": OutboundError("too_large"),
        },
    )
    tasks.collect_imports()
    assert verdicts(batch) == [
        ("queued", "", True),
        ("failed", "download_failed", False),
        ("failed", "url_refused", False),
        ("failed", "download_failed", False),
        ("failed", "image_too_large", False),
    ]


def test_a_turn_ends_in_time_and_the_next_one_goes_on(
    monkeypatch: pytest.MonkeyPatch, announced: list[type]
) -> None:
    batch = import_create(rows=plan_addresses(f"{A}\n{B}"), user_id=None)
    web(monkeypatch, {A: Answer(200, picture()), B: Answer(200, picture("red"))})
    monkeypatch.setattr(imports, "TURN_SECONDS", -1.0)
    tasks.collect_imports()
    batch.refresh_from_db()
    assert (batch.status, batch.attempts, verdicts(batch)[1]) == ("queued", 0, ("queued", "", False))
    assert announced == [GarmentImportItem, GarmentImport]
    tasks.collect_imports()
    batch.refresh_from_db()
    assert (batch.status, verdicts(batch)[1]) == ("succeeded", ("queued", "", True))


def test_an_import_that_is_deleted_meanwhile_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    batch = import_create(rows=plan_addresses(A), user_id=None)
    before = set(default_storage.listdir("garments")[1])

    def get(url: str, **_limits: object) -> Answer:
        import_delete(batch=GarmentImport.objects.get())
        return Answer(200, picture())

    monkeypatch.setattr(imports, "get", get)
    tasks.collect_imports()
    assert not GarmentImport.objects.filter(pk=batch.pk).exists()
    assert set(default_storage.listdir("garments")[1]) == before


def test_an_item_waits_for_its_picture_and_is_then_looked_at(
    use: Callable[[StubPipeline], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(
        StubPipeline(
            guess={"upper_body": 0.2, "lower_body": 0.1, "dresses": 0.7}, warnings=("category_mismatch",)
        )
    )
    batch = import_create(rows=[*plan_addresses(A), Planned(B, "Coat", "", "upper_body", True)], user_id=None)
    assert tasks.look_at_import_items() == 0
    web(monkeypatch, {A: Answer(200, picture()), B: Answer(200, picture("red"))})
    tasks.collect_imports()
    assert (tasks.look_at_import_items(), tasks.look_at_import_items(), tasks.look_at_import_items()) == (
        1,
        1,
        0,
    )
    found = batch.items.values_list("status", "category", "certainty", "warnings")
    assert list(found) == [
        ("succeeded", "dresses", 0.7, ["category_mismatch"]),
        ("succeeded", "upper_body", None, ["category_mismatch"]),
    ]


def test_a_picture_that_somebody_wears_is_refused(
    use: Callable[[StubPipeline], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(StubPipeline(cloth_refusal=Refusal("cloth_worn")))
    batch = import_create(rows=plan_addresses(A), user_id=None)
    web(monkeypatch, {A: Answer(200, picture())})
    tasks.collect_imports()
    tasks.look_at_import_items()
    assert verdicts(batch) == [("failed", "cloth_worn", True)]
