"""How answers look in a terminal: used by every command."""
