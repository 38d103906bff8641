"""A template's values cannot write settings of their own, and no mask reaches a host."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from omi_core import render as rendering
from omi_core.errors import InputError
from omi_core.secret import Secret


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., bytes]:
    """Render a template that is written here."""
    monkeypatch.setattr(rendering, "TEMPLATES", tmp_path)

    def render(template: str, **values: object) -> bytes:
        (tmp_path / "x").write_text(template, encoding="utf-8")
        return rendering.render("x", **values)

    return render


def test_a_value_stands_where_the_template_has_it(rendered: Callable[..., bytes]) -> None:
    assert rendered("name = {{ name }}\n", name="台北") == "name = 台北\n".encode()
    assert rendered("n = {{ n }}\n", n=52428800) == b"n = 52428800\n"
    assert rendered("a\n{% for x in (1, 2) %}\n- {{ x }}\n{% endfor %}\nb\n") == b"a\n- 1\n- 2\nb\n"


@pytest.mark.parametrize("value", ["a\nmynetworks = 0.0.0.0/0", "a\rb", "a\0b", "a\x85b", "a\tb"])
def test_a_value_that_would_be_a_setting_of_its_own_is_refused(
    rendered: Callable[..., bytes], value: str
) -> None:
    with pytest.raises(InputError, match="control character") as caught:
        rendered("name = {{ name }}\n", name=value)
    assert value not in str(caught.value)


def test_the_same_holds_for_what_a_filter_makes(rendered: Callable[..., bytes]) -> None:
    with pytest.raises(InputError, match="control character"):
        rendered("{{ names | join('\n') }}", names=["a", "b"])


def test_a_name_that_is_not_given_is_an_error(rendered: Callable[..., bytes]) -> None:
    with pytest.raises(UndefinedError):
        rendered("name = {{ nmae }}\n", name="x")


@pytest.mark.parametrize("template", ["{{ s }}", "{{ 'a' ~ s }}", "{{ [s] | join }}", "{{ [s] }}"])
def test_a_secret_that_was_not_unmasked_does_not_become_a_mask_on_the_host(
    rendered: Callable[..., bytes], template: str
) -> None:
    with pytest.raises((TypeError, InputError)) as caught:
        rendered(template, s=Secret("xyzzy-marker"))
    assert "xyzzy-marker" not in str(caught.value)
