"""Looking at the records of the operator and of every customer, after a deploy or any day."""

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.engine import console
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import all_relays, this_control
from omi_core.exit_codes import FINE
from omi_core.findings.verdict import Check
from omi_core.inventory.constructors import written_in
from omi_core.inventory.model import Environment
from omi_core.onboarding.rules import server_texts
from omi_core.relay.dkim.domains import sender_domains
from omi_core.relay.own_process import omi_lines
from omi_core.resolve.network import has_route

PATIENCE_S = 900
_TITLES = {each.id: each.title for each in vars(server_texts).values() if isinstance(each, Check)}


@operation()
@refusing
def customers(environment: Environment) -> Generator[PyinfraCommand]:
    """Look at the operator's zone and every customer's domains, at each authoritative server.

    On the control row alone. The keys that the relays hold are what the published ones are
    compared with.
    """
    if this_control() is None:
        console.noop(host, "DNS is looked at from the control row")
        return
    words = ["--inventory", str(written_in(environment)), "--keys", "-"]
    if not any(has_route(one.ipv6) for one in all_relays() if one.ipv6):
        console.log(host, "this machine has no IPv6 route: name servers are asked over IPv4 only")
        words.append("-4")
    yield FunctionCommand(_look, (words, json.dumps(_signing(environment))), {})


def _signing(environment: Environment) -> dict[str, dict[str, str]]:
    """Return the key records of what the relays hold, by domain and slot."""
    domains = sender_domains(environment)
    return {
        each.name.relative: {slot: str(key) for slot, key in each.keys.items()} for each in domains
    }


def _look(state: State, host: Host, words: list[str], keys: str) -> bool:  # noqa: ARG001 - pyinfra passes both by name
    code, sentences = look(words, keys)
    for sentence in sentences:
        console.log_styled(host, sentence, fg="red")
    return code == FINE


def look(words: list[str], keys: str) -> tuple[int, tuple[str, ...]]:
    """Run `omi dns verify` and return its exit code, and what it found in sentences.

    However many domains there are, and of each whatever became of the others.
    """
    answer = omi_lines("dns", "verify", words, patience_s=PATIENCE_S, given=keys)
    found = [sentence for line in answer.lines for sentence in _sentences(line)]
    has_problem = answer.problem and answer.code != FINE
    return answer.code, (*found, *([answer.problem] if has_problem else ()))


def _sentences(line: Mapping[str, Any]) -> Iterator[str]:
    for each in line["findings"]:
        words, observed = each["text"]["en"], each["observed"]["en"]
        yield f"{each['subject']}: {words} ({observed}); {each['remedy']['en']}"
    if line["unseen"]:
        checks = ", ".join(_TITLES[each].en if each in _TITLES else each for each in line["unseen"])
        yield f"{line['domain']}: not checked: {checks}: {line['reason']['en']}"
