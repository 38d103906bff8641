from pathlib import Path

import pytest

from omi_core.options import reference

PAGE = Path(__file__).parents[3] / "docs/reference/options.md"


def test_the_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == reference.reference(), (
        "run: python -m omi_core.options.reference > docs/reference/options.md"
    )


@pytest.mark.parametrize("words", ["NotTrackOpen", "不追蹤開信", "do not track opens"])
def test_the_reference_page_is_in_both_languages(words: str) -> None:
    assert words in PAGE.read_text("utf-8")
