# Makes something live on trial. Runs in /run/omi-trial with a name and a token; `NAME.TOKEN/` holds
# keep, apply and back, and whatever they need. /run is empty after a reboot, and so is what is on
# trial: what loads at boot is what was there before.
set -eu
umask 022
name=$1
token=$2

exec 9> "$name.lock"
flock -w 60 9
# That of another run, or of one that died: what it had made live must not be what is kept.
if test -d "$name"; then (cd "$name" && sh ./back); fi
systemctl stop "omi-trial-$name.timer" 2> /dev/null || :
rm -rf "$name"
mv "$name.$token" "$name"
echo "$token" > "$name/token"
cat > "$name/end" << 'END'
# The minute is over, and nobody has logged in anew.
set -eu
cd "${0%/*}/.."
exec 9> "$1.lock"
flock 9
test "$(cat "$1/token" 2> /dev/null)" = "$2" || exit 0
(cd "$1" && sh ./back)
rm -rf "$1"
echo "nobody has logged in with what was on trial: what was before is back"
END

(cd "$name" && sh ./keep)
# The way back is armed before there is anything to come back from.
systemd-run --quiet --collect --unit="omi-trial-$name" \
    --on-active="${PATIENCE}s" --timer-property=AccuracySec=100ms \
    /bin/sh "$PWD/$name/end" "$name" "$token"
if ! (cd "$name" && sh ./apply < /dev/null 9>&-); then
    (cd "$name" && sh ./back)
    systemctl stop "omi-trial-$name.timer" || :
    rm -rf "$name"
    echo "it could not be tried; what was before is back" >&2
    exit 1
fi
