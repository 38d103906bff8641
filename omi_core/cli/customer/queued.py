"""What becomes of mail that is queued on the relays when an account is suspended or resumed."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from omi_core.cli.reader import say
from omi_core.queue.request import MailMatch, QueueRequest, Verb
from omi_core.text import Text

_UNDONE = Text("{relay}: nothing was done with what is queued there: {problem}")


class Queued(StrEnum):
    """What is done with an account's queued mail."""

    HOLD = "hold"
    DROP = "drop"
    RELEASE = "release"


_VERBS = {Queued.HOLD: Verb.SUSPEND, Queued.DROP: Verb.DROP, Queued.RELEASE: Verb.RESUME}


def act(inventory: Path, logins: Sequence[str], action: Queued) -> int:
    """Hold, drop or release the queued mail of accounts, on all relays; 1 where one failed."""
    from omi_core.inventory.load import relays_in
    from omi_core.relay.queue.relays import ask

    if not logins:
        return 0
    accounts = tuple(login.lower() for login in logins)
    request = QueueRequest(verb=_VERBS[action], match=MailMatch(accounts=accounts), most=0)
    silent = [one for one in ask(inventory, relays_in(inventory), request) if one.problem]
    for one in silent:
        say(_UNDONE.format(relay=one.relay, problem=one.problem))
    return int(bool(silent))
