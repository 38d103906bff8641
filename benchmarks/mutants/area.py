"""One area of what is guarded: its mutants are made and tried by mutmut, in a place of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from shutil import rmtree

REPOSITORY = Path(__file__).parents[2]
WORK = REPOSITORY / "build/mutants"
# Without what a test reads of the repository, it fails with every mutant and without one.
READ_BY_TESTS = ("templates", "deploys", "inventories", "group_data", "config.py", "docs", "lab")
LINKED = ("omi_core", "tests", "benchmarks", *READ_BY_TESTS)
# The same examples each time; and no cache, which would be one for all areas.
PYTEST = (
    *("-m", "not slow", "--hypothesis-seed=0", "-p", "no:cacheprovider"),
    *("-p", "benchmarks.mutants.plugin"),
)
KILLED = {1, 3}  # tests failed; or could not even be run
TIMEOUT = {-24, 24, 36, 152, 255}
SEED = 13


@dataclass(frozen=True, kw_only=True)
class Area:
    """What guards what; paths from the top of the repository."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def place(self) -> Path:
        """Where its mutants are tried; what was tried stays there, so that a run can go on."""
        return WORK / self.name

    def run(self, processes: int, most: int | None) -> dict[str, int | None]:
        """Try every mutant that was not tried yet; return the exit code of its tests, by name.

        `most` bounds them by a sample, which is the same for the same code.
        """
        self._begin()
        if most is None:
            self._mutmut(processes)
            return self._codes()
        if not self._tried():
            # The first one of each function; with them all others are made.
            self._mutmut(processes, *(f"{module_name(one)}.*__mutmut_1" for one in self.modules))
        if left := [name for name in self._sample(most) if self._codes()[name] is None]:
            self._mutmut(processes, *left)
        return self._tried()

    def _sample(self, most: int) -> list[str]:
        names = sorted(self._codes())
        first = [name for name in names if name.endswith("__mutmut_1")]
        others = [name for name in names if name not in first]
        Random(SEED).shuffle(others)
        return [*first, *others[: max(0, most - len(first))]]

    def _mutmut(self, processes: int, *names: str) -> None:
        program = str(Path(sys.executable).parent / "mutmut")
        command = [program, "run", f"--max-children={processes}", *names]
        with (self.place / "log").open("w") as log:
            done = subprocess.run(command, cwd=self.place, stdout=log, stderr=log, check=False)
        if done.returncode:
            said = (self.place / "log").read_text().replace("\r", "\n").splitlines()[-40:]
            sys.exit("\n".join((*said, f"mutmut could not try {self.name}")))

    def mutated(self, module: str) -> Path:
        """Return the file in which a module stands with all of its mutants."""
        return self.place / "mutants" / module

    def _codes(self) -> dict[str, int | None]:
        """The exit code of every mutant that was made; None of what was not tried."""
        codes: dict[str, int | None] = {}
        for module in self.modules:
            known = Path(f"{self.mutated(module)}.meta")
            if known.is_file():
                codes |= json.loads(known.read_text())["exit_code_by_key"]
        return codes

    def _tried(self) -> dict[str, int | None]:
        return {name: code for name, code in self._codes().items() if code is not None}

    def _begin(self) -> None:
        mark = self.place / "of"
        if self.place.exists() and mark.is_file() and mark.read_text() == self._fingerprint():
            return
        rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        for name in LINKED:
            (self.place / name).symlink_to(REPOSITORY / name)
        project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
        (self.place / "pyproject.toml").write_text(f"{project}\n{self._settings()}")
        mark.write_text(self._fingerprint())

    def _settings(self) -> str:
        settings = {
            "source_paths": ["omi_core"],
            "only_mutate": self.modules,
            "also_copy": ("benchmarks", *READ_BY_TESTS),
            "pytest_add_cli_args": PYTEST,
            "pytest_add_cli_args_test_selection": self.tests,
        }
        lines = (f"{key} = {json.dumps(value)}" for key, value in settings.items())
        return "\n".join(("[tool.mutmut]", *lines, "use_git_change_detection = false\n"))

    def _fingerprint(self) -> str:
        """Of all that decides whether a mutant lives: another one begins anew."""
        found = sha256(self._settings().encode())
        for path in sorted((*_files("omi_core"), *_files("templates"), *self._read_tests())):
            found.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
        found.update((REPOSITORY / "constraints.txt").read_bytes())
        return found.hexdigest()

    def _read_tests(self) -> Iterator[Path]:
        """What the tests share, and all that stand beside those of the area."""
        beside = {(REPOSITORY / one).parent for one in self.tests}
        for path in _files("tests"):
            if path.parent in beside or not path.name.startswith("test_"):
                yield path


def _files(directory: str) -> Iterator[Path]:
    for path in (REPOSITORY / directory).rglob("*"):
        if path.is_file() and path.suffix not in {".pyc", ".mo"}:
            yield path


def module_name(path: str) -> str:
    """Return the name by which a module is imported."""
    return path.removesuffix(".py").replace("/", ".")
