"""How panels and people damage TXT records, named: pure.

Each damage is recognised from the text alone, and `repaired` undoes it, so that a remedy can show
what to enter instead.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

# What the guess is made from: the text without anything that a panel may have added.
_NOISE = re.compile(
    r"[\s\\\"'\u2018-\u201f\u300c-\u300f\uff02\ufffd\u200b-\u200f\ufeff\u00a0\u00ad]+"
)
_SMART = re.compile(r"[\u2018-\u201f\u300c-\u300f\uff02\uff07\u00ab\u00bb]")
_FULL_WIDTH = re.compile(r"[\uff01-\uff5e\u3000]")
_KINDS = (
    ("spf", re.compile(r"v[=:]spf", re.IGNORECASE)),
    ("dmarc", re.compile(r"v=dmarc1", re.IGNORECASE)),
    ("dkim", re.compile(r"v=dkim1|k=(rsa|ed25519)|p=mi[gi]", re.IGNORECASE)),
)
_UNSEEN = frozenset({"Cf", "Cc"})  # Unicode's categories of what has no shape
# Characters that tell what a text is. Normalising sorts combining marks (UAX 15), which takes the
# square of how many there are in a row.
_LONGEST_BEGIN = 64
_CUT_AT = 255  # RFC 1035 3.3: what one string holds
_KEY = re.compile(r"p=([A-Za-z0-9+/=\s]*)")


class Damage(StrEnum):
    """What happened to a text on its way into DNS."""

    SMART_QUOTES = "smart-quotes"
    INVISIBLE = "invisible-characters"
    SEMICOLON_ESCAPED = "semicolon-escaped"
    STRINGS_JOINED = "strings-joined-with-space"
    QUOTES_DOUBLED = "quotes-doubled"
    QUOTES_MISSING = "quotes-missing"
    SEMICOLON_DROPPED = "semicolon-dropped"
    KEY_CUT = "key-cut"


@lru_cache(maxsize=1024)
def kind_of(text: str) -> str:
    """Return what a damaged text was meant to be: spf, dmarc, dkim, or nothing."""
    begin = _NOISE.sub("", text)[:_LONGEST_BEGIN]
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", begin))
    return next((kind for kind, begins in _KINDS if begins.match(bare)), "")


@lru_cache(maxsize=1024)
def damage_of(text: str) -> Damage | None:
    """Return the damage of a record, or None where its text is what people write."""
    kind = kind_of(text)
    if not kind:
        return None
    checks = (
        (Damage.SMART_QUOTES, bool(_SMART.search(text))),
        (Damage.INVISIBLE, _has_invisible(text)),
        (Damage.SEMICOLON_ESCAPED, "\\;" in text),
        (
            Damage.STRINGS_JOINED,
            bool(re.search(r'"\s*"', text.strip('"'))) or _is_split(text, kind),
        ),
        (Damage.QUOTES_DOUBLED, '"' in text or text[:1] == "'"),
        (Damage.QUOTES_MISSING, _lost_its_quotes(text, kind)),
        (Damage.SEMICOLON_DROPPED, kind != "spf" and _lacks_semicolons(text)),
        (Damage.KEY_CUT, kind == "dkim" and len(text) == _CUT_AT and bool(_KEY.search(text))),
    )
    return next((damage for damage, is_so in checks if is_so), None)


def repaired(text: str) -> str:
    """Return the text as it was meant, as far as it can be known."""
    text = _SMART.sub('"', text)
    text = _FULL_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    # No separator of SPF or DMARC, but one in every mind: without it two words would be one.
    text = re.sub("[\t\r\n\u00a0\u2028\u2029]", " ", text)
    text = "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)
    text = re.sub(r'"\s*"', "", text.strip().strip("\"'").strip())
    return text.replace("\\;", ";").replace("\\", "")


def joints_as_spaces(text: str) -> str:
    """Return `repaired`, as if a space had stood at every joint and in place of what is unseen."""
    text = re.sub(r'"\s*"', " ", _SMART.sub('"', text).strip().strip("\"'"))
    return repaired("".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text))


def _has_invisible(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return False
    return any(
        unicodedata.category(c) in _UNSEEN
        or c in "\u00a0\u2028\u2029\u3000"
        or _FULL_WIDTH.match(c)
        for c in text
    )


def _is_split(text: str, kind: str) -> bool:
    """Whether a space stands inside of what cannot hold one, where a string ended."""
    if kind == "dkim":
        key = _KEY.search(text)
        return bool(key and re.search(r"[A-Za-z0-9+/]\s+[A-Za-z0-9+/=]", key[1]))
    return text[_CUT_AT : _CUT_AT + 1] == " " and not text[:_CUT_AT].endswith(" ")


def _lost_its_quotes(text: str, kind: str) -> bool:
    """Whether white space ended strings, or a semicolon began a comment (RFC 1035 5.1)."""
    if kind == "spf":
        return bool(re.match(r"v=spf1(?=[^\s0-9])", text, re.IGNORECASE))
    return text.strip().lower() in {"v=dmarc1", "v=dkim1"}


def _lacks_semicolons(text: str) -> bool:
    tags = re.findall(r"(?:^|[\s;])(?:v|p|k|rua|ruf|sp|adkim|aspf|t|s|h)=", text)
    return len(tags) > text.count(";") + 1
