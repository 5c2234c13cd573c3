"""How long somebody waits for a picture: from the click, and on a page with hls.js alone."""

from __future__ import annotations

from playwright.async_api import Browser, Locator, Page

from tests.players.hls_js import HlsJsPage

# A picture is there when the browser has drawn it.
_WATCH = """
addEventListener('click', () => window.clicked = performance.now(), true);
new MutationObserver(() => {
    const video = document.querySelector('video');
    if (!video || video.watched) return;
    video.watched = true;
    video.requestVideoFrameCallback((now) => window.drawn = now);
}).observe(document, { childList: true, subtree: true });
"""
_DRAWN = """() => new Promise(drawn => {
    const look = () => window.drawn ? drawn(window.drawn - window.clicked) : setTimeout(look, 50);
    look();
})"""
_ALONE = """url => new Promise(drawn => {
    const began = performance.now();
    video.requestVideoFrameCallback((now) => drawn(now - began));
    play(url, {});
})"""


async def watch_pictures(page: Page) -> None:
    """Note the click and the first picture of the documents that are loaded from now on."""
    await page.add_init_script(_WATCH)


async def after_click_ms(page: Page, link: Locator) -> float:
    """From the click on `link` to the first picture of this document."""
    await link.click()
    waited: float = await page.evaluate(_DRAWN)
    return waited


async def alone_ms(browser: Browser, url: str) -> float:
    """To the first picture of a page that does nothing but play `url`, with hls.js loaded."""
    async with HlsJsPage.opened(browser) as page:
        waited: float = await page.ask(_ALONE, url)
        return waited
