"""`queue.pyz due` is what the timer runs, `queue.pyz answer` reads a request and answers it."""

import logging
import sqlite3
import sys
from collections.abc import Sequence

from omi_core.queue import answer as answers
from omi_core.queue import due
from omi_core.queue.index import opened
from omi_core.queue.pauses import run as pauses
from omi_core.queue.request import read_request, written_answer
from omi_core.queue.spool import Spool

_log = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> int:
    """Run as root on the relay; exit 1 where something is left that should have gone.

    2 is a wrong request, 3 that the queue could not be looked at.
    """
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    if argv == ["check"]:
        return 0
    if argv == ["due"]:
        try:
            is_done = due.run(Spool(), _log.info)
        finally:
            is_paused = pauses.run(_log.info)
        return 0 if is_done and is_paused else 1
    try:
        request = read_request(sys.stdin.read())
    except ValueError as fault:
        _log.error("no request: %s", fault)
        return 2
    try:
        with opened(Spool()) as index:
            sys.stdout.write(f"{written_answer(answers.answer(index, request))}\n")
    except (sqlite3.Error, OSError) as fault:
        _log.error("the queue cannot be looked at: %s", fault)
        return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
