"""A process that was asked to stop, and serves on for a moment: who sends it work can look elsewhere meanwhile."""

from __future__ import annotations

from litestar.types import Message, Send


class Notice:
    """Whether nobody new should come: `/health/ready` says so, and each answer is the last one of its connection."""

    __slots__ = ("given",)

    def __init__(self) -> None:
        self.given = False

    def give(self) -> None:
        """From now on; there is no way back."""
        self.given = True

    def parting(self, send: Send) -> Send:
        """What is sent, with the end of its connection once notice is given.

        A connection that is kept would be closed by the end of the process, perhaps just as it is used again.
        """

        async def sending(message: Message) -> None:
            if self.given and message["type"] == "http.response.start":
                fields = [each for each in message["headers"] if each[0].lower() != b"connection"]
                message["headers"] = [*fields, (b"connection", b"close")]
            await send(message)

        return sending
