"""Changes of the queues' tables, each called by one revision of each service and never changed afterwards."""
