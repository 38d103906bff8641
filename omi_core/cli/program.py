"""The root of the command line; it knows the nouns, and imports one only when it is used."""

from importlib import import_module

import click
from click.shell_completion import CompletionItem

from omi_core.cli.nouns import NOUNS
from omi_core.cli.reader import said
from omi_core.cli.retold import for_reader
from omi_core.text import Text

_HEADING = Text("Nouns")


class LazyGroup(click.Group):
    """A group whose commands are listed in NOUNS and imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the nouns, in the order of the help."""
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the noun `cmd_name`; None where there is none."""
        noun = NOUNS.get(cmd_name)
        if noun is None:
            return None
        module, _, attribute = noun.group.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return for_reader(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the nouns into the help without importing them."""
        with formatter.section(said(_HEADING)):
            formatter.write_dl([(name, said(noun.help)) for name, noun in NOUNS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete nouns without importing them."""
        nouns = [
            CompletionItem(name, help=said(noun.help))
            for name, noun in NOUNS.items()
            if name.startswith(incomplete)
        ]
        return nouns or super().shell_complete(ctx, incomplete)


@click.group(
    cls=LazyGroup,
    subcommand_metavar="NOUN VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def omi() -> None:
    """The mail relay's tool for operators and for support.

    Results go to stdout, everything else to stderr. Exit codes: 0 fine, 1 findings at error
    level, 2 usage or bad input, 3 could not look.
    """
