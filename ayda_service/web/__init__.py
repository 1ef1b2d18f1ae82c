"""The page: one for guests in any browser and, inside Telegram, for members."""
