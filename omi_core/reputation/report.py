"""What came of looking at the relays' addresses, in the form that every output is made from."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from omi_core.dns.operator import Operator
from omi_core.findings.verdict import CheckResult, Judged
from omi_core.onboarding.how import Looking
from omi_core.reputation.blocklists import BlockList
from omi_core.reputation.judge import judge
from omi_core.reputation.observe import observe


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressReport(Judged):
    """One address of a relay, and the result of every check."""

    relay: str
    address: str
    results: tuple[CheckResult, ...]

    @property
    def subject(self) -> str:
        """How the address is called in findings."""
        return f"{self.relay} {self.address}"

    def to_json(self) -> dict[str, object]:
        """Return `$defs/address` of cli/schemas/reputation.json."""
        return {
            "relay": self.relay,
            "address": self.address,
            "status": self.status.value,
            "checks": [each.to_json() for each in self.results],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReputationReport(Judged):
    """Every address of a run, which began at `began`, seconds since 1970."""

    addresses: tuple[AddressReport, ...]
    lists: tuple[BlockList, ...]
    began: float
    seconds: float

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """Every result."""
        return tuple(each for one in self.addresses for each in one.results)

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/reputation.json, but for what changed."""
        return {
            "status": self.status.value,
            "exit_code": self.exit_code,
            "began": datetime.fromtimestamp(self.began, UTC).isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "lists": [each.to_json() for each in self.lists],
            "addresses": [each.to_json() for each in self.addresses],
            "findings": [finding.to_json() for finding in self.findings],
        }


async def look(
    operator: Operator, lists: tuple[BlockList, ...], looking: Looking
) -> ReputationReport:
    """Look at every address of every relay, and judge what was seen."""
    began, started = time.time(), time.monotonic()
    seen = await observe(operator, lists, looking)
    made = tuple(
        AddressReport(relay=each.relay, address=str(each.address), results=judge(each, lists))
        for each in seen
    )
    return ReputationReport(
        addresses=made, lists=lists, began=began, seconds=time.monotonic() - started
    )
