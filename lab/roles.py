"""Which files of its own each host gets before it boots."""

from collections.abc import Callable, Iterator

from lab import certificate_service, engine, keys, name_service, network, plan, receiver
from lab.seed import File
from lab.site import Site

ROOT_TRUST = "/usr/local/share/ca-certificates/omi-lab-root.crt"

_NETWORK = """[Match]
Name=host0
[Network]
LinkLocalAddressing=ipv6
IPv6AcceptRA=no
Gateway={router4}
Gateway={router6}
{addresses}"""

_ADDRESS = """[Address]
Address={address}
DuplicateAddressDetection=none
"""


def files(site: Site, host: plan.Host) -> list[File]:
    """Return the host's files."""
    own = _OWN.get(host.role, _nothing)
    return [*_network(host), *_ssh(site, host), *own(site)]


def _network(host: plan.Host) -> Iterator[File]:
    numbers = [host.number, *_BESIDE.get(host.role, ())]
    each = [address for n in numbers for address in (plan.ipv4(n) + "/24", plan.ipv6(n) + "/64")]
    yield File(
        path="/etc/systemd/network/10-lab.network",
        content=_NETWORK.format(
            router4=plan.ipv4(plan.GATEWAY),
            router6=plan.ipv6(plan.GATEWAY),
            addresses="".join(_ADDRESS.format(address=address) for address in each),
        ),
    )
    yield File(path="/etc/resolv.conf", content=network.resolver_configuration())
    yield File(path="/etc/hostname", content=f"{host.name}\n")
    yield File(path="/etc/hosts", content=f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n")


def _ssh(site: Site, host: plan.Host) -> Iterator[File]:
    key = keys.host_key(site, host.name)
    authorized = keys.identity(site).with_suffix(".pub").read_text()
    name = "/etc/ssh/ssh_host_ed25519_key"
    yield File(path=name, content=key.read_text(), mode=0o600)
    yield File(path=f"{name}.pub", content=key.with_suffix(".pub").read_text())
    yield File(path="/root/.ssh/authorized_keys", content=authorized, mode=0o600)


def _trust(site: Site) -> File:
    return File(path=ROOT_TRUST, content=keys.authority(site).read_text())


def _nothing(_: Site) -> list[File]:
    return []


def _receiver(site: Site) -> list[File]:
    return [_trust(site), *receiver.files(site)]


def _client(site: Site) -> list[File]:
    return [_trust(site), *engine.files()]


# Further addresses of a host, for what stands beside its own service.
_BESIDE = {plan.Role.DNS: (plan.RESOLVER,), plan.Role.CLIENT: (plan.ENGINE,)}
_OWN: dict[plan.Role, Callable[[Site], list[File]]] = {
    plan.Role.DNS: name_service.files,
    plan.Role.ACME: certificate_service.files,
    plan.Role.RECEIVER: _receiver,
    plan.Role.CLIENT: _client,
}
