"""A Falcon application that passes everything to the same core: it is there to replay source 001, and adds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .errors import ConfigError, RequestError
from .http_server import error_answer

if TYPE_CHECKING:
    from .wsgi import Core


def falcon_application(core: Core) -> Callable[..., Iterable[bytes]]:
    """Raises ConfigError where Falcon is not installed."""
    try:
        import falcon
    except ImportError:
        raise ConfigError('"gunicorn.falcon" is true, but falcon is not installed here') from None
    from .wsgi import head_of, request_of

    def everything(request: Any, response: Any) -> None:
        try:
            answer = core.routes.answer(request_of(request.env))
        except RequestError as error:
            answer = error_answer(error)
        status, headers = head_of(answer)
        response.status = status
        response.set_headers([pair for pair in headers if pair[0] != "Content-Length"])
        response.data = answer.body

    application = falcon.App()
    application.add_sink(everything, "/")
    return application
