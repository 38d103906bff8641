"""A text keeps its parts apart, so that each can be changed and said by itself."""

from omi_core.text import Text


def hidden(words: str) -> str:
    return words.replace("hunter2", "***")


def test_a_secret_is_masked_in_a_value_and_in_a_text_inside_it() -> None:
    inside = Text("TLS: {reason}").format(reason="hunter2")
    text = Text("not reached: {why} ({detail})").format(why=inside, detail="of hunter2")
    assert text.mapped(hidden).en == "not reached: TLS: *** (of ***)"


def test_a_secret_is_masked_in_what_a_system_said_too() -> None:
    """Such words are looked up in the catalogues like ours, and may hold anything."""
    assert Text("cannot connect to hunter2").mapped(hidden).to_json() == {
        "en": "cannot connect to ***",
        "zh-TW": "cannot connect to ***",
    }


def test_a_text_of_ours_without_a_secret_stays_a_text() -> None:
    text = Text("no answer")
    assert text.mapped(hidden) is text


def test_a_brace_in_a_value_is_only_a_brace() -> None:
    assert Text("read: {read}").format(read="{0.__class__}").en == "read: {0.__class__}"
