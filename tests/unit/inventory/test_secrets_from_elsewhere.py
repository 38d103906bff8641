"""secret_command(...): what a program prints becomes a secret, and nothing else of it is told."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.providers.cloudflare.token import token_of
from omi_core.errors import InputError, SettingsError
from omi_core.inventory import load_customers
from omi_core.inventory.customers.editing import password_in
from omi_core.inventory.limits.parse import parse_shared
from omi_core.inventory.next_hops.hop import Smarthost
from omi_core.inventory.next_hops.parse import parse_smarthost
from omi_core.inventory.parse_dns import parse_cloudflare, parse_rfc2136
from omi_core.inventory.secrets.command import LARGEST, parse_secret_command
from omi_core.relay.postfix.next_hops import password
from omi_core.secret import Secret

HERE = "prod.py:7"
MARKER = "Xyzzy-secret-of-the-store"
HASH = "{SHA512-CRYPT}$6$abcdefgh$" + "Xyzzy".ljust(86, ".")


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def refused(words: Any, **limits: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_secret_command(HERE, words, **limits)
    said = str(caught.value)
    assert MARKER not in said
    assert "\n" not in said
    assert said.startswith(HERE)
    return said


def test_what_the_program_prints_is_a_secret_without_its_line_end() -> None:
    made = parse_secret_command(HERE, python(f"print('{MARKER}')"))
    assert made.unmask() == MARKER
    assert MARKER not in repr(made)


def test_several_lines_stay_as_they_are() -> None:
    made = parse_secret_command(HERE, python("print('a\\n b\\n')"))
    assert made.unmask() == "a\n b\n"


def test_no_shell_reads_the_words(tmp_path: Path) -> None:
    words = ["echo", "$HOME", ";", "touch", str(tmp_path / "made")]
    assert parse_secret_command(HERE, words).unmask().startswith("$HOME ; touch")
    assert not (tmp_path / "made").exists()


def test_the_program_runs_once_however_often_the_inventory_is_read(tmp_path: Path) -> None:
    count = tmp_path / "count"
    words = python(f"open({str(count)!r}, 'a').write('x'); print('secret')")
    for _ in range(3):
        parse_secret_command(HERE, words)
    assert count.read_text() == "x"


def test_what_it_says_on_stderr_reaches_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    said = refused(python(f"import sys; sys.stderr.write('{MARKER}'); sys.exit(3)"))
    assert "fails with exit code 3; run it by hand to see why" in said
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("sops decrypt x", "words: must be a list of words"),
        ([], "words: names no program"),
        ([""], "words: names no program"),
        ([1], "words: must be a text, not int"),
        (["a\nb"], "words: holds a control character"),
        (None, "words: must be a list of texts"),
        (["/nonexistent/sops", MARKER], "sops cannot be run: No such file or directory"),
        (["/etc"], "etc cannot be run: Permission denied"),
        (python("pass"), "prints nothing"),
        (python("print('  ')"), "prints nothing"),
        (python(f"import sys; sys.stdout.buffer.write(b'\\xff{MARKER}')"), "is not UTF-8"),
        (python(f"print('{MARKER}\\0')"), "prints what is no text"),
        (python(f"import os; print('{MARKER}', flush=True); os.kill(os.getpid(), 9)"), "code -9"),
    ],
)
def test_what_gives_no_secret_is_refused_in_a_sentence(words: Any, sentence: str) -> None:
    assert sentence in refused(words)


@pytest.mark.parametrize("seconds", [0, -1, 601, "60", True, None])
def test_its_time_is_a_number_of_seconds(seconds: Any) -> None:
    assert "is a number of seconds" in refused(["true"], patience_seconds=seconds)


def test_one_that_does_not_end_is_ended() -> None:
    began = time.monotonic()
    words = python(f"import time; print('{MARKER}', flush=True); time.sleep(60)")
    assert "did not end within 0.5 s" in refused(words, patience_seconds=0.5)
    assert time.monotonic() - began < 30


def test_one_whose_child_keeps_the_pipe_is_not_waited_for() -> None:
    words = ["sh", "-c", "sleep 60 & exit 0"]
    assert "did not end within 0.5 s" in refused(words, patience_seconds=0.5)


def test_one_that_prints_without_end_is_ended() -> None:
    assert f"prints more than {LARGEST} octets" in refused(["yes", MARKER])


def test_every_place_of_a_secret_takes_one() -> None:
    secret = Secret(MARKER.replace("-", ""))
    assert token_of(None, parse_cloudflare(HERE, token=secret).token) == secret
    key = Secret('key "omi" { algorithm hmac-sha256; secret "aGFsbG9oYWxsb2hhbGxvaGFsbG8="; };')
    dns = parse_rfc2136(HERE, server="192.0.2.53", key=key)
    assert TsigKey.of(dns.key_file, dns.key).name.relative == "omi"
    hop = parse_smarthost(HERE, "mail.example", username="relay", password=secret)
    assert isinstance(hop, Smarthost)
    assert password(hop) == secret
    assert parse_shared(HERE, "valkeys://c.example", password=secret).password == secret


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: parse_cloudflare(HERE, token=MARKER), "token: must be what secret_command(...)"),
        (
            lambda: parse_cloudflare(HERE, token_file="t", token=Secret("x")),
            "token_file: give either token_file or token",
        ),
        (lambda: parse_rfc2136(HERE, server="::1"), "key_file: give either key_file or key"),
        (
            lambda: parse_rfc2136(HERE, server="::1", key_file="k", key=Secret("k")),
            "key_file: give either key_file or key",
        ),
        (
            lambda: parse_shared(HERE, "valkeys://c.example"),
            "password_file: give either password_file or password",
        ),
        (
            lambda: parse_smarthost(
                HERE, "m.example", username="r", password_file="p", password=Secret("p")
            ),
            "password_file: give the password by one of",
        ),
        (
            lambda: parse_smarthost(HERE, "m.example", username="r", password=MARKER),
            "password: must be what secret_command(...) returns",
        ),
    ],
)
def test_a_secret_has_one_source_and_is_not_typed(make: Any, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make()
    assert sentence in str(caught.value)
    assert MARKER not in str(caught.value)


@pytest.mark.parametrize("token", ["short", f"{MARKER} with spaces inside it", ""])
def test_a_token_that_is_none_is_refused_unrepeated(token: str) -> None:
    with pytest.raises(InputError, match="token= of the inventory") as caught:
        token_of(None, Secret(token))
    assert MARKER not in str(caught.value)


def test_a_key_that_is_none_is_refused_unrepeated() -> None:
    with pytest.raises(InputError, match="key= cannot be used: it must hold one key") as caught:
        TsigKey.of(None, Secret(MARKER))
    assert MARKER not in str(caught.value)


# --- Hashes ---------------------------------------------------------------------------------------

CUSTOMER = """
name = "Shop"
domains = ["shop.example"]

