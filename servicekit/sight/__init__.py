"""What a service knows of its own state: figures, the alarms they lead to, and who is told."""
