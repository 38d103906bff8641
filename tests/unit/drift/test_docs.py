"""The examples of docs/drift.md can be copied: YAML, shell, and options that there are."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from omi_core.cli.drift.noun import drift

PAGE = (Path(__file__).parents[3] / "docs/drift.md").read_text()
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {(kind, name): text for kind, name, text in BLOCK.findall(PAGE)}
GITHUB = yaml.safe_load(BLOCKS["yaml", "github"])
GITLAB = yaml.safe_load(BLOCKS["yaml", "gitlab"])
FIELD = re.compile(r"\*|[0-9]{1,2}")


def cron_lines() -> list[list[str]]:
    lines = BLOCKS["cron", ""].splitlines()
    return [line.split(maxsplit=6) for line in lines if not line.startswith("MAILTO=")]


def scripts() -> Iterator[str]:
    yield from (step["run"] for step in GITHUB["jobs"]["drift"]["steps"] if "run" in step)
    yield "\n".join(GITLAB["drift"]["script"])
    yield from (line[6].replace(r"\%", "%") for line in cron_lines())


@pytest.mark.parametrize("script", tuple(scripts()))
def test_what_an_example_runs_is_shell(script: str) -> None:
    done = subprocess.run(["sh", "-n"], input=script, capture_output=True, check=False, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_every_example_runs_omi_drift_with_options_that_there_are() -> None:
    calls = [call for script in scripts() for call in re.findall(r"omi drift ([^\n)]*)", script)]

    assert len(calls) == 3
    for call in calls:
        words = shlex.split(call.partition(" 2>")[0])
        with drift.make_context("drift", [each for each in words if each != "--quiet"]) as context:
            assert context.params["inventory"] == Path("inventories/prod.py")


def test_the_line_for_cron_has_times_and_a_user_and_no_bare_percent_sign() -> None:
    [[*times, user, command]] = cron_lines()

    assert [field for field in times if not FIELD.fullmatch(field)] == []
    assert (len(times), user) == (5, "omi")
    assert not re.search(r"(?<!\\)%", command)


def test_the_workflow_has_what_github_asks_of_one() -> None:
    """YAML 1.1, by which PyYAML reads, takes the key `on` for a truth value."""
    job: dict[str, Any] = GITHUB["jobs"]["drift"]

    assert GITHUB[True]["schedule"] == [{"cron": "17 6 * * *"}]
    assert job["runs-on"]
    assert all({"run", "uses"} & set(step) for step in job["steps"])


def test_the_pipeline_keeps_its_report_where_gitlab_reads_it() -> None:
    job: dict[str, Any] = GITLAB["drift"]

    assert job["artifacts"] == {"when": "always", "reports": {"junit": "drift.xml"}}
    assert all(isinstance(line, str) for line in job["script"])
