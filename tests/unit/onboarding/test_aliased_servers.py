"""A name server that is a CNAME (RFC 2181 10.3) is named, whether or not glue hides it."""

import pytest

from omi_core.onboarding.report import DomainReport
from tests.unit.onboarding.test_mistakes import findings
from tests.unit.onboarding.test_names import KEYS, POLICY, SPF, named
from tests.unit.onboarding.tree import Tree


def aliased(tree: Tree, delegation: str, servers: str, zone: str = "") -> DomainReport:
    tree.grow("hosting.example", zone)
    text = f"; NO_NS\n{servers}{SPF}{KEYS}{POLICY}"
    return tree.look_at(tree.grow("made.example", text, delegation=delegation))


def test_a_name_server_that_is_a_cname_is_named_and_its_answers_judged(tree: Tree) -> None:
    alias = "made NS nsx.hosting.example.\n"
    report = aliased(tree, alias, "@ NS nsx.hosting.example.\n")
    said = named(report, "name-server-is-cname")
    assert "nsx.hosting.example is a CNAME to nsy.hosting.example" in said
    assert "RFC 2181 10.3" in said
    assert report.seen.views != ()


def test_one_of_two_that_is_a_cname_is_named(tree: Tree) -> None:
    both = "{0} NS nsx.hosting.example.\n{0} NS ns2.shop.example.\n"
    report = aliased(tree, both.format("made"), both.format("@"))
    assert "nsx.hosting.example is a CNAME" in named(report, "name-server-is-cname")


@pytest.mark.parametrize("target", ["gone.hosting.example.", "nsx.hosting.example."])
def test_a_cname_that_leads_nowhere_or_to_itself_ends(tree: Tree, target: str) -> None:
    zone = f"nsx CNAME {target}\n"
    report = aliased(tree, "made NS nsx.hosting.example.\n", "@ NS nsx.hosting.example.\n", zone)
    assert report.exit_code == 1
    assert "name-server-is-cname" in findings(report)


def test_the_domain_as_it_was_reported(tree: Tree) -> None:
    tree.grow("hosting.example")
    report = tree.look_at(
        tree.grow("nscname.example", delegation="nscname NS nsx.hosting.example.\n")
    )
    assert findings(report) == ["name-server-is-cname"]


GLUE = "made NS nsx.made\nmade NS ns2.shop\nnsx.made A 127.0.0.2\n"


@pytest.mark.parametrize("target", ["ns1.shop.example.", "nsy", "gone.hosting.example."])
def test_glue_does_not_hide_that_a_server_is_a_cname(tree: Tree, target: str) -> None:
    """The parent gives an address, and the zone itself says that the name is a CNAME."""
    servers = f"@ NS nsx\n@ NS ns2.shop.example.\nnsx CNAME {target}\nnsy A 127.0.0.2\n"
    report = aliased(tree, GLUE, servers)
    said = named(report, "name-server-is-cname")
    whole = target.removesuffix(".") if target.endswith(".") else f"{target}.made.example"
    assert f"nsx.made.example is a CNAME to {whole}" in said
    assert report.seen.views != ()


def test_glue_of_another_zone_does_not_hide_it_either(tree: Tree) -> None:
    glued = "made NS nsx.hosting\nmade NS ns2.shop\nnsx.hosting A 127.0.0.2\n"
    report = aliased(tree, glued, "@ NS nsx.hosting.example.\n@ NS ns2.shop.example.\n")
    said = named(report, "name-server-is-cname")
    assert "nsx.hosting.example is a CNAME to nsy.hosting.example" in said
    assert report.findings[0].about == ("nsx.hosting.example",)


def test_a_wildcard_that_makes_a_cname_of_a_server_s_name_is_one_too(tree: Tree) -> None:
    report = aliased(tree, GLUE, "@ NS nsx\n@ NS ns2.shop.example.\n* CNAME www\nwww A 192.0.2.9\n")
    assert "name-server-is-cname" in findings(report)


def test_a_server_with_addresses_of_its_own_behind_glue_is_fine(tree: Tree) -> None:
    report = aliased(tree, GLUE, "@ NS nsx\n@ NS ns2.shop.example.\nnsx A 127.0.0.2\n")
    assert (report.exit_code, findings(report)) == (0, [])
