"""What Tenure reaches: figures measured on public data and against raw floors, kept in results.json."""
