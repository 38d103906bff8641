"""What `--data` may say to deploys that write a backup or bring one back."""

from omi_core.engine.given.key import switch, text

FILE, RECIPIENTS, OVERWRITE = text("file"), text("recipients"), switch("overwrite")
BACKUP, IDENTITY = text("backup"), text("identity")
REPLACE, PARTIAL = switch("replace"), switch("partial")
