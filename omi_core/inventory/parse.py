"""What an inventory writes about its environment and its relays, judged before it is used.

Text becomes a name, an address or a path exactly once, and every mistake is a SettingsError.
"""

import re
from collections.abc import Iterable, Mapping

from omi_core.errors import InputError
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.firewall.model import Firewall
from omi_core.inventory.issuers import Certificates, Issuer
from omi_core.inventory.limits.model import LimitDefaults
from omi_core.inventory.model import (
    MEBIBYTE,
    DnsService,
    Environment,
    Policies,
    Relay,
    Rotation,
)
from omi_core.inventory.next_hops.hop import Direct, NextHop
from omi_core.inventory.next_hops.parse import (
    parse_next_hop,
    parse_next_hops,
    raise_unless_known,
    raise_unless_one_a_place,
)
from omi_core.inventory.own.settings import (
    NAMES,
    raise_unless_hops_differ,
    read_listeners,
    read_own,
)
from omi_core.inventory.reader import Reader, parse_ipv4, parse_ipv6
from omi_core.inventory.shaping.parse import parse_shaping
from omi_core.inventory.shaping.receiver import Receiver, WarmUp
from omi_core.inventory.timezones import timezone_name
from omi_core.inventory.updates.window import Updates
from omi_core.message.enforce import ControlMode
from omi_core.names import Address, Fqdn

_LONGEST_QUEUE = 100  # days
_LONGEST_LOG = 3660  # days
_URL = re.compile(r"https?://[A-Za-z0-9.:-]{1,200}(/[A-Za-z0-9._~/-]{0,200})?", re.ASCII)


def parse_environment(
    where: str,
    *,
    operator_zone: str,
    public_names: Iterable[str],
    postmaster: str,
    customers: tuple[Customer, ...],
    issuer: Issuer,
    certificates: Certificates | None = None,
    dns: DnsService | None = None,
    writable_zones: Iterable[str] = (),
    policies: Policies | None = None,
    rotation: Rotation | None = None,
    next_hop: NextHop | None = None,
    next_hops: Mapping[str, NextHop] | None = None,
    shaping: Iterable[Receiver] = (),
    firewall: Firewall | None = None,
    ssh_keys_only: bool = False,
    plaintext_auth: bool = False,
    ed25519: bool = False,
    hide_clients: bool = False,
    control_headers: str = "refuse",
    limits: LimitDefaults | None = None,
    docs_url: str = "",
    message_size_limit: int = 50 * MEBIBYTE,
    queue_days: float = 5,
    timezone: str = "Etc/UTC",
    log_days: int = 30,
    updates: Updates | None = None,
    listeners: Iterable[str] = (),
) -> Environment:
    """Build an Environment from what an inventory writes; `where` opens every refusal."""
    read = _EnvironmentReader(where)
    made = Environment(
        operator_zone=read.text("operator_zone", Fqdn.parse, operator_zone),
        public_names=read.public_names(public_names),
        postmaster=read.text("postmaster", Address.parse, postmaster),
        customers=read.customers(customers),
        issuer=read.issuer(issuer),
        certificates=read.made_by(
            "certificates(...)", "certificates", Certificates, certificates or Certificates()
        ),
        dns=read.dns(dns),
        writable_zones=read.texts("writable_zones", Fqdn.parse, writable_zones),
        policies=read.made_by("policies(...)", "policies", Policies, policies or Policies()),
        rotation=read.made_by("rotation(...)", "rotation", Rotation, rotation or Rotation()),
        next_hop=Direct() if next_hop is None else parse_next_hop(read, "next_hop", next_hop),
        next_hops=parse_next_hops(read, {} if next_hops is None else next_hops),
        shaping=parse_shaping(read, shaping),
        firewall=read.made_by("firewall(...)", "firewall", Firewall, firewall or Firewall()),
        ssh_keys_only=read.flag("ssh_keys_only", ssh_keys_only),
        plaintext_auth=read.flag("plaintext_auth", plaintext_auth),
        ed25519=read.flag("ed25519", ed25519),
        hide_clients=read.flag("hide_clients", hide_clients),
        control_headers=read.text("control_headers", _control_mode, control_headers),
        limits=read.made_by("limits(...)", "limits", LimitDefaults, limits or LimitDefaults()),
        docs_url=read.text("docs_url", _docs_url, docs_url) if docs_url else "",
        message_size_limit=read.message_size_limit(message_size_limit),
        queue_lifetime=read.queue_lifetime(queue_days),
        timezone=read.text("timezone", timezone_name, timezone),
        log_days=read.log_days(log_days),
        updates=None
        if updates is None
        else read.made_by("updates(...)", "updates", Updates, updates),
        listeners=read_listeners(read, listeners),
    )
    raise_unless_one_a_place(read, (made.next_hop, *dict(made.next_hops).values()))
    raise_unless_known(read, made.customers, made.next_hops)
    return made


