"""The page that a customer is sent: complete, still, and looked at in a browser."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.language import EN
from omi_core.reports.html import write as html
from tests.browser import Balanced, look
from tests.unit.probe.conftest import Verify
from tests.unit.probe.fake_smtp import Behaviour

RIGHT = Behaviour()


@pytest.fixture
def page(look: Verify) -> str:
    wrong = replace(
        RIGHT, open_to=lambda _from, _to: True, banner=b"220 <script>alert(1)</script>\r\n"
    )
    return html(look(tls=wrong, starttls=RIGHT, none=replace(RIGHT, banner=None)), EN)


def test_the_page_is_whole_and_loads_nothing(page: str) -> None:
    parser = Balanced()
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
    look(page, width, tmp_path)
