"""The same end state as an Ansible playbook, run by an ansible-core of its own.

The files are those that the deploy wrote, so both manage the same content. The playbook leaves
out what ansible-core has no module for (DNS), and asks no daemon whether it serves: what is left
out is to Ansible's advantage.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import figures, relays
from benchmarks.peers import ANSIBLE
from lab import hosts, keys, network, plan

CACHE = relays.PLACE.checkout / ".cache" / "ansible"
HERE = Path(__file__).parent / "ansible"

_RECAP = re.compile(r"changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


def prepare(packages: Sequence[str]) -> None:
    """Install ansible-core here and Python on the relays, and write down the end state."""
    ANSIBLE.install()
    CACHE.mkdir(parents=True, exist_ok=True)
    for host in relays.RELAYS:
        script = "apt-get -qq update && apt-get -qq -y install python3 python3-apt < /dev/null"
        hosts.check(relays.PLACE, host.name, ["sh", "-c", script])
    inventory = {"all": {"hosts": {host.fqdn: _host(host, packages) for host in relays.RELAYS}}}
    (CACHE / "inventory.json").write_text(json.dumps(inventory, indent=1))


@contextmanager
def connected() -> Iterator[Mapping[str, str]]:
    """Yield the environment of runs that share their SSH connections, and end those after."""
    with tempfile.TemporaryDirectory(prefix="omi-cp-") as sockets:
        yield {
            **relays.environment(),
            "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets,
            "ANSIBLE_LOCAL_TEMP": str(CACHE / "tmp"),
        }
        for path in Path(sockets).iterdir():
            subprocess.run(
                ["ssh", "-q", "-o", f"ControlPath={path}", "-O", "exit", "relay"], check=False
            )


def run(env: Mapping[str, str]) -> tuple[float, int]:
    """Run the playbook and return the seconds it took and the number of changed tasks."""
    program = ANSIBLE.path("ansible-playbook")
    words = [program, "-i", str(CACHE / "inventory.json"), str(HERE / "playbook.yml")]
    begin = time.perf_counter()
    text = figures.output(network.inside(relays.PLACE, words), env)
    taken = time.perf_counter() - begin
    recap = _RECAP.findall(text)
    if len(recap) != len(relays.RELAYS):
        raise SystemExit(f"bench: Ansible did not reach every relay:\n{text[-2000:]}")
    return taken, sum(int(changed) for changed, _, _ in recap)


def _host(host: plan.Host, packages: Sequence[str]) -> Mapping[str, object]:
    files = CACHE / "files" / host.fqdn
    shutil.rmtree(files, ignore_errors=True)
    for path, (_, _, _, content) in (managed := relays.managed_files(host)).items():
        target = files / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        keys.write_private(target, content.decode())
    return {
        "ansible_host": host.ipv4,
        "relay_packages": list(packages),
        "relay_files": str(files),
        "managed": [
            {"path": path, "mode": mode, "owner": owner, "group": group}
            for path, (mode, owner, group, _) in managed.items()
        ],
    }
