"""What every page is held to, whatever state it is in: accessibility, a still layout, a small load.

All of it is measured in the page itself, by the browser that shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Request

AXE = Path(__file__).parents[2] / "static" / "node_modules" / "axe-core" / "axe.min.js"

# Of everything that axe-core knows, WCAG's rules and the best practices.
_RUN_AXE = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, help, nodes }) =>
        `${id}: ${help}: ` + nodes.slice(0, 5).map((node) => node.html).join(' | '));
}"""

# Shifts that follow a viewer's own input are not counted: https://web.dev/articles/cls
_WATCH_SHIFTS = """(() => {
    window.layoutShifts = [];
    const source = ({ node, previousRect, currentRect }) => {
        const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
        const name = element?.outerHTML?.slice(0, 120) ?? '(gone)';
        return `${name} from ${previousRect.y} to ${currentRect.y}`;
    };
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries())
            if (!shift.hadRecentInput)
                window.layoutShifts.push([shift.value, shift.sources.map(source).join(' | ')]);
    }).observe({ type: 'layout-shift', buffered: true });
})()"""


async def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now, each with the elements at fault."""
    # A debugger's injection, because the page's own policy refuses foreign scripts.
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text() + ";0")
    # Half-faded colours are not what a reader sees.
    await page.evaluate(
        """() => Promise.all(document.getAnimations()
            .filter((each) => each.effect.getComputedTiming().iterations !== Infinity)
            .map((each) => each.finished.catch(() => {})))"""
    )
    found: list[str] = await page.evaluate(_RUN_AXE)
    return found


async def watch_layout(page: Page) -> None:
    """Note every layout shift of the documents that are loaded from now on."""
    await page.add_init_script(_WATCH_SHIFTS)


async def layout_shifts(page: Page) -> list[tuple[float, str]]:
    """The shifts of this document since it was loaded: how much, and what moved."""
    # Entries are handed out after the frame they belong to.
    await page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
    )
    shifts: list[list[Any]] = await page.evaluate("() => window.layoutShifts")
    return [(value, what) for value, what in shifts]


@dataclass
class Load:
    """The bytes that a page made the browser fetch, compressed as they were sent, by path."""

    sizes_bytes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, page: Page) -> Load:
        """What `page` loads from now on."""
        load = cls()

        async def note(request: Request) -> None:
            sizes = await request.sizes()
            path = request.url.partition("://")[2].partition("/")[2]
            load.sizes_bytes[path] = sizes["responseBodySize"]

        page.on("requestfinished", note)
        return load

    def scripts(self) -> Mapping[str, int]:
        """The JavaScript among it."""
        return {path: size for path, size in self.sizes_bytes.items() if path.endswith(".js")}
