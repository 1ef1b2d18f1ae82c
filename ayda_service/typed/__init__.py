"""What people type into the fields of the page, read by the one grammar that the chat has too."""
