"""A real browser says that it shows a product; then the visit counts."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from shop.models import ExposureDay, Product, ProductColour
from tests.shop.test_accessibility import FLAGS
from tests.shop.test_exposure import BROWSER
from tests.tryon import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(live_server: LiveServer, shirt: Product) -> Iterator[BrowserContext]:
    """A browser that does not call itself a program, before a shirt that can be tried on."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the browser tests did NOT run: no chromium on this machine")
    ProductColour.objects.filter(slug="white").update(garment=factories.garment())
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser.new_context(base_url=live_server.url, user_agent=BROWSER["User-Agent"])
        browser.close()


@pytest.mark.parametrize("percent", [0, 100])
def test_a_visit_counts_when_a_browser_shows_the_page(
    visitor: BrowserContext, settings: Settings, percent: int
) -> None:
    settings.SHOP = settings.SHOP | {"EXPOSURE_PERCENT": percent}
    page = visitor.new_page()
    with page.expect_request_finished(lambda request: request.url.endswith("/opened/")) as told:
        page.goto("/products/linen-shirt/?colour=white")
    assert told.value.response().status == 204
    assert page.get_by_test_id("tryon-open").count() == (1 if percent else 0)
    page.reload()
    page.get_by_label("M", exact=True).check()
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_text("Added to your cart").wait_for()
    row = ExposureDay.objects.get()
    assert (row.percent, row.offered, row.opened, row.tried, row.added) == (percent, bool(percent), 1, 0, 1)
