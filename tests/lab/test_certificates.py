"""Certificates from Pebble on real relays: issued, rotated, put back, and the guide's fault."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes as hashes_of
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lab import hosts, lifecycle, plan
from lab.site import Site
from omi_core.certificates.issuers.internal_ca import InternalCaFiles
from omi_core.names import Fqdn
from tests.lab.relay_certificates import (
    NAMES,
    RELAYS,
    Pebbled,
    all_served,
    check,
    other_certificate_on,
    requests_to_the_ca,
    served,
    validation_records,
)
from tests.lab.relay_client import program
from tests.lab.relay_run import Control

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
pytest_plugins = ("tests.lab.relay_fixtures",)

PHP = r"""<?php
[$_, $name, $port] = $argv;
error_reporting(E_ALL);
set_error_handler(function ($number, $text) { fwrite(STDERR, "$text\n"); exit(1); });
$options = ["verify_peer" => true, "verify_peer_name" => true, "peer_name" => $name];
$tls = $port == 465;
$socket = stream_socket_client(($tls ? "ssl" : "tcp") . "://$name:$port", $code, $text, 30,
    STREAM_CLIENT_CONNECT, stream_context_create(["ssl" => $options]));
if (!$tls) {
    fgets($socket);
    fwrite($socket, "EHLO client.lab-dns.example\r\n");
    do { $line = fgets($socket); } while (substr($line, 3, 1) == "-");
    fwrite($socket, "STARTTLS\r\n");
    fgets($socket);
    if (!stream_socket_enable_crypto($socket, true, STREAM_CRYPTO_METHOD_TLS_CLIENT)) { exit(1); }
}
echo "connected\n";
"""


@pytest.fixture
def pebbled(restored: Control, tmp_path: Path) -> Pebbled:
    """The relays as this checkout deploys them; a test leaves them with Pebble's certificates."""
    restored.history.clear()
    return Pebbled(restored, tmp_path)


def php(site: Site, name: str, port: int) -> str:
    hosts.check(site, "client", ["tee", "/tmp/connect.php"], stdin=PHP)
    return program(site, ["php", "/tmp/connect.php", name, str(port)])


def test_from_bare_to_pebbles_certificate_on_every_listener_that_php_verifies(
    place: Site, pebbled: Pebbled
) -> None:
    lifecycle.reset(place, [plan.host(name) for name in RELAYS])
    first = pebbled.control.run("-y", inventory=pebbled.inventory)
    assert first.code == 0, first.said
    bare = all_served(place)
    run = pebbled.renew("--data", "force=true")
    now = all_served(place)
    for relay in RELAYS:
        assert len(now[relay]) == 1
        assert now[relay].isdisjoint(bare[relay])
        (fingerprint,) = now[relay]
        assert run.said.count(f"serves {fingerprint}") == 6
    for name in NAMES:
        for port in (25, 465, 587):
            assert php(place, name, port) == "connected\n"
    assert validation_records(place) == []
    assert pebbled.orders == []


def test_the_spare_relay_is_first(pebbled: Pebbled) -> None:
    said = pebbled.renew("--data", "force=true").said
    order = re.findall(r"Cover every public name on (\S+)", said)
    assert order[:2] == ["smtp2.itpison.com", "smtp.itpison.com"]


def test_nothing_due_is_no_change_two_commands_a_host_and_no_request_to_the_ca(
    place: Site, pebbled: Pebbled
) -> None:
    pebbled.renew()
    before = requests_to_the_ca(place)
    assert before > 0
    run = pebbled.renew("--debug")
    assert run.changed == []
    for name in NAMES:
        assert run.said.count(f"Running command on {name}:") <= 2
    assert requests_to_the_ca(place) == before


def test_a_rotation_whose_proof_fails_ends_with_the_old_certificate_on_both_and_code_1(
    place: Site, pebbled: Pebbled
) -> None:
    pebbled.renew()
    before = all_served(place)
    with other_certificate_on(place, "smtp2", 587):
        run = pebbled.run("--data", "force=true")
    assert run.code == 1
    assert "no relay after this one was touched" in run.said
    assert "Traceback" not in run.said
    assert all_served(place) == before


def test_the_guides_mismatch_is_named_in_one_sentence_and_the_deploy_ends_it(
    place: Site, pebbled: Pebbled
) -> None:
    pebbled.renew()
    for relay in RELAYS:
        serve_wildcard(place, relay)
    document = check(place, "smtp.itpison.com", "--ca-file", ".lab/ca/root.pem", code=1)
    sentences = {one["text"]["en"] for at in document["places"] for one in at["findings"]}
    (sentence,) = sentences
    covered = "the certificate covers *.mail.itpison.com, www.itpison.com"
    assert sentence == (
        f"asked for smtp.itpison.com; {covered};"
        " smtp.itpison.com is not covered because it is not among them"
    )
    said = {one["client"]: one["words"]["en"] for one in document["places"][0]["clients"]}
    for client, refusal in refusals(place, "smtp.itpison.com").items():
        assert said[client] in refusal

    run = pebbled.renew()
    assert "tls: the certificate covers *.mail.itpison.com, www.itpison.com, but not" in run.said
    for name in NAMES:
        assert php(place, name, 465) == "connected\n"


PYTHON = """import smtplib, ssl, sys
try:
    context = ssl.create_default_context(cafile=sys.argv[2])
    smtplib.SMTP_SSL(sys.argv[1], 465, context=context)
except ssl.SSLError as error:
    print(error)
"""


