"""Looks at every page of the site in a browser: ``python3 -m ci.looks [--pictures FOLDER] [PAGE ...]``.

Each page is opened at the widths of a phone, a tablet and a desk, bright and dark. It must not be wider than the window, its
pictures must load, and axe must find nothing that keeps people out. With ``--pictures`` the pages are saved as PNG.

It needs Chromium (``CHROMIUM`` names another file than the usual ones) and npm, which fetches axe.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ci import docs, environment
from ci.project import CACHE, Failed, output, run, say

AXE = "axe-core@4.10.2"
WIDTHS = (390, 820, 1400)
BROWSERS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")

_PROGRAM = """
import json, sys
from pathlib import Path
from playwright.sync_api import sync_playwright

order = json.loads(sys.argv[1])
axe = Path(order["axe"]).read_text(encoding="utf-8")
problems = []
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=order["browser"], args=["--no-sandbox"])
    for scheme in ("light", "dark"):
        for width in order["widths"]:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            tab = context.new_page()
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for page in order["pages"]:
                where = f"{page} ({width} wide, {scheme})"
                answer = tab.goto(order["address"] + page, wait_until="load")
                if not answer or not answer.ok:
                    problems.append(f"{where}: is not there")
                wide = tab.evaluate("document.scrollingElement.scrollWidth")
                if wide > width:
                    problems.append(f"{where}: is {wide} wide")
                problems += [f"{where}: picture {source} does not load" for source in tab.evaluate(
                    "[...document.images].filter(i => i.complete && !i.naturalWidth && i.offsetParent).map(i => i.src)")]
                if order["pictures"]:
                    name = page.replace("/", "-").removesuffix(".html")
                    tab.screenshot(path=f"{order['pictures']}/{name}-{width}-{scheme}.png", full_page=True)
                if (width, scheme) not in ((order["widths"][0], "dark"), (order["widths"][-1], "light")):
                    continue
                tab.evaluate(axe)
                found = tab.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
                for each in found["violations"]:
                    for node in each["nodes"][:4]:
                        html, said = " ".join(node["html"].split())[:120], node["any"][:1]
                        more = f": {said[0]['message'][:200]}" if said else ""
                        problems.append(f"{where}: {each['id']} ({len(each['nodes'])} times), as in {html}{more}")
            context.close()
    browser.close()
print(json.dumps(problems))
"""


def browser() -> str:
    """Returns the file of the browser."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        raise Failed(
            "there is no Chromium: install one (on Debian: apt install chromium), or name it with CHROMIUM="
        )
    return found


def axe() -> Path:
    """Returns the file of axe, which npm fetches once."""
    folder = CACHE / AXE.replace("@", "-")
    file = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        if not shutil.which("npm"):
            raise Failed("npm is not installed, which fetches axe")
        folder.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--silent", "--ignore-scripts", "--prefix", folder, AXE], quiet=True)
    return file


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves a folder; yields its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def look(site: Path, pages: list[str], pictures: Path | None = None) -> list[str]:
    """Opens pages of a site at all widths. Returns what is amiss."""
    tools = environment.ensure(environment.this_python(), "looks", "requirements-looks.txt")
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    order: dict[str, object] = {"browser": browser(), "axe": str(axe()), "widths": WIDTHS, "pages": pages}
    with served(site) as address:
        order = {**order, "address": address, "pictures": str(pictures) if pictures else None}
        problems: list[str] = json.loads(output([tools.python, "-c", _PROGRAM, json.dumps(order)]))
    return problems


def main() -> int:
    """Looks at the pages; 0 if nothing is amiss."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="save each page as a picture")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="such as guide/headers.html (default: all)")
    options = parser.parse_args()
    try:
        if docs.main():
            return 1
        found = sorted(str(path.relative_to(docs.SITE)) for path in docs.SITE.rglob("*.html"))
        pages = options.pages or [page for page in found if page != "404.html"]
        problems = look(docs.SITE, pages, options.pictures)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    print("\n".join(problems))
    say(f"{len(pages)} pages at {len(WIDTHS)} widths, bright and dark: {len(problems) or 'no'} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
