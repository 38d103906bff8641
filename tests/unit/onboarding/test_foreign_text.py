"""A zone full of what acts on a terminal, turns what is read and hides: as every form shows it."""

import html
import json
import logging
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from omi_core.cli.dns.table import printed
from omi_core.cli.screen import screens
from omi_core.cli.terminal import emit
from omi_core.language import EN, ZH_TW
from omi_core.onboarding import bulk
from omi_core.onboarding.target import Target
from omi_core.printable import printable
from tests.unit.onboarding.conftest import Omi
from tests.unit.onboarding.tree import RIGHT, Tree
from tests.unseen import HOSTILE, unseen

# What begins like a record is judged, and comes up in findings, remedies, trees and notes.
SPF = f"v=spf1 include:{HOSTILE}.example a:x{HOSTILE} {HOSTILE} ~all"
DMARC = f"v=DMARC1; p=none{HOSTILE}; rua=mailto:a{HOSTILE}@x.example; {HOSTILE}=1"
FORGED = "v=spf1 mx -all\n\u2714 shop.example: fine, 0.1 s\n"
LABEL = r"e\027\007\155\226\128\174"  # the octets of ESC, BEL, C1 CSI and U+202E
ZONE = [
    *(("@", "NS", "ns1"), ("@", "NS", "ns2"), ("@", "NS", f"{LABEL}.example.")),
    *(("ns1", "A", "127.0.0.2"), ("ns2", "A", "127.0.0.3")),
    *(("@", "TXT", each) for each in (SPF, FORGED, HOSTILE)),
    ("omi1._domainkey", "CNAME", f"{LABEL}.example."),
    ("omi2._domainkey", "TXT", f"v=DKIM1; k={HOSTILE}; p={HOSTILE}; n={HOSTILE}"),
    ("_dmarc", "TXT", DMARC),
    ("_dmarc", "TXT", DMARC + "x"),
    ("@", "MX", f"10 {LABEL}.example."),
]
COLOURS = re.compile(r"\x1b\[(?:1|3[1-6]|0)m")


@pytest.fixture
def hostile(tree: Tree) -> Tree:
    tree.publish(ZONE)
    return tree


@pytest.mark.parametrize("language", [EN, ZH_TW])
@pytest.mark.parametrize(
    "words",
    [
        *(["verify"], ["verify", "--json"], ["verify", "--json-lines"], ["verify", "--wait", "0"]),
        *(["records"], ["records", "--format", "zone"], ["records", "--format", "cloudflare"]),
        ["records", "--json"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("hostile")
def test_no_output_of_a_hostile_zone_holds_what_acts_or_hides(
    omi: Omi, words: list[str], language: str
) -> None:
    verb, *options = words
    _, out, err = omi(verb, "shop.example", *options, "--lang", language)
    assert unseen(out + err, "\n") == ""
    # Those for programs say of a bulk run only what is wrong where.
    assert r"\u202e" in out or words[-1] == "--json-lines"


@pytest.mark.usefixtures("hostile")
def test_what_a_stranger_breaks_into_lines_stays_one_line(omi: Omi) -> None:
    """Else he writes results of his own below ours."""
    lines = omi("verify", "shop.example")[1].splitlines()
    assert not [each for each in lines if each.startswith("\u2714 shop.example")]
    assert [each for each in lines if "-all\\n\u2714 shop.example" in each]


@pytest.mark.parametrize("form", ["table", "zone", "cloudflare"])
def test_what_a_customer_published_adds_no_record_to_what_he_is_handed(
    tree: Tree, omi: Omi, form: str
) -> None:
    there = ("omi2._domainkey", "TXT", "x\nevil.example. 60 IN A 192.0.2.66\r\nevil2 60 IN A ::")
    tree.publish([*(each for each in RIGHT if each[0] != there[0]), there])
    _, out, _ = omi("records", "shop.example", "--format", form)
    assert unseen(out, "\n") == ""
    assert [each for each in out.splitlines() if each.startswith("evil")] == []
    assert r"TXT x\nevil.example. 60 IN A 192.0.2.66\r\nevil2" in out


@pytest.mark.usefixtures("hostile")
def test_json_gives_a_program_what_was_published(omi: Omi) -> None:
    document = json.loads(omi("records", "shop.example", "--json")[1])
    assert SPF in [entry["value"] for entry in document["entries"]]
    [domain] = json.loads(omi("verify", "shop.example", "--json")[1])["domains"]
    assert any(SPF in each["observed"]["en"] for each in domain["findings"])


@pytest.mark.usefixtures("hostile")
def test_every_form_of_report_says_it_and_shows_none_of_it(omi: Omi, tmp_path: Path) -> None:
    files = {form: tmp_path / form for form in ("html", "junit", "prometheus")}
    omi("verify", "shop.example", *(f"--{form}={file}" for form, file in files.items()))
    said = {form: file.read_text("utf-8") for form, file in files.items()}
    assert [form for form, text in said.items() if unseen(text, "\n")] == []
    assert unseen(html.unescape(said["html"]), "\n") == ""
    assert printable(HOSTILE) in html.unescape(said["html"])
    texts = [
        text
        for each in ET.fromstring(said["junit"]).iter()
        for text in (each.text or "", *each.attrib.values())
    ]
    assert unseen("".join(texts), "\n") == ""
    assert printable(HOSTILE) in "".join(texts)
    assert 'domain="shop.example"' in said["prometheus"]


def test_on_a_terminal_the_colours_are_ours_alone(
    hostile: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    with screens():
        emit(printed(hostile.look(), EN, colour=True, whole=True))
    out = capsys.readouterr().out
    assert COLOURS.search(out)
    assert unseen(COLOURS.sub("", out), "\n") == ""
    for coloured in re.findall(r"\x1b\[(?:31|33|35|32|36)m\x1b\[1m(.*?)\x1b\[0m", out):
        assert len(coloured) <= len("warning")


def test_the_log_of_a_fault_holds_none_of_it(
    omi: Omi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def observe(_target: Target, _looking: object) -> None:
        raise ValueError(HOSTILE)

    monkeypatch.setattr(bulk, "observe", observe)
    _, out, err = omi("verify", "shop.example")
    [record] = [each for each in caplog.records if each.name.startswith("omi_core")]
    assert unseen(record.getMessage() + out + err, "\n") == ""
    assert r"ValueError: \x1b]0;owned\x07" in out
    assert record.levelno == logging.WARNING
