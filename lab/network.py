"""The lab's network: a bridge in a network namespace that has no way out.

Nothing connects the namespace with this machine's own: no veth pair, no default route. The
hosts' default router is the bridge, whose own default route is `unreachable`.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab import command, keys, plan
from lab.site import Site

_SYSCTL = {
    "net/ipv4/ip_forward": "1",  # so that what is beyond is answered as unreachable, at once
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv6/icmp/ratelimit": "0",
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/accept_ra": "0",
}

# $1 is the directory with the lab's resolver files, the rest the command.
_WITH_RESOLVER = """
for file in resolv.conf nsswitch.conf hosts; do
    mount --bind "$1/$file" "/etc/$file" || exit 3
done
shift
exec "$@"
"""


def exists(site: Site) -> bool:
    """Whether the namespace is there."""
    return site.namespace_file.exists()


def make(site: Site) -> None:
    """Make the namespace and its bridge; what exists already is kept."""
    if not exists(site):
        command.run(["ip", "netns", "add", site.namespace])
    for name, value in _SYSCTL.items():
        _inside(site, "sh", "-c", f"echo {value} > /proc/sys/{name}")
    if plan.BRIDGE not in _inside(site, "ip", "-brief", "link"):
        _make_bridge(site)
    _write_resolver_files(site)


def remove(site: Site) -> None:
    """Remove the namespace; the kernel ends what is in it."""
    if exists(site):
        command.run(["ip", "netns", "delete", site.namespace])


def enter(site: Site) -> list[str]:
    """Return the words that make a command run in the namespace, with this machine's /sys."""
    return ["nsenter", f"--net={site.namespace_file}"]


def inside(site: Site, argv: Sequence[str]) -> list[str]:
    """Return the command that runs `argv` in the lab's network, with the lab's resolver."""
    resolver = str(site.state / "etc")
    unshare = ["unshare", "--mount", "--propagation", "slave"]
    return [*enter(site), *unshare, "sh", "-c", _WITH_RESOLVER, "sh", resolver, *argv]


def environment(site: Site) -> dict[str, str]:
    """Return the environment that makes this machine's programs trust the lab's authorities."""
    bundle = str(keys.bundle(site))
    names = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    return dict.fromkeys(names, bundle)


def execute(
    site: Site, argv: Sequence[str], *, stdin: str | None = None, timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run a command of this machine inside the lab's network and return how it ended."""
    env = environment(site)
    return command.attempt(inside(site, argv), stdin=stdin, env=env, timeout=timeout)


def _inside(site: Site, *argv: str) -> str:
    return command.run([*enter(site), *argv])


def _make_bridge(site: Site) -> None:
    for line in (
        "link set lo up",
        f"link add {plan.BRIDGE} type bridge forward_delay 0 mcast_snooping 0",
        f"address add {plan.ipv4(plan.GATEWAY)}/24 dev {plan.BRIDGE}",
        f"address add {plan.ipv6(plan.GATEWAY)}/64 dev {plan.BRIDGE} nodad",
        f"link set {plan.BRIDGE} up",
        "-4 route add unreachable default",
        "-6 route add unreachable default",
    ):
        _inside(site, "ip", *line.split())


def _write_resolver_files(site: Site) -> None:
    directory = site.state / "etc"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "resolv.conf").write_text(resolver_configuration())
    (directory / "hosts").write_text(f"127.0.0.1 localhost {os.uname().nodename}\n::1 localhost\n")
    # A machine with nss-resolve would ask its own resolver, over a socket no namespace hides.
    (directory / "nsswitch.conf").write_text(_without_foreign_resolvers())


def resolver_configuration() -> str:
    """Return the resolv.conf(5) of everything in the lab."""
    addresses = (plan.ipv4(plan.RESOLVER), plan.ipv6(plan.RESOLVER))
    return "".join(f"nameserver {address}\n" for address in addresses)


def _without_foreign_resolvers() -> str:
    try:
        lines = Path("/etc/nsswitch.conf").read_text().splitlines()
    except FileNotFoundError:
        lines = []
    kept = [line for line in lines if not line.startswith("hosts:")]
    return "\n".join([*kept, "hosts: files dns"]) + "\n"
