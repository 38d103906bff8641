"""A throw-away network of real systemd hosts on one machine, for demonstration and tests.

Standard library only: it runs under the system's Python before any virtual environment exists.
`docs/lab.md` is its manual; `python3 -m lab` its command line.
"""
