"""Customer journeys: what customers went through before they stayed or left. It describes, and proves no effect."""
