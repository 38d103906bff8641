"""Small worlds of DNS with SPF records, right and wrong, made from a seed."""

import random
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from omi_core.mailauth.questions import Answer, Question
from omi_core.text import Text

NAMES = ("shop.example", "mail.shop.example", "spf.host.example", "a.example", "b.example")
ADDRESSES4 = ("192.0.2.1", "192.0.2.2", "192.0.2.130", "198.51.100.7")
ADDRESSES6 = ("2001:db8::1", "2001:db8::2", "2001:db8:1::7")
CUTS4 = ("", "", "", "/24", "/25", "/32", "/0")
CUTS6 = ("", "", "//64", "//128", "//0")
SPECS = ("%{d}", "%{d2}", "%{h}", "%{o}", "%{ir}.a.example", "%{v}.a.example", "%{l1r-}.b.example")
WRONG = (
    *("ip4:192.0.2.300", "ip4:192.0.2.1/33", "ip6:192.0.2.1", "all:x", "include", "exists"),
    *("a:x", "mx:%{q}.example", "foo", "a/", "a/33", "ip4", "include:", "redirect=", "a:%{d0}"),
    *("%", "exp=%", "ip4:192.0.2.1/024", "exists:%{c}.example", "ptr:", "a:.", "mx//129"),
)
HELO = "mail.shop.example"


@dataclass(frozen=True)
class World:
    """What DNS holds: values by question; a question that fails is in `broken`."""

    held: dict[Question, tuple[str, ...]]
    broken: frozenset[Question]
    ip: IPv4Address | IPv6Address
    sender: str

    def ask(self, question: Question) -> Answer:
        asked = Question(question.name.lower(), question.type)
        if asked in self.broken:
            return Answer(failed=Text.plain("SERVFAIL"))
        return Answer(self.held.get(asked, ()))


def world(seed: int) -> World:
    """The world of one seed: one mail and everything that its evaluation may ask."""
    draw = random.Random(seed)
    held: dict[Question, tuple[str, ...]] = {}
    for name in NAMES:
        held[Question(name, "TXT")] = _texts(draw)
        held[Question(name, "A")] = _some(draw, ADDRESSES4, 2)
        held[Question(name, "AAAA")] = _some(draw, ADDRESSES6, 2)
        held[Question(name, "MX")] = _some(draw, NAMES, 12 if draw.random() < 0.1 else 2)
    for address in (*ADDRESSES4, *ADDRESSES6):
        pointer = ip_address(address).reverse_pointer
        held[Question(pointer, "PTR")] = _some(draw, NAMES, 3)
    broken = frozenset(question for question in held if draw.random() < 0.02)
    address = draw.choice((*ADDRESSES4, *ADDRESSES6))
    return World(held, broken, ip_address(address), f"{draw.choice('ab-')}.c@{NAMES[0]}")


def _texts(draw: random.Random) -> tuple[str, ...]:
    others = ("google-site-verification=x",) if draw.random() < 0.3 else ()
    records = draw.choices((0, 1, 2), (10, 85, 5))[0]
    return (*others, *(_record(draw) for _ in range(records)))


def _record(draw: random.Random) -> str:
    version = draw.choices(("v=spf1", "V=SPF1", "v=spf10"), (94, 4, 2))[0]
    terms = [_term(draw) for _ in range(draw.randint(0, 5))]
    if draw.random() < 0.6:
        terms.append(draw.choice("+-~?") + "all")
    elif draw.random() < 0.5:
        terms.append(f"redirect={draw.choice(NAMES)}")
    return draw.choices((" ", "  "), (9, 1))[0].join([version, *terms])


def _term(draw: random.Random) -> str:
    if draw.random() < 0.05:
        return draw.choice(WRONG)
    qualifier = draw.choice(("", "", "", "+", "-", "~", "?"))
    domain = draw.choice((*NAMES, *NAMES, *SPECS))
    after = draw.choice(("", f":{domain}"))
    return qualifier + draw.choice(
        (
            f"ip4:{draw.choice(ADDRESSES4)}{draw.choice(CUTS4)}",
            f"ip6:{draw.choice(ADDRESSES6)}{draw.choice(('', '/64', '/0'))}",
            f"a{after}{draw.choice(CUTS4)}{draw.choice(CUTS6)}",
            f"mx{after}{draw.choice(CUTS4)}{draw.choice(CUTS6)}",
            f"include:{domain}",
            f"exists:{domain}",
            f"ptr{after}",
        )
    )


def _some(draw: random.Random, choices: tuple[str, ...], most: int) -> tuple[str, ...]:
    wanted = draw.randint(0, most)
    made = list(draw.sample(choices, min(wanted, len(choices))))
    made += [f"x{n}.a.example" for n in range(wanted - len(made))] if choices is NAMES else []
    return tuple(made)
