"""The page that a customer is sent: complete, still, and looked at in a browser."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from omi_core.checks.finding import Language
from omi_core.onboarding.report import DnsReport
from omi_core.onboarding.report_html import html
from tests.unit.checks.test_report_html import _Balanced
from tests.unit.onboarding.tree import RIGHT, Tree

SCRIPT = "v=DMARC1; p=<script>alert(1)</script>"


@pytest.fixture
def page(tree: Tree) -> str:
    kept = [each for each in RIGHT if each[0] not in {"_dmarc", "omi2._domainkey"}]
    tree.publish([*kept, ("_dmarc", "TXT", SCRIPT), ("@", "TXT", "v=spf1 mx -all")])
    return html(DnsReport(domains=(tree.look(),)), Language.ZH_TW)


def test_the_page_is_whole_and_loads_nothing(page: str) -> None:
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == []
    assert parser.loads == []
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_speaks_both_languages(page: str) -> None:
    english = len(re.findall(r'<span lang="en">', page))
    assert english == len(re.findall(r'<span lang="zh-TW">', page)) > 50
    assert '<html lang="zh-TW">' in page


def test_the_page_shows_what_is_right_what_is_wrong_and_what_to_paste(page: str) -> None:
    assert page.count('class="entry keep"') == 1
    assert page.count('class="entry replace"') == 2
    assert "<code>v=spf1 include:_spf.relay.example mx ~all</code>" in page
    assert "<code>omi2.shop.example.dkim.relay.example</code>" in page
    assert "<code>TXT v=spf1 mx -all</code>" in page


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium here")
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
