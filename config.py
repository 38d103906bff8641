"""Read by pyinfra itself from the working directory, before the inventory."""

REQUIRE_PYINFRA_VERSION = ">=3.10,<3.11"

# The first failing host stops the run, so that two relays never break for the same reason.
# It works only here or in the inventory: a deploy file gets a copy of the configuration.
FAIL_PERCENT = 0
