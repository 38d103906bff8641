"""A directory that stands in for a host: real shell, real files, the present user as owner."""

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from pyinfra.api.command import StringCommand

from omi_core.engine.component import Component
from omi_core.engine.component_state import ROOT, ComponentState, observe_script, parse_state
from omi_core.engine.converge import steps

OWNER = pwd.getpwuid(os.getuid()).pw_name
GROUP = grp.getgrgid(os.getgid()).gr_name

Done = subprocess.CompletedProcess[str]


@dataclass
class Sandbox:
    """Runs the commands that a component yields, with the engine's root below `directory`."""

    directory: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.programs.mkdir(parents=True)

    @property
    def root(self) -> Path:
        """Where the engine keeps its state."""
        return self.directory / "components"

    @property
    def programs(self) -> Path:
        """Programs found here come before the machine's own."""
        return self.directory / "programs"

    def path(self, name: str) -> str:
        """Return the absolute path of a managed file."""
        return str(self.directory / "etc" / name)

    def program(self, name: str, script: str) -> None:
        """Put a shell script where it is found before the machine's own program."""
        file = self.programs / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def shell(self, script: str, stdin: str = "", shell: str = "sh") -> Done:
        """Run a script as pyinfra does on a host."""
        path = f"{self.programs}:{os.environ['PATH']}"
        return subprocess.run(
            [shell, "-c", script.replace(ROOT, str(self.root))],
            input=stdin,
            text=True,
            capture_output=True,
            check=False,
            start_new_session=True,
            env={**os.environ, "PATH": path, **self.environment},
        )

    def do(self, command: StringCommand, shell: str = "sh") -> Done:
        """Run one command of a component."""
        stdin = str(command.connector_arguments.get("_stdin", ""))
        return self.shell(command.get_raw_value(), stdin, shell)

    def stage(self, wanted: Component) -> StringCommand:
        """Stage and check; return the command that activates."""
        stage, check, activate = steps(wanted)
        for command in (stage, check):
            done = self.do(command)
            assert done.returncode == 0, done.stderr
        self.shorten_waiting(wanted)
        return activate

    def stage_again(self, wanted: Component) -> StringCommand:
        """Stage, by copying when the same was staged and checked before."""
        kept = self.directory / "staged" / wanted.fingerprint
        if not kept.exists():
            activate = self.stage(wanted)
            script = activate.get_raw_value().split()[-1]
            shutil.copytree((self.root / wanted.name / script).parent, kept)
            return activate
        shutil.copytree(kept, self.root / wanted.name / "stage.again", dirs_exist_ok=True)
        return StringCommand(f"cd {ROOT}/{wanted.name} && sh stage.again/activate")

    def run_again(self, wanted: Component) -> Done:
        """Activate what `stage_again` stages."""
        return self.do(self.stage_again(wanted))

    def vouches_for(self, wanted: Component) -> bool:
        """Whether the host's fingerprint is this definition's."""
        file = self.root / wanted.name / "live" / "fingerprint"
        return file.is_file() and file.read_text().strip() == wanted.fingerprint

    def shorten_waiting(self, wanted: Component) -> None:
        """Wait for no daemon: the time that a daemon gets to start is not what is tested."""
        for script in (self.root / wanted.name).glob("stage.*/activate"):
            text = script.read_text()
            shorter = text.replace("\npatience=15 ", "\npatience=0 ")
            assert "\npatience=0 " in shorter
            script.write_text(shorter)

    def run(self, wanted: Component) -> Done:
        """Stage, check and activate."""
        return self.do(self.stage(wanted))

    def look(self, wanted: Component) -> ComponentState:
        """Observe as the engine's fact does."""
        return parse_state(self.shell(observe_script(wanted.name, wanted.paths)).stdout.split("\n"))

    def files(self) -> dict[str, bytes]:
        """Every file below the sandbox's etc, by name."""
        etc = self.directory / "etc"
        return {
            str(file.relative_to(etc)): file.read_bytes()
            for file in sorted(etc.rglob("*"))
            if file.is_file()
        }
