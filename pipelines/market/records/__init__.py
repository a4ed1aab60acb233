"""The market's company's records: the canonical tables, made of what happened, with what a feed loses on the way."""
