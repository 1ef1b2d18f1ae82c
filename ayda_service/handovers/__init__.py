"""What a member carries between Telegram and a browser that share no cookie."""
