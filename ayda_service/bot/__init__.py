"""The bot: what it says to what people write, send and press."""
