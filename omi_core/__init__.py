"""Everything that thinks: codec, DNS, certificates, checks and the components of a relay."""

from omi_core import moved

moved.answer()
