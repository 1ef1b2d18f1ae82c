"""Chats with the bot: how each is spoken to, and whether it can be reached."""
