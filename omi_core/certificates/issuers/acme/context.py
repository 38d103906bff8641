"""What every step of issuing by ACME needs: the account's settings, and who helps with it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from omi_core.certificates.issuers.acme import caa
from omi_core.certificates.issuers.acme.journal import Journal
from omi_core.dns.agreement import authoritative_servers
from omi_core.dns.publishing import Servers
from omi_core.inventory.issuers import Acme
from omi_core.text import Text


def _ignore(_: Text) -> None:
    """Say nothing."""


@dataclass(kw_only=True)
class AcmeContext:
    """The account of `settings`, whom to tell, and who answers about CAA and name servers.

    `servers` finds the authoritative servers that must all serve a validation record first.
    """

    settings: Acme
    progress: Callable[[Text], None] = _ignore
    ask_caa: caa.Ask = caa.ask_dns
    servers: Servers = authoritative_servers
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = Journal(directory=self.settings.directory)
