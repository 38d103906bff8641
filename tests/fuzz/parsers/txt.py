"""TXT records of a domain: SPF with its macros, DKIM keys, DMARC policies."""

import base64
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from omi_core.errors import InputError
from omi_core.mailauth import mangled
from omi_core.mailauth.dkim.reading import KeyReading, read_key
from omi_core.mailauth.dkim.record import SHORTEST_RSA, DkimKey
from omi_core.mailauth.dmarc.discover import (
    MOST_REPORT_DOMAINS,
    discover,
    read_policy,
    suffixes,
    unwelcome_reports,
)
from omi_core.mailauth.dmarc.merge import Joined, cleaned, joined
from omi_core.mailauth.dmarc.record import DmarcRecord, Policy, is_dmarc
from omi_core.mailauth.questions import Answer, Asking, Question, T, run
from omi_core.mailauth.spf.budget import survey
from omi_core.mailauth.spf.evaluate import Evaluation, Result, check_host
from omi_core.mailauth.spf.fault import fault_in
from omi_core.mailauth.spf.fitting import fitted
from omi_core.mailauth.spf.macro import Mail
from omi_core.mailauth.spf.merge import Merged, Ours, merged, spf_texts
from omi_core.names import Fqdn
from omi_core.resolve.packet import is_askable
from omi_core.text import Text

DOMAIN = "shop.example"
OURS = Ours(
    include=Fqdn.parse("_spf.relay.example"),
    addresses=(ip_address("192.0.2.25"), ip_address("2001:db8::25")),
)
MAILS = (
    Mail.of(ip_address("192.0.2.25"), "a.b-c@shop.example", "smtp.relay.example"),
    Mail.of(ip_address("2001:db8::25"), "@", "smtp.relay.example"),
)
# RFC 7208 4.6.4: ten look-ups, each of ten names at most, in both families; and the first record.
MOST_QUESTIONS = 1 + 10 * (1 + 10 * 2) + 12
suffixes()  # 16,000 lines, read once


@dataclass
class World:
    """The records of a few names: a line is `NAME TYPE VALUE`, or a TXT of the domain itself."""

    sets: dict[Question, list[str]] = field(default_factory=dict)
    asked: int = 0

    @classmethod
    def of(cls, octets: bytes) -> "World":
        made = cls()
        for line in octets.decode(errors="replace").split("\n"):
            parts = line.split(" ", 2)
            is_set = len(parts) == 3 and parts[1] in {"TXT", "A", "AAAA", "MX", "PTR", "FAIL"}
            name, kind, value = parts if is_set else (DOMAIN, "TXT", line)
            if kind not in {"A", "AAAA"} or _is_address(value):
                made.sets.setdefault(Question(name.lower(), kind), []).append(value)
        return made

    def ask(self, question: Question) -> Answer:
        self.asked += 1
        name = question.name.lower()
        if not is_askable(name, question.type):  # as whoever asks over the network does
            return Answer()
        if Question(name, "FAIL") in self.sets:
            return Answer(failed=Text.plain("SERVFAIL"))
        return Answer(tuple(self.sets.get(Question(name, question.type), ())))

    def run(self, asking: Asking[T]) -> tuple[T, int]:
        """Return the result, and how many questions it took."""
        before = self.asked
        return run(asking, self.ask), self.asked - before


def _is_address(value: str) -> bool:
    try:
        return bool(ip_address(value))
    except ValueError:
        return False


def read_spf(octets: bytes) -> tuple[object, ...]:
    world = World.of(octets)
    texts = tuple(world.sets.get(Question(DOMAIN, "TXT"), ()))
    evaluations = [world.run(check_host(mail, DOMAIN)) for mail in MAILS]
    made = merged(spf_texts(texts), OURS)
    fit = world.run(fitted(DOMAIN, made.record, OURS)) if isinstance(made, Merged) else None
    for text in texts:
        mangled.damage_of(text)
        mangled.repaired(text)
        fault = fault_in(text)
        if fault:
            fault.sentence.to_json()
    return evaluations, made, fit, world.run(survey(DOMAIN))


def judge_spf(octets: bytes, found: Any) -> None:
    evaluations, made, fit, _ = found
    for evaluation, asked in evaluations:
        assert asked <= MOST_QUESTIONS
        _judge_evaluation(evaluation)
    if not isinstance(made, Merged):
        assert made.text in octets.decode(errors="replace")
        made.fault.sentence.in_("zh-TW").encode()
        return
    again = merged((made.record,), OURS)
    assert isinstance(again, Merged), "what is handed out is what no receiver can read"
    assert again.record == made.record, "what is handed out is to be changed at once"
    assert fit is not None


def _judge_evaluation(one: Evaluation) -> None:
    assert one.lookups <= 11  # the one that was too many
    assert bool(one.problem) == (one.result in {Result.PERMERROR, Result.TEMPERROR})
    assert one.explanation.isascii()


def read_dkim(octets: bytes) -> tuple[KeyReading, DkimKey | None]:
    text = octets.decode(errors="replace")
    reading = read_key((text,))
    mangled.damage_of(text)
    try:
        return reading, DkimKey.parse(text)
    except InputError:
        return reading, None


def judge_dkim(octets: bytes, found: Any) -> None:
    text = octets.decode(errors="replace")
    reading, key = found
    reading.detail.to_json()
    assert key is not None or reading.fault is not None
    if key is None:
        return
    again = DkimKey.parse(str(key))
    assert (again.algorithm, again.public_key) == (key.algorithm, key.public_key)
    if reading.public_key:
        assert reading.is_same_key(text)
    if reading.fault is None and key.algorithm == "rsa":
        value = next(v for n, v in _tags(text) if n == "p")
        loaded = load_der_public_key(base64.b64decode(value))
        assert isinstance(loaded, rsa.RSAPublicKey)
        assert loaded.key_size == reading.bits >= SHORTEST_RSA


def _tags(text: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in text.split(";"))
    return [(name.strip(), "".join(value.split())) for name, _, value in pairs]


def read_dmarc(octets: bytes) -> tuple[object, ...]:
    texts = tuple(octets.decode(errors="replace").split("\n"))
    made = joined(texts)
    for text in texts:
        cleaned(text)
        mangled.repaired(text)
        try:
            str(DmarcRecord.parse(text))
        except InputError:
            continue
    asked: list[Question] = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        return Answer(texts if question.name.startswith("_dmarc.") else ())

    found = run(discover("a.b.shop.example"), ask)
    return made, found, run(unwelcome_reports(found), ask), len(asked)


def judge_dmarc(octets: bytes, found: Any) -> None:
    texts = tuple(octets.decode(errors="replace").split("\n"))
    made, discovery, _, asked = found
    assert asked <= 8 + MOST_REPORT_DOMAINS
    discovery.reading.problem.to_json()
    if not isinstance(made, Joined):
        assert made.text in texts
        return
    obeyed = [read_policy(text) for text in texts if is_dmarc(text.encode())]
    if len(obeyed) == 1 and not obeyed[0].problem:
        order = tuple(Policy)
        reading = read_policy(made.record)
        assert not reading.problem, "what is handed out is what no receiver can read"
        assert order.index(reading.policy) >= order.index(obeyed[0].policy), "it is weaker"
        assert set(obeyed[0].reports) <= set(reading.reports), "an address gets no reports"
