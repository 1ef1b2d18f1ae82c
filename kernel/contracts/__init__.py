"""Wire types of every message that crosses a service boundary.

Requests refuse unknown fields, responses tolerate them, so that a provider may add a field without breaking a consumer.
"""
