"""What holds for all tests of the project."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes is the machine's affair: none fails for being slow.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
