"""What stands for a password in a customer's file, and what looking at one may cost a relay: pure.

crypt(5), sha512crypt. The work of a login is the hash's own word: who writes a file decides how
long each login of that account keeps a core of the relay busy.
"""

import re

from omi_core.errors import InputError
from omi_core.secret import Secret

# In the place of a hash: it is among those that load_customers(..., hashes=...) is given.
ELSEWHERE = Secret("elsewhere")
SCHEME = "{SHA512-CRYPT}"
# Two cores check fifty of these a second, TLS and all: docs/decisions/0056-sandboxes.md.
ROUNDS = 75_000
MOST_ROUNDS = 300_000

# Optional rounds, salt of up to 16 characters, 86 characters of hash. A number with a leading zero,
# or below 1000, is another one to crypt(3), and no password would ever be right.
_HASH = re.compile(
    r"\{SHA512-CRYPT\}\$6\$(?:rounds=([1-9]\d{3,8})\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}",
    re.ASCII,
)
_FEWEST_ROUNDS = 5000  # what it has where it names none


def parse_password_hash(written: object) -> Secret:
    """Return the hash of a password; raises InputError for another form and for too much work.

    The value is not repeated: it may be a password that somebody put there.
    """
    found = _HASH.fullmatch(written) if isinstance(written, str) else None
    if not found:
        raise InputError("is not a {SHA512-CRYPT}$6$... hash; `omi account hash` prints one")
    rounds = int(found[1] or _FEWEST_ROUNDS)
    if rounds > MOST_ROUNDS:
        raise InputError(
            "has {rounds} rounds, which each login of the account would cost a relay; the most is"
            " {most}, and `omi account hash` makes one of {usual}",
            rounds=rounds,
            most=MOST_ROUNDS,
            usual=ROUNDS,
        )
    return Secret(found[0])
