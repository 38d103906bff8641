"""The queues of all relays of an inventory, asked at once."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from omi_core.inventory.model import Relay
from omi_core.places import DEPLOYS
from omi_core.queue.asked.told import RelayAnswer
from omi_core.queue.request import QueueRequest, read_answer, written_request
from omi_core.relay.own_process import deploy
from omi_core.text import Text

_DEPLOY = DEPLOYS / "queue.py"
_PATIENCE_S = 900
_SILENT = Text("it could not be reached")
_NO_PROGRAM = Text("it has no program that looks at its queue; deploy it")
_UNREAD = Text("its answer cannot be read ({fault}); deploy it, so that both are of one version")
_SAID = Text.plain("{words}")


def ask(
    inventory: Path, relays: tuple[Relay, ...], request: QueueRequest
) -> tuple[RelayAnswer, ...]:
    """Ask each of the inventory's relays; one that is silent keeps no other from answering.

    Raises ObservationError where pyinfra cannot be run.
    """
    with TemporaryDirectory() as directory:
        asked, events = Path(directory) / "request", Path(directory) / "events"
        asked.write_text(written_request(request), "utf-8")
        data = {"events": str(events), "request": str(asked)}
        words = ("--fail-percent", "100")
        done = deploy(inventory, _DEPLOY, data, patience_s=_PATIENCE_S, words=words)
        told = {one.relay: one for one in _told(events)}
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return tuple(
        told.get(name) or RelayAnswer(relay=name, problem=_why(name, lines))
        for name in (each.name.relative for each in relays)
    )


def _told(events: Path) -> Iterator[RelayAnswer]:
    lines = events.read_text("utf-8").splitlines() if events.exists() else []
    for line in lines:
        yield _relay_answer(json.loads(line))


def _relay_answer(event: Mapping[str, str]) -> RelayAnswer:
    relay = event["relay"]
    if "answer" not in event:
        return RelayAnswer(relay=relay, problem=_said(event["problem"], _NO_PROGRAM))
    try:
        return RelayAnswer(relay=relay, answer=read_answer(event["answer"]))
    except ValueError as fault:
        return RelayAnswer(relay=relay, problem=_UNREAD.format(fault=str(fault)))


def _said(words: str, nothing: Text) -> Text:
    """Quote another program; where it said nothing, say so."""
    return _SAID.format(words=words) if words else nothing


def _why(relay: str, lines: list[str]) -> Text:
    """Return what pyinfra said of the relay last."""
    said = [line.partition("]")[2].strip() for line in lines if line.startswith(f"[{relay}]")]
    return _said(said[-1] if said else "", _SILENT)
