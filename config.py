"""Executed by pyinfra itself from the working directory, before the inventory."""

import logging

from pyinfra.context import config

from omi_core.engine import console
from omi_core.engine.login.guard import guard

config.REQUIRE_PYINFRA_VERSION = ">=3.10,<3.11"

# The first failing host stops the run, so that two relays never break for the same reason, and no
# signer starts before its key is published. A name of this module alone would set nothing; a
# deploy file gets a copy of the configuration.
config.FAIL_PERCENT = 0

# paramiko logs a connection that fails with its traceback; pyinfra says it in a sentence.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

# What a command of a host says, and what is in an error, may be a stranger's words.
console.guard()

# A login that cannot become root is refused before anything is done, and no password for sudo is
# ever written into a command line.
guard()
