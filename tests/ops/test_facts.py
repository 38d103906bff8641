"""pyinfra's own harness over our facts: the exact command, and what is read out of its output.

Each file of `facts/<module>.<Fact>/` is one test. Operations, whose arguments are values that no
YAML can write, run as a whole in tests/fake.
"""

from pathlib import Path

import pytest
from pyinfra_testing.facts import make_fact_tests  # type: ignore[import-untyped]

# The harness leaves its files to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

for folder in sorted((Path(__file__).parent / "facts").iterdir()):
    globals()[folder.name] = make_fact_tests("omi_core.engine", folder.name, folder)
