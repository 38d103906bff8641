"""Relays as a cloud image leaves them: root cannot log in, and `debian` may use sudo."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.site import Site
from tests.lab.relay_run import Control, shell

LOGIN = "debian"
PASSWORD = "Xyzzy4SudoPassword"
RULE = "/etc/sudoers.d/90-cloud-init-users"

MAKE = f"""
command -v sudo > /dev/null || {{
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends sudo < /dev/null > /dev/null 2>&1
}}
id {LOGIN} > /dev/null 2>&1 || useradd --create-home --shell /bin/bash {LOGIN}
install -d -o {LOGIN} -m 700 /home/{LOGIN}/.ssh
install -o {LOGIN} -m 600 /root/.ssh/authorized_keys /home/{LOGIN}/.ssh/authorized_keys
echo 'PermitRootLogin no' > /etc/ssh/sshd_config.d/00-cloud.conf
systemctl reload ssh
id looker > /dev/null 2>&1 || useradd --create-home --home-dir /var/lib/looker looker"""
UNMAKE = f"rm -f /etc/ssh/sshd_config.d/00-cloud.conf {RULE}; systemctl reload ssh"


def may_use_sudo(site: Site, relay: str, how: str = "NOPASSWD:ALL") -> None:
    """Let the login use sudo as `how` says; an empty one takes the right away."""
    rule = f"echo '{LOGIN} ALL=(ALL) {how}' > {RULE}" if how else f"rm -f {RULE}"
    shell(site, relay, f"umask 226; {rule}; echo '{LOGIN}:{PASSWORD}' | chpasswd")


@contextmanager
def cloud_image(site: Site, *relays: str) -> Iterator[None]:
    """Make the relays such until the end of the block."""
    try:
        for relay in relays:
            shell(site, relay, MAKE)
            may_use_sudo(site, relay)
        yield
    finally:
        for relay in relays:
            shell(site, relay, UNMAKE)


def logs_in(control: Control, sudo: str = "_sudo = True") -> None:
    """Write into a copied checkout what docs/sudo.md says."""
    control.edit("group_data/all.py", 'ssh_user = "root"', f'ssh_user = "{LOGIN}"\n{sudo}')


NOTE = """cat > /usr/local/bin/note-command <<'END'
#!/bin/sh
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >> "$HOME/commands"
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
END
chmod 755 /usr/local/bin/note-command
echo ForceCommand /usr/local/bin/note-command > /etc/ssh/sshd_config.d/note.conf
systemctl reload ssh"""


@contextmanager
def commands_logged(site: Site, relay: str) -> Iterator[Callable[[], str]]:
    """Let sshd note every command of the login, word for word, before it runs it."""
    shell(site, relay, NOTE)
    try:
        yield lambda: shell(site, relay, f"cat /home/{LOGIN}/commands")
    finally:
        shell(site, relay, "rm -f /etc/ssh/sshd_config.d/note.conf; systemctl reload ssh")


# The patterns do not match themselves, where they stand in a script or in grep's command line.
LOOK = r"""secret='PRIVATE KE[Y]-----|CRYPT[}][$]6|Xyzzy4Sud[o]'
while :; do
    find /tmp /var/tmp /dev/shm /run /etc /home /root /var/lib /var/log /var/spool \
        -xdev -type f -readable -size -1000k -newer /var/lib/looker/began \
        -exec grep -lasE "$secret" {} + 2> /dev/null
    grep -lasE "$secret" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2> /dev/null
    echo looked
done > /var/lib/looker/found"""


@dataclass(frozen=True)
class Looker:
    """An ordinary user of a relay who searches for readable secrets the whole time."""

    site: Site
    relay: str

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Search until the end of the block."""
        unit = "systemd-run --quiet --unit=looker --uid=looker --property=Nice=10"
        shell(
            self.site,
            self.relay,
            f"touch /var/lib/looker/began; cat > /var/lib/looker/look <<'END'\n{LOOK}\nEND\n"
            f"chmod 755 /var/lib/looker/look; {unit} sh /var/lib/looker/look",
        )
        try:
            yield
        finally:
            shell(self.site, self.relay, "systemctl stop looker")

    @property
    def found(self) -> list[str]:
        """The files and processes with a secret that it could read."""
        return [line for line in self._lines if line != "looked"]

    @property
    def looks(self) -> int:
        """How often it searched everything."""
        return self._lines.count("looked")

    @property
    def _lines(self) -> list[str]:
        return shell(self.site, self.relay, "cat /var/lib/looker/found").splitlines()
