#!/bin/sh
# Security updates of this relay, in its own part of the window. Written by Omi Relay; edits are undone.
# `update` makes them, restarts what runs on software that is gone, and reboots where that is needed.
# `rebooted` looks afterwards whether every daemon serves. `waiting` says what waits for a restart.
set -u
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
components=/var/lib/omi/components
rebooted={{ rebooted }}
updated={{ updated }}
patience=90  # seconds in which a daemon must serve after its restart

now() {
    cut -d. -f1 /proc/uptime
}

last=$(($(now) + {{ seconds }}))

note() { echo "<5>$1"; }
fail() { echo "<3>$1"; exit 1; }

# Nothing is begun that may not end before another relay's time.
in_time() {
    test "$(now)" -lt "$last" && return
    failed="the time of this relay is over; $1 waits for the next"
    return 1
}

{% if peers %}
# A relay that is away leaves all mail to the others: then they stay as they are.
greets() {
    timeout 15 bash -c 'exec 3<> "/dev/tcp/$0/587" && read -r line <&3 && [[ $line = "220 "* ]]' "$1" 2> /dev/null
}

others_serve() {
{% for name, addresses in peers %}
    {% for address in addresses %}greets {{ address }} || {% endfor %}fail "{{ name }} does not serve on port 587, so this relay is left as it is: it carries the load"
{% endfor %}
}
{% else %}
others_serve() { :; }
{% endif %}

# The question that a deploy asks of each component, until it is answered well or patience ends.
serves() {
    until=$(($(now) + $1))
    for health in "$components"/*/live/health; do
        test -e "$health" || continue
        until (cd "${health%/health}" && timeout 20 sh ./health) < /dev/null > /dev/null 2>&1; do
            if test "$(now)" -ge "$until"; then
                silent=${health%/live/health}
                silent=${silent##*/}
                return 1
            fi
            sleep 1
        done
    done
}

# What a deploy does where a daemon does not run.
revive() {
    (cd "$components/$silent" && flock -w 600 lock timeout 300 sh live/reload) < /dev/null > /dev/null 2>&1
}

proven() {
    serves "$patience" && return
    note "$silent does not serve after $1; it is told to, as by a deploy"
    revive
    serves "$patience" || fail "$silent does not serve after $1"
}

outdated() {
    needrestart -b -r l 2> /dev/null | sed -n 's/^NEEDRESTART-SVC: *//p'
}

# What the whole system hangs on is not restarted beneath it.
is_for_reboot() {
    case $1 in
        dbus.service | dbus-broker.service | systemd-logind.service | user@*.service) ;;
        *) return 1 ;;
    esac
}

wants_reboot() {
    test -e /run/reboot-required || needrestart -b -r l -k 2> /dev/null | grep -q '^NEEDRESTART-KSTA: *[23]'
}

# needrestart calls systemd itself so.
restart() {
    case $1 in
        systemd-manager) systemctl daemon-reexec ;;
        *) systemctl restart "$1" ;;
    esac
}

restart_outdated() {
    for unit in $(outdated); do
        case $unit in omi-updates.service) continue ;; esac
        if is_for_reboot "$unit"; then
            touch /run/reboot-required
            continue
        fi
        in_time "the restart of $unit" || return
        note "$unit runs on software that is gone; it is restarted"
        restart "$unit" || note "$unit could not be restarted"
    done
}

update() {
    exec 9> /run/omi-updates.lock
    flock -n 9 || exit 0
    others_serve
    serves 30 || fail "$silent does not serve, so nothing is updated; a deploy says why"
    apt-get -q -o DPkg::Lock::Timeout=300 update < /dev/null 9>&- || fail "the package lists cannot be fetched"
    failed=
    unattended-upgrade < /dev/null 9>&- || failed="unattended-upgrade failed; /var/log/unattended-upgrades has its words"
    restart_outdated
    proven "the update"
    test -n "$failed" || reboot_where_needed
    test -z "$failed" || fail "$failed"
    touch "$updated"
}

reboot_where_needed() {
    wants_reboot || return 0
{% if reboot %}
    in_time "the reboot" || return
    others_serve
    note "an update needs a reboot"
    touch "$rebooted" "$updated"
    systemctl reboot
{% else %}
    note "an update needs a reboot, which the inventory leaves to you"
{% endif %}
}

waiting() {
    found=0
    for unit in $(outdated); do echo "$unit runs on software that is gone" && found=1; done
    if wants_reboot; then echo "an update needs a reboot" && found=1; fi
    if systemctl is-failed -q omi-updates.service omi-updated.service; then
        echo "the last update failed; journalctl -u omi-updates -u omi-updated" && found=1
    fi
    if test -e "$updated" && test -n "$(find "$updated" -mtime +{{ oldest_days }})"; then
        echo "no update has come to its end for {{ oldest_days }} days" && found=1
    fi
    return $found
}

case ${1-} in
    update) update ;;
    rebooted)
        rm -f "$rebooted"
        proven "the reboot"
        note "every daemon serves after the reboot"
        ;;
    waiting) waiting ;;
    *) fail "usage: updates update|rebooted|waiting" ;;
esac
