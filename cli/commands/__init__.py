"""One module per command of `ayda`, imported only when that command runs."""
