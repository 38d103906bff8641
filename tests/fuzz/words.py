"""What fuzzers put together where octets alone would never get past the first line."""

HEADERS = (b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: <", b"\r\n ", b"\n\t")
WORDS = (b"=?utf-8?b?", b"=?big5?q?", b"?=", b"\xe4\xb8\xad")
JSON = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"\\u0000", b"\\ud800", b"1e9")
