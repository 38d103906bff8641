"""A queue of files, and programs in Postfix's place that print and move them.

They stand at the edge alone: what they do to a file is what Postfix's documentation says of them.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from omi_core.queue import spool
from omi_core.queue.schedule import HEADER
from omi_core.queue.spool import Queue, Spool

# A file is what postcat prints of it.
POSTCAT = """#!/bin/sh
shift
for file; do test -e "$file" || exit 1; cat "$file"; done
"""
POSTSUPER = """#!/bin/sh
cd {directory}
echo "$*" >> calls
test ! -e broken || { echo "postsuper: fatal: no" >&2; exit 1; }
action=$1
while read -r id; do
    file=$(find incoming active deferred hold -name "$id")
    test -n "$file" || continue
    case $action in
        -H) test ! -e hold/$id || mv hold/$id deferred/$id ;;
        -h) test -e hold/$id || mv $file hold/$id ;;
        -f) chmod g+x $file; test ! -e hold/$id || mv hold/$id deferred/$id ;;
        -d) rm $file ;;
    esac
done
"""
POSTQUEUE = """#!/bin/sh
cat {directory}/told
"""
NOTHING = "#!/bin/sh\n"


@dataclass
class Postfix:
    directory: Path
    number: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def spool(self) -> Spool:
        return Spool(directory=self.directory)

    def put(
        self,
        queue: Queue = Queue.HOLD,
        *,
        times: str = "",
        login: str = "shop-alice",
        sender: str = "alice@shop.example",
        recipient: str = "inbox@inbox.example",
    ) -> str:
        """Put a mail into a queue; its id."""
        self.number += 1
        id_ = f"4jc4l56r39z{self.number:04}"
        path = self.directory / queue / id_
        header = f"{HEADER}: {times}\n" if times else ""
        path.write_text(
            f"*** ENVELOPE RECORDS {path} ***\n"
            "message_size: 646 760 1 0 646 0\n"
            f"message_arrival_time: Sat Nov 28 09:{self.number:02}:25 2026\n"
            f"named_attribute: sasl_username={login}\nsender: {sender}\nrecipient: {recipient}\n"
            f"*** MESSAGE CONTENTS {path} ***\nSubject: x\n{header}"
            f"*** HEADER EXTRACTED {path} ***\n*** MESSAGE FILE END {path} ***\n"
        )
        path.chmod(0o700)
        return id_

    def where(self, id_: str) -> str:
        """The queue that a mail is in; "" where it is in none."""
        return next((q.value for q in Queue if (self.directory / q / id_).exists()), "")

    def is_given_up(self, id_: str) -> bool:
        mode = (self.directory / self.where(id_) / id_).stat().st_mode
        return bool(mode & stat.S_IXGRP)

    def move(self, id_: str, queue: Queue) -> None:
        """What qmgr, or an operator by hand, does."""
        (self.directory / self.where(id_) / id_).rename(self.directory / queue / id_)

    def break_postsuper(self, *, is_broken: bool = True) -> None:
        mark = self.directory / "broken"
        mark.touch() if is_broken else mark.unlink()


@pytest.fixture
def postfix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Postfix:
    directory, programs = tmp_path / "spool", tmp_path / "bin"
    programs.mkdir()
    for queue in Queue:
        (directory / queue).mkdir(parents=True)
    (directory / "told").touch()
    scripts = {
        "postcat": POSTCAT,
        "postsuper": POSTSUPER,
        "postqueue": POSTQUEUE,
        "postkick": NOTHING,
    }
    for name, script in scripts.items():
        program = programs / name
        program.write_text(script.replace("{directory}", str(directory)))
        program.chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(spool, "_ENVIRONMENT", {"LC_ALL": "C", "TZ": "UTC", "PATH": path})
    return Postfix(directory)
