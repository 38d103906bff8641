"""The shells of Debian complete `omi`, and its pages are pages of `man`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.slow

BASH = """
source <(omi completion bash)
complete -p omi >&2
COMP_WORDS=(omi dns verify s); COMP_CWORD=3
_omi_completion omi s
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = "omi completion fish | source; complete -C 'omi dns verify s'"
# What a person at a terminal types, and what it becomes.
ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source <(omi completion zsh)'
zpty -w shell 'echo re''ady'
zpty -r shell said '*ready*'
zpty -w -n shell $'omi dns verify s\\t'
zpty -r shell said '*shop.example*'
print -r -- "${said##*verify }"
"""


@pytest.fixture
def path(tmp_path: Path) -> dict[str, str]:
    """An environment that has an `omi`."""
    program = tmp_path / "omi"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m omi_core "$@"\n')
    program.chmod(0o755)
    inventory = str(ROOT / "inventories" / "lab.py")
    return {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "OMI_INVENTORY": inventory,
        "HOME": str(tmp_path),
        "TERM": "dumb",
    }


@pytest.mark.parametrize(("shell", "script"), [("bash", BASH), ("fish", FISH), ("zsh", ZSH)])
def test_a_shell_completes_a_domain(shell: str, script: str, path: dict[str, str]) -> None:
    assert shutil.which(shell), f"make shells installs {shell}"
    run = subprocess.run(
        [shell, *(["-f"] if shell == "zsh" else []), "-c", script],
        env=path,
        capture_output=True,
        check=False,
        text=True,
        timeout=50,
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1].split()[0] == "shop.example"
