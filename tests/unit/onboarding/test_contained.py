"""Whatever goes wrong at one domain is said of it, in both languages; no other loses a result."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from omi_core.cli.dns.table import printed
from omi_core.errors import InputError, ObservationError
from omi_core.findings import contained as containment
from omi_core.findings.verdict import Status
from omi_core.language import Language
from omi_core.names import Fqdn
from omi_core.onboarding import bulk
from omi_core.onboarding import judge as judging
from omi_core.onboarding.how import Looking
from omi_core.onboarding.report import DnsReport, DomainReport, combined_code, unchecked
from omi_core.onboarding.seen import DomainSeen
from omi_core.onboarding.target import InventoryDomains, Target
from omi_core.reports import writer
from tests.unit.onboarding.test_commands import Omi, validate
from tests.unit.onboarding.tree import Tree

FAULTS = [
    ValueError("Exceeds the limit (4300 digits) for integer string conversion"),
    KeyError("old"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    TimeoutError(),
    OSError(24, "Too many open files"),
    InputError("what a person wrote"),
    ObservationError("no server"),
    StopIteration("from a generator"),
    AttributeError("\x1b[2J\u202e\ud800\n" + "x" * 5000),
]
Looks = Callable[[Target, Looking], Awaitable[DomainSeen]]


def failing_at(domain: str, error: Exception, otherwise: Looks) -> Looks:
    async def observe(target: Target, looking: Looking) -> DomainSeen:
        if target.domain == domain:
            raise error
        return await otherwise(target, looking)

    return observe


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_text("bad.example\nshop.example\n")
    return path


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_a_fault_at_one_domain_is_its_result(
    omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    if isinstance(error, StopIteration):  # which no coroutine can raise
        error = RuntimeError("coroutine raised StopIteration")
    monkeypatch.setattr(bulk, "observe", failing_at("bad.example", error, bulk.observe))
    code, out, err = omi("verify", "--file", str(names), "--json")
    document = json.loads(out)
    validate("dns-verify", document)
    bad, shop = sorted(document["domains"], key=lambda each: str(each["domain"]))
    assert (code, document["exit_code"], document["status"], err) == (3, 3, "unknown", "")
    assert (bad["exit_code"], bad["status"], bad["findings"]) == (3, "unknown", [])
    assert (shop["exit_code"], shop["status"]) == (0, "passed")
    note = bad["checks"][0]["note"]
    assert type(error).__name__ in note["en"]
    assert type(error).__name__ in note["zh-TW"]
    assert note["en"].isprintable()
    assert len(note["en"]) < 400


def test_a_line_says_why(omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "observe", failing_at("bad.example", KeyError("old"), bulk.observe))
    code, out, err = omi("verify", "--file", str(names), "--json-lines")
    lines = {line["domain"]: line for line in map(json.loads, out.splitlines())}
    for line in lines.values():
        validate("dns-verify-line", line)
    assert (code, err) == (3, "")
    assert "KeyError: 'old'" in lines["bad.example"]["reason"]["en"]
    assert "錯誤" in lines["bad.example"]["reason"]["zh-TW"]
    assert lines["shop.example"]["reason"] is None


def test_a_table_says_why(omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "observe", failing_at("bad.example", KeyError("old"), bulk.observe))
    code, out, err = omi("verify", "--file", str(names), "--lang", "zh-TW")
    assert (code, err) == (3, "")
    assert "網域檢查：未檢查，因為 omi 本身發生錯誤；請回報：KeyError" in out
    assert "shop.example：" in out


def test_waiting_for_several_is_contained_too(
    omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "observe", failing_at("bad.example", KeyError("old"), bulk.observe))
    code, out, _ = omi("verify", "--file", str(names), "--wait", "0.001", "--json")
    assert code == 3
    found = {each["domain"]: each["exit_code"] for each in json.loads(out)["domains"]}
    assert found == {"bad.example": 3, "shop.example": 0}


@pytest.mark.parametrize("form", [["--json"], ["--json-lines"], ["--wait", "0.001", "--json"]])
def test_a_judge_that_fails_is_contained(
    omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    judged = bulk.judge

    def judge(seen: DomainSeen) -> object:
        if seen.target.domain == "bad.example":
            raise ZeroDivisionError
        return judged(seen)

    monkeypatch.setattr(bulk, "judge", judge)
    code, out, err = omi("verify", "--file", str(names), *form)
    assert code == 3
    assert "ZeroDivisionError" in out
    assert "shop.example" in out
    assert "Traceback" not in out + err


def test_a_rule_that_fails_costs_its_check_alone(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_judging: object) -> Iterator[object]:
        raise ZeroDivisionError
        yield

    rules = [(check, fails if check.id == "dkim-key" else rule) for check, rule in judging.RULES]
    right = {each.check.id: each.verdict.status.value for each in tree.look().results}
    monkeypatch.setattr(judging, "RULES", tuple(rules))
    report = tree.look()
    found = {each.check.id: each.verdict.status.value for each in report.results}
    assert found == right | {"dkim-key": "unknown"}
    assert report.exit_code == 3
    assert "ZeroDivisionError" in report.unseen[0].verdict.note.en


@pytest.mark.parametrize("form", ["html", "junit", "prometheus"])
def test_a_domain_that_cannot_be_written_in_a_form_is_not_checked_there(
    omi: Omi, names: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """The other domains, the other forms and the terminal have all."""

    def writing(kind: str) -> Callable[[DnsReport, Language], str]:
        def write(report: DnsReport, language: Language) -> str:
            odd = [each for each in report.domains if each.domain == "other.example"]
            if kind == form and any(each.results[0].check.id != "domain-checked" for each in odd):
                raise UnicodeEncodeError("ascii", "x", 0, 1, "odd")
            return writer(kind)(report, language)

        return write

    names.write_text("other.example\nshop.example\n")
    files = {each: tmp_path / each for each in ("html", "junit", "prometheus")}
    monkeypatch.setattr("omi_core.cli.reports.writer", writing)
    words = [f"--{each}={path}" for each, path in files.items()]
    code, out, err = omi("verify", "--file", str(names), *words)
    assert (code, err) == (3, "")
    assert "other.example: failed" in out
    for each, path in files.items():
        text = path.read_text("utf-8")
        assert "shop.example" in text
        assert "other.example" in text
        if form != "prometheus":
            assert ("UnicodeEncodeError" in text) is (each == form)


def test_a_domain_that_cannot_be_shown_is_not_checked_and_the_others_are(
    omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(report: DomainReport, *given: object, **how: object) -> str:
        if report.domain == "bad.example" and report.results[0].check.id != "domain-checked":
            raise KeyError("a colour")
        return printed(report, *given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("omi_core.cli.dns.bulk.printed", shown)
    code, out, err = omi("verify", "--file", str(names))
    assert (code, err) == (3, "")
    assert "? bad.example: not seen" in out
    assert "✔ shop.example: fine" in out


@pytest.mark.parametrize("form", ["--json", "--json-lines"])
def test_a_domain_for_which_nothing_can_be_said_is_contained(
    omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    made = InventoryDomains.target

    def target(self: InventoryDomains, domain: Fqdn, signing: None = None) -> Target:
        if domain.relative == "bad.example":
            raise KeyError("no such slot")
        return made(self, domain, signing)

    monkeypatch.setattr(InventoryDomains, "target", target)
    code, out, _ = omi("verify", "--file", str(names), form)
    assert code == 3
    assert "no such slot" in out
    assert "shop.example" in out


@pytest.mark.parametrize(("form", "method"), [("--json", "to_json"), ("--json-lines", "to_line")])
def test_a_report_that_cannot_be_written_is_contained(
    omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch, form: str, method: str
) -> None:
    written = getattr(DomainReport, method)

    def write(self: DomainReport) -> object:
        if self.domain == "bad.example" and self.results[0].check.id != "domain-checked":
            raise TypeError("not JSON")
        return written(self)

    monkeypatch.setattr(DomainReport, method, write)
    code, out, _ = omi("verify", "--file", str(names), form)
    assert code == 3
    assert "TypeError: not JSON" in out
    assert "shop.example" in out


def test_a_cancellation_goes_through(tree: Tree) -> None:
    async def never() -> DomainReport:
        await asyncio.sleep(60)
        raise AssertionError

    async def one() -> bool:
        task = asyncio.create_task(bulk.contained(tree.target(), never()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(one())


def test_a_look_up_that_was_given_up_elsewhere_is_this_domains_fault_alone(
    omi: Omi, names: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A future that several wait for, and that is cancelled, would end the run."""
    looked = bulk.observe

    async def observe(target: Target, looking: Looking) -> DomainSeen:
        if target.domain == "bad.example":
            shared: asyncio.Future[DomainSeen] = asyncio.get_running_loop().create_future()
            shared.cancel()
            return await shared
        return await looked(target, looking)

    monkeypatch.setattr(bulk, "observe", observe)
    code, out, _ = omi("verify", "--file", str(names), "--json-lines")
    codes = {each["domain"]: each["exit_code"] for each in map(json.loads, out.splitlines())}
    assert (code, codes) == (3, {"bad.example": 3, "shop.example": 0})


