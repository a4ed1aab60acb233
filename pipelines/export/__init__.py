"""The ledger's decisions in the formats that other tools read."""
