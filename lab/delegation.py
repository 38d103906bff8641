"""Changes the name service while it runs: further zones, and a resolver that forgets."""

import re

from lab import hosts, name_service, plan, zones
from lab.failure import UsageError
from lab.site import Site

_NAME = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")
_CONFIGURATION = "/etc/knot/knot.conf"


def add_zone(site: Site, written: str) -> None:
    """Serve a new, empty zone that the deploy's key may update, delegated from its parent."""
    name = written.lower().removesuffix(".")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{written!r} is not a name for a zone; write it as relay.test")
    served = _served(site)
    if name in served:
        return
    zone = zones.Zone(name)
    hosts.check(site, "dns", ["tee", f"/etc/knot/zones/{zone.file}"], stdin=zone.text)
    clause = name_service.zone_clause(zone, updatable=True)
    hosts.check(site, "dns", ["tee", "-a", _CONFIGURATION], stdin=clause)
    hosts.check(site, "dns", ["knotc", "--blocking", "reload"])
    _delegate(site, name, parent_of(name, served))
    flush(site)


def parent_of(name: str, served: set[str]) -> str:
    """Return the zone, among those served, that a new zone is cut from."""
    labels = name.split(".")
    above = (".".join(labels[depth:]) for depth in range(1, len(labels)))
    return next((candidate for candidate in above if candidate in served), "")


def flush(site: Site) -> None:
    """Make the resolvers forget everything they have seen."""
    hosts.check(site, "dns", ["unbound-control", "reload"])


def _served(site: Site) -> set[str]:
    text = hosts.check(site, "dns", ["cat", _CONFIGURATION])
    return {name.removesuffix(".") for name in re.findall(r'- domain: "([^"]*)"', text)}


def _delegate(site: Site, name: str, parent: str) -> None:
    origin = f"{parent}."
    for command in (
        ["zone-begin", origin],
        ["zone-set", origin, f"{name}.", "60", "NS", f"{plan.NAME_SERVER}."],
        ["zone-commit", origin],
    ):
        hosts.check(site, "dns", ["knotc", *command])