def test_who_stops_listening_ends_the_looks(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def observe(target: Target, _looking: Looking) -> DomainSeen:
        if target.domain == "shop.example":
            raise KeyError
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(target.domain)
        raise AssertionError

    def targets() -> Iterator[Target]:
        from dataclasses import replace

        yield replace(tree.target(), domain="slow.example")
        yield tree.target()

    async def first(reports: AsyncIterator[DomainReport]) -> DomainReport:
        return await anext(reports)

    async def one() -> DomainReport:
        async with tree.network(0.15) as network:
            reports = bulk.look_at_all(targets(), tree.looking(network, 10), 2)
            found = await first(reports)
            await reports.aclose()  # type: ignore[attr-defined]
            await asyncio.sleep(0)
            return found

    monkeypatch.setattr(bulk, "observe", observe)
    assert asyncio.run(one()).status is Status.UNKNOWN
    assert ended == ["slow.example"]


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([0, 0], 0),
        ([0, 1], 1),
        ([0, 3], 3),
        ([1, 3], 3),
        ([3, 1, 0], 3),
        ([1], 1),
        ([], 3),
    ],
)
def test_what_was_not_looked_at_decides_over_mistakes_elsewhere(
    codes: list[int], code: int
) -> None:
    assert combined_code(codes) == code


def test_the_report_of_a_domain_that_was_not_looked_at_is_whole(tree: Tree) -> None:
    why = containment.not_checked("shop.example", KeyError("old"))
    report = unchecked(tree.target(), why)
    assert report.to_json()["exit_code"] == 3
    assert report.onboarding is None
