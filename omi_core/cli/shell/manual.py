"""The pages of man(1), made of the same words as `--help` while the package is built."""

import re
from pathlib import Path

import click

from omi_core.cli.nouns import NOUNS
from omi_core.cli.program import omi
from omi_core.cli.retold import retold

# click-man opens a paragraph where none is, which mandoc(1) has to skip.
_NO_PARAGRAPH = re.compile(r"(?<=\n)(\.SH [^\n]*\n)\.PP\n|\.PP\n(?=\.(?:PP|SH|TP)|\Z)")


def write_pages(directory: Path, version: str) -> None:
    """Write omi.1, omi-NOUN.1 and omi-NOUN-VERB.1 into `directory`."""
    from click_man.core import write_man_pages

    write_man_pages("omi", _whole(), version=version, target_dir=str(directory))
    for page in directory.glob("*.1"):
        page.write_text(_NO_PARAGRAPH.sub(r"\1", page.read_text("utf-8")), "utf-8")


def _whole() -> click.Group:
    """Return the command line with every noun imported, its short helps uncut."""
    whole = click.Group(
        "omi",
        help=omi.help,
        params=omi.params,
        short_help="the mail relay's tool for operators and for support",
        subcommand_metavar=omi.subcommand_metavar,
        context_settings=omi.context_settings,
    )
    context = click.Context(omi)
    for noun in NOUNS:
        if command := omi.get_command(context, noun):
            whole.add_command(retold(command, lambda text: text.source), noun)
    return whole
