"""Runs a command in the lab to which its zones are at Cloudflare: the stand-in is there for it.

python3 -m lab exec python -m tests.cloudflare_stand_in pyinfra ...
"""

import os
import subprocess
import sys
from pathlib import Path

from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.providers.cloudflare.token import VARIABLE
from tests.cloudflare_stand_in.lab_zones import TOKEN, moved
from tests.cloudflare_stand_in.service import served

KEY = Path(".lab/tsig.key")


def main(command: list[str]) -> int:
    """Return the exit code of the command."""
    with served(moved(TsigKey.read(KEY))) as service:
        there = {"CLOUDFLARE_BASE_URL": service.url, VARIABLE: TOKEN}
        return subprocess.run(command, env={**os.environ, **there}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
