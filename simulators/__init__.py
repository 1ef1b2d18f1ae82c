"""Stand-ins with a truth of their own: the judges in tests, the stage of the demo."""
