"""What is told about the package before anybody installs it: pins, metadata, notes, the image."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyinfra.api.metadata import parse_plugins

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
ENTRY = re.compile(r"^\S.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def pins(name: str) -> dict[str, str]:
    found = PIN.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


def test_what_is_installed_with_hashes_is_what_the_tests_ran_with() -> None:
    tested, hashed = pins("constraints.txt"), pins("requirements.txt")

    assert {name: tested.get(name) for name in hashed} == hashed


def test_every_package_of_run_time_is_hashed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[<>=!\[;]", each)[0].lower() for each in project["dependencies"]}
    entries = ENTRY.findall((ROOT / "requirements.txt").read_text())

    assert needed <= set(pins("requirements.txt"))
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_pyinfra_reads_what_there_is_for_it() -> None:
    plugins = parse_plugins((ROOT / "pyinfra-metadata.toml").read_text())

    assert {"deploy", "operation", "fact"} == {one.type for one in plugins}
    assert [one.path for one in plugins if not (ROOT / one.path).is_file()] == []


def test_release_notes_are_what_the_changelog_says_of_a_version() -> None:
    def notes(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "--silent", "release-notes", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)

    said = notes()
    assert said.returncode == 0
    assert "### Security" in said.stdout
    assert "## Unreleased" not in said.stdout
    assert notes("VERSION=99.0").returncode != 0


def instructions() -> Iterator[tuple[str, str]]:
    """Each instruction of the Containerfile, comments and continued lines taken out."""
    lines = (ROOT / "Containerfile").read_text().splitlines()
    whole = "\n".join(line for line in lines if not line.startswith("#"))
    for line in whole.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, words = line.partition(" ")
            yield name, " ".join(words.split())


def test_the_image_is_a_recipe_that_a_builder_can_read() -> None:
    """Of its syntax; no machine of the tests has an engine that could build it."""
    known = {"FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "CMD"}

    assert {name for name, _ in instructions()} == known
    assert next(instructions())[0] == "FROM"


@pytest.mark.parametrize("script", [words for name, words in instructions() if name == "RUN"])
def test_each_command_of_the_image_is_shell(script: str) -> None:
    done = subprocess.run(["sh", "-n"], input=script, capture_output=True, check=False, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_copies_no_secret_and_runs_as_nobody_of_importance() -> None:
    found = list(instructions())

    assert [words for name, words in found if name == "COPY"] == [
        ". /src",
        "--from=build /opt/omi /opt/omi",
    ]
    assert ("USER", "omi") in found
    assert "/opt/omi" not in (ROOT / ".containerignore").read_text()
