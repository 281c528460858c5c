"""The merchant's pages in a real browser: painting, choosing files, watching; axe on what is ours of them."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from shop.models import Category, ExposureDay, ProductColour
from shop.roles import MERCHANT
from tests.tryon import factories
from tests.tryon.staff_pages import staff_page
from tryon.models import Garment, Lookbook
from tryon.services.garment_previews import previews_request
from tryon.services.lookbooks import lookbook_create

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
SIZE = 300, 400
SAMPLES = [each["image"] for each in settings.TRYON["SAMPLE_PHOTOS"]]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the browser tests did NOT run: no chromium on this machine")
    # The browser's driver runs an event loop in this thread; Django would refuse its database here.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=[(1366, 768), (820, 1180)], ids=["laptop", "tablet"])
def page(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    width, height = request.param
    viewport = {"width": width, "height": height}
    with staff_page(browser, live_server.url, MERCHANT, viewport=viewport) as page:
        yield page


@pytest.fixture
def garment(db: None) -> Garment:
    """A blue square in the middle of its picture, found as it is."""
    picture = Image.new("RGB", SIZE, "white")
    picture.paste((40, 80, 160), (60, 80, 240, 320))
    cutout = Image.new("RGBA", SIZE, (255, 255, 255, 0))
    cutout.paste((40, 80, 160, 255), (60, 80, 240, 320))
    row = factories.garment(landmarks={"left_collar": [180.0, 90.0, 0.9], "crotch": [9.0, 9.0, 0.1]})
    row.image.save("square.jpg", ContentFile(factories.encoded(picture)))
    row.cutout.save("square.webp", ContentFile(factories.encoded(cutout, "WEBP", lossless=True)))
    return row


@contextmanager
def loaded_anew(page: Page) -> Iterator[None]:
    """The page loads itself anew after what is done here."""
    page.evaluate("window.isOld = true")
    yield
    page.wait_for_function("!window.isOld")
    page.wait_for_load_state()


def sound(page: Page) -> list[str]:
    """What axe objects to in our part of the page; and it never scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    options = {"runOnly": RULES}
    violations = Axe().run(page, context={"include": [[".at"]]}, options=options).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in violations for node in each["nodes"]]


def test_an_outline_is_erased_a_corner_moved_and_both_are_saved(page: Page, garment: Garment) -> None:
    page.goto(f"/admin/tryon/garment/{garment.pk}/outline/")
    page.wait_for_selector("[data-editor][data-ready]")
    assert sound(page) == []
    box = page.locator("[data-editor-canvas]").bounding_box()
    assert box
    scale = box["width"] / SIZE[0]

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * scale, box["y"] + y * scale

    page.locator("label", has_text="Erase").click()
    page.locator("[data-editor-width]").fill("20")
    page.mouse.move(*at(60, 300))
    page.mouse.down()
    page.mouse.move(*at(240, 300), steps=4)
    page.mouse.up()
    expect(page.locator("[data-editor-undo]")).to_be_enabled()
    page.locator("label", has_text="Corners").click()
    corner = page.get_by_role("button", name="left collar")
    assert page.locator(".at-corner").count() == 1
    corner.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Save and prepare again").click()
    page.wait_for_url("**/change/")
    garment.refresh_from_db()
    assert (garment.status, garment.drawn_landmarks) == ("queued", {"left_collar": [190.0, 89.0]})
    with garment.drawn_mask.open() as file:
        mask = Image.open(io.BytesIO(file.read())).convert("L")
    assert mask.size == SIZE
    assert [mask.getpixel(place) for place in ((150, 200), (150, 300), (30, 200))] == [255, 0, 0]


