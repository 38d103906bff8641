"""The part of Postfix that takes mail to the next hops that are one host: files and passwords.

Each has a service of its own, so that its queue, its TLS and its login are its own; mail is bound
to it by the mark that the policy daemon writes (omi_core/milter/hops/hop.py).
"""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from omi_core.certificates.kept_files import read, read_private
from omi_core.engine.component import ManagedFile
from omi_core.engine.memory import RunMemory
from omi_core.errors import InputError
from omi_core.inventory.model import Relay
from omi_core.inventory.next_hops.choice import known_hosts
from omi_core.inventory.next_hops.hop import TLS_FIRST, HopTls, NextHost, Smarthost
from omi_core.milter.hops.hop import MARK
from omi_core.printable import printable
from omi_core.render import render
from omi_core.secret import Secret

ROUTES, PASSWORDS = "next_hops", "next_hop_passwords"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
NO_PASSWORDS: Mapping[str, Secret] = MappingProxyType({})
_PATIENCE_S = 60  # a person may have to unlock his password store
_LONGEST = 255  # characters

_LEVELS = {HopTls.VERIFY: "secure"}  # the certificate's name, without a look at MX records

_remembered: RunMemory[Secret] = RunMemory()


@dataclass(frozen=True, slots=True, kw_only=True)
class HopService:
    """A line of master.cf: the service, and its parameters."""

    transport: str
    options: Mapping[str, str]


def passwords(relay: Relay) -> Mapping[str, Secret]:
    """Return the password of each smarthost that wants one, by transport; asked once a run.

    Raises InputError for one that cannot be had.
    """
    memory = None
    for host in known_hosts(relay):
        if isinstance(host, Smarthost) and host.username:
            memory = _remembered.now() if memory is None else memory
            if host.transport not in memory:
                memory[host.transport] = password(host)
    return memory or NO_PASSWORDS


def password(host: Smarthost) -> Secret:
    """Read the first line of the file, or of what the command prints; raises InputError."""
    if host.password:
        said = host.password.unmask().encode()
    else:
        said = read_private(host.password_file) if host.password_file else _from_command(host)
    line = said.split(b"\n", 1)[0].removesuffix(b"\r").decode(errors="replace")
    # What stands there is never repeated. U+FFFD stands for an octet that is not UTF-8.
    is_plain = printable(line) == line and "\ufffd" not in line and line == line.strip()
    if not line or len(line) > _LONGEST or not is_plain:
        raise InputError(
            "the password of {host} is empty, too long, begins or ends with a space, or holds"
            " what cannot be printed",
            host=host.address,
        )
    return Secret(line)


def _from_command(host: Smarthost) -> bytes:
    try:
        ended = subprocess.run(
            host.password_command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        # Neither what it printed nor its arguments are repeated: either may hold the password.
        raise InputError(
            "password_command of {host} fails: {kind}",
            host=host.address,
            kind=type(error).__name__,
        ) from None
    return ended.stdout


def files(
    relay: Relay, directory: str, secrets: Mapping[str, Secret] = NO_PASSWORDS
) -> Iterator[ManagedFile]:
    """Yield what Postfix reads about next hops; `secrets` are the passwords by transport."""
    hosts = known_hosts(relay)
    yield _public(directory, ROUTES, mark=MARK, hosts=hosts)
    logins = {
        host.destination: f"{host.username}:{secrets[host.transport].unmask()}"
        for host in hosts
        if isinstance(host, Smarthost) and host.username
    }
    if logins:
        content = render(f"postfix/{PASSWORDS}", logins=logins)
        path = f"{directory}/{PASSWORDS}"
        yield ManagedFile(path=path, content=content, mode=0o600, secret=True)
    for host in hosts:
        if host.ca_file:
            path = _authorities(host, directory)
            yield ManagedFile(path=path, content=read(host.ca_file))


def _public(directory: str, name: str, **values: object) -> ManagedFile:
    return ManagedFile(path=f"{directory}/{name}", content=render(f"postfix/{name}", **values))


def _authorities(host: NextHost, directory: str) -> str:
    return f"{directory}/{host.transport}.pem" if host.ca_file else AUTHORITIES


def services(relay: Relay, directory: str) -> tuple[HopService, ...]:
    """Return the service of each next hop."""
    return tuple(
        HopService(transport=host.transport, options=dict(_options(host, directory)))
        for host in known_hosts(relay)
    )


def _options(host: NextHost, directory: str) -> Iterator[tuple[str, str]]:
    yield "smtp_tls_security_level", _LEVELS.get(host.tls, host.tls.value)
    if host.port == TLS_FIRST:
        yield "smtp_tls_wrappermode", "yes"
    if host.tls is HopTls.VERIFY:
        name = host.tls_name.relative if host.tls_name else host.address
        yield "smtp_tls_secure_cert_match", name
        yield "smtp_tls_CAfile", _authorities(host, directory)
    if isinstance(host, Smarthost) and host.username:
        yield "smtp_sasl_auth_enable", "yes"
        yield "smtp_sasl_password_maps", f"texthash:{directory}/{PASSWORDS}"
        yield "smtp_sasl_mechanism_filter", "plain,login"
        yield "smtp_sasl_security_options", "noanonymous"
