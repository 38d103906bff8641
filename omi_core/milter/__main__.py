"""The daemon: `policy.pyz SETTINGS` supervises; with two descriptors behind it is a worker."""

import json
import logging
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from omi_core.milter.accounts import read_accounts
from omi_core.milter.policy import RelayPolicy
from omi_core.milter.supervisor import Supervisor, listening_socket
from omi_core.milter.worker import Settings, serve

_WORKERS = 2  # at least: one that has much to do must not be the only one


def main(argv: Sequence[str]) -> None:
    """Serve as the settings file says; raises OSError, ValueError or KeyError for a wrong one."""
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    if argv[0] == "--check":
        settings_file, accounts_file = map(Path, argv[1:])
        read_settings(settings_file)
        read_accounts(accounts_file.read_bytes())
        return
    path, *descriptors = argv
    if descriptors:
        listening, beat = map(int, descriptors)
        serve(read_settings(Path(path)), socket.socket(fileno=listening), beat)
        return
    settings = read_settings(Path(path))
    Supervisor(
        command=(sys.executable, "-I", sys.argv[0], path),
        listening=listening_socket(settings.socket),
        count=max(_WORKERS, os.cpu_count() or _WORKERS),
    ).run()


def read_settings(path: Path) -> Settings:
    """Read the file that the component writes."""
    told = json.loads(path.read_bytes())
    return Settings(
        socket=Path(told["socket"]),
        accounts=Path(told["accounts"]),
        policy=RelayPolicy(host=told["host"], hide_clients=bool(told["hide_clients"])),
        longest=int(told["longest"]),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
