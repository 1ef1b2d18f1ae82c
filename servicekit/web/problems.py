"""Every error of the HTTP interface as an RFC 9457 problem, decided in one table per service."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import ClientException, HTTPException, SerializationException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ExceptionHandlersMap, HTTPResponseBodyEvent, HTTPResponseStartEvent

from kernel.contracts.problem import PROBLEM_MEDIA_TYPE, FieldError, Problem
from languages.catalog import language_wanted
from languages.voice import Voice
from servicekit.base.correlation import ACCEPTED_LANGUAGES, request_id
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.http.errors import BadUpstreamResponse, UpstreamDeadline, UpstreamRefused, UpstreamUnavailable
from servicekit.web.api_keys import InternalApiNotConfigured, InvalidApiKey
from servicekit.web.validation import field_errors

_RETRY_AFTER_S: Final = 5.0
_OUTAGE_RETRY_AFTER_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class ProblemRule:
    """How an error is answered: the sentence is the error's own unless `detail` replaces it."""

    status: int
    code: str
    title: str | None = None
    retry_after_s: float | None = None
    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_at: datetime | None = None


ProblemTable = Mapping[type[Exception], ProblemRule | Callable[[Any], ProblemRule]]

_BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_request", "The request could not be understood."),
    401: ("not_authenticated", "This address needs you to identify yourself."),
    403: ("not_allowed", "You are not allowed to do this."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not accept this method; see the Allow header."),
    415: ("unsupported_media_type", "The request body is of a type that is not accepted here."),
    429: ("too_many_requests", "There were too many requests; please wait before the next one."),
    503: ("unavailable", "The service is not available at the moment; please try again later."),
}
INTERNAL_ERROR: Final = ProblemRule(
    500, "internal_error", detail="Something went wrong on our side; the request id helps us to find out what."
)
_MALFORMED: Final = ProblemRule(
    400, "malformed_body", detail="The request body could not be read as what it says it is."
)
_GONE: Final = ProblemRule(400, "client_disconnected", detail="The request ended before its body was complete.")


def _outage(error: UpstreamUnavailable) -> ProblemRule:
    return ProblemRule(503, "upstream_unavailable", retry_after_s=error.retry_after_s or _RETRY_AFTER_S)


def _database_away(error: DatabaseUnavailable) -> ProblemRule:
    return ProblemRule(503, "database_unavailable", retry_after_s=error.retry_after_s)


DEFAULT_TABLE: Final[ProblemTable] = {
    DatabaseUnavailable: _database_away,
    InternalApiNotConfigured: ProblemRule(503, "internal_api_not_configured", retry_after_s=_OUTAGE_RETRY_AFTER_S),
    InvalidApiKey: ProblemRule(401, "invalid_api_key"),
    UpstreamUnavailable: _outage,
    UpstreamDeadline: ProblemRule(504, "deadline_exceeded"),
    BadUpstreamResponse: ProblemRule(502, "bad_upstream_response"),
    UpstreamRefused: ProblemRule(502, "upstream_refused"),
}


def problem_handlers(table: ProblemTable) -> ExceptionHandlersMap:
    """Exception handlers for `Litestar(...)`: the table over the defaults, the rest as HTTP errors or as crashes."""
    handlers: dict[type[Exception] | int, Any] = {
        kind: _handler(rule) for kind, rule in {**DEFAULT_TABLE, **table}.items()
    }
    return handlers | {HTTPException: _answer_http, Exception: _answer_crash}


def rule_of(error: Exception, table: ProblemTable) -> ProblemRule | None:
    """The rule for this error in the table or the defaults, for who answers it in a way of their own; None: a crash."""
    known = {**DEFAULT_TABLE, **table}
    found = next((known[kind] for kind in type(error).__mro__ if kind in known), None)
    return found(error) if callable(found) else found


def problem_response(rule: ProblemRule, sentence: str = "") -> Response[bytes]:
    """The response of a rule; `sentence` is its detail unless the rule has its own."""
    content, headers = render_problem(rule, sentence)
    media_type = headers.pop("content-type")
    return Response(content, status_code=rule.status, headers=headers, media_type=media_type)


