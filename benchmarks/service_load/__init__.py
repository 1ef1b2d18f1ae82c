"""What a request costs the services in CPU, beside what the framework alone costs: servers apart from their load."""
