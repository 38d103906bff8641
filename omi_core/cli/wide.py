"""Help in scripts whose characters take two columns, and which put no spaces between words."""

import re
from collections.abc import Iterable, Iterator

import click

from omi_core.cli.reader import said
from omi_core.cli.terminal import width_of
from omi_core.text import Text

_WIDE = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
# No line begins with what closes a clause, nor ends with what opens one.
_PIECES = re.compile(rf"\s+|[（「『]*(?:[^\s{_WIDE}]+|[{_WIDE}])[，。、：；！？）」』]*")
_NARROWEST = 10
_USAGE = Text("Usage: ")
_HEADING = Text("{heading}:")


class WideFormatter(click.HelpFormatter):
    """Breaks lines by the columns that their characters take, between any two of them."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called; what stands before it ends as the language wants it."""
        super().write_usage(prog, args, said(_USAGE) if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write what a section is about."""
        self.write(said(_HEADING.format(heading=heading)) + "\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, which empty lines part."""
        indent = " " * self.current_indent
        made = (
            "\n".join(indent + line for line in wrapped(each, self.width - self.current_indent))
            for each in text.split("\n\n")
        )
        self.write("\n\n".join(made) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write what things are called in one column, and what they mean in another."""
        held = list(rows)
        first = min(max((width_of(name) for name, _ in held), default=0), col_max) + col_spacing
        indent = " " * (first + self.current_indent)
        for name, meaning in held:
            begin = " " * self.current_indent + name
            lines = list(wrapped(meaning, max(self.width - first - 2, _NARROWEST)))
            if lines and width_of(name) <= first - col_spacing:
                begin += " " * (first - width_of(name)) + lines.pop(0)
            self.write("\n".join((begin, *(indent + line for line in lines))) + "\n")


class WideContext(click.Context):
    """A context whose help is written by WideFormatter."""

    formatter_class = WideFormatter


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of one paragraph, each of at most `width` columns where it can be broken."""
    line = ""
    for piece in _PIECES.findall(text):
        if width_of(line) + width_of(piece.rstrip()) > width and line.strip():
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line.strip():
        yield line.rstrip()
