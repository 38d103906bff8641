"""Every parser of what strangers send, declared once: the short run, the long one and the tests.

The figures of `steps` are the lines of Python that an octet may cost: some times what readers cost
today, and far below what a reader would cost that takes the square of its input.
"""

from tests.fuzz.customer_targets import CUSTOMER_TARGETS
from tests.fuzz.parsers import (
    acme,
    certificate,
    cloudflare,
    dns_packet,
    http,
    mail,
    smtp,
    txt,
    written,
)
from tests.fuzz.policy_targets import POLICY_TARGETS
from tests.fuzz.target import Target
from tests.fuzz.words import HEADERS, JSON, WORDS

_ONE_RECORD = b"\0\1\x84\0\0\0\0\1\0\0\0\0" + b"\0\xff\0\0\1\0\0\0\0\xff\xff"
_MANY_RECORDS = b"\0\1\x84\0\0\0\xff\xff\0\0\0\0"

TARGETS = (
    Target(
        name="smtp-reply",
        read=smtp.read,
        judge=smtp.judge,
        longest=1000,
        steps=400,
        grown=(
            (b"220 ", b"x", b""),
            (b"", b"250-x\r\n", b""),
            (b"220 x\r\n250 y\r\n", b"250 x\r\n", b""),
        ),
        words=(b"220 ", b"250-", b"250 ", b"334 ", b"421 ", b"535 ", b"\r\n", b"AUTH ", b"SIZE "),
    ),
    Target(
        name="dns-packet",
        read=dns_packet.look,
        judge=dns_packet.judge,
        raises=dns_packet.RAISES,
        longest=600,
        steps=200,
        grown=(
            (_ONE_RECORD, b"\xc0\x0c", b""),
            (_MANY_RECORDS, b"\0" + b"\0\x02\0\x01\0\0\0\0\0\x01\0", b""),
        ),
        words=(
            b"\xc0\x0c",
            b"\x3f",
            b"\0\x10\0\x01",
            b"\0\x02\0\x01",
            b"\x01\x01\0\x01",
            b"\0\x29",
        ),
    ),
    Target(
        name="spf",
        read=txt.read_spf,
        judge=txt.judge_spf,
        longest=600,
        steps=3000,
        first_steps=60_000,
        grown=(
            *(
                (b"v=spf1 ", each, b" -all")
                for each in (b"a ", b"mx", b'"', b"ip4:10.0.0.1 ", b"/")
            ),
            *(
                (b"v=spf1 exists:", each, b".x.example -all")
                for each in (b"%{d}", b"%{d1", b"a.", b"%")
            ),
            (b"v=spf1 a:%{d", b"9", b"}.example.com -all"),
            (b"v=spf1 a:%{d", b".", b"}.example.com -all"),
            (b"", b"v=spf1 a -all\n", b""),
        ),
        words=(
            *(b"v=spf1 ", b" include:", b" redirect=", b" exp=", b" exists:", b" ip4:", b" ip6:"),
            *(
                b" mx",
                b" a:",
                b" ptr",
                b"/24",
                b"//64",
                b" -all",
                b" ~all",
                b"%{d}",
                b"%{i",
                b"%{p",
            ),
            *(b"%{s1r-}", b"%%", b"%_", b"\nshop.example TXT ", b"\na.example TXT v=spf1 "),
            *(b"a.example", b"\nshop.example MX ", b" A 192.0.2.25", b"\na.example FAIL x", b'" "'),
        ),
    ),
    Target(
        name="dkim",
        read=txt.read_dkim,
        judge=txt.judge_dkim,
        longest=500,
        steps=200,
        grown=(
            (b"v=DKIM1", b";", b""),
            (b"v=DKIM1; p=", b"A ", b""),
            (b"v=DKIM1; p=", b"MIIB", b""),
            (b"p=;", b"a=b;", b""),
        ),
        words=(b"v=DKIM1", b"; ", b"p=", b"k=", b"rsa", b"ed25519", b"t=y", b"s=", b"h=", b"\\;"),
    ),
    Target(
        name="dmarc",
        read=txt.read_dmarc,
        judge=txt.judge_dmarc,
        longest=400,
        steps=1500,
        first_steps=20_000,
        grown=(
            *(
                (b"v=DMARC1; p=none", each, b"")
                for each in (b";", b";a=b", b" ;rua=", b"\\", b" mailto:")
            ),
            (b"v=DMARC1; p=none; rua=", b"mailto:a@b.example,", b""),
            (b"v=DMARC1; p=none; rua=mailto:a@", b"b.", b"example"),
            (b"", b"v=DMARC1; p=none\n", b""),
        ),
        words=(
            *(
                b"v=DMARC1",
                b"; ",
                b"p=",
                b"sp=",
                b"np=",
                b"none",
                b"reject",
                b"rua=",
                b"ruf=",
                b",",
            ),
            *(b"mailto:", b"a@b.example", b"!10m", b"psd=y", b"psd=n", b"\nv=DMARC1; p=", b"pct="),
        ),
    ),
    Target(
        name="certificate",
        read=certificate.read,
        judge=certificate.judge,
        raises=certificate.RAISES,
        longest=1000,
        steps=200,
        first_steps=20_000,
        grown=((b"", b"\x30\x80", b""), (b"", b"-----BEGIN CERTIFICATE-----\n", b"")),
        mutate=certificate.mutate,
    ),
    Target(
        name="http",
        read=http.read_http,
        judge=http.judge_http,
        raises=http.RAISES,
        longest=500,
        steps=400,
        first_steps=10_000,
        grown=(
            (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", b"\r\n"),
            (b"", b"HTTP/1.1 100 Continue\r\n\r\n", b""),
        ),
        words=(
            *(
                b"HTTP/1.1 ",
                b"Content-Length: ",
                b"Transfer-Encoding: chunked",
                b"\r\n\r\n",
                b"\r\n",
            ),
            *(b"Retry-After: ", b"Connection: close", b"0\r\n\r\n", b"Content-Encoding: "),
        ),
    ),
    Target(
        name="json",
        read=http.read_json,
        judge=http.judge_json,
        raises=http.RAISES,
        longest=400,
        steps=200,
        grown=((b"", b"[", b""), (b"[", b"1,", b"1]"), (b"[", b"[],", b"1]"), (b"", b"1", b"")),
        words=JSON,
    ),
    Target(
        name="cloudflare",
        read=cloudflare.read_cloudflare,
        judge=cloudflare.judge_cloudflare,
        raises=cloudflare.RAISES,
        longest=1500,
        steps=200,
        first_steps=20_000,
        grown=(
            (b'200 \n{"success": false, "errors": [', b"{},", b"{}]}"),
            (b'200 \n{"success": true, "result": [', b'{"name": "a"},', b"{}]}"),
        ),
        words=(
            *JSON,
            *(b'"success":', b'"errors":', b'"result":', b'"result_info":', b'"code":', b"9109"),
            *(b'"message":', b'"count":', b'"total_pages":', b'"name":', b'"type":', b'"content":'),
            *(b'"id":', b"\x00200 \n", b"\x00429 0\n", b'"TXT"', b'"CNAME"', b'"priority":'),
        ),
    ),
    Target(
        name="acme",
        read=acme.read,
        judge=acme.judge,
        raises=acme.RAISES,
        longest=4000,
        steps=600,
        first_steps=150_000,
        grown=((b"200 \n{", b'"a": 1,', b'"b": 1}'), (b"", b"503 0\n\0", b"")),
        words=(
            *JSON,
            *(
                b'"status":',
                b'"valid"',
                b'"pending"',
                b'"invalid"',
                b'"authorizations":',
                b'"type":',
            ),
            *(b'"identifiers":', b'"dns"', b'"challenges":', b'"dns-01"', b'"token":', b'"error":'),
            *(
                b'"certificate":',
                b'"suggestedWindow":',
                b"\x00200 \n",
                b"\x00201 \n",
                b"\x00503 0\n",
            ),
        ),
    ),
    Target(
        name="eml",
        read=mail.read_eml,
        judge=mail.judge_eml,
        raises=mail.RAISES,
        longest=700,
        steps=300,
        first_steps=20_000,
        grown=(
            (b"X-JobName: a\n", b" \n", b"\n"),
            (b"", b"X-LinkOption: 1\n", b"\n"),
            (b"X-JobName: ", b"=?utf-8?q?=E6?= ", b"\n\n"),
            (b"X-LinkOption: ", b"NotTrackOpen,", b"\n\n"),
        ),
        words=(
            *HEADERS,
            *WORDS,
            *(b"X-LinkOption: ", b"X-JobName: ", b"X-NextLaunchTime: ", b"X-SendOption: "),
        ),
    ),
    Target(
        name="control-header",
        read=mail.read_control,
        judge=mail.judge_control,
        longest=200,
        steps=300,
        grown=tuple(
            (bytes([kind]), each, b"")
            for kind in (0, 2, 9)
            for each in (b"=?utf-8?q?a?= ", b"9", b"a,")
        ),
        words=(
            *WORDS,
            b"NotTrackOpen",
            b"0x",
            b",",
            b"|",
            b" +0800",
            b"2026-",
            b"T09:00:00",
            b"Nov",
        ),
    ),
    Target(
        name="received",
        read=mail.read_received,
        judge=mail.judge_received,
        longest=700,
        steps=1500,
        first_steps=50_000,
        grown=(
            (b"Authentication-Results: x; ", b"spf=pass ", b"\n\n"),
            (b"Authentication-Results: x; ", b"(", b"\n\n"),
            (b"From: ", b"<a:;", b"\n\n"),
            (b"", b"Content-Type: message/rfc822\n\n", b""),
        ),
        words=(
            *HEADERS,
            *WORDS,
            *(b"Authentication-Results: ", b"spf=", b"dkim=", b"dmarc=", b"pass", b"fail", b"("),
            *(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"MIME-Version: 1.0\n"),
        ),
    ),
    *POLICY_TARGETS,
    *CUSTOMER_TARGETS,
    Target(
        name="customer-file",
        read=written.read_customers,
        judge=written.judge_customers,
        raises=written.RAISES_OF_FILES,
        longest=150,
        steps=2000,
        first_steps=50_000,
        grown=(
            (b"# x\na = ", b"[", b""),
            (b"# x\ndomains = [", b'"a.example", ', b"]"),
            (b"# x\n", b"a = 1\n", b""),
        ),
        words=(b"[[account]]\n", b"login = ", b"senders = [", b"domains = [", b'"""', b"'''"),
    ),
    Target(
        name="password-file",
        read=written.read_a_password,
        judge=written.judge_password,
        raises=written.RAISES,
        longest=5000,
        steps=20,
        grown=((b"", b"x", b""), (b"", b"\n", b""), (b"\xff\xfe", b"\0\xd8", b"")),
        words=(
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\xfe\xff",
            b"\xff\xfe\0\0",
            b"\0\0\xfe\xff",
            b"\r\n",
        ),
    ),
    Target(
        name="error-text",
        read=written.read_error,
        judge=written.judge_error,
        longest=700,
        steps=400,
        first_steps=20_000,
        grown=(
            (b"", b"550 a\n", b""),
            (b"550 ", b"5.7.1 ", b""),
            (b"", b"timed out\n", b""),
            (b"", b"550 ", b""),
        ),
        words=(
            *(b"535 ", b"553 ", b"421 ", b"5.7.1", b"timed out", b"certificate has expired", b"->"),
            *(
                b"AUTH PLAIN ",
                b"0x800ccc0e",
                b"relay access denied",
                b"hostname mismatch",
                b"quota",
            ),
        ),
    ),
)
