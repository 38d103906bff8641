"""What one run of `omi dns verify` looks at, and what is made of it."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from omi_core.cli.dns.domains import DomainFile, NoDomain, domain_name
from omi_core.cli.dns.looking import LookingOptions
from omi_core.cli.reader import tell_progress
from omi_core.errors import InputError, system_text
from omi_core.language import Language
from omi_core.names import Fqdn
from omi_core.printable import printable

if TYPE_CHECKING:
    from omi_core.onboarding.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyDnsOptions(LookingOptions):
    """What the command line of `omi dns verify` says."""

    inventory: Path
    file: str | None
    wait: float | None
    keys: str | None
    json_lines: bool
    since: str | None
    resume: str | None
    when_done: str | None
    at_once: int
    reports: Mapping[str, str]  # the file of each form that is written


class VerifyRun:
    """What one run looks at, and how."""

    def __init__(
        self,
        domains: tuple[str, ...],
        options: VerifyDnsOptions,
        language: Language,
        *,
        as_json: bool = False,
    ) -> None:
        from omi_core.onboarding.target import InventoryDomains

        self.options = options
        self.language = language
        self.as_json = as_json
        self.inventory = InventoryDomains(options.inventory)
        self.named = tuple(dict.fromkeys(map(domain_name, domains)))
        self.signing = _signing(options.keys)
        self.file = DomainFile(options.file) if options.file else None

    @property
    def for_people(self) -> bool:
        """Whether what is told is read by a person."""
        return not (self.as_json or self.options.json_lines)

    @property
    def keeps_reports(self) -> bool:
        """Whether a document is made of the whole run, which is then held in memory."""
        return self.as_json or bool(self.options.reports)

    @property
    def is_whole_list(self) -> bool:
        """Whether a domain that is not in this run is one of ours no more."""
        return not self.named

    def targets(self) -> "Iterator[Target]":
        """Yield the domains, those of a file as they are read."""
        chosen: Iterable[Fqdn | NoDomain] = self.named
        if self.file:
            chosen = chain(self.named, self.file.domains())
        elif not self.named:
            chosen = self.inventory.domains()
        return map(self._target, chosen)

    def total(self) -> int | None:
        """Return how many domains there are, if that can be told beforehand."""
        if self.file:
            count = self.file.count()
            return None if count is None else len(self.named) + count
        return len(self.named or self.inventory.domains())

    def _target(self, domain: Fqdn | NoDomain) -> "Target":
        """Return what a domain must publish; a fault in saying so is this domain's alone."""
        from omi_core.findings.contained import not_checked
        from omi_core.onboarding.target import unmade_target

        if isinstance(domain, NoDomain):
            return unmade_target(domain.written, domain.why)
        try:
            return self.inventory.target(domain, self.signing)
        except Exception as error:  # noqa: BLE001 - the others' results are still to come
            return unmade_target(domain.relative, not_checked(domain.relative, error))

    def say(self, line: str) -> None:
        """Say to whoever waits."""
        tell_progress(printable(line))


def _signing(path: str | None) -> dict[str, dict[str, str]] | None:
    """Read `{"shop.example": {"omi1": "v=DKIM1; ..."}}`."""
    if path is None:
        return None
    try:
        held = json.loads(Path(path).read_text("utf-8") if path != "-" else sys.stdin.read())
        return {
            domain_name(domain).relative: {slot: str(text) for slot, text in slots.items()}
            for domain, slots in held.items()
        }
    except OSError as error:
        raise InputError(
            "{path!r} cannot be read: {strerror}", path=path, strerror=system_text(error)
        ) from None
    except (ValueError, AttributeError):
        form = '{"shop.example": {"omi1": "v=DKIM1; ..."}}'
        raise InputError(
            "{path!r} holds no keys; they are written as {form}", path=path, form=form
        ) from None
