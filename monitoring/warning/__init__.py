"""Whose risk rose most between two instants, why, and what to do: aggregates for the page, names for a list."""
