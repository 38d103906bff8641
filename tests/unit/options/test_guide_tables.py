"""Every row of the guide's tables (guide.tsv, transcribed from the guide) is a case."""

from collections import defaultdict
from pathlib import Path

import pytest

from omi_core.errors import InputError
from omi_core.options import FAMILIES, codec_of, decode, deliver_type, encode, family

Row = tuple[str, int, str, str]


def _rows() -> list[Row]:
    lines = Path(__file__).with_name("guide.tsv").read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(key, int(value), constant, short) for key, value, constant, short in cells]


ROWS = _rows()
IDS = [f"{key}-{constant}" for key, _, constant, _ in ROWS]
every_row = pytest.mark.parametrize(("key", "value", "constant", "short"), ROWS, ids=IDS)


@every_row
def test_a_number_decodes_to_the_guides_constant(
    key: str, value: int, constant: str, short: str
) -> None:
    decoded = decode(key, value)

    assert constant in decoded.constants
    assert short in decoded.names
    assert decoded.unknown == 0


@every_row
def test_a_constant_encodes_to_the_guides_number(
    key: str, value: int, constant: str, short: str
) -> None:
    python_name = next(
        one.name for one in FAMILIES[key].members() if one.constant == constant and one.name
    )

    for spelling in (constant, short, python_name):
        assert encode(key, [spelling]) == value
        assert encode(key, [spelling.lower()]) == value
        assert encode(key, [spelling.upper()]) == value


def test_no_family_has_a_member_that_the_guide_does_not_name() -> None:
    guide = defaultdict(set)
    for key, value, constant, _ in ROWS:
        guide[key].add((value, constant))
    guide["link-type"] |= guide["link-class"]  # its low byte is a link class

    ours = {
        key: {(int(member), member.constant) for member in one.members()}
        for key, one in FAMILIES.items()
    }

    assert ours == dict(guide)


@pytest.mark.parametrize(
    ("key", "undefined"),
    [
        ("job", 4096),
        ("job", 65536),
        ("job", 524288),
        ("list", 4),
        ("launch", 2048),
        ("link", 32768),
        ("former-content", 256),
        ("former-list", 8192),
        ("attach", 32768),
        ("link-type", 1048576),
    ],
)
def test_the_gaps_of_the_guide_are_undefined(key: str, undefined: int) -> None:
    assert decode(key, undefined).unknown == undefined


@pytest.mark.parametrize("spelling", ["cAtachShowThirdPartyMask", "CATACHSHOWTHIRDPARTYMASK"])
def test_the_guides_misspelling_of_attach_is_read_and_never_written(spelling: str) -> None:
    value = encode("attach", [spelling])

    assert value == 8
    assert decode("attach", value).constants == ("cAttachShowThirdPartyMask",)


def test_every_attach_constant_may_be_misspelt_as_in_the_guide() -> None:
    for key, value, constant, _ in ROWS:
        if key == "attach":
            assert encode(key, [constant.replace("cAttach", "cAtach")]) == value


@pytest.mark.parametrize(
    ("key", "right", "value"),
    [("job", "ConvertTextToHTML", 262144), ("link-type", "ReadReceipt", 524288)],
)
def test_what_the_guide_misspells_may_be_spelt_right(key: str, right: str, value: int) -> None:
    assert encode(key, [right]) == value


@pytest.mark.parametrize("key", FAMILIES)
def test_no_spelling_stands_for_two_members_of_a_family(key: str) -> None:
    one = family(key)
    spelt: dict[str, int] = {}

    for member in one.members():
        for spelling in (member.constant, one.short(member), str(member.name)):
            loose = spelling.lower().replace("_", "")
            assert spelt.setdefault(loose, int(member)) == int(member)


@pytest.mark.parametrize(("value", "name"), [(0, "SendMainListOnly"), (4, "SendBothList")])
def test_send_option_is_one_value_and_no_set_of_flags(value: int, name: str) -> None:
    assert decode("send", value).names == (name,)
    assert decode("send", 3).names == ("SendSubListOnly",)


def test_deliver_type_depends_on_the_job_type() -> None:
    assert decode(deliver_type(2), 0).constants == ("eEmail",)
    assert decode(deliver_type(1), 0).constants == ("eSMS",)


def test_another_job_type_is_refused() -> None:
    with pytest.raises(InputError, match="JobType 3 has no DeliverType"):
        deliver_type(3)


def test_link_type_is_a_class_in_the_low_byte_and_flags_above() -> None:
    assert decode("link-type", 256 + 4).names == ("UnsubscribeLink", "MergeLink")
    assert encode("link-type", ["MergeLink", "UnsubscribeLink"]) == 260


def test_a_family_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(
        InputError, match="'lnk' is not an option family; write one of: launch, job"
    ):
        family("lnk")


@pytest.mark.parametrize(
    "name", ["NotTrackOpn", "", "\uff2eotTrackOpen", "64", "\x00", "NotTrac\u212aOpen"]
)
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is not an option of link"):
        encode("link", [name])


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean NotTrackOpen"):
        encode("link", ["NotTrakOpen"])


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with pytest.raises(
        InputError, match="is not an option of link; 'omi options list link' shows all"
    ):
        encode("link", ["zzz"])


def test_two_values_for_a_family_of_one_value_are_refused() -> None:
    with pytest.raises(InputError, match="send holds one value"):
        encode("send", ["SendMainListFirst", "SendSubListFirst"])


def test_no_value_for_a_family_of_one_value_is_refused() -> None:
    with pytest.raises(InputError, match="none is given"):
        encode("send", [])


@pytest.mark.parametrize("value", [-1, 1 << 32])
def test_a_number_outside_of_32_bits_is_refused(value: int) -> None:
    with pytest.raises(InputError, match="outside of 0 to 4294967295"):
        decode("link", value)


def test_names_come_in_ascending_order_of_value() -> None:
    bits = codec_of(family("job")).family.bits

    values = [encode("job", [name]) for name in decode("job", bits).names]

    assert values == sorted(values)
