# Makes a staged and checked component live. Runs in /var/lib/omi/components/<name>:
#   stage/     what is to become live: tree/, manifest, fingerprint, build, check, reload, health
#   live/      what is: the last activation that ended well, with its fingerprint
#   previous/  the files as they were before the activation under way, to be put back
# Any step may be the last one before a kill. The fingerprint is written at the very end, so a run
# that finds none begins again; and `previous` is replaced only while a fingerprint vouches for
# the live files, so it never holds half of two configurations.
set -eu
umask 077
trap '' HUP PIPE  # the operator's terminal may vanish; what was begun is ended
exec 9> lock
flock 9

each() {
    while read -r kind mode owner group path; do "$1"; done
}

# Not `cp --parents`: coreutils 9.1 (Debian 12) fails with it where the destination is relative.
remember_file() {
    if ! test -f "$path"; then return; fi
    mkdir -p "previous/tree${path%/*}"
    cp -a "$path" "previous/tree$path"
}

remember() {
    if test -e previous/complete && ! test -e live/fingerprint; then return; fi
    rm -rf previous
    mkdir -p previous/tree
    cat stage/manifest live/manifest 2> /dev/null | each remember_file
    if test -d live; then cp -a live previous/live; fi
    touch previous/complete
}

# Room and owners are settled beside the targets: nothing live has changed if this fails.
place_file() {
    (umask 022 && mkdir -p "${path%/*}")
    cp "stage/tree$path" "$path.omi-new" &&
        chown "$owner:$group" "$path.omi-new" &&
        chmod "$mode" "$path.omi-new" &&
        sync "$path.omi-new" || exit 1
}

unplace_file() {
    rm -f "$path.omi-new"
}

make_live_file() {
    mv -f "$path.omi-new" "$path"
}

# A file of the last definition that this one has no more must not go on configuring the daemon.
drop_file() {
    grep -q " $path\$" stage/manifest || rm -f "$path"
}

make_live() {
    rm -f live/fingerprint
    each make_live_file < stage/manifest
    if test -f live/manifest; then each drop_file < live/manifest; fi
}

serves() {
    for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        if sh "$1/health" > health.out 2>&1; then return 0; fi
        sleep 0.3
    done
    cat health.out >&2
    return 1
}

put_back_file() {
    if test -f "previous/tree$path"; then
        cp -a "previous/tree$path" "$path.omi-new"
        mv -f "$path.omi-new" "$path"
    else
        rm -f "$path"
    fi
}

put_back() {
    cat stage/manifest previous/live/manifest 2> /dev/null | each put_back_file
    if ! test -d previous/live; then
        rm -rf live
        echo "there was no earlier configuration; the new files are gone again" >&2
        return
    fi
    sh previous/live/reload || true
    if serves previous/live; then
        rm -rf live
        cp -a previous/live live
        echo "the previous files are back, and it serves" >&2
    else
        echo "the previous files are back, but it does not serve with them either" >&2
    fi
}

digest_built() {
    test "$kind" != built || sha256sum "$path"
}

finish() {
    rm -rf live.new
    mkdir live.new
    cp stage/reload stage/health stage/manifest stage/fingerprint live.new
    each digest_built < stage/manifest > live.new/built
    rm -rf live
    mv live.new live
    rm -rf stage
}

remember
if ! (each place_file < stage/manifest); then
    each unplace_file < stage/manifest
    echo "the new files could not be placed beside the live ones; nothing live was touched" >&2
    exit 1
fi
make_live
if sh stage/reload && serves stage; then
    finish
else
    echo "the daemon does not serve with the new files" >&2
    put_back
    exit 1
fi
