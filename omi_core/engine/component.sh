# Makes a staged and checked component live. Runs in /var/lib/omi/components/<name>:
#   stage.*/   what is to become live: tree/, manifest, fingerprint, build, check, reload, health
#              A stage that is `pushed` has new data, and all else as it is live.
#   live/      the definition that is live; its fingerprint vouches for the files on the host
#   previous/  the files as they were before the activation under way, to be put back
# Any step may be the last one before a kill. While an activation is under way there is no
# fingerprint, so that the next run begins again; `previous` then stays what it is, because the
# live files may be half of two configurations; and live/manifest names everything that may stand
# on the host because of either.
set -eu
umask 077
trap : HUP
stage=${0%/activate}
patience=15  # seconds in which a health question must be answered well; customers wait meanwhile
newline='
'

exec 9> lock
if ! flock -w 600 9; then
    echo "another activation of this component has not ended for ten minutes" >&2
    exit 1
fi

# The connection may vanish: nothing is written to it before the end, or a broken pipe would keep
# the previous files from coming back. Daemons get neither it nor the lock.
exec 3>&2 > activate.log 2>&1
trap 'cat activate.log >&3 || :' EXIT

vouched=
if test -f live/fingerprint; then vouched=$(cat live/fingerprint); fi

# Saying something must not fail where the disk is full.
say() {
    echo "$1" || :
}

each() {
    while read -r kind mode owner group path; do "$1" || return 1; done
}

collect() {
    collected="$collected$newline$path"
}

# Whether $path is a line of $1.
among() {
    case "$newline$1$newline" in *"$newline$path$newline"*) ;; *) return 1 ;; esac
}

is_directory() {
    test -d "$path" && ! test -L "$path"
}

refuse_directory() {
    ! is_directory || { say "$path is a directory, and a file is to stand there" && return 1; }
}

# A hard link where it can be one: the way back needs no room on a full disk.
replace() {
    if ! test -L "$1" && ! test -L "$2" && test "$1" -ef "$2"; then return 0; fi
    { ln -f "$1" "$2.omi-new" 2> /dev/null || cp -a --remove-destination "$1" "$2.omi-new"; } &&
        mv -fT "$2.omi-new" "$2"
}

remember_file() {
    if among "$remembered"; then return 0; fi
    if ! is_directory && { test -e "$path" || test -L "$path"; }; then
        test -d "previous/tree${path%/*}" || mkdir -p "previous/tree${path%/*}" || return 1
        cp -a --remove-destination "$path" "previous/tree$path" || return 1
    fi
    remembered="$remembered$newline$path"
    echo "$path" >> previous/paths
}

remember() {
    if test -f live/fingerprint || ! test -f previous/complete; then
        rm -rf previous &&
            mkdir -p previous/tree &&
            { ! test -d live || cp -a live previous/live; } || return 1
    fi
    remembered=
    if test -f previous/paths; then remembered=$(cat previous/paths) || return 1; fi
    each remember_file < "$stage/manifest" &&
        { ! test -f live/manifest || each remember_file < live/manifest; } &&
        touch previous/complete
}

unplace_file() {
    rm -f "$path.omi-new"
}

unplace() {
    if test -f placing; then each unplace_file < placing && rm -f placing; fi
}

# install(1) makes a new file, 0600 until it has its owner.
place_file() {
    test -d "${path%/*}" || (umask 022 && mkdir -p "${path%/*}") || return 1
    install -o "$owner" -g "$group" -m "$mode" "$stage/tree$path" "$path.omi-new" || return 1
    placed="$placed $path.omi-new"
}

# Room and owners are settled beside the targets: nothing live has changed if this fails. Postfix
# reads a main.cf younger than a second again until it is older, and then has lost what was set
# before the first reading, so files become live when they are old enough.
place() {
    placed=
    each refuse_directory < "$stage/manifest" &&
        cp "$stage/manifest" placing &&
        each place_file < placing &&
        { test -z "$placed" || { touch -d "10 seconds ago" $placed && sync $placed; }; }
}

make_live_file() {
    mv -fT "$path.omi-new" "$path"
}

