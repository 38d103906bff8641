"""Another port is one line: everything that looks at listeners follows."""

import pytest

from omi_core.relay.certificates.warning import METRICS, SCRIPT
from tests.lab.relay_client import ALICE, Door, Session
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

LAST = "    Listener(port=587, security=Security.STARTTLS),\n"
LINE = "    Listener(port=2525, security=Security.STARTTLS),\n"
CERTIFICATES = "deploys/certificates.py"


def test_another_listener_is_one_line(copied: Control) -> None:
    place = copied.site
    copied.edit("omi_core/smtp/listeners.py", LAST, LAST + LINE)
    deployed = copied.deploy()
    with Session(place, "smtp2", Door(port=2525, security="starttls")) as session:
        assert session.ready(ALICE).send(ALICE)[0].code == 250
    asked = shell(place, "smtp2", "cat /var/lib/omi/components/postfix/live/health")
    assert "greets 2525" in asked

    renewed = copied.run("-y", "--data", "force=true", what=CERTIFICATES)
    assert renewed.said.count(" 2525 serves ") == 4, renewed.said + deployed.said
    shell(place, "smtp2", SCRIPT)
    assert 'port="2525"' in shell(place, "smtp2", f"cat {METRICS}")
