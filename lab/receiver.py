"""The receiving MX: Postfix takes every mail for inbox.example, rspamd judges it, IMAP shows it.

rspamd only says what it thinks, in one Authentication-Results header (RFC 8601); it never
rejects, delays or rewrites. All mail lies in one Maildir; `lab/mailbox.py` tells recipients apart
by the Delivered-To header that Postfix writes.
"""

from pathlib import Path

from lab import keys, plan
from lab.seed import File
from lab.site import Site

DOMAIN = "inbox.example"
# A customer's domain whose mail comes here too: what he is told of his mails arrives.
CUSTOMER = "shop.example"
HOST = "mx.inbox.example"
MAIL = "/var/mail/lab"

_LUA = Path(__file__).with_name("receiver.lua")

_POSTFIX = f"""compatibility_level = 3.6
myhostname = {HOST}
mydestination =
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = all
inet_protocols = all
smtpd_banner = $myhostname ESMTP
biff = no
maillog_file =
message_size_limit = 104857600
# 0 is no limit; virtual(8) stops when it is below message_size_limit
virtual_mailbox_limit = 0
virtual_mailbox_domains = {DOMAIN}, {CUSTOMER}
virtual_mailbox_base = {MAIL}
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 8
virtual_uid_maps = static:8
virtual_gid_maps = static:8
alias_maps =
alias_database =
smtpd_recipient_restrictions = reject_unauth_destination,
    check_recipient_access texthash:/etc/postfix/recipients
smtpd_tls_security_level = may
smtpd_tls_chain_files = /etc/postfix/mx.pem
smtpd_forbid_bare_newline = normalize
smtpd_milters = inet:127.0.0.1:11332
milter_default_action = tempfail
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
"""

_RECIPIENTS = f"""defer@{DOMAIN} 451 4.3.0 this address always defers
refuse@{DOMAIN} 550 5.1.1 this address always refuses
"""

# Whoever reads the mail over the network: IMAP inside TLS (RFC 8314), one account.
_DOVECOT = f"""dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols = imap
listen = *, ::
ssl = required
ssl_server_cert_file = /etc/dovecot/mx.pem
ssl_server_key_file = /etc/dovecot/mx.pem
auth_mechanisms = plain
mail_driver = maildir
mail_path = {MAIL}/inbox
first_valid_uid = 8
passdb static {{
  password = {plan.READER.password}
}}
userdb static {{
  fields {{
    uid = 8
    gid = 8
    home = {MAIL}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
}}
"""

# A whole configuration of its own: nothing of the distribution's scoring, learning or look-ups.
_RSPAMD = """options {
    filters = "dkim";
    disable_monitoring = true;
    url_tld = "/etc/rspamd/suffixes";
    local_addrs = [127.0.0.0/8, "::1"];
    dns { timeout = 2s; retransmits = 3; }
}
logging { type = "syslog"; level = "info"; }
worker "rspamd_proxy" {
    bind_socket = "127.0.0.1:11332";
    milter = yes;
    timeout = 30s;
    count = 1;
    upstream "local" { default = yes; self_scan = yes; }
}
actions { reject = null; add_header = null; greylist = null; rewrite_subject = null; }
modules {
    path = "/usr/share/rspamd/plugins/spf.lua";
    path = "/usr/share/rspamd/plugins/dmarc.lua";
    path = "/usr/share/rspamd/plugins/milter_headers.lua";
    path = "/etc/rspamd/lab.lua";
}
lab { enabled = true; }
spf { spf_cache_size = 0; }
dkim { dkim_cache_size = 0; }
dmarc { }
milter_headers {
    use = ["authentication-results"];
    skip_local = false;
    skip_authenticated = false;
    routines { authentication-results { header = "Authentication-Results"; remove = 0; } }
}
"""

# Compiling the whole public suffix list would delay each boot by some 14 s.
_SUFFIXES = "com net org info io tw com.tw net.tw org.tw jp co.jp uk co.uk de eu example test"

_RSPAMD_UNIT = """[Service]
ExecStart=
ExecStart=/usr/bin/rspamd -c /etc/rspamd/lab.conf -f
ExecStartPost=/bin/sh -c 'until ss -Hltn sport = 11332 | grep -q .; do sleep 0.05; done'
"""


def files(site: Site) -> list[File]:
    """Return the configuration of both daemons."""
    key, certificate = keys.leaf(site, HOST)
    return [
        File(path="/etc/postfix/main.cf", content=_POSTFIX),
        File(path="/etc/postfix/recipients", content=_RECIPIENTS),
        File(path="/etc/postfix/mx.pem", content=key + certificate, mode=0o600),
        File(path="/etc/dovecot/mx.pem", content=key + certificate, mode=0o600),
        File(path="/etc/dovecot/dovecot.conf", content=_DOVECOT, mode=0o600),
        File(path="/etc/mailname", content=f"{HOST}\n"),
        File(path="/etc/rspamd/lab.conf", content=_RSPAMD),
        File(path="/etc/rspamd/lab.lua", content=_LUA.read_text()),
        File(path="/etc/rspamd/suffixes", content=_SUFFIXES.replace(" ", "\n") + "\n"),
        File(path="/etc/systemd/system/rspamd.service.d/lab.conf", content=_RSPAMD_UNIT),
        File(path="/etc/tmpfiles.d/lab.conf", content=f"d {MAIL} 0755 mail mail\n"),
    ]
