"""The records to enter, as a table, a zone file, an import for Cloudflare, or JSON."""

from collections.abc import Iterator

from omi_core.language import Language
from omi_core.names import in_script, unicode_of
from omi_core.onboarding.entries import Entry, Onboarding, RecordAction
from omi_core.onboarding.panels import PANELS
from omi_core.printable import printable
from omi_core.text import Text, labelled

_ACTIONS = {
    RecordAction.ADD: Text("add"),
    RecordAction.REPLACE: Text("replace"),
    RecordAction.KEEP: Text("is right, leave it"),
    RecordAction.CORRECT: Text("correct it by hand"),
}
_LABELS = {
    "name": Text("Name"),
    "type": Text("Type"),
    "value": Text("Value"),
    "ttl": Text.plain("TTL"),
    "remove": Text("Remove"),
    "there": Text("Stands there"),
    "note": Text("Note"),
}
_HEAD = Text("{domain}: records to enter into the zone {zone}")
_WHOLE = Text("whole name")
_BUDGET = Text("SPF look-ups: {lookups} of 10 (RFC 7208 4.6.4)")
_BY_ADDRESS = Text("Our addresses stand in SPF themselves, because an include would be look-up 11.")
_WHERE = Text("Where, and what the panels do")
_REMOVE_FIRST = Text("remove first")
_CORRECT = Text("correct by hand")
_NOTHING = Text("nothing to enter: all of it is there")


def table(made: Onboarding, language: Language, *, panels: bool = True) -> str:
    """Return the records for people, in blocks that can be copied field by field."""
    names = {"domain": in_script(made.domain), "zone": in_script(made.zone)}
    head = _HEAD.format(**names).in_(language)
    lines = [head, ""]
    for number, entry in enumerate(made.entries, 1):
        lines += [*_block(number, entry, made.zone, language), ""]
    if not made.to_do:
        lines += [_NOTHING.in_(language), ""]
    lines += _budget(made, language)
    if panels:
        lines += ["", labelled(_WHERE, "").in_(language).rstrip(), *_panels(made, language)]
    return "\n".join(map(printable, lines))


def _block(number: int, entry: Entry, zone: str, language: Language) -> Iterator[str]:
    action = _ACTIONS[entry.action].in_(language)
    yield f"{number}. {entry.purpose.in_(language)} [{action}]"
    short = entry.relative_to(zone)
    fields = {
        "name": f"{short}   ({labelled(_WHOLE, entry.name).in_(language)})",
        "type": entry.type,
        "there" if entry.action is RecordAction.CORRECT else "value": entry.pasted,
        "ttl": str(entry.ttl),
    }
    for key, text in fields.items():
        yield f"   {labelled(_LABELS[key], text).in_(language)}"
    for gone in entry.removes:
        yield f"   {labelled(_LABELS['remove'], gone).in_(language)}"
    if entry.note:
        yield f"   {labelled(_LABELS['note'], entry.note).in_(language)}"


def _budget(made: Onboarding, language: Language) -> Iterator[str]:
    yield _BUDGET.format(lookups=made.tree.lookups).in_(language)
    yield from (f"  {line}" for line in made.tree.lines())
    if made.by_address:
        yield _BY_ADDRESS.in_(language)


def _panels(made: Onboarding, language: Language) -> Iterator[str]:
    short = next(entry for entry in made.entries if entry.type == "CNAME").relative_to(made.zone)
    for panel in PANELS:
        yield f"  {labelled(panel.title, panel.way).in_(language)}"
        for habit in panel.habits:
            yield f"    - {habit.format(short=short).in_(language)}"


def zone_file(made: Onboarding, language: Language) -> str:
    """Return what is to do as lines of a zone file, names absolute."""
    return "\n".join((*_comments(made, language), *map(_line, made.entered)))


def cloudflare_import(made: Onboarding, language: Language) -> str:
    """Return a file for Import and Export; an import only adds, so what must go is said."""
    lines = (
        f"{_line(entry)}{' ; cf_tags=cf-proxied:false' if entry.type == 'CNAME' else ''}"
        for entry in made.entered
    )
    head = (f";; Domain:     {made.zone}.", *_comments(made, language))
    return "\n".join((*head, *lines))


def _comments(made: Onboarding, language: Language) -> Iterator[str]:
    lines = [_NOTHING.in_(language)] if not made.to_do else []
    lines += [line for entry in made.to_do for line in _said_of(entry, language)]
    # A line break in what somebody published would begin a record.
    yield from (f"; {printable(line)}" for line in lines)


def _said_of(entry: Entry, language: Language) -> Iterator[str]:
    note = entry.note.in_(language) if entry.note else ""
    if entry.action is RecordAction.CORRECT:
        # No line of a zone file: whoever loads it must not replace the record by less.
        where = f"{entry.name}. {entry.type} {entry.data}"
        yield labelled(_CORRECT, labelled(where, note)).in_(language)
        return
    for gone in entry.removes:
        yield labelled(_REMOVE_FIRST, f"{entry.name}. {gone}").in_(language)
    if note:
        said = labelled(f"{entry.name}. {entry.type}", note)
        yield labelled(_LABELS["note"], said).in_(language)


def _line(entry: Entry) -> str:
    return f"{entry.name}. {entry.ttl} IN {entry.type} {entry.data}"


def as_json(made: Onboarding) -> dict[str, object]:
    """Return the form of cli/schemas/dns-records.json."""
    return {
        "domain": made.domain,
        "written": unicode_of(made.domain),
        "zone": made.zone,
        "entries": [_entry_json(entry, made.zone) for entry in made.entries],
        "spf": {
            "lookups": made.tree.lookups,
            "void_lookups": made.tree.voids,
            "by_address": made.by_address,
            "tree": list(made.tree.lines()),
        },
    }


def _entry_json(entry: Entry, zone: str) -> dict[str, object]:
    return {
        "action": entry.action.value,
        "name": entry.name,
        "relative_name": entry.relative_to(zone),
        "type": entry.type,
        "ttl": entry.ttl,
        "value": entry.pasted,
        "data": entry.data,
        "remove": list(entry.removes),
        "purpose": entry.purpose.to_json(),
        "note": entry.note.to_json() if entry.note else None,
    }


def panels_json(made: Onboarding) -> list[dict[str, object]]:
    """Return the panels in every language."""
    short = next(entry for entry in made.entries if entry.type == "CNAME").relative_to(made.zone)
    return [
        {
            "key": panel.key,
            "title": panel.title.to_json(),
            "way": panel.way.to_json(),
            "habits": [habit.format(short=short).to_json() for habit in panel.habits],
        }
        for panel in PANELS
    ]
