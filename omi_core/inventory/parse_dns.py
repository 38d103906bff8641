"""What an inventory writes about DNS: the service, policies, rotation; judged before it is used."""

from collections.abc import Iterable, Mapping

from omi_core.errors import InputError
from omi_core.inventory.model import (
    CloudflareDns,
    ManualDns,
    OtherDns,
    Policies,
    Rfc2136Dns,
    Rotation,
)
from omi_core.inventory.reader import Reader, parse_address, parse_path
from omi_core.inventory.secrets.sources import raise_unless_one, read_secret
from omi_core.names import Address, Fqdn
from omi_core.secret import Secret

_DAY = 86400  # seconds
_LARGEST_BATCH = 3500  # what Cloudflare's paid plans take
_LONGEST_ID = 32  # RFC 8461 3.1
_LONGEST_DAYS = 3650


def parse_rfc2136(
    where: str,
    *,
    server: str,
    key_file: str | None = None,
    key: Secret | None = None,
    port: int = 53,
) -> Rfc2136Dns:
    """Build the settings of a primary that takes dynamic updates; raises SettingsError."""
    read = Reader(where)
    raise_unless_one(read, "key_file", key_file, "key", key)
    if type(port) is not int or not 0 < port < 1 << 16:
        read.refuse("port", "{port!r} is not a port, such as 53", port=port)
    return Rfc2136Dns(
        server=read.text("server", parse_address, server),
        key_file=None if key_file is None else read.text("key_file", parse_path, key_file),
        key=read_secret(read, "key", key),
        port=port,
    )


def parse_cloudflare(
    where: str,
    *,
    token_file: str | None = None,
    token: Secret | None = None,
    batch_limit: int = 200,
) -> CloudflareDns:
    """Build the settings of zones at Cloudflare; raises SettingsError."""
    read = Reader(where)
    if type(batch_limit) is not int or not 0 < batch_limit <= _LARGEST_BATCH:
        read.refuse("batch_limit", "is 200 on the free plan, 3500 on the others")
    file = None if token_file is None else read.text("token_file", parse_path, token_file)
    if token is not None:
        raise_unless_one(read, "token_file", token_file, "token", token)
    secret = read_secret(read, "token", token)
    return CloudflareDns(token_file=file, token=secret, batch_limit=batch_limit)


def parse_manual_dns(where: str) -> ManualDns:
    """Build the settings of zones that a person edits."""
    del where
    return ManualDns()


def parse_dns_service(
    where: str, service: str, settings: Mapping[str, object] | None = None
) -> OtherDns:
    """Build the settings of a service that has no call of its own; raises SettingsError."""
    read = Reader(where)
    name = read.text("service", str, service)
    own = {"rfc2136": "rfc2136(...)", "cloudflare": "cloudflare(...)", "manual": "manual_dns()"}
    if name in own:
        read.refuse("service", "{name!r} is written as {own}", name=name, own=own[name])
    if settings is not None and not isinstance(settings, Mapping):
        read.refuse("settings", 'must be a dict, as {"token_file": "/etc/omi-control/token"}')
    return OtherDns(service=name, settings=tuple((settings or {}).items()), where=where)


def parse_policies(
    where: str,
    *,
    dmarc_reports: str | None = None,
    tls_reports: str | None = None,
    mta_sts: str = "",
    caa: Iterable[str] = (),
) -> Policies:
    """Build what else is said about mail; raises SettingsError."""
    read = Reader(where)
    reports = {"dmarc_reports": dmarc_reports, "tls_reports": tls_reports}
    addresses = {
        key: None if written is None else read.text(key, Address.parse, written)
        for key, written in reports.items()
    }
    return Policies(
        dmarc_reports=addresses["dmarc_reports"],
        tls_reports=addresses["tls_reports"],
        mta_sts=read.text("mta_sts", _policy_id, mta_sts),
        caa=tuple(name.relative for name in read.texts("caa", Fqdn.parse, caa)),
    )


def parse_rotation(
    where: str, *, every_days: float = 0, settle_minutes: float = 60, keep_days: float = 7
) -> Rotation:
    """Build how DKIM keys are rotated; raises SettingsError."""
    read = Reader(where)
    given = {"every_days": every_days, "settle_minutes": settle_minutes, "keep_days": keep_days}
    for key, number in given.items():
        if type(number) not in {int, float} or not 0 <= number <= _LONGEST_DAYS:
            read.refuse(
                key,
                "{number!r} is not a number from 0 to {longest_days}",
                number=number,
                longest_days=_LONGEST_DAYS,
            )
    if 0 < every_days <= keep_days:
        read.refuse(
            "every_days", "must be greater than keep_days, because no slot is free before then"
        )
    return Rotation(
        every=int(every_days * _DAY), settle=int(settle_minutes * 60), keep=int(keep_days * _DAY)
    )


def _policy_id(written: str) -> str:
    if len(written) > _LONGEST_ID or not all(c.isascii() and c.isalnum() for c in written):
        raise InputError(
            "{written!r} is not a policy id: up to 32 letters and digits", written=written
        )
    return written
