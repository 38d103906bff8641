"""The queue of a relay: what is in it, since when and until when, and what is done about it.

Runs on the relay, on the standard library alone (Python 3.11 on), with what Postfix offers:
postcat(1) to read, postsuper(1) to hold, release and delete. `omi queue` asks it over SSH.
"""
