"""What a customer's file says about control headers: read, laid over one another, or refused."""

import tomllib

import pytest

from omi_core.errors import SettingsError
from omi_core.inventory.customers.control_headers import read_control
from omi_core.message.enforce import ControlMode
from omi_core.options import LinkOption, SendOption


def table(text: str) -> dict[str, object]:
    return tomllib.loads(text)


def test_a_file_that_says_nothing_leaves_all_to_the_environment() -> None:
    found = read_control({}, "shop.toml", "")
    assert found.policy(ControlMode.WARN).mode is ControlMode.WARN
    assert [*found.launch.said()] == []
    assert found.may_set == {}


def test_launch_defaults_are_names_numbers_and_texts() -> None:
    found = read_control(
        table(
            """
            [launch]
            X-LinkOption = ["NotTrackOpen", "cLKNotTrackAllLinkMask"]
            X-SendOption = 4
            X-LaunchType = 7
            X-JobName = "電子報"
            """
        ),
        "shop.toml",
        "",
    ).launch
    assert found.link_option == LinkOption(192)
    assert found.send_option == SendOption(4)
    assert found.launch_type == 7
    assert found.job_name == "電子報"


def test_an_account_is_laid_over_its_customer_header_by_header() -> None:
    customer = read_control(
        table(
            """
            control_headers = "warn"
            [launch]
            X-JobName = "all"
            X-LinkOption = 64
            [may_set]
            X-LinkOption = []
            X-JobName = false
            """
        ),
        "shop.toml",
        "",
    )
    account = read_control(
        table('launch = { X-LinkOption = 0 }\nmay_set = { X-LinkOption = ["NotTrackOpen"] }'),
        "shop.toml",
        "account[0].",
    )
    found = account.over(customer)
    assert found.mode is ControlMode.WARN
    assert (found.launch.job_name, found.launch.link_option) == ("all", LinkOption(0))
    assert found.may_set == {"X-LinkOption": 64, "X-JobName": 0}


@pytest.mark.parametrize(
    ("text", "key", "right"),
    [
        ('control_headers = "refused"', "control_headers", "refuse, warn, pass"),
        ("control_headers = 1", "control_headers", "refuse, warn, pass"),
        ("launch = 5", "launch", "must be a table"),
        ("launch = { x-linkoption = 64 }", "launch.x-linkoption", "X-LinkOption"),
        ("launch = { X-Mailer = 64 }", "launch.X-Mailer", "is not a control header"),
        ('launch = { X-LinkOption = ["NotTrackOpn"] }', "launch.X-LinkOption", "NotTrackOpen"),
        ('launch = { X-LinkOption = "64" }', "launch.X-LinkOption", "number, or names"),
        ("launch = { X-LinkOption = 4294967296 }", "launch.X-LinkOption", "from 0 to 4294967295"),
        ("launch = { X-LaunchType = -1 }", "launch.X-LaunchType", "from 0 to 4294967295"),
        ("may_set = { X-LinkOption = 4294967296 }", "may_set.X-LinkOption", "from 0 to 4294967295"),
        ("may_set = { X-LinkOption = -1 }", "may_set.X-LinkOption", "from 0 to 4294967295"),
        ("launch = { X-LinkOption = true }", "launch.X-LinkOption", "number, or names"),
        ("launch = { X-JobName = 5 }", "launch.X-JobName", "must be a text"),
        ('launch = { X-JobName = "a\\nb" }', "launch", "X-JobName"),
        ('launch = { X-NextLaunchTime = "x" }', "launch.X-NextLaunchTime", "belongs to a message"),
        ("may_set = { X-JobName = 5 }", "may_set.X-JobName", "must be true or false"),
        ('may_set = { X-LinkOption = "all" }', "may_set.X-LinkOption", "number, or names"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_key(text: str, key: str, right: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_control(table(text), "shop.toml", "")
    assert error.value.where == "shop.toml"
    assert error.value.key == key
    assert right in str(error.value.problem)


@pytest.mark.parametrize("header", ["X-LinkOption", "X-LaunchType"])
def test_a_number_of_thousands_of_digits_is_not_repeated(header: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_control(table(f"launch = {{ {header} = {'1' * 4000} }}"), "shop.toml", "")
    assert len(str(error.value)) < 200
