"""Pages seen in Chromium: accessibility, requests, width, pictures, paper."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

DESK, PHONE = 1280, 360
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Browser:
    """One headless Chromium with a fresh profile: ``with Browser(program) as browser: browser.axe(path)``."""

    def __init__(self, program: str) -> None:
        self.program = program

    def __enter__(self) -> Browser:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._playwright = sync_playwright().start()
        self._context = self._playwright.chromium.launch_persistent_context(
            self._profile.name, executable_path=self.program, headless=True, args=FLAGS
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()
        self._playwright.stop()
        self._profile.cleanup()

    @contextmanager
    def opened(self, path: Path | str, width: int = DESK, watch=None):
        """The page at ``width`` pixels, loaded; ``watch(page)`` is called before it loads."""
        page: Page = self._context.new_page()
        try:
            page.set_viewport_size({"width": width, "height": 800})
            if watch is not None:
                watch(page)
            page.goto(Path(path).resolve().as_uri())
            yield page
        finally:
            page.close()

    def axe(self, path: Path | str, width: int = DESK) -> list[str]:
        """Violations found by axe-core, as ``rule: help: target``."""
        with self.opened(path, width) as page:
            violations = Axe().run(page).response["violations"]
        return [f"{v['id']}: {v['help']}: {n['target']}" for v in violations for n in v["nodes"]]

    def requests(self, path: Path | str) -> list[str]:
        """Addresses that the page asked for besides itself, and what its content-security policy had to stop."""
        own, found = Path(path).resolve().as_uri(), []

        def watch(page: Page) -> None:
            page.on("request", lambda request: found.append(request.url))
            page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)

        with self.opened(path, watch=watch) as page:
            page.wait_for_load_state("networkidle")
            page.mouse.wheel(0, 100_000)
            page.wait_for_load_state("networkidle")
        return [url for url in found if url != own and not url.startswith("data:")]

    def overflow(self, path: Path | str, width: int = PHONE) -> bool:
        """Whether the page must be scrolled sideways, with every ``details`` open."""
        with self.opened(path, width) as page:
            page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
            return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    def screenshot(self, path: Path | str, width: int, out: Path | str) -> None:
        """The whole page as PNG."""
        with self.opened(path, width) as page:
            page.screenshot(path=str(out), full_page=True)

    def pdf(self, path: Path | str, out: Path | str, paper: str = "A4") -> None:
        """The page as printed on ``paper``: A4 or Letter."""
        with self.opened(path) as page:
            page.pdf(path=str(out), format=paper, prefer_css_page_size=False, margin=None)


@pytest.fixture(scope="module")
def browser(chromium):
    """A browser for the tests of one module."""
    with Browser(chromium) as opened:
        yield opened