restore_file() {
    if test -e "previous/tree$path" || test -L "previous/tree$path"; then
        replace "previous/tree$path" "$path"
    else
        is_directory || rm -f "$path"
    fi
}

# A file that this definition has no more must not go on configuring the daemon. One that only an
# interrupted activation put there gives way to what it replaced.
drop_file() {
    if among "$staged"; then return 0; fi
    if among "$owned"; then
        is_directory || rm -f "$path" "$path.omi-new"
    else
        unplace_file && restore_file
    fi
}

make_live() {
    both="$stage/manifest"
    if test -f live/manifest; then both="$both live/manifest"; fi
    collected=; each collect < "$stage/manifest"; staged=$collected
    collected=; if test -f previous/live/manifest; then each collect < previous/live/manifest; fi
    owned=$collected
    { test -d live || mkdir live; } &&
        rm -f live/fingerprint &&
        cat $both > live/manifest.new &&
        mv live/manifest.new live/manifest &&
        each make_live_file < "$stage/manifest" &&
        each drop_file < live/manifest
}

reload() {
    timeout 300 sh "$1/reload" < /dev/null 3>&- 9>&-
}

# Whether nothing but data differs from what the daemon has read: it reads those again by itself.
same_file() {
    case $kind in
        *data | built) ;;
        *) cmp -s "$stage/tree$path" "previous/tree$path" ;;
    esac
}

only_data() {
    test -n "$vouched" && test "$vouched" = "$(cat "$stage/fingerprint")" &&
        each same_file < "$stage/manifest"
}

taken_up() {
    if only_data && timeout 10 sh "$stage/health" < /dev/null > /dev/null 2>&1 3>&- 9>&-; then
        return 0
    fi
    reload "$stage" && serves "$stage"
}

serves() {
    deadline=$(($(date +%s) + patience))
    until said=$(timeout 10 sh "$1/health" < /dev/null 2>&1 3>&- 9>&-); do
        if test "$(date +%s)" -ge "$deadline"; then say "$said" && return 1; fi
        sleep 0.3
    done
}

put_back_files() {
    while read -r path; do restore_file || echo "$path"; done < previous/paths
    # What puts it back may be of a time that knew nothing of a unit that is gone again.
    ! grep -q "^/etc/systemd/system/" previous/paths || systemctl daemon-reload
}

put_back_definition() {
    mkdir -p live
    find previous/live -type f ! -name fingerprint -exec cp -l --remove-destination -t live {} +
}

put_back() {
    left=$(put_back_files)
    if test -n "$left"; then
        say "these could not be put back, $PWD/previous/tree holds them: $left"
        return
    fi
    if ! test -d previous/live; then
        rm -rf live
        say "there was no earlier configuration; the new files are gone again"
    elif reload previous/live && serves previous/live; then
        put_back_definition
        if test -f previous/live/fingerprint; then cp -lf previous/live/fingerprint live; fi
        say "the previous files are back, and it serves"
    else
        put_back_definition
        say "the previous files are back, but it does not serve with them either"
    fi
    rm -f previous/complete
}

digest_built() {
    case $kind in built*) sha256sum "$path" ;; esac
}

finish() {
    each digest_built < "$stage/manifest" > "$stage/built" &&
        mv -f "$stage/build" "$stage/check" "$stage/reload" "$stage/health" "$stage/manifest" live &&
        mv -f "$stage/built" live &&
        mv -f "$stage/fingerprint" live || return 1
    rm -rf "$stage" placing
}

unplace
if test -f "$stage/pushed" && test "$vouched" != "$(cat "$stage/fingerprint")"; then
    echo "another run has changed this component meanwhile; nothing live was touched, run again"
    exit 1
fi
if ! { remember && place; }; then
    unplace
    say "the new files could not be placed beside the live ones; nothing live was touched"
    exit 1
fi
if ! { make_live && taken_up; }; then
    say "the daemon does not serve with the new files"
    put_back
    unplace
    exit 1
fi
if ! finish; then
    say "the new files serve, but that could not be written down; the next run begins again"
    exit 1
fi