def render_problem(rule: ProblemRule, sentence: str = "") -> tuple[bytes, dict[str, str]]:
    """Body and headers of a problem of the present request, for answers given outside of Litestar too.

    The sentence is in the language that its header asks for, where there is one of it.
    """
    detail = rule.detail or sentence or HTTPStatus(rule.status).phrase
    problem = Problem(
        title=rule.title or HTTPStatus(rule.status).phrase,
        status=rule.status,
        detail=_spoken(rule.code, detail, rule.errors),
        code=rule.code,
        request_id=request_id() or "",
        errors=list(rule.errors),
        retry_at=rule.retry_at,
    )
    headers = {**rule.headers, "content-type": PROBLEM_MEDIA_TYPE}
    if rule.retry_after_s is not None:
        headers["retry-after"] = str(max(1, math.ceil(rule.retry_after_s)))
    # `type` and `errors` always present
    members = {name: getattr(problem, name) for name in ("type", *Problem.__struct_fields__)}
    if problem.retry_at is None:
        del members["retry_at"]
    return msgspec.json.encode(members), headers


def _spoken(code: str, detail: str, errors: Sequence[FieldError]) -> str:
    """The sentence in the language that the present request is made in."""
    voice = Voice(language_wanted(None, ACCEPTED_LANGUAGES.get()))
    return voice.problem(code, detail, [error.field for error in errors])


def spoken_problem(problem: Problem) -> Problem:
    """The problem of another service, its sentence in the language that the present request is made in."""
    return msgspec.structs.replace(problem, detail=_spoken(problem.code, problem.detail, problem.errors))


def bare_answer(
    status: int, body: bytes, headers: Mapping[str, str]
) -> tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent]:
    """The messages of an answer given outside of Litestar."""
    fields = {**headers, "content-length": str(len(body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    return (
        {"type": "http.response.start", "status": status, "headers": raw},
        {"type": "http.response.body", "body": body, "more_body": False},
    )


def _handler(
    rule: ProblemRule | Callable[[Any], ProblemRule],
) -> Callable[[Request[Any, Any, Any], Exception], Response[bytes]]:
    def answer(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        decided = rule(error) if callable(rule) else rule
        # of its troubles the database has written one line for all whom they meet
        if decided.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, DatabaseUnavailable):
            structlog.get_logger(__name__).warning("request_failed", problem=decided.code, reason=str(error))
        return problem_response(decided, str(error))

    return answer


def _answer_crash(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    if _raised_by_the_body(error):
        return problem_response(_MALFORMED)
    structlog.get_logger(__name__).error("request_crashed", exc_info=error)
    return problem_response(INTERNAL_ERROR)


def _raised_by_the_body(error: Exception) -> bool:
    """Whether reading JSON raised this: Litestar itself knows bytes that are no UTF-8 and absurd nesting as crashes."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    reader = trace is not None and trace.tb_frame.f_code.co_name == "decode_json"
    return reader and isinstance(error, SerializationException | UnicodeDecodeError | RecursionError)


def _answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if isinstance(error, ValidationException):
        return problem_response(_validation(error))
    if isinstance(error, RequestEntityTooLarge):
        return problem_response(_too_large(request))
    if type(error) is ClientException and error.status_code == HTTPStatus.BAD_REQUEST:
        return problem_response(_MALFORMED)
    if error.detail == "client disconnected prematurely":
        return problem_response(_GONE)
    if error.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _answer_crash(request, error)
    return problem_response(_by_status(error), error.detail)


def _by_status(error: HTTPException) -> ProblemRule:
    code, sentence = _BY_STATUS.get(error.status_code, ("http_error", ""))
    own_words = error.detail and error.detail != HTTPStatus(error.status_code).phrase
    return ProblemRule(
        error.status_code,
        code,
        detail=None if own_words else sentence or None,
        headers={name.lower(): value for name, value in (error.headers or {}).items()},
        retry_after_s=_RETRY_AFTER_S if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE else None,
    )


def _validation(error: ValidationException) -> ProblemRule:
    errors = field_errors(error)
    named = ", ".join(dict.fromkeys(each.field for each in errors))
    return ProblemRule(
        422,
        "validation_failed",
        detail=f"The request was not accepted; please check: {named}." if named else "The request was not accepted.",
        errors=errors,
    )


def _too_large(request: Request[Any, Any, Any]) -> ProblemRule:
    limit = request.route_handler.resolve_request_max_body_size()
    sentence = f"The request body is larger than the {limit} bytes that are accepted here."
    return ProblemRule(413, "body_too_large", detail=sentence)
