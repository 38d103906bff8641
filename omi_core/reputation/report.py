"""What came of looking at the relays' addresses, in the form that every output is made from."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from omi_core.dns.operator import Operator
from omi_core.findings.contained import not_checked
from omi_core.findings.verdict import CheckResult, Judged, unknown
from omi_core.onboarding.how import Looking
from omi_core.reputation.blocklists import BlockList
from omi_core.reputation.judge import judge, subject_of
from omi_core.reputation.observe import RelayAddressSeen, observe
from omi_core.reputation.texts import CHECKED


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
        AddressReport(relay=each.relay, address=str(each.address), results=_judged(each, lists))
        for each in seen
    )
    return ReputationReport(
        addresses=made, lists=lists, began=began, seconds=time.monotonic() - started
    )


def _judged(seen: RelayAddressSeen, lists: tuple[BlockList, ...]) -> tuple[CheckResult, ...]:
    """Judge one address; a fault of ours in that costs no other address its results."""
    try:
        results = judge(seen, lists)
        for each in results:
            each.to_json()
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends here
        why = not_checked(subject_of(seen), error)
        return (CheckResult(check=CHECKED, verdict=unknown(why)),)
    return results
