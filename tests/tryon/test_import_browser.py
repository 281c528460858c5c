"""Adding many garments in a real browser: files are dropped or chosen, and the page follows."""

import base64
import io
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from shop.roles import MERCHANT
from tests.tryon import factories
from tests.tryon.staff_pages import staff_page
from tests.tryon.test_admin_browser import SIZE, browser, sound  # noqa: F401  (a fixture)
from tryon.ingest import decode_upload
from tryon.models import Garment, GarmentImport, TrainingSample
from tryon.services.garment_imports import item_keep_picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[(1366, 768), (820, 1180)], ids=["laptop", "tablet"])
def page(
    request: pytest.FixtureRequest,
    browser: Browser,  # noqa: F811
    live_server: LiveServer,
) -> Iterator[Page]:
    width, height = request.param
    with staff_page(browser, live_server.url, MERCHANT, viewport={"width": width, "height": height}) as page:
        yield page


DROP = """(zone, files) => {
  const bag = new DataTransfer();
  for (const [name, type, data] of files) {
    bag.items.add(new File([Uint8Array.from(atob(data), (each) => each.charCodeAt(0))], name, { type }));
  }
  const fire = (kind) => {
    const event = new DragEvent(kind, { dataTransfer: bag, bubbles: true, cancelable: true });
    zone.dispatchEvent(event);
    return [event.defaultPrevented, zone.classList.contains("at-drop--over")];
  };
  return ["dragover", "dragleave", "dragover", "drop"].map(fire);
}"""


def dropped(page: Page, *pictures: tuple[str, str]) -> list[list[bool]]:
    """Drop PNG files, (name, colour) each. Of each event: was it ours, and did the zone show it?"""
    files = [
        (
            name,
            "image/png",
            base64.b64encode(factories.encoded(Image.new("RGB", SIZE, colour), "PNG")).decode(),
        )
        for name, colour in pictures
    ]
    found: list[list[bool]] = page.locator("[data-import-drop]").evaluate(DROP, files)
    return found


def test_files_are_dropped_in_turns_and_all_are_sent(page: Page) -> None:
    page.goto("/admin/tryon/garmentimport/add/")
    events = dropped(page, ("red_shirt.png", "red"), ("green_shirt.png", "green"))
    # Not prevented, a drop would make the browser open the picture in the place of the page.
    assert events == [[True, True], [False, False], [True, True], [True, False]]
    expect(page.locator("[data-import-summary]")).to_contain_text("2 files")
    dropped(page, ("blue_shirt.png", "blue"))
    expect(page.locator("[data-import-summary]")).to_contain_text("3 files")
    pictures = page.locator("[data-import-files] img")
    expect(pictures).to_have_count(3)
    widths = pictures.evaluate_all(
        "all => Promise.all(all.map(each => each.decode().then(() => each.naturalWidth)))"
    )
    assert widths == [SIZE[0]] * 3
    page.locator("[data-import-send]").click()
    page.wait_for_url("**/change/")
    batch = GarmentImport.objects.get()
    assert list(batch.items.values_list("name", flat=True)) == ["Red shirt", "Green shirt", "Blue shirt"]
    with batch.archive.open() as file, zipfile.ZipFile(file) as archive:
        colours = [Image.open(io.BytesIO(archive.read(name))).getpixel((0, 0)) for name in archive.namelist()]
    assert colours == [(255, 0, 0), (0, 128, 0), (0, 0, 255)]


def test_files_are_chosen_taken_out_and_sent_and_the_page_follows(page: Page) -> None:
    page.goto("/admin/tryon/garmentimport/add/")
    assert sound(page) == []
    send = page.locator("[data-import-send]")
    expect(send).to_be_disabled()
    pictures = [
        {
            "name": f"{colour}_shirt.png",
            "mimeType": "image/png",
            "buffer": factories.encoded(Image.new("RGB", SIZE, colour), "PNG"),
        }
        for colour in ("red", "green", "blue")
    ]
    page.locator("[data-import-input]").set_input_files(pictures)
    expect(page.locator("[data-import-summary]")).to_contain_text("3 files")
    page.get_by_role("button", name="Take out: green_shirt.png").click()
    expect(page.locator("[data-import-summary]")).to_contain_text("2 files")
    send.click()
    page.wait_for_url("**/change/")
    batch = GarmentImport.objects.get()
    assert list(batch.items.values_list("name", flat=True)) == ["Red shirt", "Blue shirt"]
    expect(page.locator("[data-item='0']")).to_contain_text("waits for its picture")
    first, second = batch.items.all()
    item_keep_picture(item=first, picture=decode_upload(pictures[0]["buffer"]))
    batch.items.filter(pk=first.pk).update(status="succeeded", category="upper_body", certainty=0.8)
    batch.items.filter(pk=second.pk).update(status="failed", error_code="cloth_worn")
    expect(page.locator("[data-verdict=cloth_worn]")).to_contain_text("Somebody wears this garment")
    GarmentImport.objects.update(status="succeeded")
    button = page.get_by_role("button", name="Add the chosen garments")
    expect(button).to_be_visible()
    assert sound(page) == []
    button.click()
    expect(page.get_by_text("1 garment was added")).to_be_visible()
    assert Garment.objects.get().name == "Red shirt"


def test_photos_of_models_are_taken_in_once_their_list_is_right(page: Page, own_stores: None) -> None:
    factories.garment(name="Shirt", sku="S-1")
    page.goto("/admin/tryon/trainingsample/add-photos/")
    for garment in ("S-2", "S-1"):
        assert sound(page) == []
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("list.csv", f"file,garment\na.jpg,S-1\nb.jpg,{garment}\n")
            for name in ("a.jpg", "b.jpg"):
                archive.writestr(name, factories.encoded(factories.picture()))
        file = {"name": "photos.zip", "mimeType": "application/zip", "buffer": target.getvalue()}
        page.get_by_label("ZIP file").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_label("Licence note for all").fill("Contract of May 2, 2026")
        page.get_by_role("button", name="Take in these photos").click()
        if garment == "S-2":
            expect(page.locator("[data-verdict=garment_unknown]")).to_contain_text("b.jpg")
            assert not TrainingSample.objects.exists()
    page.wait_for_url("**/batch/**")
    expect(page.locator("tr[data-verdict=queued]")).to_have_count(2)
    TrainingSample.objects.update(status="failed", error_code="face_covered")
    expect(page.locator("tr[data-verdict=face_covered]")).to_have_count(2)
    assert sound(page) == []
