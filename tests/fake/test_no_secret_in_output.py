"""A marker in each secret, the real pyinfra in each of its modes, and no marker in what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake.relays import DKIM_MARKER, PASSWORD_HASH, PASSWORD_MARKER, REPOSITORY

TSIG_MARKER = "Xyzzy3TsigMarkerXyzzy3TsigMarkerXyzzy3Tsig"
SMARTHOST_MARKER = "Xyzzy4SmarthostMarkerXyzzy4"
MARKERS = (PASSWORD_MARKER, DKIM_MARKER, TSIG_MARKER, SMARTHOST_MARKER)

INVENTORY = """
from pathlib import Path

from omi_core.inventory import control_row, load_customers, rfc2136, smarthost
from omi_core.relay import verify
from tests.fake import relays

verify.look = lambda arguments: relays.FINE  # nobody is at these addresses

_environment = relays.environment(
    Path("{directory}"),
    customers=load_customers("{directory}/customers"),
    next_hop=smarthost("mail.example", username="relay", password_file="{directory}/password"),
    {dns}
)
_fresh = {{
    "names=$(cat)": [relays.DKIM_MARKER],
    **relays.bare(),
    **relays.asks_for_a_certificate(),
}}
relay = [relays.row(relays.relay(_environment, number), _fresh) for number in (1, 2)]
control = [control_row(_environment)]
"""

CUSTOMER = f"""
name = "Shop"
domains = ["shop.example"]

[[account]]
login = "alice"
password_hash = "{PASSWORD_HASH}"
senders = ["@shop.example"]
"""

TSIG = f"""key "omi" {{
    algorithm hmac-sha256;
    secret "{TSIG_MARKER}==";
}};
"""

# On a port of this machine that nobody listens on.
DNS = 'dns=rfc2136(server="127.0.0.1", port=1, key_file="{directory}/tsig.key"),'

# Each program has its own 1.5 s of start; on a machine that is at work, more.
pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

MODES = {
    "v": ["-y", "-v"],
    "vvv": ["-y", "-vvv"],
    "debug": ["-y", "-vvv", "--debug-all", "--diff"],
    "dry": ["--dry", "--diff", "-vvv"],
    "dry-json": ["--dry", "--json", "--diff"],
    "debug-operations": ["--debug-operations", "-vvv"],
    "debug-facts": ["--debug-facts", "-vvv"],
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Every mode once, two at a time; by name, the exit code and all that was said."""
    directory = tmp_path_factory.mktemp("inventories")
    (directory / "customers").mkdir()
    (directory / "customers" / "shop.toml").write_text(CUSTOMER)
    (directory / "tsig.key").write_text(TSIG)
    (directory / "tsig.key").chmod(0o600)  # or it would be refused before anybody is asked
    (directory / "password").write_text(SMARTHOST_MARKER)
    (directory / "password").chmod(0o600)
    plain = directory / "plain.py"
    plain.write_text(INVENTORY.format(directory=directory, dns=""))
    dns = directory / "dns.py"
    dns.write_text(INVENTORY.format(directory=directory, dns=DNS.format(directory=directory)))
    calls = {mode: [*how, str(plain), "deploys/relay.py"] for mode, how in MODES.items()}
    # What a fake host would say is data of the inventory, where a real host's answer is not.
    data = directory / "data.py"
    data.write_text(dns.read_text().replace('"names=$(cat)": [relays.DKIM_MARKER],', ""))
    calls["inventory"] = ["--debug", str(data), "debug-inventory"]
    calls["inventory-json"] = ["--json", str(data), "debug-inventory"]
    calls["tsig"] = ["-y", "-vvv", "--debug-all", str(dns), "deploys/relay.py"]
    calls["tsig-dry"] = ["--dry", "--diff", "-vvv", "--debug", str(dns), "deploys/relay.py"]
    return run(calls)


def run(calls: dict[str, list[str]]) -> dict[str, tuple[int, str]]:
    said: dict[str, tuple[int, str]] = {}
    names = list(calls)
    for pair in (names[index : index + 2] for index in range(0, len(names), 2)):
        running = {
            name: subprocess.Popen(
                [sys.executable, "-m", "pyinfra", *calls[name]],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, "PYINFRA_FAKE_DELAY": "0", "PYINFRA_FAKE_DELAY_JITTER": "0"},
            )
            for name in pair
        }
        for name, one in running.items():
            output = one.communicate()[0]
            said[name] = (one.returncode, output)
    return said


@pytest.mark.parametrize("mode", [*MODES, "inventory", "inventory-json", "tsig", "tsig-dry"])
def test_no_secret_in_what_pyinfra_says(outputs: dict[str, tuple[int, str]], mode: str) -> None:
    _, said = outputs[mode]
    assert said
    for marker in MARKERS:
        assert marker not in said
        assert marker[:12] not in said


@pytest.mark.parametrize("mode", MODES)
def test_each_of_these_modes_came_to_its_end(
    outputs: dict[str, tuple[int, str]], mode: str
) -> None:
    code, said = outputs[mode]
    assert code == 0, said[-2000:]
    assert "Traceback" not in said


def test_the_modes_that_change_something_reached_the_last_component(
    outputs: dict[str, tuple[int, str]],
) -> None:
    _, said = outputs["debug"]
    assert "components/postfix && sh stage" in said
    assert ".arriving" in said


def test_a_dns_server_that_does_not_answer_is_one_sentence(
    outputs: dict[str, tuple[int, str]],
) -> None:
    code, said = outputs["tsig"]
    assert code != 0
    assert "Traceback" not in said
    assert "127.0.0.1" in said


def test_a_secret_file_that_changes_is_named_and_not_shown(
    outputs: dict[str, tuple[int, str]],
) -> None:
    _, said = outputs["dry"]
    assert "/etc/dovecot/relay-users changes; it holds secrets and is not shown" in said
    assert "+++ /etc/postfix/main.cf (new)" in said


def test_nothing_is_left_on_the_disk_of_the_control_machine() -> None:
    assert not (Path(REPOSITORY) / "pyinfra-debug.log").exists()


def test_the_first_failure_stops_the_run_so_that_no_signer_starts_without_its_record(
    outputs: dict[str, tuple[int, str]],
) -> None:
    """What config.py sets takes effect in the real pyinfra."""
    _, said = outputs["tsig"]
    assert "Over 0% of hosts failed" in said
    assert "mkdir -p /var/lib/omi/components/base" in said
    assert "mkdir -p /var/lib/omi/components/rspamd" not in said
