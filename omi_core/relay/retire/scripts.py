"""What runs on a relay that leaves."""

# 421 is the only answer: a client tries another address or comes back. access(5)
_BUSY = "check_client_access static:{421 4.3.2 This relay is being retired; please connect again}"

# Who is in a session already finishes the mail under way or is told 451, since the milter is
# away: nothing is taken that nobody judged. Postfix itself goes on sending.
CLOSE = f"""set -eu
postfix status 2>/dev/null || exit 0
postconf -e smtpd_delay_reject=no 'smtpd_client_restrictions = {_BUSY}' \\
    'submission_client_restrictions = {_BUSY}'
postfix reload 2>/dev/null
sleep 2
systemctl stop omi-policy.socket omi-policy.service"""

FLUSH = "! postfix status 2>/dev/null || postqueue -f"

# Mails that are on their way now, and those that were put off.
WAITING = """cd /var/spool/postfix
echo "$(find incoming active maildrop -type f | wc -l) $(find deferred -type f | wc -l)" """

# No new attempt is made; one that is under way comes to its end.
QUIESCE = """set -eu
systemctl stop omi-queue.timer omi-queue.service 2>/dev/null || :
postfix status 2>/dev/null || exit 0
names=$(postconf -M | awk '$2 == "unix" && $8 == "smtp" { print $1 }' | paste -sd,)
postconf -e "defer_transports = $names"
postfix reload 2>/dev/null"""

SENDING = "pgrep -cx smtp || :"

STOP = """systemctl stop postfix.service 'postfix@*' 2>/dev/null || :
! postfix status 2>/dev/null || postfix stop 2>/dev/null || :
! postfix status 2>/dev/null"""

VERSION = "postconf -h mail_version"

PICK_UP = "postkick public qmgr I 2>/dev/null || :"

# Whatever was not for everybody to read: keys, hashes, passwords of next hops, mails; the copies of
# them that components keep. Overwritten where the disk does that, and gone.
ERASE = """systemctl disable --now postfix.service dovecot.service rspamd.service \\
    omi-policy.socket omi-policy.service omi-queue.timer omi-guessing.socket \\
    omi-guessing.service 2>/dev/null || :
systemctl stop 'postfix@*' omi-queue.service 2>/dev/null || :
gone() {
    xargs -r -d '\\n' -n 100 sh -c 'for file; do
        ! test -f "$file" || shred -u "$file" 2>/dev/null || rm -f "$file" || exit 255
    done' sh
}
cat /var/lib/omi/components/*/live/manifest /var/lib/omi/components/*/previous/manifest \\
    2>/dev/null | awk '$2 ~ /0$/ { print $5 }' | sort -u | gone
find /etc/omi/dkim /etc/omi/tls /var/lib/omi /var/spool/postfix/omi-handed-over \\
    -type f 2>/dev/null | gone
rm -rf /etc/omi/dkim /etc/omi/tls /var/lib/omi /var/spool/postfix/omi-handed-over
! test -e /etc/omi/dkim"""
