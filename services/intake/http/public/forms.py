"""What browsers send, spelled in one way."""

from __future__ import annotations

from services.intake.forms import tidy

__all__ = ["tidy"]
