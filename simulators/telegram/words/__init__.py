"""Texts as Telegram counts and marks them: entities in UTF-16 code units, and the HTML that bots may write."""
