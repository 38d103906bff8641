"""SPF and DMARC that customers wrote, as texts of TXT: each is what its zone's server answers.

`kept` are the pieces that may never be lost: they are in what is handed out or published, or the
record is left as it stands.
"""

from dataclasses import dataclass

OURS = "include:_spf.relay.example"


@dataclass(frozen=True)
class Written:
    """The texts at one name; `fault` is part of what a person is told, empty where it is joined."""

    id: str
    texts: tuple[str, ...]
    fault: str = ""
    record: str = ""

    def __str__(self) -> str:
        return self.id


def joined(identifier: str, *texts: str, record: str) -> Written:
    return Written(identifier, texts, record=record)


def left(identifier: str, *texts: str, fault: str) -> Written:
    return Written(identifier, texts, fault=fault)


SPF = (
    left("all glued to a term", f"v=spf1 {OURS} mx ip4:203.0.113.7~all",
         fault="ip4:203.0.113.7~all: a space is missing before ~all"),
    left("-all glued to an include", f"v=spf1 {OURS} include:_spf.hosting.example-all",
         fault="a space is missing before -all"),
    left("all glued to mx", f"v=spf1 mx-all {OURS}",
         fault="mx-all: a space is missing before -all"),
    left("all behind a comma", "v=spf1 mx,?all", fault="a space is missing before ?all"),
    left("ipv4", f"v=spf1 ipv4:203.0.113.0/24 {OURS} -all", fault="the mechanism is called ip4"),
    left("ipv6", "v=spf1 ipv6:2001:db8:7::/48 -all", fault="the mechanism is called ip6"),
    left("ip", "v=spf1 mx ip:203.0.113.8 -all", fault="the mechanism is called ip4, ip6"),
    left("space after the colon", "v=spf1 ip4: 203.0.113.9 include: _spf.relay.example ~all",
         fault="ip4: 203.0.113.9: no space may stand there"),
    left("space before the colon", "v=spf1 include :_spf.hosting.example ~all",
         fault="include :_spf.hosting.example: no space"),
    left("space after redirect=", "v=spf1 redirect= _spf.hosting.example",
         fault="redirect= _spf.hosting.example: no space"),
    left("strings joined without a space",
         f"v=spf1 include:_spf.hosting.example{OURS}~all", fault="a space is missing before ~all"),
    left("strings joined between two includes",
         f"v=spf1 include:_spf.hosting.example{OURS} ~all", fault=f"is missing before {OURS}"),
    left("strings joined between addresses", "v=spf1 ip4:203.0.113.1ip4:203.0.113.2 mx -all",
         fault="is missing before ip4:203.0.113.2"),
    left("strings joined before a redirect", "v=spf1 a:h.example.exampleredirect=_spf.b.example",
         fault="is missing before redirect=_spf.b.example"),
    left("a joint that can be read in two ways", '"v=spf1 a:h.example" "mx -all"',
         fault="a space is missing before mx"),
    left("include=", "v=spf1 include=_spf.hosting.example ~all", fault="= instead of :"),
    left("include=, ours", "v=spf1 include=_spf.relay.example ~all", fault="= instead of :"),
    left("ip4=", "v=spf1 ip4=203.0.113.4 mx -all", fault="= instead of :"),
    left("include.", "v=spf1 include._spf.relay.example ~all", fault=". instead of :"),
    left("ip4.", "v=spf1 mx ip4.203.0.113.4 ~all", fault=". instead of :"),
    joined("our include behind all", f"v=spf1 mx -all {OURS}", record=f"v=spf1 mx {OURS} -all"),
    joined("?include", f"v=spf1 ?{OURS} ~all", record=f"v=spf1 {OURS} ~all"),
    joined("-include", f"v=spf1 mx -{OURS} ~all", record=f"v=spf1 mx {OURS} ~all"),
    joined("a macro include before ours",
           "v=spf1 include:%{ir}.%{v}._i.%{d}._s.hosting.example " + OURS + " -all",
           record="v=spf1 include:%{ir}.%{v}._i.%{d}._s.hosting.example " + OURS + " -all"),
    joined("a macro that leads nowhere",
           "v=spf1 include:%{ir}.%{v}._i.%{d}._e.hosting.example " + OURS + " -all",
           record="v=spf1 include:%{ir}.%{v}._i.%{d}._e.hosting.example " + OURS + " -all"),
    joined("a macro in exists", "v=spf1 exists:%{l1r-}.%{d2}.e.example ~all",
           record="v=spf1 exists:%{l1r-}.%{d2}.e.example " + OURS + " ~all"),
    joined("a term behind -all", "v=spf1 -all ip4:198.51.100.1",
           record=f"v=spf1 {OURS} -all ip4:198.51.100.1"),
    joined("several behind all", "v=spf1 mx ~all a ?all include:_spf.hosting.example",
           record=f"v=spf1 mx {OURS} ~all a ?all include:_spf.hosting.example"),
    joined("two records with terms behind all", "v=spf1 mx -all ip4:198.51.100.1",
           "v=spf1 a ~all ip4:198.51.100.2",
           record=f"v=spf1 mx a {OURS} ~all ip4:198.51.100.1 ip4:198.51.100.2"),
    joined("two records with an exp= each", "v=spf1 mx exp=a.hosting.example -all",
           "v=spf1 a exp=b.hosting.example -all",
           record=f"v=spf1 mx exp=a.hosting.example a {OURS} -all"),
    joined("two records with one exp=", "v=spf1 mx exp=a.hosting.example -all",
           "v=spf1 a exp=a.hosting.example -all",
           record=f"v=spf1 mx exp=a.hosting.example a {OURS} -all"),
    left("redirect= twice", "v=spf1 redirect=_spf.a.example redirect=_spf.b.example",
         fault="redirect= may stand only once"),
    left("exp= twice", "v=spf1 mx exp=a.example.org exp=b.example.org -all",
         fault="exp= may stand only once"),
    joined("redirect= twice, the same", "v=spf1 redirect=_spf.a.example redirect=_spf.A.example",
           record=f"v=spf1 {OURS} redirect=_spf.a.example"),
    joined("redirect= beside all", "v=spf1 mx redirect=_spf.a.example -all",
           record=f"v=spf1 mx redirect=_spf.a.example {OURS} -all"),
    joined("redirect= in one of two", "v=spf1 redirect=_spf.hosting.example", f"v=spf1 {OURS} -all",
           record=f"v=spf1 include:_spf.hosting.example {OURS} -all"),
    joined("an idle redirect= in one of two", "v=spf1 mx -all redirect=_spf.hosting.example",
           "v=spf1 a ~all", record=f"v=spf1 mx a {OURS} ~all redirect=_spf.hosting.example"),
    joined("two spaces", f"v=spf1  mx  {OURS}  -all", record=f"v=spf1  mx  {OURS}  -all"),
    joined("two spaces, without us", "v=spf1  mx  -all", record=f"v=spf1 mx {OURS} -all"),
    joined("tabs", "v=spf1\tmx\tip4:203.0.113.5\t-all",
           record=f"v=spf1 mx ip4:203.0.113.5 {OURS} -all"),
    joined("upper case", "V=SPF1 INCLUDE:_SPF.RELAY.EXAMPLE ~ALL",
           record="V=SPF1 INCLUDE:_SPF.RELAY.EXAMPLE ~ALL"),
    joined("upper case, without us", "V=SPF1 MX IP4:203.0.113.5 -ALL",
           record=f"v=spf1 MX IP4:203.0.113.5 {OURS} -ALL"),
    joined("a last dot", "v=spf1 include:_spf.Relay.Example. ~all",
           record="v=spf1 include:_spf.Relay.Example. ~all"),
    joined("quotes in the text", '"v=spf1 mx ip4:203.0.113.5 -all"',
           record=f"v=spf1 mx ip4:203.0.113.5 {OURS} -all"),
    joined("curly quotes", "\u201cv=spf1 mx ip4:203.0.113.5 -all\u201d",
           record=f"v=spf1 mx ip4:203.0.113.5 {OURS} -all"),
    joined("a name cut by quotes", 'v=spf1 include:_spf.hosting.ex" "ample ~all',
           record=f"v=spf1 include:_spf.hosting.example {OURS} ~all"),
    joined("an unknown modifier", "v=spf1 v=spf1 mx tag=1 -all",
           record=f"v=spf1 v=spf1 mx tag=1 {OURS} -all"),
    left("an unknown mechanism", "v=spf1 mx ptrs -all", fault="do not know such a term"),
    left("half a version", "v=spf mx -all", fault="v=spf: receivers do not know such a term"),
    left("a colon in the version", "v:spf1 mx -all", fault="v:spf1: receivers do not know"),
    left("a character of another script", "v=spf1 mx \u00fc -all", fault="do not know such a term"),
    joined("our addresses", "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 mx -all",
           record="v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 mx -all"),
    joined("our addresses in networks", "v=spf1 ip4:192.0.2.0/24 +ip6:2001:db8::/32 -all",
           record="v=spf1 ip4:192.0.2.0/24 +ip6:2001:db8::/32 -all"),
    joined("one of our addresses", "v=spf1 ip4:192.0.2.25 -all",
           record=f"v=spf1 ip4:192.0.2.25 {OURS} -all"),
)  # fmt: skip

