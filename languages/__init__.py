"""Every sentence a member can meet, in every language, and every figure in their units."""
