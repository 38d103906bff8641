"""Both languages say the same things, and the Chinese is Taiwan's."""

import re
from collections.abc import Iterator

import pytest

from omi_core.findings.finding import FindingKind
from omi_core.language import ZH_TW
from omi_core.message import catalogue as message_catalogue
from omi_core.options import FAMILIES, catalogue
from omi_core.options.explain import WILL_NOT, note
from omi_core.text import Text

KINDS = [*catalogue.KINDS, *message_catalogue.KINDS]
MAINLAND = [
    "連接",
    "郵箱",
    "短信",
    "文件夾",
    "默認",
    "信息",
    "數據",
    "服務器",
    "字符",
    "軟件",
    "用戶",
    "網絡",
    "登錄",
    "視頻",
    "回執",
]


def _texts() -> Iterator[Text]:
    for kind in KINDS:
        yield from (kind.text, kind.expected, kind.observed, kind.remedy)
    for family in FAMILIES.values():
        yield from (family.about, family.subject)
        yield from (note(member) for member in family.members())


def test_every_text_is_written_in_both_languages() -> None:
    assert all(text.en and text.in_(ZH_TW) for text in _texts())


def test_the_chinese_is_traditional() -> None:
    """Big5 as used in Taiwan holds no simplified character."""
    for text in _texts():
        text.in_(ZH_TW).encode("cp950")


def test_the_chinese_uses_taiwans_words() -> None:
    found = [
        (word, text.in_(ZH_TW)) for text in _texts() for word in MAINLAND if word in text.in_(ZH_TW)
    ]

    assert found == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_both_languages_of_a_finding_have_the_same_braces(kind: FindingKind) -> None:
    for text in (kind.text, kind.expected, kind.observed, kind.remedy):
        braces = [set(re.findall(r"\{(\w+)\}", words)) for words in (text.en, text.in_(ZH_TW))]
        assert braces[0] == braces[1]


def test_no_two_findings_share_an_id() -> None:
    assert len({kind.id for kind in KINDS}) == len(KINDS)


def test_a_negative_note_is_negative_in_both_languages() -> None:
    """In Chinese the clause itself says that it is not done."""
    for family in FAMILIES.values():
        for member in family.members():
            negative = member.does.context == WILL_NOT
            assert negative is member.does.in_(ZH_TW).startswith("不"), member.constant
