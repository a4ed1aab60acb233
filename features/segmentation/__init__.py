"""Segments of customers by what they do: measured once, then the same for records, service and report."""
