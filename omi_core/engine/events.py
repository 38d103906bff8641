"""What a run reports to the program that started it: a JSON object a line, beside what people read.

`--data events=FILE` names the file; without it nothing is written.
"""

import json
from pathlib import Path

from pyinfra.context import host


def report(event: str, **values: object) -> None:
    """Append one event with its values, which JSON must be able to hold."""
    if file := host.data.get("events"):
        with Path(str(file)).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"event": event, **values}) + "\n")