def refusals(site: Site, name: str) -> dict[str, str]:
    """What PHP and Python really say, on the client host, where the CA is trusted."""
    root = (site.checkout / ".lab/ca/root.pem").read_text()
    hosts.check(site, "client", ["tee", "/tmp/root.pem"], stdin=root)
    trusting = PHP.replace('"peer_name"', '"cafile" => "/tmp/root.pem", "peer_name"')
    hosts.check(site, "client", ["tee", "/tmp/connect.php"], stdin=trusting)
    php = hosts.run(site, "client", ["php", "/tmp/connect.php", name, "587"])
    python = hosts.run(site, "client", ["python3", "-c", PYTHON, name, "/tmp/root.pem"])
    return {"PHP": php.stderr, "Python": python.stdout}


def serve_wildcard(place: Site, relay: str) -> None:
    """Put a wildcard whose names are others in the place of the relay's certificate, by hand."""
    make = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /"
    request = hosts.check(place, relay, ["sh", "-c", f"{make} -keyout /root/wild.key 2>/dev/null"])
    names = [Fqdn("*.mail.itpison.com."), Fqdn.parse("www.itpison.com")]
    chain = InternalCaFiles(place.checkout / ".lab/ca").issue(request.encode(), names)
    put = "umask 077 && cat /root/wild.key - > /root/wild && mv /root/wild /etc/omi/tls/relay.pem"
    hosts.check(place, relay, ["sh", "-c", f"{put} && postfix reload"], stdin=chain.pem.decode())


def test_both_kinds_of_keys_are_served_to_those_who_know_them(
    place: Site, pebbled: Pebbled
) -> None:
    both = ', keys=("ecdsa", "rsa")'
    pebbled.changes = {
        "    control_row,\n": "    certificates,\n    control_row,\n",
        "    plaintext_auth=True,": f"    certificates=certificates({both[2:]}),\n"
        "    plaintext_auth=True,",
    }
    pebbled.renew()
    for cipher, key in (("aRSA", "rsaEncryption"), ("aECDSA", "id-ecPublicKey")):
        look = (
            f"openssl s_client -connect smtp2.itpison.com:465 -tls1_2 -cipher {cipher}"
            " </dev/null 2>/dev/null | openssl x509 -noout -text"
        )
        assert f"Public Key Algorithm: {key}" in hosts.check(place, "client", ["sh", "-c", look])
    assert pebbled.renew().changed == []


def test_the_warning_on_the_relay_exits_1_and_leaves_a_metric_when_few_days_are_left(
    place: Site, pebbled: Pebbled
) -> None:
    pebbled.renew()
    unit = "omi-certificate-warning"
    assert hosts.run(place, "smtp2", ["systemctl", "start", unit]).returncode == 0
    metrics = "/var/lib/prometheus/node-exporter/omi_certificate.prom"
    assert "omi_certificate_warning 0" in hosts.check(place, "smtp2", ["cat", metrics])
    script = "sed 's/^days=.*/days=400/' /usr/local/lib/omi/certificate-warning | sh"
    ended = hosts.run(place, "smtp2", ["sh", "-c", script])
    assert ended.returncode == 1
    assert "port 465: the certificate ends on" in ended.stdout
    assert "omi_certificate_warning 1" in hosts.check(place, "smtp2", ["cat", metrics])
    timers = hosts.check(place, "smtp2", ["systemctl", "list-timers", "--all"])
    assert f"{unit}.timer" in timers
    assert served(place, "smtp2")


def test_a_bought_certificate_is_deployed_and_its_key_shown_nowhere(
    place: Site, pebbled: Pebbled, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = builder.sign(key, hashes_of.SHA256()).public_bytes(Encoding.PEM)
    names = [Fqdn.parse(name) for name in NAMES]
    chain = InternalCaFiles(place.checkout / ".lab/ca").issue(request, names)
    (tmp_path / "bought.pem").write_bytes(chain.pem)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "bought.key").write_bytes(pem)
    (tmp_path / "bought.key").chmod(0o600)
    pebbled.changes = {
        "    acme,\n": "    provided_files,\n",
        pebbled.issuer: f'issuer=provided_files(chain_file="{tmp_path}/bought.pem",'
        f' key_file="{tmp_path}/bought.key", root_file=".lab/ca/root.pem"),',
    }

    run = pebbled.renew("-vvv", "--debug", "--diff")

    expected = {chain.fingerprint}
    assert all_served(place) == {"smtp": expected, "smtp2": expected}
    assert not [line for line in pem.decode().splitlines()[1:-1] if line in run.said]
    assert pebbled.renew().changed == []


def test_what_a_timer_runs_says_what_was_renewed(place: Site, pebbled: Pebbled) -> None:
    renewing = (sys.executable, "-m", "omi_core.cli", "cert", "renew", "--inventory")

    def renew(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*renewing, str(pebbled.inventory), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=place.checkout,
            env={**os.environ, "PYTHONPATH": str(place.checkout), "LC_ALL": "C.UTF-8"},
        )

    metrics = pebbled.directory / "renewal.prom"
    done = renew("--force", "--json", "--prometheus", str(metrics))
    assert done.returncode == 0, done.stderr
    said = {one["relay"]: set(one["sha256"]) for one in json.loads(done.stdout)["renewed"]}
    assert said == {f"{relay}.itpison.com": leaves for relay, leaves in all_served(place).items()}
    assert "omi_certificate_renewal_exit_code 0" in metrics.read_text()
    again = renew()
    assert (again.returncode, again.stdout) == (0, "nothing was due\n")
