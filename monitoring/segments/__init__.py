"""Every figure of retention by segment."""