def parse_relay(
    where: str,
    name: str,
    *,
    ipv4: str | None,
    ipv6: str | None,
    environment: Environment,
    shaping: Iterable[Receiver] = (),
    warm_up: WarmUp | None = None,
    **own: object,
) -> Relay:
    """Build a Relay from what an inventory writes; raises SettingsError.

    `own` are the settings of `own/settings.py`.
    """
    read = Reader(where)
    host = read.text("name", Fqdn.parse, name)
    if ipv4 is None and ipv6 is None:
        read.refuse("ipv4", "{host} needs an IPv4 or an IPv6 address", host=host.relative)
    made = Relay(
        name=host,
        ipv4=None if ipv4 is None else read.text("ipv4", parse_ipv4, ipv4),
        ipv6=None if ipv6 is None else read.text("ipv6", parse_ipv6, ipv6),
        environment=read.made_by("environment(...)", "environment", Environment, environment),
        shaping=parse_shaping(read, shaping, environment.shaping) if shaping else None,
        warm_up=None
        if warm_up is None
        else read.made_by("warm_up(...)", "warm_up", WarmUp, warm_up),
        **read_own(where, own),  # type: ignore[arg-type]
    )
    raise_unless_hops_differ(where, made)
    return made


def parse_data(where: str, data: object) -> Mapping[str, object]:
    """Return pyinfra's data of a host; what this package reads stands beside them, not in them."""
    read = Reader(where)
    if data is None:
        return {}
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        read.refuse("data", 'must be a dict, as {"ssh_user": "debian", "_sudo": True}')
    for name in ("relay", "control", *NAMES):
        if name in data:
            read.refuse("data", "{name} is none of pyinfra; write it beside data=", name=name)
    return dict(data)


class _EnvironmentReader(Reader):
    """Judges what is written in environment(...) alone."""

    def public_names(self, written: object) -> tuple[Fqdn, ...]:
        names = self.texts("public_names", Fqdn.parse, written)
        if not names:
            self.refuse("public_names", "needs at least one name that customers type")
        for name in names:
            if names.count(name) > 1:
                self.refuse("public_names", "{name} stands twice", name=name.relative)
        return names

    def customers(self, written: object) -> tuple[Customer, ...]:
        if not isinstance(written, tuple) or not all(isinstance(c, Customer) for c in written):
            self.refuse("customers", "must be what load_customers(...) returns")
        return written

    def dns(self, written: object) -> DnsService | None:
        if written is not None and not isinstance(written, DnsService):
            self.refuse(
                "dns", "must be what rfc2136, cloudflare, manual_dns or dns_service(...) returns"
            )
        return written

    def issuer(self, written: object) -> Issuer:
        if not isinstance(written, Issuer):
            self.refuse("issuer", "must be what acme, internal_ca or provided_files(...) returns")
        return written

    def message_size_limit(self, written: object) -> int:
        if type(written) is not int or not MEBIBYTE <= written <= 1024 * MEBIBYTE:
            self.refuse("message_size_limit", "is a number of octets, from 1 MiB to 1 GiB")
        return written

    def queue_lifetime(self, written: object) -> int:
        if type(written) not in {int, float} or not 1 <= float(str(written)) <= _LONGEST_QUEUE:
            self.refuse(
                "queue_days", "is a number of days, from 1 to {longest}", longest=_LONGEST_QUEUE
            )
        return int(float(str(written)) * 86400)

    def log_days(self, written: object) -> int:
        if type(written) is not int or not 1 <= written <= _LONGEST_LOG:
            self.refuse(
                "log_days", "is a whole number of days, from 1 to {longest}", longest=_LONGEST_LOG
            )
        return written


def _control_mode(written: str) -> ControlMode:
    try:
        return ControlMode(written)
    except ValueError:
        modes = ", ".join(ControlMode)
        raise InputError(
            "{written!r} is not one of {modes}", written=written, modes=modes
        ) from None


def _docs_url(written: str) -> str:
    # It stands in SMTP replies, which are ASCII and end with the line.
    if not _URL.fullmatch(written):
        raise InputError(
            "{written!r} is not an address such as https://docs.example.com", written=written
        )
    return written.rstrip("/")