[[account]]
login = "Alice"
password_hash = "elsewhere"
senders = ["@shop.example"]
"""


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    (tmp_path / "shop.toml").write_text(CUSTOMER)
    return tmp_path


def test_hashes_may_stand_outside_of_the_customers_files(customers: Path) -> None:
    [shop] = load_customers(str(customers), hashes=Secret(json.dumps({"alice": HASH})))
    assert shop.accounts[0].password_hash == Secret(HASH)


@pytest.mark.parametrize(
    ("hashes", "sentence"),
    [
        (None, "the file of Shop says that the hash of 'Alice' is elsewhere, and it is not here"),
        (Secret("{}"), "says that the hash of 'Alice' is elsewhere, and it is not here"),
        (Secret(MARKER), 'hashes: must be JSON as {"LOGIN": "{SHA512-CRYPT}$6$..."}'),
        (Secret("[]"), "hashes: must be JSON as"),
        (Secret("[" * 100_000), "hashes: must be JSON as"),
        (Secret(json.dumps({"alice": MARKER})), "hashes: 'alice' is not a {SHA512-CRYPT}$6$..."),
        (Secret(json.dumps({"alice": None})), "hashes: 'alice' is not a {SHA512-CRYPT}$6$..."),
        (Secret(json.dumps({"alice": HASH, "ALICE": HASH})), "hashes: 'ALICE' stands twice"),
        (HASH, "hashes: must be what secret_command(...) returns"),
    ],
)
def test_hashes_that_are_none_are_refused_unrepeated(
    customers: Path, hashes: Any, sentence: str
) -> None:
    with pytest.raises(Exception, match="hashes: ") as caught:
        load_customers(str(customers), hashes=hashes)
    assert sentence in str(caught.value)
    assert MARKER not in str(caught.value)
    assert HASH not in str(caught.value)


def test_a_hash_that_is_elsewhere_is_not_written_into_the_file_by_a_program() -> None:
    with pytest.raises(InputError, match="the hash of 'Alice' is not in this file"):
        password_in(CUSTOMER, "Alice", HASH)


def test_the_environment_of_the_program_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", "/etc/omi-control/age.key")
    words = python("import os; print(os.environ['SOPS_AGE_KEY_FILE'])")
    assert parse_secret_command(HERE, words).unmask() == os.environ["SOPS_AGE_KEY_FILE"]
