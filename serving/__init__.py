"""The service: scores, decisions, ledger."""