# What only the advice does: whole-world senders are not handed out, and that is said.
SPF_PASSES_ALL = joined("+all", f"v=spf1 mx {OURS} +all", record=f"v=spf1 mx {OURS} ~all")

DMARC = (
    joined("rua without mailto:", "v=DMARC1; p=none; rua=reports@shop.example",
           record="v=DMARC1; p=none; rua=mailto:reports@shop.example"),
    joined("ruf without mailto:", "v=DMARC1;p=reject;ruf=a@shop.example;rua=mailto:b@shop.example",
           record="v=DMARC1;p=reject; ruf=mailto:a@shop.example;rua=mailto:b@shop.example"),
    joined("one of two addresses without mailto:",
           "v=DMARC1; p=none; rua=mailto:a@shop.example,b@shop.example; sp=reject",
           record="v=DMARC1; p=none; rua=mailto:a@shop.example,mailto:b@shop.example; sp=reject"),
    joined("a space after mailto:", "v=DMARC1; p=quarantine; rua=mailto: a@shop.example",
           record="v=DMARC1; p=quarantine; rua=mailto:a@shop.example"),
    joined("addresses parted like tags",
           "v=DMARC1; p=reject; rua=mailto:a@shop.example;mailto:b@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example,mailto:b@shop.example"),
    joined("a colon in a tag",
           "v=DMARC1; p=quarantine; fo:0; adkim=r; rua=mailto:d@shop.example",
           record="v=DMARC1; p=quarantine; fo:0; adkim=r; rua=mailto:d@shop.example"),
    joined("an escaped bracket in rua",
           "v=DMARC1; p=reject; rua=mailto:d@shop.example &lt;d@shop.example&gt;",
           record="v=DMARC1; p=reject; rua=mailto:d@shop.example &lt;d@shop.example&gt;"),
    joined("a word without a value", "v=DMARC1; p=reject; strict; ruf=mailto:f@shop.example",
           record="v=DMARC1; p=reject; strict; ruf=mailto:f@shop.example"),
    joined("sp= misspelled", "v=DMARC1; p=reject; sp=rejct; rua=mailto:d@shop.example",
           record="v=DMARC1; p=reject; sp=rejct; rua=mailto:d@shop.example"),
    joined("the version in lower case", "v=dmarc1; P=NONE", record="v=DMARC1; p=none"),
    joined("the version in lower case, and strict",
           "v=dmarc1; p=reject; sp=quarantine; rua=mailto:d@shop.example",
           record="v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@shop.example"),
    joined("no version", "p=reject; rua=mailto:d@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:d@shop.example"),
    joined("half a version", "DMARC1; p=quarantine", record="v=DMARC1; p=quarantine"),
    joined("the name of v in upper case", "V=DMARC1; P=reject", record="V=DMARC1; P=reject"),
    joined("spaces at the equals signs", "v = DMARC1 ; p = reject",
           record="v = DMARC1 ; p = reject"),
    joined("one of two in lower case", "v=dmarc1; p=none; rua=mailto:old@shop.example",
           "v=DMARC1; p=reject; rua=mailto:d@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:d@shop.example,mailto:old@shop.example"),
    joined("two, the weaker first", "v=DMARC1; p=none; rua=mailto:a@shop.example; fo=1",
           "v=DMARC1; p=reject; adkim=s; ruf=mailto:f@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example; ruf=mailto:f@shop.example;"
           " adkim=s; fo=1"),
    joined("two, the stricter first", "v=DMARC1; p=quarantine; rua=mailto:a@shop.example",
           "v=DMARC1; p=none; sp=reject; rua=b@shop.example,mailto:a@shop.example",
           record="v=DMARC1; p=quarantine; sp=reject;"
           " rua=mailto:a@shop.example,mailto:b@shop.example"),
    joined("two with np=", "v=DMARC1; p=none; np=reject", "v=DMARC1; p=quarantine",
           record="v=DMARC1; p=quarantine; np=reject"),
    joined("three", "v=DMARC1; p=none", "v=DMARC1; p=none; pct=5; rua=mailto:a@shop.example",
           "v=DMARC1; p=quarantine",
           record="v=DMARC1; p=quarantine; rua=mailto:a@shop.example"),
    joined("semicolons lost", "v=DMARC1 p=reject rua=mailto:a@shop.example, mailto:b@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example,mailto:b@shop.example"),
    joined("semicolons escaped", "v=DMARC1\\; p=reject\\; rua=mailto:a@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example"),
    joined("curly quotes", "\u201cv=DMARC1; p=quarantine; rua=mailto:a@shop.example\u201d",
           record="v=DMARC1; p=quarantine; rua=mailto:a@shop.example"),
    joined("quotes around the policy", 'v=DMARC1; p="reject"; rua=mailto:a@shop.example',
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example"),
    joined("p= twice", "v=DMARC1; p=none; p=reject", record="v=DMARC1; p=reject"),
    joined("rua= twice", "v=DMARC1; p=reject; rua=mailto:a@shop.example; rua=mailto:b@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example,mailto:b@shop.example"),
    joined("no p=", "v=DMARC1; rua=a@shop.example",
           record="v=DMARC1; p=none; rua=mailto:a@shop.example"),
    left("p= misspelled", "v=DMARC1; p=rejct", fault="p=rejct cannot be read"),
    left("p= misspelled, with reports", "v=DMARC1; p=quarantined; rua=mailto:a@shop.example",
         fault="p=quarantined cannot be read"),
    left("p:", "v=DMARC1; p:reject; rua=mailto:a@shop.example", fault="p:reject cannot be read"),
    left("policy=", "v=DMARC1; policy=reject", fault="policy=reject cannot be read"),
    left("commas in place of semicolons", "v=DMARC1, p=reject, rua=mailto:a@shop.example",
         fault="v=DMARC1, p=reject, rua=mailto:a@shop.example cannot be read"),
    left("nothing in place of semicolons", "v=DMARC1p=reject", fault="v=DMARC1p=reject cannot"),
    joined("a space in place of a comma",
           "v=DMARC1; p=reject; rua=mailto:a@shop.example mailto:b@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example,mailto:b@shop.example"),
    left("one of two misspelled", "v=DMARC1; p=none", "v=DMARC1; p=qarantine",
         fault="p=qarantine cannot be read"),
    joined("one of two misspelled beside the strictest", "v=DMARC1; p=reject",
           "v=DMARC1; p=qarantine; rua=mailto:a@shop.example",
           record="v=DMARC1; p=reject; rua=mailto:a@shop.example"),
)  # fmt: skip
