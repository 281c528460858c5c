"""The pages in a real browser, checked by axe against WCAG 2.2 AA on a phone and on a desktop."""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from shop.models import Product, ProductColour
from tests.tryon import factories

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["/", "/products/?colour=navy", "/products/?q=umbrella", "/products/linen-shirt/", "/privacy/"]
PAGES += ["/cart/", "/checkout/", "/accounts/login/", "/accounts/signup/", "/tryon/", "/nowhere/"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]

pytestmark = pytest.mark.browser


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


@pytest.fixture(params=[390, 1280], ids=["phone", "desktop"])
def page(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, shirt: Product
) -> Iterator[Page]:
    """A page with one shirt in the cart, which can be tried on."""
    ProductColour.objects.filter(slug="white").update(garment=factories.garment())
    width: int = request.param
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/products/linen-shirt/?colour=white")
    page.get_by_label("M", exact=True).check()
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_text("Added to your cart").wait_for()
    yield page
    context.close()


def problems(page: Page) -> list[tuple[str, list[str]]]:
    """What axe objects to: rule and elements."""
    violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations]


def test_pages_have_no_barriers_and_never_scroll_sideways(page: Page) -> None:
    found = {}
    for address in PAGES:
        page.goto(address)
        found[address] = problems(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert found == {address: [] for address in PAGES}


def test_the_dialog_has_no_barriers_and_gives_the_focus_back(page: Page) -> None:
    opener = page.get_by_test_id("tryon-open")
    opener.click()
    consent = page.get_by_test_id("tryon-consent")
    assert not consent.is_checked()
    assert problems(page) == []
    consent.check()
    page.get_by_test_id("tryon-file").set_input_files(
        {"name": "no.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    )
    error = page.get_by_test_id("tryon-error")
    error.wait_for()
    assert error.get_attribute("data-code") == "unsupported_image"
    assert problems(page) == []
    page.keyboard.press("Escape")
    assert opener.evaluate("button => button === document.activeElement")
