"""What smtp(8) logs of receivers, whose words and DNS are strangers', and what comes of it."""

import re
from typing import Any

from omi_core.queue.pauses import judge as judging
from omi_core.queue.pauses.log_line import read_delivery
from omi_core.queue.pauses.memory import PauseMemory
from omi_core.queue.pauses.rules import PauseRule, PauseRules

_RULE = PauseRule(
    name="slow", pattern=r"@(slow\.example)$", mx=("*.example",), after=1, first=300, longest=3600
)
_RULES = PauseRules(receivers=(_RULE,))
_NOW = 1_796_000_000
# What postmap(1) takes for one entry, of which no other can be made.
_ENTRY = re.compile(
    r"(=slow|[0-9a-z][0-9a-z.-]{0,254}) (to-slow:|retry:4\.7\.0 slow slows this relay down"
    r" \([45]\d\d [245]\.\d{1,3}\.\d{1,3}\); next try at [0-9 :+-]{22})\n"
)


def read(octets: bytes) -> str:
    """Return the table after lines of the service of all, and of the receiver's own."""
    memory = PauseMemory()
    for line in octets.decode(errors="replace").split("\n"):
        if delivery := read_delivery(line):
            for rule in (None, _RULE):
                judging.taken_in(memory, _RULES, rule, delivery, _NOW)
    judging.settled(memory, _RULES, _NOW)
    return judging.table(memory, _RULES, judging.pauses(memory, _RULES, _NOW))


def judge(_: bytes, table: Any) -> None:
    """Nobody's words make another entry than that of a domain, or of the receiver."""
    assert all(_ENTRY.fullmatch(line) for line in table.splitlines(keepends=True)), table
