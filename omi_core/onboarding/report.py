"""What came of looking at domains, in the form that every output is made from."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from omi_core.exit_codes import COULD_NOT_LOOK, FINDINGS, FINE
from omi_core.findings.verdict import CheckResult, Judged, Status, unknown, worst
from omi_core.names import unicode_of
from omi_core.onboarding.entries import Onboarding
from omi_core.onboarding.formats import as_json
from omi_core.onboarding.rules.server_texts import CHECKED
from omi_core.onboarding.seen import DomainSeen, ServerAnswer, ServerSeen, View
from omi_core.onboarding.target import Target
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainReport(Judged):
    """One domain: what was seen, and the result of every check."""

    seen: DomainSeen
    results: tuple[CheckResult, ...]

    @property
    def domain(self) -> str:
        """The domain, without the last dot."""
        return self.seen.target.domain

    @property
    def onboarding(self) -> Onboarding | None:
        """What is to be entered, by the view of most servers; None if no server answered."""
        views = sorted(self.seen.views, key=lambda view: -len(view.servers))
        return views[0].onboarding if views else None

    @property
    def unseen(self) -> tuple[CheckResult, ...]:
        """The checks that nobody could look at."""
        return tuple(each for each in self.results if each.verdict.status is Status.UNKNOWN)

    def to_json(self) -> dict[str, object]:
        """Return the form of one domain in cli/schemas/dns-verify.json."""
        seen = self.seen
        made = self.onboarding
        return {
            "domain": self.domain,
            "written": unicode_of(self.domain),
            "zone": seen.zone.name if seen.zone else None,
            "status": self.status.value,
            "exit_code": self.exit_code,
            "began": datetime.fromtimestamp(seen.began, UTC).isoformat(timespec="seconds"),
            "seconds": round(seen.seconds, 3),
            "checks": [each.to_json() for each in self.results],
            "findings": [finding.to_json() for finding in self.findings],
            "servers": [_server_json(each) for each in seen.servers],
            "views": [_view_json(view) for view in seen.views],
            "records": as_json(made) if made else None,
        }

    def to_line(self) -> dict[str, object]:
        """Return the short form of cli/schemas/dns-verify-line.json."""
        return {
            "domain": self.domain,
            "status": self.status.value,
            "exit_code": self.exit_code,
            "findings": [finding.to_json() for finding in self.findings],
            "unseen": [each.check.id for each in self.unseen],
            "reason": self.unseen[0].verdict.note.to_json() if self.unseen else None,
            "seconds": round(self.seen.seconds, 3),
        }


def unchecked(target: Target, why: Text) -> DomainReport:
    """Return the report of a domain that could not be looked at or judged."""
    seen = DomainSeen(target=target, began=time.time(), seconds=0, problem=why)
    return DomainReport(seen=seen, results=(CheckResult(check=CHECKED, verdict=unknown(why)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsReport(Judged):
    """Every domain of a run; one that was not checked decides over one with mistakes."""

    domains: tuple[DomainReport, ...]

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """Every result."""
        return tuple(each for one in self.domains for each in one.results)

    @property
    def status(self) -> Status:
        """The status that decides, which the exit code says too."""
        return Status.UNKNOWN if self.exit_code == COULD_NOT_LOOK else worst(self.results)

    @property
    def exit_code(self) -> int:
        """The code of all domains."""
        return combined_code(each.exit_code for each in self.domains)

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/dns-verify.json."""
        return {
            "status": self.status.value,
            "exit_code": self.exit_code,
            "domains": [each.to_json() for each in self.domains],
        }


def combined_code(codes: Iterable[int]) -> int:
    """Return the exit code of several domains: what was not looked at before findings.

    1 is a result; 3 says that the result is not whole, which must not hide behind it.
    """
    seen = set(codes)
    return next((code for code in (COULD_NOT_LOOK, FINDINGS, FINE) if code in seen), COULD_NOT_LOOK)


def _server_json(server: ServerSeen) -> dict[str, object]:
    return {
        "name": server.name,
        "address": server.server.host,
        "delegated": server.delegated,
        "name_servers": list(server.name_servers),
        "answers": {name: _said_json(said) for name, said in server.said.items()},
    }


def _said_json(said: ServerAnswer) -> dict[str, object]:
    return {
        "records": [{"type": kind, "value": value} for kind, value in said.records],
        "ttl": said.ttl,
        "exists": said.exists,
        "signed": bool(said.signatures),
        "tcp": said.tcp,
        "problem": str(said.problem),
    }


def _view_json(view: View) -> dict[str, object]:
    return {
        "servers": [each.server.host for each in view.servers],
        "spf": [
            {
                "address": str(address),
                "result": each.result.value,
                "term": each.term,
                "problem": str(each.problem),
                "lookups": each.lookups,
                "void_lookups": each.void_lookups,
            }
            for address, each in view.spf.items()
        ],
        "dmarc": {
            "at": view.dmarc.at,
            "policy": view.dmarc.applied.value if view.dmarc.at else None,
            "organisational_domain": view.dmarc.organisational,
            "organisational_domain_by_suffix_list": view.dmarc.by_suffix_list,
        },
    }
