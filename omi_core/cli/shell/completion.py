"""`omi completion`: the few lines by which a shell asks `omi` what can stand at the cursor."""

import click
from click.shell_completion import get_completion_class

from omi_core.cli.terminal import emit
from omi_core.exit_codes import FINE

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_OMI_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Write what makes SHELL complete nouns, verbs, options, customers, domains and hosts.

    Write it to ~/.local/share/bash-completion/completions/omi for bash, to a file _omi in a folder
    of $fpath for zsh, or to ~/.config/fish/completions/omi.fish.
    """
    emit(script(shell))
    return FINE


def script(shell: str) -> str:
    """Return what `shell`, one of SHELLS, reads."""
    made = get_completion_class(shell)
    if made is None:
        raise KeyError(shell)
    # Without the look at the shell's version, which would run it: the package is built elsewhere.
    asks = made(click.Command("omi"), {}, "omi", VARIABLE)
    return asks.source_template % asks.source_vars()
