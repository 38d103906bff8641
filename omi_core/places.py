"""Where files lie that are not Python: at the top of a checkout, inside the package of a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent

# What another process of ours must find on PYTHONPATH.
ROOT = _PACKAGE.parent
IS_CHECKOUT = not (_PACKAGE / "templates").is_dir()
_FILES = ROOT if IS_CHECKOUT else _PACKAGE

TEMPLATES = _FILES / "templates"
DEPLOYS = _FILES / "deploys"
# What pyinfra is configured with; it looks into the working directory by itself.
CONFIG = (ROOT if IS_CHECKOUT else DEPLOYS) / "config.py"
