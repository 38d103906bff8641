"""What all tests need before the first of them is read."""

import os

# It patches the standard library for gevent, which must happen before anything imports ssl.
import pyinfra_cli  # noqa: F401
from hypothesis import settings

settings.register_profile("default", deadline=None, max_examples=100, database=None)
settings.load_profile("default")

# Faults that tests provoke are not for the log of whoever runs them.
os.environ["OMI_LOG"] = ""
