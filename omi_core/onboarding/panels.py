"""Where records are entered at the providers that customers have, and how each changes them.

Facts from the providers' own pages (DNS record forms, import, TXT), and from the reports of what
goes wrong there; docs/onboarding.md names them.
"""

from dataclasses import dataclass

from omi_core.findings.finding import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A provider's panel: the way to the form, and what it does to names and texts."""

    key: str
    title: Text
    way: Text
    habits: tuple[Text, ...]


_RELATIVE = Text(
    "The panel appends the domain by itself: enter the short name ({short}), not the whole one,"
    " or the domain stands twice.",
    "面板會自動補上網域：請填短名稱（{short}），不要填完整名稱，否則網域會重複兩次。",
)
_NO_QUOTES = Text(
    "Paste TXT without quotes; the panel adds them.", "TXT 內容不要加引號，面板會自動加上。"
)
_QUOTES = Text(
    'TXT stands in double quotes; without them it is cut at each space: "v=spf1 ...".',
    'TXT 內容要放在雙引號內，否則遇到空格會被切斷："v=spf1 ..."。',
)

PANELS = (
    Panel(
        key="cloudflare",
        title=Text.plain("Cloudflare"),
        way=Text(
            "Dashboard, the domain, DNS, Records, Add record; or Import and Export with the file"
            " of `--format cloudflare`, with \u201cProxy imported DNS records\u201d switched off.",
            "Dashboard → 網域 → DNS → Records → Add record；或用 `--format cloudflare` 的檔案"
            "經 Import and Export 匯入，並取消「Proxy imported DNS records」。",
        ),
        habits=(
            Text(
                "CNAME: set the proxy status to \u201cDNS only\u201d (grey cloud). A proxied CNAME"
                " is answered with Cloudflare's own addresses, and no key is found.",
                "CNAME 的 Proxy status 請設為「DNS only」（灰雲）。橘雲會改回 Cloudflare 的位址，"
                "收件端就找不到金鑰。",
            ),
            Text(
                "Short and whole names are both understood. An import adds and never replaces:"
                " delete the old SPF record by hand.",
                "短名稱與完整名稱都可以。匯入只會新增、不會取代：舊的 SPF 請手動刪除。",
            ),
            _NO_QUOTES,
        ),
    ),
    Panel(
        key="godaddy",
        title=Text.plain("GoDaddy"),
        way=Text(
            "My Products, the domain, DNS, Add New Record.",
            "我的產品 → 網域 → DNS → 新增記錄。",
        ),
        habits=(
            _RELATIVE,
            _NO_QUOTES,
            Text(
                "Name `@` is the domain itself. An SPF record may have 512 characters.",
                "名稱 `@` 代表網域本身。SPF 內容上限 512 個字元。",
            ),
        ),
    ),
    Panel(
        key="hinet",
        title=Text("HiNet (Chunghwa Telecom)", "HiNet（中華電信）"),
        way=Text(
            "Domain service, sign in, DNS settings of the domain, add a record.",
            "HiNet 域名服務 → 登入 → 該網域的 DNS 設定 → 新增記錄。",
        ),
        habits=(
            _RELATIVE,
            Text(
                "For the domain itself leave the host field empty, or as the form says. Where the"
                " form has no CNAME or no underscore, ask its service desk and send them the zone"
                " file of `--format zone`.",
                "網域本身的主機名稱欄留空，或依畫面說明。若表單沒有 CNAME 或不接受底線，"
                "請把 `--format zone` 的內容交給客服代為設定。",
            ),
            _NO_QUOTES,
        ),
    ),
    Panel(
        key="google",
        title=Text.plain("Google Cloud DNS"),
        way=Text(
            "Network services, Cloud DNS, the zone, Add standard. (Domains of the former Google"
            " Domains are at Squarespace: Domains, DNS, DNS Settings, custom records.)",
            "網路服務 → Cloud DNS → 區域 → 新增標準記錄集。（原 Google Domains 的網域已移至"
            " Squarespace：Domains → DNS → DNS Settings → 自訂記錄。）",
        ),
        habits=(
            _RELATIVE,
            _QUOTES,
            Text(
                "All TXT records of one name are values of one set: add the value to the set that"
                " is there.",
                "同一名稱的所有 TXT 屬於同一個記錄集：請在既有的記錄集內增加一個值。",
            ),
        ),
    ),
    Panel(
        key="aws",
        title=Text.plain("AWS Route 53"),
        way=Text(
            "Hosted zones, the zone, Create record, Simple routing.",
            "Hosted zones → 區域 → Create record → Simple routing。",
        ),
        habits=(
            _RELATIVE,
            _QUOTES,
            Text(
                "Each line of the value field is a record of its own: a long text is one line with"
                ' several quoted strings, "..." "...". SPF is entered as TXT, never as type SPF.',
                '值欄位的每一行是一筆記錄：過長的內容要寫在同一行、分成多段引號 "..." "..."。'
                "SPF 要用 TXT 型別，不要用 SPF 型別。",
            ),
        ),
    ),
    Panel(
        key="general",
        title=Text("Any other provider", "其他業者"),
        way=Text(
            "The DNS is where the domain's name servers are, which need not be where it was"
            " bought or where its web site is.",
            "DNS 要在網域目前使用的名稱伺服器那裡設定，不一定是購買網域或架站的地方。",
        ),
        habits=(
            Text(
                "Look at the list after saving: if a name ends in the domain twice, enter the short"
                " name ({short}); if it ends without the domain, enter the whole one with a dot at"
                " its end.",
                "儲存後看一下清單：名稱結尾若出現兩次網域，請改填短名稱（{short}）；"
                "若沒有網域，請填完整名稱並在結尾加一個點。",
            ),
            Text(
                "Paste as plain text: word processors make curly quotes and invisible spaces.",
                "請以純文字貼上：文書軟體會產生彎引號與看不見的空白字元。",
            ),
        ),
    ),
)
