"""What the bot is told: updates in their line, fetched by it or brought to its webhook."""
