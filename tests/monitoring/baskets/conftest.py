"""The records of the retention tests."""

from __future__ import annotations

from tests.monitoring.retention.conftest import records

__all__ = ["records"]
