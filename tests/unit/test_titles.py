"""The title of a check names what is looked at, so it is true of a failure as of a pass."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import omi_core
from omi_core.findings.verdict import Check
from omi_core.language import EN, ZH_TW
from omi_core.onboarding.judge import RULES
from omi_core.probe.checklist import CELL_CHECKS

PACKAGE = Path(omi_core.__file__).parent
# What makes a sentence of a title: a finite verb, or a word that says how it ended.
CLAIM = re.compile(
    r"\b(is|are|was|were|be|has|have|does|do|can|cannot|will|may|must|not|no|nothing|nobody|only|"
    r"resolves|leads|takes|greets|serves?|covers|logs|arrives?|passe?s?|ends|counts|kept|"
    r"valid|trusted|accepted|refused|offered|open|closed|unchanged|fine|right|wrong)\b",
    re.IGNORECASE,
)
CLAIM_ZH = re.compile(
    "已|可以|能夠|無法|不能|不會|沒有|都是|正確|成功|失敗|錯誤|通過|未過期|受信任"
)
# What the answer is given to, or where it is asked: said of the question, not of how it ended.
QUESTION = ("Answer to a wrong password", "對錯誤密碼的回應")


def declared() -> dict[str, Check]:
    """Every check, wherever in the package one is made."""
    found: dict[str, Check] = {}
    for path in PACKAGE.rglob("*.py"):
        calls = (each for each in ast.walk(ast.parse(path.read_text("utf-8"))))
        if not any(isinstance(c, ast.Call) and ast.unparse(c.func) == "Check" for c in calls):
            continue
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = importlib.import_module(".".join(parts))
        found |= {each.id: each for each in vars(module).values() if isinstance(each, Check)}
    return found


CHECKS = declared()


def claims(title: str) -> bool:
    return title not in QUESTION and bool(CLAIM.search(title) or CLAIM_ZH.search(title))


def test_every_check_that_is_run_is_declared() -> None:
    run = {check.id for check, _ in (*CELL_CHECKS, *RULES)}
    assert run <= set(CHECKS)
    assert len(CHECKS) > 40


@pytest.mark.parametrize("language", [EN, ZH_TW])
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_no_title_claims_how_the_check_ended(check: Check, language: str) -> None:
    assert not claims(check.title.in_(language))


@pytest.mark.parametrize(
    "title",
    [
        "the port is open",
        "TLS can be set up",
        "the server greets with 220",
        "the test mail arrives",
        "headers and text arrive unchanged",
        "a wrong password is refused",
        "STARTTLS offered",
        "憑證已通過檢查",
        "陌生人無法透過它寄信",
    ],
)
def test_a_title_that_claims_is_recognised(title: str) -> None:
    assert claims(title)
