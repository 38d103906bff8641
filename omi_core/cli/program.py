"""The root of the command line; it knows the nouns, and imports one only when it is used."""

from importlib import import_module

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

from omi_core.cli.nouns import NOUNS
from omi_core.cli.reader import said
from omi_core.cli.retold import for_reader
from omi_core.cli.shell.verbs import dressed, quiet_option
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
        return for_reader(dressed(cmd_name, command))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the noun, or say which one may be meant; click would look among what is imported."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=NOUNS, ctx=ctx) from None

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


def _show_version(context: click.Context, *, given: bool) -> None:
    if given and not context.resilient_parsing:
        from omi_core.cli.shell.version import version
        from omi_core.cli.terminal import emit

        emit(version())
        context.exit()


@click.group(
    cls=LazyGroup,
    subcommand_metavar="NOUN VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _option, given: _show_version(context, given=given),
    help="Show which version this is, and exit.",
)
@quiet_option
def omi() -> None:
    """The mail relay's tool for operators and for support.

    Results go to stdout, everything else to stderr. Exit codes: 0 fine, 1 findings at error
    level, 2 usage or bad input, 3 could not look.
    """
