"""What runs on a relay to make, mark, carry and remove its DKIM keys, and what it reads."""

from collections.abc import Iterable

from omi_core.relay.dkim.keys import DIRECTORY, GROUP, MODE, KeyName


def to_make(keys: Iterable[KeyName]) -> str:
    """Return the standard input of MAKE."""
    # Never empty: pyinfra leaves an empty one open, and the host would wait for it for ever.
    return "".join(f"{key.stem} {key.algorithm} {_options(key)}\n" for key in keys) or "\n"


def to_mark(event: str, slots: Iterable[KeyName], seconds: int) -> str:
    """Return the standard input of MARK."""
    return "".join(f"{key.stem} {event} {seconds}\n" for key in slots)


def to_drop(keys: Iterable[KeyName]) -> str:
    """Return the standard input of DROP."""
    return "".join(f"{key.stem}\n" for key in keys)


def to_read(keys: Iterable[KeyName]) -> str:
    """Return the standard input of READ."""
    return "".join(f"{key.stem}.key\n{key.stem}.pub\n" for key in keys)


def _options(key: KeyName) -> str:
    return "-pkeyopt rsa_keygen_bits:2048" if key.algorithm == "RSA" else ""


_PREPARE = f"""set -eu
umask 077
mkdir -p -m 755 /etc/omi
mkdir -p {DIRECTORY}
cd {DIRECTORY}"""
# The signer reads the keys through its group and cannot change them.
_OWNER = f"root:{GROUP}"
_OWN = f"""chown {_OWNER} .
find . -maxdepth 1 '(' -name '*.key' -o -name '*.pub' ')' \\
    -exec chown {_OWNER} {{}} + -exec chmod {MODE} {{}} +
chmod 750 ."""
# Two operators at once come one after the other.
_ALONE = """exec 9< .
flock 9"""
# Names come on standard input: a command line has no room for thousands of them.
# A key that is there already is kept, whatever happened. The public line beside it holds the
# digest of the private file it belongs to.
MAKE = f"""{_PREPARE}
{_ALONE}
keys=$(sed 's/ *$//')
# An RSA key costs a tenth of a second: each core makes one at a time.
make='stem=$1
algorithm=$2
shift 2
test -f $stem.key || {{
    openssl genpkey -quiet -algorithm $algorithm "$@" -out $stem.key.new < /dev/null &&
        sync $stem.key.new &&
        mv $stem.key.new $stem.key
}}'
echo "$keys" | xargs -r -L 1 -P "$(nproc)" sh -c "$make" make
while read -r stem algorithm; do
    test -n "$stem" || continue
    digest=$(sha256sum < $stem.key)
    openssl pkey -in $stem.key -pubout -outform DER -out $stem.der < /dev/null
    echo "$stem ${{digest%% *}} $(base64 -w 0 $stem.der)" > $stem.pub.new
    mv $stem.pub.new $stem.pub
    rm $stem.der
done <<KEYS
$keys
KEYS
{_OWN}"""
# A tar archive in base64; its output is secret.
READ = f"""cd {DIRECTORY} || exit 1
names=$(cat)
for name in $names; do test -f $name || {{ echo "$name is missing" >&2; exit 1; }}; done
echo "$names" | tar -cf - -T - | base64"""
# What READ printed comes on standard input. The signer never meets a key that it cannot read.
RECEIVE = f"""{_PREPARE}
{_ALONE}
trap 'rm -rf .arriving' EXIT
rm -rf .arriving
mkdir .arriving
base64 -d | tar -x --no-same-owner -C .arriving
find .arriving -mindepth 1 ! -type f -exec rm -rf {{}} +
find .arriving -type f -exec chown {_OWNER} {{}} + -exec chmod {MODE} {{}} +
find .arriving -name '*.key' -exec mv -f -t . {{}} +
find .arriving -name '*.pub' -exec mv -f -t . {{}} +
{_OWN}"""
# What is remembered of a slot: read by the fact, one line a file.
MARK = f"""set -eu
cd {DIRECTORY}
while read -r stem event seconds; do
    echo "mark $stem $event $seconds" > $stem.$event.mark.new
    mv $stem.$event.mark.new $stem.$event.mark
done"""
# The key last: until it is gone, the next run does this again.
DROP = f"""set -eu
cd {DIRECTORY}
while read -r stem; do
    rm -f $stem.pub $stem.key $stem.*.mark
done"""
