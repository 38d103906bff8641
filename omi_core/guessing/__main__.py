"""The daemon, as its archive runs it."""

import sys

from omi_core.guessing.daemon import main

__all__ = ["main"]

if __name__ == "__main__":
    main(sys.argv[1:])
