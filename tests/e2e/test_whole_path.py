"""One shopper, one browser, every real part: from the product page to the picture, and the photo erased."""

import pytest
from playwright.sync_api import Page, expect

PRODUCT = "/products/everyday-t-shirt/"
PATIENCE = 600_000
"""Milliseconds. The first try-on of a worker loads the models."""
SIZE = "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
DIFFERENT = """([before, after]) => {
  const pixels = [before, after].map((image) => {
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.naturalWidth, image.naturalHeight).data;
  });
  const green = pixels.map((data) => data.filter((_, at) => at % 4 === 1));
  return green[0].filter((value, at) => Math.abs(value - green[1][at]) > 8).length / green[0].length;
}"""


@pytest.mark.browser
@pytest.mark.slow
def test_a_shopper_tries_a_garment_on_and_leaves_nothing_behind(page: Page) -> None:
    page.goto(PRODUCT)
    wait_until_prepared(page)
    page.get_by_test_id("tryon-open").click()

    sample = page.get_by_test_id("tryon-sample-0")
    expect(page.get_by_test_id("tryon-consent")).not_to_be_checked()
    expect(sample).to_be_disabled()
    page.get_by_test_id("tryon-consent").check()
    sample.click()
    expect(page.get_by_test_id("tryon-progress")).to_be_visible()

    expect(page.get_by_test_id("tryon-result")).to_be_visible(timeout=PATIENCE)
    slider = page.get_by_test_id("tryon-slider")
    expect(slider).to_be_visible()
    before, after = slider.locator("[data-part=before]"), slider.locator("[data-part=after]")
    assert before.evaluate(SIZE) == after.evaluate(SIZE)
    changed = page.evaluate(DIFFERENT, [before.element_handle(), after.element_handle()])
    assert 0.01 < changed < 0.9

    with page.expect_download() as download:
        page.get_by_test_id("tryon-download").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")

    photo, result = before.get_attribute("src"), after.get_attribute("src")
    page.get_by_test_id("tryon-delete").click()
    expect(page.locator("[data-panel=deleted]")).to_be_visible()
    expect(page.locator("[data-part=receipt]")).not_to_be_empty()
    for address in (photo, result):
        assert page.request.get(str(address)).status in {404, 410}


def wait_until_prepared(page: Page) -> None:
    """The garments of a new shop are prepared one by one; the button appears with the next visit."""
    opener = page.get_by_test_id("tryon-open")
    for _ in range(PATIENCE // 2000):
        if opener.count():
            expect(opener).to_be_visible()
            return
        page.wait_for_timeout(2000)
        page.reload()
    pytest.fail("The garment was not prepared in time.")
