"""What the bot says: kept with what it is about, sent in order, once."""
