"""The daemon: `policy.pyz SETTINGS` supervises; with two descriptors behind it is a worker."""

import logging
import os
import socket
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from omi_core.message.launch_time import platform_zone
from omi_core.milter.accounts import read_accounts, read_object
from omi_core.milter.control import ControlRules
from omi_core.milter.daemon.supervisor import Supervisor, listening_socket
from omi_core.milter.daemon.worker import Settings, serve
from omi_core.milter.hops.form import read_hops
from omi_core.milter.limits.store import CounterPlace
from omi_core.milter.policy import RelayPolicy

_MOST_HOLD_S = 10 * 366 * 86400  # far more than keys stay, and within what a clock can show
_WORKERS = 2  # at least: one that has much to do must not be the only one


def main(argv: Sequence[str]) -> None:
    """Serve as the settings file says; raises OSError or ValueError for a wrong one."""
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    if argv[0] == "--check":
        settings_file, accounts_file = map(Path, argv[1:])
        read_settings(settings_file.read_bytes())
        read_accounts(accounts_file.read_bytes())
        return
    path, *descriptors = argv
    settings = read_settings(Path(path).read_bytes())
    if descriptors:
        listening, beat = map(int, descriptors)
        serve(settings, socket.socket(fileno=listening), beat)
        return
    Supervisor(
        command=(sys.executable, "-I", sys.argv[0], path),
        listening=listening_socket(settings.socket),
        count=max(_WORKERS, os.cpu_count() or _WORKERS),
    ).run()


def read_settings(document: bytes) -> Settings:
    """Read the file that the component writes; raises ValueError for anything else."""
    told = read_object(document)
    try:
        return Settings(
            socket=Path(str(told["socket"])),
            accounts=Path(str(told["accounts"])),
            policy=RelayPolicy(
                host=str(told["host"]),
                hide_clients=bool(told["hide_clients"]),
                control=_control_rules(told["control"]),
                hops=read_hops(told["next_hops"]),
            ),
            longest=int(str(told["longest"])),
            counter=CounterPlace.read(told["counter"]) if "counter" in told else None,
        )
    except KeyError as missing:
        raise ValueError(f"{missing} is missing") from None


def _control_rules(told: object) -> ControlRules:
    if not isinstance(told, dict):
        raise ValueError("no rules for control headers")  # noqa: TRY004 - what stands in a file
    longest_hold = int(str(told["longest_hold"]))
    if not 0 <= longest_hold <= _MOST_HOLD_S:
        raise ValueError("no time that a mail may wait")
    return ControlRules(
        zone=platform_zone(str(told["zone"])),
        reference=str(told["reference"]),
        longest_hold=timedelta(seconds=longest_hold),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
