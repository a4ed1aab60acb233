"""Whether decisions see the features that models learn from, and how old and how empty those are."""
