"""One file per feature view: pure Ibis expressions from canonical tables to feature tables."""
