"""Which passwords an account may have, and which ones mail programs cannot send: pure.

No sentence here repeats the password, or a part of it.
"""

from collections.abc import Iterator

from omi_core.errors import InputError
from omi_core.findings.finding import Finding, FindingKind, Severity
from omi_core.text import Text

LONGEST = 1000  # octets; the work of SHA512-CRYPT grows with the length
SHORTEST = 8  # NIST SP 800-63B 5.1.1.2
# With a login of 64 octets, AUTH PLAIN still fits the line of RFC 5321 4.5.3.1.4.
FITS_A_LINE = 300
# Tried first by whoever guesses; no list of millions, since its look-up would be no secret.
_WORST = """
12345678 123456789 1234567890 0123456789 87654321 11223344 12341234 a1234567 a12345678 abc12345
abcd1234 abcdefgh admin123 admin1234 administrator asdfasdf asdfghjk baseball changeme football
iloveyou ji32k7au4a83 letmein1 mailmail p@ssw0rd p@ssword passw0rd password password1 password12
password123 princess qwerty12 qwerty123 qwertyui qwertyuiop smtpsmtp sunshine superman trustno1
welcome1 whatever 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx
"""
_FEWEST_CHARACTERS = 3

NOT_ASCII = FindingKind(
    id="password-not-ascii",
    severity=Severity.WARNING,
    text=Text("the password holds characters outside ASCII, which not every program can send"),
    expected=Text("letters, digits and punctuation of ASCII"),
    observed=Text("characters outside ASCII"),
    remedy=Text(
        "choose another one: Python's smtplib ends with UnicodeEncodeError, and Outlook may send"
        " them in another encoding"
    ),
)
SPACES_AT_AN_END = FindingKind(
    id="password-spaces",
    severity=Severity.WARNING,
    text=Text("the password begins or ends with a space, which forms and people cut off"),
    expected=Text("no space at either end"),
    observed=Text("a space at an end"),
    remedy=Text("choose another one"),
)
TOO_LONG_FOR_A_LINE = FindingKind(
    id="password-long",
    severity=Severity.WARNING,
    text=Text("the password has {octets} octets, more than some programs and servers take"),
    expected=Text("at most {longest} octets, so that AUTH PLAIN fits a line (RFC 5321 4.5.3.1.4)"),
    observed=Text("{octets} octets"),
    remedy=Text("choose a shorter one"),
)


def require_strong(password: str, login: str = "") -> None:
    """Raise InputError for a password that no program can send, or that is guessed at once."""
    if not password:
        raise InputError("the password is empty; type one, or send it on stdin")
    if not password.isprintable():
        raise InputError("the password holds a control character, which no mail program can send")
    if len(password.encode()) > LONGEST:
        raise InputError(
            "the password is longer than {longest} octets; choose a shorter one", longest=LONGEST
        )
    if len(password) < SHORTEST:
        raise InputError(
            "the password has fewer than {shortest} characters; choose a longer one",
            shortest=SHORTEST,
        )
    if _is_login(password, login):
        raise InputError("the password is the login, or made of it alone; choose another one")
    if _is_among_the_worst(password):
        raise InputError("the password is among the first that are guessed; choose another one")


def judge_password(password: str) -> Iterator[Finding]:
    """Yield what mail programs have trouble with."""
    if not password.isascii():
        yield NOT_ASCII.of("password")
    if password != password.strip():
        yield SPACES_AT_AN_END.of("password")
    octets = len(password.encode())
    if octets > FITS_A_LINE:
        yield TOO_LONG_FOR_A_LINE.of("password", octets=octets, longest=FITS_A_LINE)


def _is_login(password: str, login: str) -> bool:
    folded, names = password.casefold(), login.casefold()
    alone = {names, names.partition("@")[0]} - {""}
    return any(
        folded in {name, name[::-1], name * 2} or folded.removeprefix(name).isdecimal()
        for name in alone
    ) or folded in {f"{name}{mark}" for name in alone for mark in "!.?#"}


def _is_among_the_worst(password: str) -> bool:
    folded = password.casefold()
    return folded.rstrip("!.?#") in _WORST.split() or len(set(folded)) < _FEWEST_CHARACTERS
