"""What the benchmarks are compared with, each in an environment of its own in `.cache/peers`.

usage: python -m benchmarks.peers     installs all, outside the lab, whose network leads nowhere
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import figures, relays

CACHE = relays.PLACE.checkout / ".cache" / "peers"


@dataclass(frozen=True, slots=True)
class Peer:
    """A Python distribution, the version that is compared, and a program that it brings."""

    requirement: str
    program: str

    @property
    def environment(self) -> Path:
        """Where it is installed."""
        return CACHE / self.program

    def path(self, program: str) -> str:
        """Return a program of its environment; raises SystemExit if it is not installed."""
        found = self.environment / "bin" / program
        if not found.exists():
            raise SystemExit(
                f"bench: {self.program} is not installed; run `python -m benchmarks.peers` first,"
                " outside the lab"
            )
        return str(found)

    def install(self) -> None:
        """Install it, unless it is there."""
        if (self.environment / "bin" / self.program).exists():
            return
        figures.say(f"installing {self.requirement} into {self.environment}")
        figures.output([sys.executable, "-m", "venv", "--clear", str(self.environment)])
        pip = str(self.environment / "bin" / "pip")
        figures.output([pip, "install", "-q", self.requirement])


ANSIBLE = Peer("ansible-core>=2.19,<2.22", "ansible-playbook")
CHECKDMARC = Peer("checkdmarc==6.0.4", "checkdmarc")
SSLYZE = Peer("sslyze>=6.1,<7", "sslyze")  # its cryptography is older than ours


def main() -> int:
    """Install every peer."""
    for peer in (ANSIBLE, CHECKDMARC, SSLYZE):
        peer.install()
    subprocess.run([SSLYZE.path("sslyze"), "--help"], stdout=subprocess.DEVNULL, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
