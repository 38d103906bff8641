"""What programs of a relay read: of Postfix and its log, of customers, and of their own files."""

from tests.fuzz.parsers import log, policy
from tests.fuzz.target import Target
from tests.fuzz.words import HEADERS, JSON, WORDS

POLICY_TARGETS = (
    Target(
        name="delivery-line",
        read=log.read,
        judge=log.judge,
        longest=600,
        steps=100,
        grown=(
            (b"4jc6Zw0cnx: to=<", b"a@", b">"),
            (b"4jc6Zw0cnx: to=<a@b.example>, relay=", b"a.", b"[192.0.2.1]:25"),
            (b"", b"4jc6Zw0cnx: to=<a@b.example>, relay=none\n", b""),
        ),
        words=(
            *(b": to=<a@b.example>, ", b"relay=mx.example[192.0.2.1]:25, ", b"orig_to=<a@b>, "),
            *(b"delay=1, delays=0/0/0/1, ", b"dsn=4.7.0, ", b"status=deferred (", b"\n"),
            *(b"host mx.example[192.0.2.1] said: 421 4.7.0 ", b"refused to talk to me: 451-"),
        ),
    ),
    Target(
        name="milter-packets",
        read=policy.read_packets,
        judge=policy.judge_packets,
        raises=policy.RAISES_OF_PACKETS,
        longest=600,
        steps=800,
        first_steps=20_000,
        grown=(
            (b"\0\0\0\x05M<a>\0", b"\0\0\0\x05La\0b\0", b"\0\0\0\x01E"),
            (b"", b"\0\0\0\x05DMi\0a\0", b""),
        ),
        words=(
            *(
                b"\0\0\0\x01E",
                b"\0\0\0\x01N",
                b"\0\0\0\x01A",
                b"\0\0\0\x01K",
                b"{auth_authen}\0bob\0",
            ),
            *(b"\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\x1f\xff\xff", b"<bob@news.example>\0", b"From\0 "),
        ),
    ),
    Target(
        name="policy",
        read=policy.read_mail,
        judge=policy.judge_mail,
        raises=policy.RAISES_OF_MAILS,
        longest=1500,
        steps=1500,
        first_steps=50_000,
        grown=(
            *(
                (b"From: ", each, b" <bob@news.example>\n\nx")
                for each in (b"a ", b"(", b'"', b"<", b"=?utf-8?q?")
            ),
            (b"From: bob@news.example\nTo: ", b"a@b.example, ", b"\n\nx"),
            (b"From: bob@news.example\nTo: \xe4\xb8\xad <a@b>", b", <a@b>", b"\n\nx"),
            (b"From: bob@news.example\n", b"Subject: x\n", b"\nx"),
            (
                b"From: bob@news.example\nContent-Type: multipart/mixed; boundary=b\n\n\xff",
                b"\n--b\n",
                b"",
            ),
            (b"From: bob@news.example\nContent-Type: a/b", b';a="b', b"\n\n\xff"),
        ),
        words=(
            *HEADERS,
            *WORDS,
            *(
                b"bob@news.example",
                b"Sender: ",
                b"Reply-To: ",
                b"Content-Type: multipart/mixed; boundary=b",
                b"\n--b\n",
            ),
            *(
                b"Content-Transfer-Encoding: base64",
                b"quoted-printable",
                b"message/rfc822",
                b"\n--b--\n",
                b"\n\n",
            ),
        ),
    ),
    Target(
        name="mailboxes",
        read=policy.read_list,
        judge=policy.judge_list,
        raises=policy.RAISES_OF_LISTS,
        longest=300,
        steps=400,
        grown=tuple(
            (before, each, b" <a@b.example>")
            for before in (b"", b"\xe4\xb8\xad")
            for each in (b"(", b"a ", b'"', b"<a@b>,", b"\\", b",", b"=?utf-8?q?a?= ")
        ),
        words=(*WORDS, b"<a@b.example>", b", ", b"; ", b'"', b"\\", b"(", b")", b":", b"@", b"<"),
    ),
    Target(
        name="policy-files",
        read=policy.read_file,
        judge=policy.judge_file,
        raises=policy.RAISES_OF_FILES,
        longest=900,
        steps=100,
        first_steps=20_000,
        grown=((b"", b"[", b""), (b'{"a": [', b'"b",', b'"c"]}'), (b"{", b'"a":[],', b'"b":[]}')),
        words=(
            *JSON,
            *(b'"socket":', b'"accounts":', b'"host":', b'"hide_clients":', b'"longest":'),
            *(b'"a@b.example"', b'"@b.example"', b'"control":', b'"next_hops":', b'"counter":'),
            *(b'"own":', b'"known":', b'"keeps_control":', b'"account_header":', b'"port":'),
            *(b'"limits":', b'"of":', b'"account":', b'"customer":', b'"sessions":', b'"mode":'),
            *(b'"launch":', b'"may_set":', b'"X-LinkOption":', b'"suspended":', b'"next_hop":'),
            *(b'"longest_hold":', b'"zone":', b'"reference":', b'"senders":[]', b'"warn"'),
        ),
    ),
)
