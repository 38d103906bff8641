"""The sentence that tells a customer what a number does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.language import ZH_TW
from omi_core.options import FAMILIES, explain


@pytest.mark.parametrize(
    ("key", "value", "en", "zh_tw"),
    [
        ("link", 64, "will not track opens", "不追蹤開信"),
        ("link", 64, "and track links", "追蹤連結"),
        ("link", 128, "will not track links", "不追蹤連結"),
        ("link", 128, "and track opens", "追蹤開信"),
        ("link", 192, "will not track opens or track links", "不追蹤開信、不追蹤連結"),
        ("link", 0, "track opens and track links", "追蹤開信，並追蹤連結"),
        ("list", 1, "will keep all To headers", "保留所有 To（收件者）標頭"),
        ("list", 2, "will keep all Cc headers", "保留所有 Cc 標頭"),
        ("list", 65536, "will bypass all filtering", "略過收件人清單的所有過濾"),
        ("send", 3, "will go out by SMS only", "只以簡訊發送"),
        ("link-type", 260, "be an unsubscribe link and be a merge link", "取消訂閱連結"),
        ("launch", 0, "No LaunchOption is set.", "沒有設定任何 LaunchOption。"),
        ("launch", 2048, "The guide does not define 2048.", "使用手冊沒有定義 2048。"),
        ("send", 23, "The guide does not define 7 + 16.", "使用手冊沒有定義 7 + 16。"),
    ],
)
def test_it_says_what_will_and_will_not_happen(key: str, value: int, en: str, zh_tw: str) -> None:
    sentence = explain(FAMILIES[key], value)

    assert en in sentence.en
    assert zh_tw in sentence.in_(ZH_TW)


@pytest.mark.parametrize("key", FAMILIES)
@given(value=st.integers(0, 2**32 - 1))
def test_every_number_has_a_sentence_in_both_languages(key: str, value: int) -> None:
    sentence = explain(FAMILIES[key], value)

    assert sentence.en.endswith(".")
    assert sentence.in_(ZH_TW).endswith("。")
    assert "  " not in sentence.en
