"""A relay that a deploy changed is looked at as its customers meet it.

One that was fine at the last gate and is not at this one gets its previous files back.
"""

import time
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from omi_core.engine import console
from omi_core.engine.login import root
from omi_core.exit_codes import FINE
from omi_core.inventory.model import Relay
from omi_core.relay import verify
from omi_core.relay.listeners import listeners_of
from omi_core.resolve.network import has_route
from omi_core.smtp.fault import FaultKind
from omi_core.smtp.listeners import ACCESSES

PASSED = "/var/lib/omi/gate-passed"
PUT_BACK = (Path(__file__).parent / "gate.sh").read_text()
REMEMBER = f"mkdir -p /var/lib/omi && touch {PASSED}"
SMTP_PORT = 25
# Dovecot answers a wrong password after two seconds; a reload loses what waits for that.
PAUSE_S = 3


class Judgement(Enum):
    """What a look from here says of the relay's configuration."""

    FINE = "fine"
    WRONG = "wrong"
    OUT_OF_REACH = "out of reach"  # nothing is known of the relay: the way there is closed


def judged(looked: verify.Verification) -> Judgement:
    """Tell a fault of the relay from one of the way to it.

    Each listener has answered on the relay itself before this is asked, so one that is silent from
    here is behind a firewall, and other files would not open it. Many networks do that to port 25
    (the guide, 6.2), which must not keep an operator there from working.
    """
    cells = looked.document.get("cells", ())
    unseen = [cell for cell in cells if _is_unseen(cell)]
    blocked = [cell for cell in cells if _is_silent(cell)]
    heard = [cell for cell in cells if cell not in blocked]
    if any(_errors((*heard, *looked.document.get("names", ())))):
        return Judgement.WRONG
    if unseen or not heard or any(cell["port"] != SMTP_PORT for cell in blocked):
        return Judgement.OUT_OF_REACH
    is_known = blocked or looked.code == FINE
    return Judgement.FINE if is_known else Judgement.OUT_OF_REACH


def _is_unseen(cell: Mapping[str, Any]) -> bool:
    """Whether nothing could be looked at, by a fault of ours: no firewall explains that."""
    statuses = {check["status"] for check in cell["checks"]}
    return statuses == {"unknown"} and not cell["conversations"]


def _is_silent(cell: Mapping[str, Any]) -> bool:
    is_shut = any(
        check["id"] == "port-open" and check["status"] != "passed" for check in cell["checks"]
    )
    faults = {each["fault"] for each in cell["conversations"]}
    return is_shut and FaultKind.REFUSED not in faults


def _errors(parts: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (
        check
        for part in parts
        for check in part["checks"]
        if check["status"] == "failed" and check["finding"]["severity"] == "error"
    )


def passed(state: State, host: Host, relay: Relay) -> bool:  # noqa: ARG001 - pyinfra's signature
    """Look at the relay; False, after what is wrong, fails it with its previous files back."""
    looked = _look(relay)
    judgement = judged(looked)
    for sentence in looked.sentences:
        console.log_styled(host, sentence, fg="yellow" if judgement is Judgement.FINE else "red")
    if judgement is Judgement.FINE:
        return bool(root.run(host, StringCommand(REMEMBER))[0])
    if judgement is Judgement.WRONG:
        _put_back(host, relay)
    return False


def _look(relay: Relay) -> verify.Verification:
    """Look, and once more if all is not fine: a daemon that was reloaded may drop an instant."""
    looked = verify.look(arguments(relay))
    if judged(looked) is Judgement.FINE:
        return looked
    time.sleep(PAUSE_S)
    return verify.look(arguments(relay))


def _put_back(host: Host, relay: Relay) -> None:
    """Give the relay its previous files back, and say whether this helped."""
    script = StringCommand("sh", "-c", QuoteString(f"PASSED={PASSED}\n{PUT_BACK}"))
    is_back, output = root.run(host, script)
    for line in output.output_lines:
        console.log_styled(host, line, fg="yellow")
    if is_back:
        is_fine = judged(_look(relay)) is Judgement.FINE
        words = "it is fine again" if is_fine else "it is not fine with them either"
        console.log_styled(host, f"with the previous files {words}", fg="yellow")


def arguments(relay: Relay) -> list[str]:
    """Every public name at this relay's own addresses, wherever DNS leads at this moment."""
    environment = relay.environment
    reachable = [address for address in relay.addresses if has_route(address)]
    addresses = ",".join(map(str, reachable or relay.addresses))
    names = [name.relative for name in environment.public_names]
    resolve = [f"--resolve={name}={addresses}" for name in names]
    expected = verify.expected(verify.inventory_of(environment, [relay]))
    added = relay.here.listeners
    ways = (*ACCESSES, *(access for each in listeners_of(relay) for access in each.accesses))
    listeners = [f"--listener={each.port}:{each.security}" for each in dict.fromkeys(ways) if added]
    return [*names, *resolve, *listeners, *expected, *verify.trust(environment)]
