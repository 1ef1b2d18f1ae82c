"""The methods of the Bot API, one function each."""
