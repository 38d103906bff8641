"""The languages that people are written to in: English, the source, and each catalogue in locale/.

A language is a file: `locale/zh_TW/LC_MESSAGES/omi.po`, in the format of gettext. What it does not
translate is said in English. The build compiles it to `omi.mo`; in a checkout where that is older
or missing, the `.po` file is compiled in memory.
"""

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import NewType

LOCALE = Path(__file__).parent / "locale"

Language = NewType("Language", str)  # a tag of RFC 5646, such as zh-TW
EN = Language("en")
ZH_TW = Language("zh-TW")

# Who asks for one of these reads the traditional characters of the one catalogue that has them.
_WRITTEN_LIKE = {"zh-hk": ZH_TW, "zh-mo": ZH_TW, "zh-hant": ZH_TW}


@cache
def languages() -> tuple[Language, ...]:
    """Return every language there is, English first."""
    folders = {path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/omi.[mp]o")}
    return (EN, *(Language(name.replace("_", "-")) for name in sorted(folders)))


def language_of_environment(environment: Mapping[str, str]) -> Language:
    """Return the language that LC_ALL, LC_MESSAGES or LANG ask for (POSIX 8.2); English else."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(variable):
            return _closest(value.partition(".")[0].partition("@")[0].replace("_", "-").lower())
    return EN


def language_named(tag: str) -> Language | None:
    """Return the language that is meant by a tag, such as zh-TW, zh_tw or zh; None where none is.

    One without a region means the first that there is of it; one with another region means none.
    """
    meant = tag.replace("_", "-").lower()
    meant = _WRITTEN_LIKE.get(meant, meant).lower()
    named = (each for each in languages() if meant in {each.lower(), each.lower().split("-")[0]})
    return next(named, None)


def _closest(tag: str) -> Language:
    by_tag = {each.lower(): each for each in languages()}
    for asked, like in _WRITTEN_LIKE.items():
        if tag.startswith(asked):
            return by_tag.get(like.lower(), EN)
    return by_tag.get(tag) or by_tag.get(tag.partition("-")[0]) or EN


def translated(message: str, context: str | None, language: Language) -> str:
    """Return `message` in `language`; `context` tells texts apart that are alike in English."""
    if language == EN or not message:
        return message
    catalogue = _catalogue(language)
    return catalogue.pgettext(context, message) if context else catalogue.gettext(message)


def translated_count(one: str, several: str, number: int, language: Language) -> str:
    """Return the form for `number` of what is told as `one` or `several` things, in `language`."""
    if language == EN:
        return one if number == 1 else several
    return _catalogue(language).ngettext(one, several, number)


@cache
def _catalogue(language: Language) -> GNUTranslations:
    source = LOCALE / language.replace("-", "_") / "LC_MESSAGES" / "omi.po"
    compiled = source.with_suffix(".mo")
    if _is_fresh(compiled, source):
        with compiled.open("rb") as file:
            return GNUTranslations(file)
    return GNUTranslations(BytesIO(_compiled(source)))


def _is_fresh(compiled: Path, source: Path) -> bool:
    if not compiled.exists():
        return False
    return not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime


def _compiled(source: Path) -> bytes:
    from babel.messages.mofile import write_mo  # slow to import, and seldom needed
    from babel.messages.pofile import read_po

    made = BytesIO()
    with source.open("rb") as file:
        write_mo(made, read_po(file))
    return made.getvalue()
