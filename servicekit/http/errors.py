"""What can go wrong when another service is asked.

DomainError
└── UpstreamError                   .service
    ├── UpstreamUnavailable             .retry_after_s .reason .problem   cannot be reached, 5xx, breaker open
    │   ├── UpstreamTimeout                 no answer in the time we give it
    │   └── UpstreamCrowded                 we have too many calls under way to it
    ├── UpstreamDeadline                our own caller's time is over
    ├── BadUpstreamResponse             .reason   too large, truncated, damaged, of another shape
    └── UpstreamRefused                 .status .problem .retry_after_s   any other unexpected status, from `expect`
"""

from __future__ import annotations

from kernel.contracts.problem import Problem
from kernel.errors import DomainError


class UpstreamError(DomainError):
    """Another service did not give the answer that was needed."""

    def __init__(self, service: str, sentence: str) -> None:
        super().__init__(sentence)
        self.service = service


class UpstreamUnavailable(UpstreamError):
    """The service cannot be reached, says that it cannot serve, or is being left alone after repeated failures."""

    def __init__(
        self,
        service: str,
        retry_after_s: float | None = None,
        *,
        reason: str = "",
        problem: Problem | None = None,
        sent: bool = True,
    ) -> None:
        """`sent`: something of the request may have reached the service."""
        super().__init__(service, f"The service {service} is not available at the moment; please try again later.")
        self.retry_after_s = retry_after_s
        self.reason = reason
        self.problem = problem
        self.sent = sent


class UpstreamTimeout(UpstreamUnavailable):
    """The service did not answer in the time it is given."""


class UpstreamCrowded(UpstreamUnavailable):
    """All our connections to the service are taken, which says nothing about it."""


class UpstreamDeadline(UpstreamError):
    """Our own caller's time ran out before the service answered."""

    def __init__(self, service: str, *, sent: bool = True) -> None:
        """`sent`: something of the request may have reached the service."""
        super().__init__(service, f"The time for this request ran out before {service} answered.")
        self.sent = sent


class BadUpstreamResponse(UpstreamError):
    """The service answered with something that cannot be understood: too large, truncated or of the wrong shape."""

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(service, f"The service {service} gave an answer that could not be understood ({reason}).")
        self.reason = reason


class UpstreamRefused(UpstreamError):
    """The service understood the request and refused it; `problem` is its explanation, if it gave one."""

    def __init__(
        self, service: str, status: int, problem: Problem | None = None, retry_after_s: float | None = None
    ) -> None:
        code = f" ({problem.code})" if problem is not None else ""
        super().__init__(service, f"The service {service} refused the request with status {status}{code}.")
        self.status = status
        self.problem = problem
        self.retry_after_s = retry_after_s
