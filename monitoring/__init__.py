"""Drift, performance on matured labels and decision mix, as a report."""
