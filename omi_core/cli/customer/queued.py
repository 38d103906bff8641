"""What becomes of mail that is queued on the relays when an account is suspended or resumed.

The one place where `omi customer` touches queues: `act` takes logins and an action.
"""

import shlex
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from omi_core.cli.deploy.run import pyinfra

PATIENCE_S = 300
_HELD = "/var/lib/omi-suspended"  # which mails were held for it, so that no other is released


class Queued(StrEnum):
    """What is done with an account's queued mail."""

    HOLD = "hold"
    DROP = "drop"
    RELEASE = "release"


_SCRIPTS = {
    Queued.HOLD: "found incoming active deferred > {held}/$$; postsuper -h - < {held}/$$ && "
    "cat {held}/$$ >> {held}/ids; rm -f {held}/$$",
    Queued.DROP: "found incoming active deferred hold | postsuper -d -",
    Queued.RELEASE: "test ! -s {held}/ids || found hold | grep -Fx -f {held}/ids | postsuper -H -",
}
# Login by login of the files in the queue (postcat(1)), which Postfix moves about meanwhile.
_FOUND = """set -u
umask 077
mkdir -p {held}
found() {{
    cd /var/spool/postfix && find "$@" -type f -printf '%f\\n' 2>/dev/null | while read -r id; do
        postcat -eq "$id" 2>/dev/null < /dev/null | grep -qiFx {logins} && echo "$id"
    done
    :
}}
"""


def act(inventory: Path, logins: Sequence[str], action: Queued) -> int:
    """Hold, drop or release the queued mail of accounts, on all relays; 1 where one failed."""
    if not logins:
        return 0
    patterns = " ".join(
        f"-e {shlex.quote(f'named_attribute: sasl_username={login.lower()}')}" for login in logins
    )
    script = (_FOUND + _SCRIPTS[action]).format(held=_HELD, logins=patterns)
    words = ("--limit", "relay", str(inventory.resolve()), "exec", "--", "sh", "-c")
    return pyinfra((*words, shlex.quote(script)), patience_s=PATIENCE_S)
