"""How right predictions for a member were, and the news of it."""
