"""Each language is one file: whole, true to the code, and enough to speak a language."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from string import Formatter

import click
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from omi_core.cli.catalogues import main, untranslated, updated
from omi_core.cli.collected import IN_PYTHON, Found, collected
from omi_core.errors import OmiError
from omi_core.language import LOCALE
from tests.unit.test_structure import MODULES, REPOSITORY, name_of

FOUND = tuple(collected())
SOURCES = sorted(LOCALE.glob("*/LC_MESSAGES/omi.po"))
ZH_TW = LOCALE / "zh_TW/LC_MESSAGES/omi.po"
CHINESE = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")
# Lists of what these characters are, for programs.
ABOUT_CHARACTERS = re.compile(r"allowed-confusables|_PIECES|_WIDE")
MAINLAND = (
    *("連接", "郵箱", "短信", "文件夾", "默認", "信息", "數據", "服務器", "字符", "軟件"),
    *("用戶", "網絡", "登錄", "視頻", "回執"),
)
TAIWANS_OWN = re.compile("連接埠|用戶端")  # what two of these words are a part of, and mean here


def catalogue(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name)


def forms(message: Message) -> Iterator[tuple[str, str]]:
    """Each translation, with the English that it is of: the plural where there is but one form."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
        return
    for place, words in enumerate(message.string):
        yield message.id[1 if len(message.string) == 1 else min(place, 1)], words


def translations(source: Path) -> list[tuple[str, str]]:
    made = [pair for message in catalogue(source) if message.id for pair in forms(message)]
    return [(english, words) for english, words in made if words]


def subclasses(root: type) -> Iterator[type]:
    for each in root.__subclasses__():
        if each.__module__.startswith("omi_core."):
            yield each
        yield from subclasses(each)


def braces(words: str) -> set[tuple[str, str | None, str | None]]:
    parsed = Formatter().parse(words)
    return {(name, spec, conversion) for _, name, spec, conversion in parsed if name is not None}


def test_every_text_is_translated() -> None:
    assert list(untranslated(ZH_TW)) == []


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_catalogue_holds_what_the_code_says(source: Path) -> None:
    """`make texts` brings it up to date."""
    assert source.read_bytes() == updated(source, FOUND)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_catalogue_names_nobody_and_no_day(source: Path) -> None:
    assert not re.search(r"AUTHOR|EMAIL|POT-|PO-Rev|Generated-By", source.read_text("utf-8"))


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_translation_has_the_braces_of_its_text(source: Path) -> None:
    """What stands for itself in English, as {SHA512-CRYPT}, is written with its braces too."""
    wrong = [
        (english, words)
        for english, words in translations(source)
        if sorted(re.findall(r"\{.*?\}", english)) != sorted(re.findall(r"\{.*?\}", words))
        and braces(english) != braces(words)
    ]
    assert wrong == []


def test_the_chinese_is_traditional() -> None:
    """Big5 as used in Taiwan holds no simplified character."""
    for _, words in translations(ZH_TW):
        words.encode("cp950")


def test_the_chinese_uses_taiwans_words() -> None:
    said = ((TAIWANS_OWN.sub("", words), words) for _, words in translations(ZH_TW))
    assert [whole for rest, whole in said for word in MAINLAND if word in rest] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_code_speaks_english_only(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    spoken = [line for line in lines if CHINESE.search(line) and not ABOUT_CHARACTERS.search(line)]
    assert spoken == []


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("templates/report/*.html")), ids=name_of)
def test_a_template_speaks_the_language_of_its_reader(path: Path) -> None:
    text = path.read_text("utf-8")
    assert 'lang="zh' not in text
    assert not CHINESE.search(text)


def test_the_texts_of_every_error_are_collected() -> None:
    """One that makes its text itself is found by its `__init__`."""
    words = {one.words for one in FOUND if one.where == "omi_core/dns/errors.py"}
    assert any(str(each).startswith("{zone}: the plan is no longer") for each in words)
    takers = {each.__name__ for each in subclasses(OmiError) if "__init__" not in vars(each)}
    assert takers <= set(IN_PYTHON)


