"""What others must know of the queue on a relay: what it is asked with, and how often it looks."""

PROGRAM = "/usr/local/lib/omi-policy/queue.pyz"
SERVICE = "/etc/systemd/system/omi-queue.service"
TIMER = "/etc/systemd/system/omi-queue.timer"
EVERY_S = 15  # a mail leaves at most so long after its time
