# Puts back what components were before the activations that the last passed gate has not seen.
# Runs on the relay; needs $PASSED, which every passed gate touches. See component.sh for the
# directories: previous/ is what stood there before the latest activation.
set -eu
umask 077
cd /var/lib/omi/components
if ! test -e "$PASSED"; then
    echo "this relay has never been seen to be fine, so there is nothing to go back to" >&2
    exit 1
fi

exec 9> gate.lock
flock -w 60 9

restore() {
    if test -e "previous/tree$1" || test -L "previous/tree$1"; then
        rm -f "$1.omi-new" && cp -a "previous/tree$1" "$1.omi-new" && mv -fT "$1.omi-new" "$1"
    elif ! test -d "$1"; then
        rm -f "$1"
    fi
}

back=
for name in *; do
    # Written last by an activation; the other files carry the archive's time.
    test "$name/live/built" -nt "$PASSED" || continue
    test -f "$name/previous/complete" && test -d "$name/previous/live" || continue
    (
        cd "$name"
        # Nothing vouches for the files from here on: the next deploy begins this component again.
        rm -f live/fingerprint
        while read -r path; do restore "$path"; done < previous/paths
        for script in build check reload health manifest built; do
            ! test -f "previous/live/$script" || cp -a "previous/live/$script" live/
        done
    )
    back="$back $name"
done
# A unit among them is read again before anything is started by it.
test -z "$back" || systemctl daemon-reload
for name in $back; do
    (cd "$name" && sh previous/live/reload < /dev/null)
done
if test -z "$back"; then
    echo "no component changed since it was fine; look outside of the configuration" >&2
    exit 1
fi
echo "put back:$back"