def test_what_click_says_is_what_click_says() -> None:
    """An upgrade of click that words a sentence in another way must not leave it in English."""
    known: set[object] = {"required"}  # click looks it up by a variable
    for module in Path(click.__file__).parent.glob("*.py"):
        with module.open("rb") as source:
            known |= {words for _, words, _, _ in extract("python", source)}
    assert {one.words for one in FOUND if one.where == "click"} - known == set()


def test_a_check_names_what_is_missing_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "de/LC_MESSAGES/omi.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid "nothing to do"\nmsgstr "nichts zu tun"\n\nmsgid "not said"\nmsgstr "x"\n'
    )
    held = source.read_bytes()
    monkeypatch.setattr("omi_core.language.LOCALE", tmp_path)

    assert main(["--check"]) == 1
    assert "de: the catalogue is not what the code says" in capsys.readouterr().err
    assert source.read_bytes() == held

    assert main([]) == 0
    assert "de: not translated: 'Nouns'" in capsys.readouterr().err
    made = source.read_text("utf-8")
    assert "nichts zu tun" in made
    assert '"not said"' not in made
    assert "nplurals=2" in made
    assert source.with_suffix(".mo").exists()


def test_what_is_doubtful_counts_as_untranslated(tmp_path: Path) -> None:
    source = tmp_path / "de/LC_MESSAGES/omi.po"
    source.parent.mkdir(parents=True)
    source.write_text('#, fuzzy\nmsgid "none"\nmsgstr "keine"\n')

    source.write_bytes(updated(source, [Found("none", None, "a.py")]))

    assert list(untranslated(source)) == ["none"]


JAPANESE = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgctxt "placeholder"
msgid "OPTIONS"
msgstr "オプション"

msgid "Write the result as JSON."
msgstr "結果を JSON で出力します。"

msgid "Every way to connect"
msgstr "接続方法の一覧"
"""
# A process of its own: which languages there are is asked once.
SPEAKS = """
import sys
from pathlib import Path
from omi_core import language
language.LOCALE = Path(sys.argv.pop(1))
from omi_core.cli.__main__ import main
main()
"""
SHUT = ("--listener", "1:none", "--resolve", "a.example=127.0.0.1")  # tcpmux: nobody runs it


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    """The languages that there are, and Japanese from a file that translates three texts."""
    copytree(LOCALE, tmp_path, dirs_exist_ok=True)
    japanese = tmp_path / "ja/LC_MESSAGES/omi.po"
    japanese.parent.mkdir(parents=True)
    japanese.write_text(JAPANESE, "utf-8")
    return tmp_path


def run(locale: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SPEAKS, locale, *words],
        capture_output=True,
        check=False,
        timeout=50,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "LC_ALL": "C.UTF-8"},
    )
    assert b"Traceback" not in done.stderr
    return done.stdout.decode()


def test_a_file_is_a_language(locale: Path) -> None:
    shown = run(locale, "options", "list", "--lang", "ja", "--help")

    assert "[en|ja|zh-tw]" in shown
    assert "オプション" in shown
    assert "結果を JSON で出力します。" in shown
    assert "Show families, members, values and notes." in shown


def test_json_carries_every_language_there_is(locale: Path) -> None:
    [family] = json.loads(run(locale, "options", "list", "link", "--json"))["families"]

    assert set(family["about"]) == {"en", "zh-TW", "ja"}
    assert family["about"]["ja"] == family["about"]["en"]


def test_a_report_holds_every_language_there_is(locale: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    run(locale, "smtp", "verify", "a.example", *SHUT, "--lang", "ja", "--html", str(page))

    assert '<html lang="ja">' in page.read_text("utf-8")
    assert '<span lang="ja">接続方法の一覧</span>' in page.read_text("utf-8")
    assert '<span lang="ja">What to do</span>' in page.read_text("utf-8")
