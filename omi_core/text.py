"""What is said to a person, in each language that there is a catalogue of.

The English of a text is its source, and the key by which gettext finds the others. Babel collects
every `Text("...")` and `Text.within("...", "...")` of the package; see CONTRIBUTING.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Self

from omi_core.language import EN, Language, languages, translated


@dataclass(frozen=True, slots=True)
class Text:
    """A text, with the values that fill its braces; a Text among them speaks the same language."""

    source: str
    context: str | None = None
    values: "tuple[tuple[str, str | float | Text], ...]" = ()
    is_translated: bool = True

    @classmethod
    def plain(cls, words: str) -> Self:
        """Return what reads the same in every language: a number, a name, a quotation."""
        return cls(words, is_translated=False)

    @classmethod
    def within(cls, context: str, source: str) -> Self:
        """Return a text that another one with the same English must not be taken for (msgctxt)."""
        return cls(source, context)

    @classmethod
    def joined(cls, parts: "Iterable[Text]", separator: "Text") -> Self:
        """Return several texts as one."""
        values: list[tuple[str, str | float | Text]] = []
        for number, part in enumerate(parts):
            values += [(f"s{number}", separator)] * bool(number) + [(f"t{number}", part)]
        source = "".join(f"{{{name}}}" for name, _ in values)
        return cls(source, values=tuple(values), is_translated=False)

    def format(self, /, **values: "str | float | Text") -> Self:
        """Fill the braces; raises KeyError for one that has no value, and takes no others."""
        held = dict(self.values) | values
        wanted = _fields(self.source)
        return self._with(tuple((name, held[name]) for name in wanted))

    def mapped(self, change: Callable[[str], str]) -> Self:
        """Return the text with `change` made to whatever may be a stranger's words.

        That is every value, and a source without values: an error of the system is one too.
        """
        if self.values:
            return self._with(tuple((name, _changed(each, change)) for name, each in self.values))
        changed = change(self.source)
        return self if changed == self.source else type(self).plain(changed)

    def _with(self, values: "tuple[tuple[str, str | float | Text], ...]") -> Self:
        return type(self)(self.source, self.context, values, self.is_translated)

    def in_(self, language: Language) -> str:
        """Return the words in `language`; in English where its catalogue has none."""
        words = self.source
        if self.is_translated:
            words = translated(words, self.context, language)
        if not self.values:
            return words
        return words.format(**{name: _value_in(language, each) for name, each in self.values})

    def __str__(self) -> str:
        return self.in_(EN)

    def __bool__(self) -> bool:
        return bool(self.source)

    @property
    def en(self) -> str:
        """The words in English."""
        return self.in_(EN)

    def to_json(self) -> dict[str, str]:
        """Return the words in every language, keyed by their RFC 5646 tags."""
        return {language: self.in_(language) for language in languages()}


NOTHING = Text.plain("")
SEMICOLON = Text("; ")
COMMA = Text(", ")


_LABELLED = Text("{label}: {words}")


def labelled(label: Text | str, words: Text | str) -> Text:
    """Return words behind a label and the colon that the language writes there."""
    return _LABELLED.format(label=label, words=words)


def _changed(value: str | float | Text, change: Callable[[str], str]) -> str | float | Text:
    if isinstance(value, Text):
        return value.mapped(change)
    return change(value) if isinstance(value, str) else value


def _value_in(language: Language, value: str | float | Text) -> str | float:
    return value.in_(language) if isinstance(value, Text) else value


@cache
def _fields(source: str) -> tuple[str, ...]:
    names = (name for _, name, _, _ in Formatter().parse(source) if name is not None)
    return tuple(dict.fromkeys(names))
