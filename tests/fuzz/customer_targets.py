"""What a relay of many customers reads: its queue, its counter, Dovecot, mails for the engine."""

from tests.fuzz.parsers import counter, editing, engine, guessing, queue
from tests.fuzz.target import Target
from tests.fuzz.words import HEADERS, JSON, WORDS

_CONTROL = (
    *(b"X-LinkOption: ", b"X-JobName: ", b"X-NextLaunchTime: ", b"X-LaunchExpireTime: "),
    *(b"X-RefNumber: ", b"X-SendOption: ", b"X-LaunchType: ", b"NotTrackOpen", b"192"),
    *(b"2026-01-06T09:00:00+08:00", b"2026-01-06 09:00"),
)
_OURS = (
    *(b"X-Omi-Next-Hop: hop-engine\n", b"X-Omi-Account : eve\n", b"X-Omi-Warning: x\n"),
    b"x-omi-schedule: launch=2026-01-06T09:00:00Z\n",
)

QUEUE_TARGETS = (
    Target(
        name="postcat",
        read=queue.read_printed,
        judge=queue.judge_printed,
        longest=700,
        steps=200,
        grown=(
            (b"a@b", b"\0c@d.example", b""),
            (b"a@b", b"\0X:y", b""),
            (b"*** ENVELOPE RECORDS x ***\n", b"recipient: a@b.example\n", b""),
            (b"", b"*** MESSAGE FILE END x ***\n", b""),
        ),
        words=(
            *(b"*** ENVELOPE RECORDS /x ***", b"*** MESSAGE CONTENTS ", b"*** HEADER EXTRACTED "),
            *(b"*** MESSAGE FILE END /x ***\n", b"message_size: ", b"message_arrival_time: "),
            *(b"named_attribute: sasl_username=", b"sender: ", b"recipient: ", b"X-Omi-Schedule: "),
            *(b"launch=2026-01-05T09:00:00Z", b"; expire=", b"\r", b"\xc2\x85", b"\x1c", b"\0"),
        ),
    ),
    Target(
        name="queue-talk",
        read=queue.read_said,
        judge=queue.judge_said,
        raises=queue.RAISES,
        longest=600,
        steps=200,
        grown=(
            (b"", b"[", b""),
            (b'{"total": {"hold": 1}, "mails": [', b"{},", b"{}]}"),
            (b'{"verb": "drop", "match": {"ids": [', b'"4jc4l56r39z0001",', b'"a"]}}'),
        ),
        words=(
            *JSON,
            *(b'"verb":', b'"match":', b'"ids":', b'"dry":', b'"most":', b'"by":', b'"total":'),
            *(b'"mails":', b'"groups":', b'"words":', b'"hold"', b'"launch":', b"9007199254740993"),
        ),
    ),
    Target(
        name="schedule",
        read=queue.read_times,
        judge=queue.judge_times,
        longest=80,
        steps=100,
        grown=((b"launch=", b"2026", b""), (b"", b"launch=2026-01-05T09:00:00Z; ", b"")),
        words=(b"launch=", b"expire=", b"; ", b"2026-01-05T09:00:00Z", b"9999", b"1970", b"-02-30"),
    ),
    Target(
        name="queue-index",
        read=queue.read_index,
        judge=queue.judge_index,
        longest=9000,
        steps=10,
        grown=((b"SQLite format 3\0", b"\0", b""), (b"", b"no database", b"")),
        words=(b"CREATE TABLE mail", b"STRICT", b"4jc4l56r39zcmRh", b'["a@b.example"]'),
    ),
)
CUSTOMER_TARGETS = (
    *QUEUE_TARGETS,
    Target(
        name="guessing",
        read=guessing.read_talk,
        judge=guessing.judge_talk,
        longest=600,
        steps=100,
        first_steps=20_000,
        grown=(
            (b"", b'{"login":"a","remote":"192.0.2.1","secret":"x"}\n', b"{}"),
            (b'{"a":', b"[", b""),
            (b"POST / HTTP/1.1\r\n", b"X: y\r\n", b"\r\n"),
            (b"", b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", b""),
        ),
        words=(
            *JSON,
            *(b'"login":', b'"remote":', b'"secret":', b'"success":', b'"policy_reject":', b"\n!"),
            *(b'"fail_type":"internal"', b'"192.0.2.1"', b'"2001:db8::1"', b'"::ffff:192.0.2.1"'),
            *(b"Content-Length: ", b"\r\n\r\n", b"command=report", b"POST / HTTP/1.1\r\n"),
        ),
    ),
    Target(
        name="guessing-memory",
        read=guessing.read_file,
        judge=guessing.judge_file,
        raises=guessing.RAISES_OF_MEMORY,
        longest=400,
        steps=60,
        grown=((b'{"key": ', b"[", b""), (b'{"known": {', b'"00": "00",', b'"01": "00"}}')),
        words=(
            *JSON,
            *(b'"key":', b'"guesses":', b'"known":', b'"' + b"ab" * 32 + b'"', b'"192.0.2.1"'),
            *(b"1e308", b"-1", b"NaN", b"Infinity", b"4111222333.5"),
        ),
    ),
    Target(
        name="counter",
        read=counter.read_answer,
        judge=counter.judge_answer,
        raises=(ValueError, RecursionError),
        longest=200,
        steps=200,
        first_steps=50_000,
        grown=((b"[1, 0, ", b"1, ", b"1]"), (b'[1, 0, "', b"1 ", b'"]')),
        words=(
            *JSON,
            *(
                b"[0,0,1,3,5,1767600000]",
                b'"0 0 0 0 0 0 0 0 0 0"',
                b"1e99",
                b"-1",
                b"9007199254740993",
            ),
        ),
    ),
    Target(
        name="policy-engine",
        read=engine.read_mail,
        judge=engine.judge_mail,
        raises=engine.RAISES,
        longest=1200,
        steps=2000,
        first_steps=80_000,
        grown=(
            (b"eFrom: bob@news.example\n", b"X-LinkOption: 64\n", b"\nx"),
            (b"rFrom: bob@news.example\n", b"X-LinkOption: x\n", b"\nx"),
            (b"pFrom: bob@news.example\n", b"X-Omi-Next-Hop: x\n", b"\nx"),
            (b"rFrom: bob@news.example\nX-JobName: ", b"=?utf-8?q?=E6?= ", b"\n\nx"),
            (b"dFrom: bob@news.example\nX-NextLaunchTime: ", b"2026-01-06 ", b"\n\nx"),
        ),
        words=(*HEADERS, *WORDS, *_CONTROL, *_OURS, b"bob@news.example", b"\n\n"),
    ),
    Target(
        name="notice",
        read=engine.read_notice,
        judge=engine.judge_notice,
        longest=700,
        steps=50,
        grown=(
            (b"4.4.1\0x\0", b"X-Omi-Schedule: expire=2026-01-01T09:00:00Z\n", b"\nx"),
            (b"4.4.1\0", b"\r\nContent-Description: Undelivered Message", b"\0\n\nx"),
            (b"-", b"\r\nAction: failed\r\nStatus: 4.", b""),
        ),
        words=(
            *(b"\0", b"4.4.1", b"X-Omi-Schedule: ", b"expire=2026-01-01T09:00:00Z", b"launch="),
            *(b"\r\nContent-Description: Undelivered Message", b"\r\nAction: failed\r\nStatus: 4."),
            *(b"\n\n", b"The mail system\r\n", b"\n--b\n"),
        ),
    ),
    Target(
        name="customer-edit",
        read=editing.read_edited,
        judge=editing.judge_edited,
        raises=editing.RAISES,
        longest=700,
        steps=4000,
        first_steps=200_000,
        words=(
            *(b"[[account]]\n", b"login = ", b"senders = [", b"domains = [", b'"""', b"'''"),
            *(b"suspended = ", b"[limits]\n", b"[launch]\n", b"# ", b"limits.", b'["account"]'),
            *(
                b"[account.limits]\n",
                b"\r\n",
                b"{",
                b"}",
                b'"shop.example"',
                b"X-LinkOption = 64\n",
            ),
        ),
    ),
)
