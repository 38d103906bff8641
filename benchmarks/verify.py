"""`omi smtp verify` of both relays, beside testssl.sh and sslyze on one port of one of them.

usage: python -m benchmarks.verify [--quick]      inside the deployed lab's network, as root:

    python3 -m lab exec .venv/bin/python -m benchmarks.verify

sslyze is installed before, by `python -m benchmarks.peers`; testssl.sh is Debian's.
--quick leaves testssl.sh out, which takes minutes.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Bar, by_turns, note, say, seconds, show
from benchmarks.peers import SSLYZE
from lab import mailbox, plan, site

WHOLE = Bar(limit=5, unit=" s")
ROUNDS = 3


def main(argv: Sequence[str]) -> int:
    """Measure and print; the exit code is 0 whatever the figures are."""
    taken = by_turns(ROUNDS, omi=_omi)
    figure = taken["omi"]
    show("omi smtp verify, both relays, 16 cells, 16 mails", f"{figure:.1f} s", figure, WHOLE)
    name = plan.host("smtp").fqdn
    _peer("sslyze, port 465 alone", [SSLYZE.path("sslyze"), f"{name}:465"], figure)
    if "--quick" not in argv:
        words = ["testssl", "--quiet", "--color", "0", "--warnings", "batch", f"{name}:465"]
        _peer("testssl.sh, port 465 alone", words, figure)
    return 0


def _omi() -> float:
    place = site.here()
    account = plan.ACCOUNTS[0]
    with tempfile.NamedTemporaryFile("w", suffix=".html") as page:
        return seconds(
            [
                *(sys.executable, "-m", "omi_core.cli", "smtp", "verify"),
                *("smtp.itpison.com", "smtp2.itpison.com", "--account", account.login),
                *("--to", "bench@inbox.example", "--inventory", "inventories/lab.py"),
                *("--ca-file", ".lab/ca/root.pem", "--html", page.name),
                *("--maildir", str(mailbox.directory(place))),
            ],
            env={**os.environ, "OMI_PASSWORD": account.password, "PYTHONPATH": str(Path.cwd())},
        )


def _peer(what: str, argv: Sequence[str], own: float) -> None:
    say(what)
    # Both end with a code of their own when they find something.
    taken = seconds(["sh", "-c", '"$@" >/dev/null 2>&1 </dev/null || :', "sh", *argv])
    print(f"{what:52} {taken:>7.1f} s")
    note(f"{taken / own:.1f} times what omi takes for sixteen cells")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
