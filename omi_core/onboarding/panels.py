"""Where records are entered at the providers that customers have, and how each changes them.

Facts from the providers' own pages (DNS record forms, import, TXT), and from the reports of what
goes wrong there; docs/onboarding.md names them.
"""

from dataclasses import dataclass

from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A provider's panel: the way to the form, and what it does to names and texts."""

    key: str
    title: Text
    way: Text
    habits: tuple[Text, ...]


_RELATIVE = Text(
    "The panel appends the domain by itself: enter the short name ({short}), not the whole one,"
    " or the domain stands twice."
)
_NO_QUOTES = Text("Paste TXT without quotes; the panel adds them.")
_QUOTES = Text('TXT stands in double quotes; without them it is cut at each space: "v=spf1 ...".')

PANELS = (
    Panel(
        key="cloudflare",
        title=Text.plain("Cloudflare"),
        way=Text(
            "Dashboard, the domain, DNS, Records, Add record; or Import and Export with the file"
            " of `--format cloudflare`, with \u201cProxy imported DNS records\u201d switched off."
        ),
        habits=(
            Text(
                "CNAME: set the proxy status to \u201cDNS only\u201d (grey cloud). A proxied CNAME"
                " is answered with Cloudflare's own addresses, and no key is found."
            ),
            Text(
                "Short and whole names are both understood. An import adds and never replaces:"
                " delete the old SPF record by hand."
            ),
            _NO_QUOTES,
        ),
    ),
    Panel(
        key="godaddy",
        title=Text.plain("GoDaddy"),
        way=Text("My Products, the domain, DNS, Add New Record."),
        habits=(
            _RELATIVE,
            _NO_QUOTES,
            Text("Name `@` is the domain itself. An SPF record may have 512 characters."),
        ),
    ),
    Panel(
        key="hinet",
        title=Text("HiNet (Chunghwa Telecom)"),
        way=Text("Domain service, sign in, DNS settings of the domain, add a record."),
        habits=(
            _RELATIVE,
            Text(
                "For the domain itself leave the host field empty, or as the form says. Where the"
                " form has no CNAME or no underscore, ask its service desk and send them the zone"
                " file of `--format zone`."
            ),
            _NO_QUOTES,
        ),
    ),
    Panel(
        key="google",
        title=Text.plain("Google Cloud DNS"),
        way=Text(
            "Network services, Cloud DNS, the zone, Add standard. (Domains of the former Google"
            " Domains are at Squarespace: Domains, DNS, DNS Settings, custom records.)"
        ),
        habits=(
            _RELATIVE,
            _QUOTES,
            Text(
                "All TXT records of one name are values of one set: add the value to the set that"
                " is there."
            ),
        ),
    ),
    Panel(
        key="aws",
        title=Text.plain("AWS Route 53"),
        way=Text("Hosted zones, the zone, Create record, Simple routing."),
        habits=(
            _RELATIVE,
            _QUOTES,
            Text(
                "Each line of the value field is a record of its own: a long text is one line with"
                ' several quoted strings, "..." "...". SPF is entered as TXT, never as type SPF.'
            ),
        ),
    ),
    Panel(
        key="general",
        title=Text("Any other provider"),
        way=Text(
            "The DNS is where the domain's name servers are, which need not be where it was"
            " bought or where its web site is."
        ),
        habits=(
            Text(
                "Look at the list after saving: if a name ends in the domain twice, enter the short"
                " name ({short}); if it ends without the domain, enter the whole one with a dot at"
                " its end."
            ),
            Text("Paste as plain text: word processors make curly quotes and invisible spaces."),
        ),
    ),
)
