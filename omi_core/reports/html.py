"""Write one HTML page for the customer: without scripts, in every language."""

from collections.abc import Iterable
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from omi_core.findings.words import SIGNS, STATUS_WORDS
from omi_core.language import Language, languages
from omi_core.names import in_script
from omi_core.onboarding.panels import PANELS
from omi_core.onboarding.report import DnsReport
from omi_core.places import TEMPLATES
from omi_core.probe.report import CellReport
from omi_core.reports import Verified
from omi_core.text import Text

_OWN_NAME = Text.within("own name of this language", "English")
_SPAN = Markup('<span lang="{}">{}</span>')


def write(report: Verified, language: Language) -> str:
    """Return the document; it opens in `language` and holds the others too."""
    shared = {"report": report, "language": language, "words": STATUS_WORDS, "signs": SIGNS}
    if isinstance(report, DnsReport):
        return _page("dns", **shared, panels=PANELS)
    return _page(
        "verify",
        **shared,
        rows=_rows(report.cells),
        accesses=list(dict.fromkeys(each.cell.access for each in report.cells)),
        is_fine=report.exit_code == 0,
    )


def _page(name: str, **values: object) -> str:
    return _environment().get_template(f"report/{name}.html").render(values)


def _rows(cells: Iterable[CellReport]) -> dict[tuple[str, str], dict[object, CellReport]]:
    """Return the matrix: a row for each name and address, in it a cell for each listener."""
    rows: dict[tuple[str, str], dict[object, CellReport]] = {}
    for each in cells:
        key = (each.cell.name.relative, str(each.cell.address))
        rows.setdefault(key, {})[each.cell.access] = each
    return rows


@cache
def _environment() -> Environment:
    """Return what renders a page; the filter `text` writes a text in every language."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["text"] = in_all
    environment.filters["name"] = in_script
    environment.globals.update(_=Text, languages=languages(), name_of=_OWN_NAME.in_)
    return environment


def in_all(text: Text) -> Markup:
    """Return a text in every language; the page shows one of them."""
    words = text.to_json()
    if len(set(words.values())) == 1:
        return Markup(escape(text.en))  # noqa: S704 - escaped
    spans = (_SPAN.format(language, said) for language, said in words.items())
    return Markup("").join(spans)
