"""The page that a customer is sent: complete, still, and looked at in a browser."""

import re
from pathlib import Path

import pytest

from omi_core.language import ZH_TW
from omi_core.onboarding.report import DnsReport
from omi_core.reports.html import write as html
from tests.browser import Balanced, look
from tests.unit.onboarding.tree import RIGHT, Tree

SCRIPT = "v=DMARC1; p=<script>alert(1)</script>"


@pytest.fixture
def page(tree: Tree) -> str:
    kept = [each for each in RIGHT if each[0] not in {"_dmarc", "omi2._domainkey"}]
    tree.publish([*kept, ("_dmarc", "TXT", SCRIPT), ("@", "TXT", "v=spf1 mx -all")])
    return html(DnsReport(domains=(tree.look(),)), ZH_TW)


def test_the_page_is_whole_and_loads_nothing(page: str) -> None:
    parser = Balanced()
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
    assert page.count('class="entry replace"') == 1
    assert page.count('class="entry correct"') == 1
    assert "<code>v=spf1 include:_spf.relay.example mx ~all</code>" in page
    assert "<code>omi2.shop.example.dkim.relay.example.</code>" in page
    assert "<code>TXT v=spf1 mx -all</code>" in page


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_has_nothing_against_the_page(page: str, width: int, tmp_path: Path) -> None:
    look(page, width, tmp_path)
