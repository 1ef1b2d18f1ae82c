"""What Telegram tells the bot: kept once, worked on in order, answered once."""
