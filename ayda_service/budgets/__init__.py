"""How much a member may keep here, and ask for in a day."""
