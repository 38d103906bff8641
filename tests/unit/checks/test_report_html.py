"""The page that a customer is sent: complete, still, and looked at in a browser."""

import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from omi_core.checks.finding import Language
from omi_core.checks.report_html import html
from tests.unit.checks.conftest import Verify
from tests.unit.checks.fake_smtp import Behaviour

RIGHT = Behaviour()
VOID = {"meta", "link", "input", "br"}


class _Balanced(HTMLParser):
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


@pytest.fixture
def page(look: Verify) -> str:
    wrong = replace(
        RIGHT, open_to=lambda _from, _to: True, banner=b"220 <script>alert(1)</script>\r\n"
    )
    return html(look(tls=wrong, starttls=RIGHT, none=replace(RIGHT, banner=None)), Language.EN)


def test_the_page_is_whole_and_loads_nothing(page: str) -> None:
    parser = _Balanced()
    parser.feed(page)

    assert parser.open == []
    assert parser.loads == []
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert set(parser.targets) <= set(parser.ids)


def test_the_page_speaks_both_languages(page: str) -> None:
    english = len(re.findall(r'<span lang="en">', page))
    chinese = len(re.findall(r'<span lang="zh-TW">', page))

    assert english == chinese > 50


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_has_nothing_against_the_page(page: str, width: int, tmp_path: Path) -> None:
    file, picture = tmp_path / "page.html", tmp_path / "page.png"
    file.write_text(page, "utf-8")

    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"),
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
