"""Keys of one lab: SSH, TSIG, its certificate authority. Made once, kept until removed by hand.

Every private file has mode 0600 from its first byte.
"""

import base64
import os
import secrets
from pathlib import Path

from lab import command, plan
from lab.site import Site

_ROOT_CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
x509_extensions = authority
[name]
CN = Omi Relay lab root
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""

_LEAF_CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[leaf]
subjectAltName = DNS:{name}
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def make(site: Site) -> None:
    """Make what is missing."""
    site.state.mkdir(mode=0o755, exist_ok=True)
    for name in ("ca", "ssh", "ssh/hosts", "passwords", "logs"):
        (site.state / name).mkdir(parents=True, exist_ok=True)
    _make_ssh(site)
    _make_tsig(site)
    _make_authority(site)
    for account in plan.ACCOUNTS:
        write_private(site.state / "passwords" / account.login, account.password + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a whole file that nobody else may read at any moment."""
    _write(path, text, 0o600)


def _write_public(path: Path, text: str) -> None:
    _write(path, text, 0o644)


def _write(path: Path, text: str, mode: int) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    part.replace(path)  # a reader finds the old file or the new one, never half of it


def identity(site: Site) -> Path:
    """Return the private key that may log in as root on every host."""
    return site.state / "ssh" / "id_ed25519"


def known_hosts(site: Site) -> Path:
    """Return the known_hosts file that lists every host by name and by both addresses."""
    return site.state / "ssh" / "known_hosts"


def host_key(site: Site, host: str) -> Path:
    """Return the private SSH key of a host, the same after every reset."""
    return site.state / "ssh" / "hosts" / host


def tsig(site: Site) -> Path:
    """Return the TSIG key that may update and transfer the lab's zones."""
    return site.state / "tsig.key"


def authority(site: Site) -> Path:
    """Return the certificate of the lab's own authority."""
    return site.state / "ca" / "root.pem"


def bundle(site: Site) -> Path:
    """Return the certificates of all authorities of the lab."""
    return site.state / "ca" / "bundle.pem"


def pebble_root(site: Site) -> Path:
    """Return the certificate of Pebble's root, another one after each of its starts."""
    return site.state / "ca" / "pebble.pem"


def write_pebble_root(site: Site, pem: str) -> None:
    """Keep the root that Pebble made at its last start."""
    _write_public(pebble_root(site), pem)
    write_bundle(site)


def write_bundle(site: Site) -> None:
    """Put the authorities known by now into one file."""
    present = [path for path in (authority(site), pebble_root(site)) if path.exists()]
    _write_public(bundle(site), "".join(path.read_text() for path in present))


def leaf(site: Site, name: str) -> tuple[str, str]:
    """Return key and certificate, in PEM, of a server of the lab itself."""
    key = _elliptic_key()
    configuration = _LEAF_CONFIGURATION.format(name=name)
    key_file = site.state / "ca" / f"{name}.key"
    write_private(key_file, key)
    file = site.state / "ca" / f"{name}.cnf"
    file.write_text(configuration)
    request = command.run(["openssl", "req", "-new", "-config", file, "-key", key_file])
    signer = ["-CA", str(authority(site)), "-CAkey", str(authority(site).with_suffix(".key"))]
    words = ["-days", "3650", "-extfile", str(file), "-extensions", "leaf"]
    sign = ["openssl", "x509", "-req", *signer, *words, "-set_serial", _serial()]
    return key, command.run(sign, stdin=request)


def _serial() -> str:
    return str(secrets.randbits(159))  # RFC 5280 4.1.2.2: at most 20 octets, positive


def _elliptic_key() -> str:
    return command.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    )


def _make_ssh(site: Site) -> None:
    wanted = [identity(site), *(host_key(site, host.name) for host in plan.HOSTS)]
    for path in wanted:
        if not path.exists():
            words = ["-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)]
            command.run(["ssh-keygen", *words])
    lines = [_known_host(site, host) for host in plan.HOSTS]
    _write_public(known_hosts(site), "".join(lines))


def _known_host(site: Site, host: plan.Host) -> str:
    public = host_key(site, host.name).with_suffix(".pub").read_text().split()
    names = ",".join(dict.fromkeys((host.name, host.fqdn, host.ipv4, host.ipv6)))
    return f"{names} {public[0]} {public[1]}\n"


def _make_tsig(site: Site) -> None:
    if tsig(site).exists():
        return
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    name = plan.TSIG_NAME
    text = f'key "{name}" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
    write_private(tsig(site), text)


def _make_authority(site: Site) -> None:
    certificate = authority(site)
    key = certificate.with_suffix(".key")
    if not key.exists():
        write_private(key, _elliptic_key())
        certificate.unlink(missing_ok=True)
    if not certificate.exists():
        words = ["-x509", "-config", "/dev/stdin", "-key", str(key), "-days", "3650"]
        pem = command.run(["openssl", "req", *words], stdin=_ROOT_CONFIGURATION)
        _write_public(certificate, pem)
    write_bundle(site)
