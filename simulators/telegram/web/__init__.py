"""The simulator over HTTP: the Bot API, what people do under /client, orders under /_sim, and the page at /."""
