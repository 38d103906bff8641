"""A page: whole, and looked at by a real browser."""

import subprocess
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "input", "br"}


class Balanced(HTMLParser):
    """Remembers which elements are open, and every attribute that could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in {"src", "srcset", "action"} or name.startswith("on"):
                self.loads.append(f"{tag} {name}")
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and value and value.startswith("#"):
                self.targets.append(value[1:])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def look(page: str, width: int, directory: Path) -> None:
    """Assert that the browser paints the page at this width, and has nothing against it."""
    file, picture = directory / "page.html", directory / "page.png"
    file.write_text(page, "utf-8")
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={directory / 'profile'}"),
            *("--enable-logging=stderr", f"--window-size={width},2000"),
            *(f"--screenshot={picture}", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert picture.stat().st_size > 10_000
    assert "CONSOLE" not in done.stderr
