"""What is told of a model's failure: one sentence of ours per kind.

Its one law: no text of the library, the provider or the network is shown, because any of them may
quote a key, a header or a prompt.  The provider's own error word is, when it is only a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from pydantic_ai import exceptions as lib

from cellspeak.errors import (
    AuthenticationError,
    CellspeakError,
    ConnectError,
    NotFoundError,
    RateLimitError,
    RequestTimeoutError,
    TurnFailedError,
    ValidationError,
)

__all__ = ["told"]


@contextmanager
def told(model: str, files: str = "") -> Iterator[None]:
    """Raise what the library raises inside as an error of ours.

    Args:
        model: how it is called.
        files: which kinds of files were sent, in words.
    """
    try:
        yield
    except CellspeakError:
        raise
    except Exception as error:  # noqa: BLE001 - any of them may carry a secret
        ours = _sentence(error, model)
        if files and type(ours) is ValidationError and isinstance(error, lib.ModelAPIError):
            ours = ValidationError(f"{ours}; perhaps it takes no {files}")
        # Without its cause: that is what the log of the engine would print.
        raise ours from None


def _sentence(error: Exception, model: str) -> CellspeakError:
    for kind, make in _SENTENCES:
        if isinstance(error, kind):
            return make(error, model)
    return TurnFailedError(f"the model {model} failed ({type(error).__name__}); ask again")


def _refused_key(error: Exception, model: str) -> CellspeakError:
    return AuthenticationError(
        f"the provider refused the key for {model}{_facts(error)}; check that it is whole, and "
        "that its account may use this model"
    )


def _too_fast(error: Exception, model: str) -> CellspeakError:
    seconds = getattr(error, "retry_after", None)
    wait = f"wait {seconds:.0f} s" if isinstance(seconds, int | float) else "wait a little"
    return RateLimitError(
        f"the provider of {model} takes no more requests now{_facts(error)}; {wait} and ask again"
    )


def _spent(error: Exception, model: str) -> CellspeakError:
    return RateLimitError(
        f"the account for {model} has used up its quota or credit{_facts(error)}; "
        "top it up, or take another model"
    )


def _too_long(error: Exception, model: str) -> CellspeakError:
    return ValidationError(
        f"this conversation is longer than {model} can read{_facts(error)}; "
        "start a new session, or take a model with a larger context"
    )


def _unknown(error: Exception, model: str) -> CellspeakError:
    return NotFoundError(
        f"the provider knows no {model}{_facts(error)}; check the model's name, and base_url if "
        "you gave one"
    )


def _too_late(_error: Exception, model: str) -> CellspeakError:
    return RequestTimeoutError(
        f"{model} did not answer in time; ask again, or give it longer with LLMInfo(timeout=…)"
    )


def _unreachable(error: Exception, model: str) -> CellspeakError:
    if getattr(error, "phase", None) == "read" or getattr(error, "in_stream", False):
        return ConnectError(f"the connection to {model} broke off in its answer; ask again")
    return ConnectError(
        f"{model} cannot be reached; check the network, and base_url if you gave one"
    )


def _trouble(error: Exception, model: str) -> CellspeakError:
    return ConnectError(f"the provider of {model} has trouble{_facts(error)}; ask again in a while")


def _rejected(error: Exception, model: str) -> CellspeakError:
    return ValidationError(
        f"the provider of {model} did not accept the request{_facts(error)}; "
        "look at the model's settings, tools and files"
    )


def _filtered(_error: Exception, model: str) -> CellspeakError:
    return TurnFailedError(f"the content filter of {model} stopped the answer; ask differently")


def _cut(_error: Exception, model: str) -> CellspeakError:
    return TurnFailedError(
        f"{model} reached its limit of output tokens in the middle of a call; "
        "ask for less at once, or raise max_tokens"
    )


def _too_often(_error: Exception, model: str) -> CellspeakError:
    return TurnFailedError(
        f"{model} went on calling tools without an end and was stopped; ask for less at once"
    )


def _unusable(_error: Exception, model: str) -> CellspeakError:
    return TurnFailedError(f"{model} gave an answer that cannot be used; ask again")


def _setup(_error: Exception, model: str) -> CellspeakError:
    return ValidationError(
        f"{model} cannot be used with these settings and tools; check LLMInfo(settings=…), and "
        "that each tool's arguments have types that JSON can carry"
    )


_Sentence: TypeAlias = Callable[[Exception, str], CellspeakError]
# The first that fits counts: special ones come before what they derive from.
_SENTENCES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], _Sentence], ...] = (
    (lib.ModelAuthenticationError, _refused_key),
    (lib.ModelRateLimitError, _too_fast),
    (lib.ModelQuotaExceededError, _spent),
    (lib.ModelContextWindowExceededError, _too_long),
    (lib.ModelNotFoundError, _unknown),
    ((lib.ModelTimeoutError, lib.ModelRequestTimeout, TimeoutError), _too_late),
    (lib.ModelConnectionError, _unreachable),
    ((lib.ModelServerError, lib.ModelUnavailableError), _trouble),
    (lib.ModelAPIError, _rejected),
    (lib.ContentFilterError, _filtered),
    (lib.OutputTokenLimitExceeded, _cut),
    (lib.UsageLimitExceeded, _too_often),
    (lib.UnexpectedModelBehavior, _unusable),
    (lib.UserError, _setup),
)


def _facts(error: Exception) -> str:
    """Return the status and the provider's word for the error, such as ` (HTTP 429, slow_down)`."""
    status = getattr(error, "status_code", None)
    code = getattr(error, "provider_error_code", None)
    facts = [f"HTTP {status}"] if isinstance(status, int) else []
    if isinstance(code, str) and re.fullmatch(r"[a-zA-Z][a-zA-Z_]{2,39}", code):
        facts.append(code)
    return f" ({', '.join(facts)})" if facts else ""
