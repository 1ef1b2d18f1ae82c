"""Who a request comes from: Telegram says so, and we check."""
