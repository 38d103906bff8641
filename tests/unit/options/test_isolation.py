"""The codec and the message code run on a relay, where nothing of ours is installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOADED = """
import sys
sys.path.insert(0, {root!r})
import {module}
{use}
import json
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
USES = {
    "omi_core.options": "omi_core.options.decode('link', 192)",
    "omi_core.message": (
        "zone = omi_core.message.platform_zone()\n"
        "import datetime\n"
        "omi_core.message.check_message(b'X-LinkOption: 192\\nX-JobName: =?big5?b?pKQ=?=\\n\\n',"
        "zone=zone, now=datetime.datetime.now(datetime.UTC))"
    ),
}


@pytest.mark.parametrize("module", USES)
def test_it_needs_nothing_but_the_standard_library(module: str) -> None:
    script = LOADED.format(root=str(ROOT), module=module, use=USES[module])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", script],
        capture_output=True,
        check=True,
        timeout=30,
    )

    standard = {*sys.stdlib_module_names, "__main__"}
    foreign = {
        name
        for name in json.loads(done.stdout)
        if name not in standard and not name.startswith("_sysconfigdata")  # zoneinfo's own look-up
    }

    assert foreign == {"omi_core"}
