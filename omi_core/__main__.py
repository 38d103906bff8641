"""`python -m omi_core` is `omi`."""

from omi_core.cli.__main__ import main

if __name__ == "__main__":
    main()
