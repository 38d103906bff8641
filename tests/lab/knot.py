"""A real Knot of a test's own, with zones that hold other people's records.

It is the Knot of the lab's DNS host, run from its image on loopback: the lab's own has to keep its
zones.
"""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from lab import images
from lab.plan import Role
from omi_core.dns.client.server import Server
from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider
from omi_core.errors import ObservationError
from omi_core.names import Fqdn
from omi_core.secret import Secret
from tests.authority import free_port

SHOP = Fqdn.parse("shop.example")
OPERATOR = Fqdn.parse("relay.example")
DEPLOY_SECRET = "ZGVwbG95LWRlcGxveS1kZXBsb3ktZGVwbG95LWRlcGw="
UPDATE_SECRET = "dXBkYXRlLXVwZGF0ZS11cGRhdGUtdXBkYXRlLXVwZGE="

ZONE = r"""
$ORIGIN {zone}.
$TTL 900
@       SOA   ns1 hostmaster 1 3600 600 86400 60
@       NS    ns1
ns1     A     127.0.0.1
ns1     AAAA  ::1
@       MX    10 mail
@       TXT   "google-site-verification=abc" " and a second string"
@       TXT   "v=spf1 a mx -all"
@       TXT   "\200\001 octets"
mail    A     192.0.2.25
www     CNAME @
taken   TXT   "somebody's"
alias   CNAME www
*.wild  A     192.0.2.99
sub     NS    ns.elsewhere.example.
"""

CONFIG = """
server:
    rundir: "/mnt"
    listen: [ {listen} ]
    tcp-io-timeout: 30000  # a busy machine reads a large transfer slowly
log:
  - target: "/mnt/log"
    any: info
database:
    storage: "/mnt/db"
key:
  - id: omi-deploy
    algorithm: hmac-sha256
    secret: {deploy}
  - id: omi-update
    algorithm: hmac-sha256
    secret: {update}
acl:
  - id: transfer
    key: omi-deploy
    action: transfer
  - id: deploy
    key: omi-deploy
    action: [ transfer, update ]
  - id: update
    key: omi-update
    action: update
template:
  - id: default
    storage: "/mnt"
    file: "%s.zone"
    semantic-checks: off
zone:
{zones}
"""

# $1 is the image's layers, $2 where to mount them, $3 the server's home. The mounts end with the
# process; the home is all that can be written.
RUN = """
set -e
mount -t overlay overlay -o "ro,lowerdir=$1" "$2"
mount --bind "$3" "$2/mnt"
mount -t tmpfs tmpfs "$2/tmp"
exec chroot "$2" knotd -c /mnt/knot.conf
"""


class Knot:
    """A name server of this test's own, ended by its own handle."""

    def __init__(
        self,
        home: Path,
        *,
        writable: bool = True,
        zones: Mapping[Fqdn, str] = MappingProxyType({}),
    ) -> None:
        self.home = home
        self.port = free_port()
        self.writable = writable
        (home / "db").mkdir(parents=True)
        root = home.with_name(f"{home.name}-root")
        root.mkdir()
        for zone in (SHOP, OPERATOR):
            (home / f"{zone.relative}.zone").write_text(
                zones.get(zone) or ZONE.format(zone=zone.relative)
            )
        acl = "acl: [ deploy, update ]" if writable else "acl: transfer"
        clauses = "".join(f"  - domain: {z.relative}\n    {acl}\n" for z in (SHOP, OPERATOR))
        (home / "knot.conf").write_text(
            CONFIG.format(
                listen=f"127.0.0.1@{self.port}, ::1@{self.port}",
                deploy=DEPLOY_SECRET,
                update=UPDATE_SECRET,
                zones=clauses,
            )
        )
        layers = ":".join(map(str, images.of(Role.DNS).layers))
        unshare = ["unshare", "--mount", "--propagation", "private", "sh", "-c", RUN, "sh"]
        self.process = subprocess.Popen([*unshare, layers, str(root), str(home)])
        self.wait_until_it_serves()

    def wait_until_it_serves(self) -> None:
        for _ in range(100):
            try:
                self.provider().read(SHOP, [])
            except ObservationError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise AssertionError("Knot does not serve; what it said is above")

    def provider(
        self,
        name: str = "omi-deploy",
        secret: str = DEPLOY_SECRET,
        host: str = "127.0.0.1",
        *,
        port: int = 0,
        timeout_s: float = 5,
    ) -> Rfc2136Provider:
        key = TsigKey(name=Fqdn.parse(name), algorithm="hmac-sha256", secret=Secret(secret))
        server = Server(host, port or self.port)
        return Rfc2136Provider(
            server=server, key=key, writable=(SHOP, OPERATOR), timeout_s=timeout_s
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
