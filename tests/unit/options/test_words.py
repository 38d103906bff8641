"""Both languages say the same things, and the Chinese is Taiwan's."""

from omi_core.language import ZH_TW
from omi_core.message import catalogue as message_catalogue
from omi_core.options import FAMILIES, catalogue
from omi_core.options.explain import WILL_NOT

KINDS = [*catalogue.KINDS, *message_catalogue.KINDS]


def test_no_two_findings_share_an_id() -> None:
    assert len({kind.id for kind in KINDS}) == len(KINDS)


def test_a_negative_note_is_negative_in_both_languages() -> None:
    """In Chinese the clause itself says that it is not done."""
    for family in FAMILIES.values():
        for member in family.members():
            negative = member.does.context == WILL_NOT
            assert negative is member.does.in_(ZH_TW).startswith("不"), member.constant
