"""The command line speaks the language of --lang, else of the environment, else English."""

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from omi_core.cli.collected import NOUNS
from omi_core.cli.reader import language_asked
from omi_core.cli.terminal import width_of
from omi_core.cli.wide import wrapped
from omi_core.language import EN, ZH_TW

Omi = Callable[..., Any]
LANG_ZH = {"LANG": "zh_TW.UTF-8"}


@pytest.fixture
def in_taiwan(omi: Omi, monkeypatch: pytest.MonkeyPatch) -> Omi:
    monkeypatch.setenv("LANG", "zh_TW.UTF-8")
    return omi


def test_the_help_of_all_is_told_in_the_language_of_the_environment(in_taiwan: Omi) -> None:
    said = in_taiwan("--help").out

    assert said.startswith("用法：omi [選項] 對象 動作 [參數]...\n\n  郵件中繼的工具")
    assert "\n對象：\n  options     發送引擎的選項數值" in said
    assert "-h, --help  顯示此說明後結束。" in said


def test_the_help_of_a_noun_and_of_a_verb_are_told_too(omi: Omi, in_taiwan: Omi) -> None:
    assert "\n命令：\n  apply    發布計畫中的變更。" in in_taiwan("dns", "--help").out
    verb = omi("smtp", "verify", "--lang=zh-TW", "--help").out
    assert "用法：omi smtp verify [選項] 主機[:連接埠]..." in verb
    assert "--wait 小數                     等候測試信的秒數。  [預設：10.0]" in verb


@pytest.mark.parametrize("noun", NOUNS)
def test_a_page_of_help_fits_and_its_columns_stand_below_each_other(
    noun: str, in_taiwan: Omi
) -> None:
    lines = in_taiwan(noun, "--help").out.splitlines()
    assert max(map(width_of, lines)) <= 100


def test_help_is_english_again_after_it_was_chinese(omi: Omi) -> None:
    """What click keeps of one run must not speak in the next."""
    english = omi("options", "list", "--help").out
    chinese = omi("options", "list", "--help", "--lang", "zh-TW").out

    assert "Show this message and exit." in english
    assert "顯示此說明後結束。" in chinese
    assert omi("options", "list", "--help").out == english


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["smtp", "verify", "--nix"], "錯誤：沒有 '--nix' 這個選項。"),
        (["nix"], "錯誤：沒有 'nix' 這個命令。"),
        (["dns", "apply"], "錯誤：缺少選項 '--inventory'."),
        (["options", "encode"], "錯誤：缺少參數 '類別'."),
        (["options", "list", "link", "x", "y"], "錯誤：有多餘的參數（x y）"),
        (["message", "set", "-"], "錯誤：請指定「標頭=值」，或 --remove 標頭"),
        (["account", "hash", "secret"], "錯誤：請在提示時輸入密碼"),
    ],
)
def test_a_usage_error_is_told_in_the_readers_language(
    arguments: list[str], sentence: str, in_taiwan: Omi
) -> None:
    done = in_taiwan(*arguments)

    assert done.code == 2
    assert done.err.startswith("用法：omi ")
    assert "--help' 查看說明。" in done.err
    assert sentence in done.err


def test_what_a_system_says_is_told_in_the_readers_language(
    in_taiwan: Omi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr("omi_core.cli.options.emit", full)

    assert in_taiwan("options", "list").err == "omi: 裝置空間不足\n"


def test_a_fault_of_ours_is_told_in_the_readers_language(
    in_taiwan: Omi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omi_core.cli.options.emit", lambda _: 1 / 0)
    monkeypatch.delenv("OMI_DEBUG", raising=False)

    assert in_taiwan("options", "list").err.startswith("omi: 程式內部錯誤：ZeroDivisionError(")


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, EN),
        ([], LANG_ZH, ZH_TW),
        ([], {"LANG": "xx_YY.UTF-8"}, EN),
        ([], {"LC_ALL": "C", **LANG_ZH}, EN),
        (["--lang", "en"], LANG_ZH, EN),
        (["--lang=en"], LANG_ZH, EN),
        (["--lang", "ZH-tw"], {}, ZH_TW),
        (["--lang", "nix"], LANG_ZH, ZH_TW),
        (["--lang"], LANG_ZH, ZH_TW),
        (["--lang", "zh-TW", "--lang", "en"], {}, EN),
        (["--", "--lang", "zh-TW"], {}, EN),
    ],
)
def test_the_option_beats_the_environment(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert language_asked(["options", "list", *arguments], environment) == language


def test_lines_break_between_characters_and_never_before_a_full_stop() -> None:
    assert list(wrapped("憑證已過期，請更新。", 10)) == ["憑證已過", "期，請更", "新。"]
    assert list(wrapped("one two  three", 8)) == ["one two", "three"]
    assert list(wrapped("（甲）乙", 4)) == ["（甲）", "乙"]
    assert list(wrapped("", 4)) == []
