"""A parser with faults, so that a test can see the fuzzer find them."""

from typing import Any

from tests.fuzz.target import Target


def _read(octets: bytes) -> bytes:
    if octets[:1] == b"[" and octets[1:2] == b"]":
        raise IndexError("what nobody has allowed")
    return octets


def _judge(octets: bytes, found: Any) -> None:
    assert octets == found


PLANTED = Target(name="planted", read=_read, judge=_judge, longest=8, steps=10)