def test_a_corner_is_dragged_by_the_mouse(page: Page, garment: Garment) -> None:
    page.goto(f"/admin/tryon/garment/{garment.pk}/outline/")
    page.wait_for_selector("[data-editor][data-ready]")
    corner = page.locator(".at-corner")
    expect(corner).to_be_hidden()
    page.locator("label", has_text="Corners").click()
    canvas = page.locator("[data-editor-canvas]").bounding_box()
    assert canvas
    scale = canvas["width"] / SIZE[0]

    def at(x: float, y: float) -> tuple[float, float]:
        return canvas["x"] + x * scale, canvas["y"] + y * scale

    page.mouse.move(*at(180, 90))
    page.mouse.down()
    page.mouse.move(*at(150, 140), steps=5)
    page.mouse.move(*at(100, 200), steps=5)
    page.mouse.up()
    page.mouse.move(*at(20, 20))  # It was let go: it does not follow any more.
    box = corner.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert middle == pytest.approx(at(100, 200), abs=1.5)
    expect(corner).to_have_class("at-corner at-corner--moved")
    # Beyond the picture it stays at the edge.
    page.mouse.move(*at(100, 200))
    page.mouse.down()
    page.mouse.move(*at(-80, 200), steps=3)
    page.mouse.up()
    assert corner.evaluate("corner => corner.style.left") == "0%"
    page.mouse.move(*at(0, 200))
    page.mouse.down()
    page.mouse.move(*at(100, 200), steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Save and prepare again").click()
    page.wait_for_url("**/change/")
    garment.refresh_from_db()
    assert garment.drawn_landmarks == {"left_collar": pytest.approx([100, 200], abs=1.5)}
    assert not garment.drawn_mask


def test_undo_takes_back_and_a_refusal_is_shown(page: Page, garment: Garment) -> None:
    page.goto(f"/admin/tryon/garment/{garment.pk}/outline/")
    page.wait_for_selector("[data-editor][data-ready]")
    page.locator("label", has_text="Erase").click()
    page.locator("[data-editor-width]").fill("160")
    canvas = page.locator("[data-editor-canvas]")
    box = canvas.bounding_box()
    assert box
    for height in (0.2, 0.4, 0.6, 0.8):
        page.mouse.move(box["x"] + 2, box["y"] + height * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 2, box["y"] + height * box["height"], steps=3)
        page.mouse.up()
    page.get_by_role("button", name="Save and prepare again").click()
    expect(page.locator("[data-editor-error]")).to_contain_text("Nothing of the picture is marked")
    for _ in range(4):
        page.locator("[data-editor-undo]").click()
    expect(page.locator("[data-editor-undo]")).to_be_disabled()
    page.get_by_role("button", name="Save and prepare again").click()
    page.wait_for_url("**/change/")
    garment.refresh_from_db()
    with garment.drawn_mask.open() as file:
        assert Image.open(io.BytesIO(file.read())).getbbox() == (60, 80, 240, 320)


def test_the_page_of_a_garment_shows_what_workers_do(page: Page, garment: Garment) -> None:
    Garment.objects.update(status="queued")
    page.goto(f"/admin/tryon/garment/{garment.pk}/change/")
    expect(page.locator("[data-verdict=busy]")).to_be_visible()
    with loaded_anew(page):
        Garment.objects.update(status="succeeded", warnings=["cloth_low_resolution"])
    expect(page.locator("[data-verdict=mind]")).to_be_visible()
    previews_request(garment=garment)
    page.reload()
    with loaded_anew(page):
        garment.previews.update(status="failed", error_code="person_cropped")
    expect(page.locator(".at-people figcaption").first).to_contain_text("Too little")
    assert sound(page) == []


def test_many_are_put_on_sale_from_the_list(page: Page, garment: Garment) -> None:
    tops = Category.objects.create(slug="tops", name="Tops")
    waiting = factories.garment(name="Waiting", status="queued", image=garment.image.name)
    page.goto("/admin/tryon/garment/")
    for each in (garment, waiting):
        page.locator(f"input[name=_selected_action][value='{each.pk}']").check()
    page.locator("select[name=action]").select_option("publish", force=True)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("This garment cannot be tried on yet.")).to_be_visible()
    assert sound(page) == []
    page.get_by_label("Price in EUR").fill("39.5")
    page.get_by_label("Pieces of each size").fill("3")
    page.get_by_role("button", name="Put them on sale").click()
    expect(page.get_by_text("say above in which category")).to_be_visible()
    page.get_by_label("Category of new products: Tops").select_option("Tops")
    expect(page.get_by_label("Price in EUR")).to_have_value("39.5")
    assert sound(page) == []
    page.get_by_role("button", name="Put them on sale").click()
    expect(page.get_by_text("1 garment is on sale now.")).to_be_visible()
    colour = ProductColour.objects.get()
    assert (colour.garment, colour.product.name, colour.product.category) == (garment, garment.name, tops)
    assert list(colour.variants.values_list("size", "stock")) == [("S", 3), ("M", 3), ("L", 3), ("XL", 3)]


def test_the_other_pages_have_no_barriers(page: Page, garment: Garment) -> None:
    for offered in (True, False):
        ExposureDay.objects.create(
            day=date(2026, 3, 4), percent=50, offered=offered, opened=900, tried=80, added=40
        )
    lookbook = lookbook_create(name="Spring", garments=[garment], samples=SAMPLES[:2], user_id=None)
    Lookbook.objects.update(status="failed", error_code="worker_lost")
    publish = f"/admin/shop/productcolour/publish/{garment.pk}/"
    change = f"/admin/tryon/lookbook/{lookbook.pk}/change/"
    found = {}
    for address in ("/admin/", "/admin/tryon/lookbook/add/", change, publish):
        page.goto(address)
        found[address] = sound(page)
    assert found == {address: [] for address in found}
