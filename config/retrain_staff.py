"""One of the staff of the demo's shop, by a browser at the admin."""

import re
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from . import once

PAGE_SECONDS = 120
LIST_PAGE = 100
"""Rows on a page of a list of the admin."""


class Staff:
    """A browser at the admin, logged in as an account of the demo, and pictures of what it saw."""

    def __init__(self, browser: Browser, url: str, pictures: Path | None, name: str) -> None:
        self.page = browser.new_page(viewport={"width": 1440, "height": 1000})
        self.page.set_default_timeout(1000 * PAGE_SECONDS)
        self.url, self._pictures = url, pictures
        self.page.goto(f"{self.url}/admin/")
        self.page.fill("input[name=login]", name)
        self.page.fill("input[name=password]", f"{name}-demo")
        self.page.click("form[action*=login] button[type=submit]")
        self.page.wait_for_url("**/admin/")

    def picture(self, name: str) -> None:
        if self._pictures:
            self._pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(self._pictures / f"{name}.png"), full_page=True)

    def start(self, minutes: float) -> None:
        """Raises OnceError when the page does not lead to the run."""
        self.page.goto(f"{self.url}/admin/tryon/trainingrun/add/")
        self.page.fill("input[name=minutes]", str(minutes))
        self.picture("start")
        self.page.click("button[name=_save], input[name=_save]")
        if not self.page.locator("#training").count():
            raise once.OnceError(
                f"the training did not start: {self.page.locator('main').inner_text()[:300]}"
            )

    def progress(self) -> dict[str, Any]:
        """What the page's script is told."""
        answer = self.page.request.get(self.url + str(self.page.get_attribute("#training", "data-url")))
        found: dict[str, Any] = answer.json()
        return found

    def garments(self, status: str) -> int:
        """How many there are of this status."""
        found, address = 0, f"{self.url}/api/v1/garments/?page_size=200&status={status}"
        while address:
            page = self.page.request.get(address).json()
            found, address = found + len(page["results"]), page["next"]
        return found

    def samples(self, status: str) -> int:
        """How many photos of people there are of this status."""
        return len(self.rows(f"trainingsample/?status__exact={status}&", "created_at"))

    def rows(self, address: str, *columns: str) -> list[list[str]]:
        """The texts of `columns` in all pages of a list of the admin."""
        found: list[list[str]] = []
        for number in count(1):
            page = self.page.request.get(f"{self.url}/admin/tryon/{address}p={number}")
            if page.url.endswith("e=1"):  # Django's answer to a page that is not there
                return found
            _, _, table = page.text().partition('id="result_list"')
            cells = [re.findall(rf"field-{name}\b[^>]*>(.*?)</t[dh]>", table, re.S) for name in columns]
            texts = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in column] for column in cells]
            rows = [list(row) for row in zip(*texts, strict=True)]
            found += rows
            if len(rows) < LIST_PAGE:
                return found
        raise AssertionError

    def confirm(self) -> None:
        self.page.click("form[method=post] button:has-text('Yes, do it')")
