r"""Foreign text made printable: what acts on a terminal, turns what is read, or hides is escaped.

What strangers send (DNS, certificates, SMTP, HTTP, mail) is kept as it came; it passes here where
it leaves. An escape is that of a Python literal: `\x1b`, `\u202e`. A backslash stays as it is, so
text that is printable already is not changed, and JSON alone says what was sent beyond doubt.
"""

import re

# Letters and marks to str.isprintable() that draw nothing: fillers and selectors of scripts
# (Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt).
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
# U+3000 is the space of Chinese text, as wide as what stands beside it. The other spaces are
# escaped: a record with one looks right and is wrong.
_SPACE = "\u3000"
_LINES = "\n\t"

# Emoji are drawn with a selector and joined by U+200D (UTS 51), Chinese characters have variants by
# a selector (UTS 37). There they stay, one at a time; anywhere else they hide, and are escaped.
_PICTURE = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff"
_HAN = "\u3030\u303d\u3297\u3299\u3400-\u9fff\U00020000-\U0003ffff"
_JOINER = "\u200d"
_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Patterns are compiled when they are first needed, which for most runs is never.
_OUT_OF_PLACE = (
    f"(?<![{_PICTURE}{_HAN}])[{_SELECTOR}]"
    f"|(?<![{_PICTURE}])(?<![{_PICTURE}]\ufe0f){_JOINER}"
    f"|{_JOINER}(?![{_PICTURE}])"
)
_SUSPECT = f"[{''.join(sorted(_BLANK))}{_SELECTOR}]"
_CONTROL = "[\x00-\x1f\x7f-\x9f]"
# The one thing that a program's own colours are made of (ECMA-48 8.3.117, SGR).
_COLOUR = "(\x1b\\[[0-9;]*m)"


def printable(text: str) -> str:
    """Return `text` as it may be shown in one line anywhere; line breaks and tabs are escaped."""
    return text if _is_printable(text) else _visible(text.translate(_IN_A_LINE))


def printable_lines(text: str) -> str:
    """Return `text` as it may be shown where it has lines of its own: LF and TAB stay."""
    if _is_printable(text):
        return text
    if all(map(_is_printable, text.split("\n"))):
        return text
    return _visible(text.translate(_IN_LINES))


def printable_but_colours(text: str) -> str:
    """Return lines of a program that colours them itself: of escape sequences only SGR stays."""
    if _is_printable(text):
        return text
    parts = re.split(_COLOUR, text)
    return "".join(
        part if number % 2 else printable_lines(part) for number, part in enumerate(parts)
    )


def printable_json(text: str) -> str:
    r"""Return a JSON text whose strings hold the same values, with \u where one cannot be shown."""
    if all(map(_is_printable, text.split("\n"))):
        return text
    return re.sub(_OUT_OF_PLACE, lambda found: _json_escape(found[0]), text.translate(_IN_JSON))


def control_character(text: str) -> str:
    """Return the first control character (C0, DEL, C1) of `text`; nothing where there is none."""
    if text.isprintable():  # at the speed of C
        return ""
    found = re.search(_CONTROL, text)
    return found[0] if found else ""


def _is_printable(text: str) -> bool:
    """Whether nothing has to be done, at the speed of C; False says only that one has to look."""
    return text.isprintable() and (text.isascii() or not re.search(_SUSPECT, text))


def _visible(text: str) -> str:
    return text if text.isascii() else re.sub(_OUT_OF_PLACE, lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _json_escape(character: str) -> str:
    """Return the units of UTF-16 (RFC 8259 7)."""
    octets = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{octets[n : n + 2].hex()}" for n in range(0, len(octets), 2))


class _Shown(dict[int, int | str]):
    """What str.translate makes of each character, found out when it is first met."""

    def __init__(self, kept: str, *, is_json: bool = False) -> None:
        super().__init__({ord(each): ord(each) for each in kept + _SPACE + _JOINER})
        self._escape = _json_escape if is_json else _escape

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        is_shown = character.isprintable() and character not in _BLANK
        self[code] = made = code if is_shown else self._escape(character)
        return made


_IN_A_LINE = _Shown("")
_IN_LINES = _Shown(_LINES)
_IN_JSON = _Shown(_LINES, is_json=True)
