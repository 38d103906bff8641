"""Runs one phase of the Makefile's work: says when it starts and how long it took.

usage: python3 -m lab.phase NAME CMD...
"""

import subprocess
import sys
import time


def main(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    name, *words = argv
    print(f"==> {name} ...", flush=True)
    begin = time.monotonic()
    code = subprocess.run(words, check=False).returncode
    outcome = "done" if code == 0 else f"FAILED ({code})"
    print(f"==> {name}: {outcome} after {time.monotonic() - begin:.1f} s", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
