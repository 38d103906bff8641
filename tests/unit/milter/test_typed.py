"""What a person typed is written so that another parser finds the same names and addresses."""

import random
from email.header import decode_header, make_header
from email.utils import getaddresses

from omi_core.milter.typed import read_typed, write_mailboxes

LETTERS = "小明Ab9.'-&+!#\U0001f389é ()[]"


def test_names_as_people_type_them_are_what_another_parser_reads() -> None:
    chance = random.Random(7)
    for _ in range(3000):
        meant = made_up(chance)
        typed = ", ".join(f"{name} <{address}>" if name else address for name, address in meant)
        written = write_mailboxes(read_typed(typed).all)
        assert written.isascii()
        found = getaddresses([written.replace("\n", "")])
        assert [(str(make_header(decode_header(name))), each) for name, each in found] == meant


def made_up(chance: random.Random) -> list[tuple[str, str]]:
    """Return names and addresses: no name ends in a space."""
    found = []
    for number in range(chance.randint(1, 4)):
        name = " ".join("".join(chance.choices(LETTERS, k=chance.randint(0, 60))).split())
        found.append((name, f"a{number}.b+c@d{chance.randint(0, 9)}.example"))
    return found
