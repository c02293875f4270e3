"""Which model, and whose: `LLMInfo`, its short form `"openai:gpt-5-mini"`, and what it needs.

Its one law: a key is read when it is used, and stands in no text that this module makes.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from cellspeak.errors import AuthenticationError, ValidationError

__all__ = ["LOCAL", "LLMInfo", "key_of", "parse_model", "require_extra", "suggested", "survey"]

LOCAL = "local"
"""The provider of models in files of this machine."""


@dataclass(frozen=True, slots=True)
class _Provider:
    sdks: tuple[str, ...]
    keys: tuple[str, ...]
    model: str = ""
    """The one to begin with: of middle size, and called as its maker calls it."""


_PROVIDERS: Mapping[str, _Provider] = MappingProxyType(
    {
        "openai": _Provider(("openai",), ("OPENAI_API_KEY",), "gpt-5-mini"),
        "anthropic": _Provider(("anthropic",), ("ANTHROPIC_API_KEY",), "claude-sonnet-4-5"),
        "google": _Provider(
            ("google.genai",), ("GOOGLE_API_KEY", "GEMINI_API_KEY"), "gemini-2.5-flash"
        ),
        LOCAL: _Provider(("xllamacpp", "openai"), ()),
    }
)
_RESPONSES = "openai-responses"
"""The provider's name in a text for OpenAI's newer API, as the library calls it."""
_NO_KEY = "none"
"""What is sent to a server of one's own that wants no key: the clients insist on some text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMInfo:
    """A model by its parts; `provider="scripted", model_id="demo"` is the demo.

    Raises:
        ValidationError: if a part is missing or cannot be used.
    """

    provider: str
    """`openai` (also for every server that speaks its API), `anthropic`, `google`, or `local`."""
    model_id: str
    """What its provider calls it; for `local` the path of a GGUF file."""
    api: Literal["chat", "responses"] = "chat"
    """Which of OpenAI's two: chat completions, as others speak it too, or responses."""
    base_url: str | None = None
    """Where the model is served, such as `http://localhost:11434/v1`; None: its provider."""
    api_key: str | None = field(default=None, repr=False)
    """The key, or `"${NAME}"` for what that environment variable has when the model is asked.

    None: the provider's own variable, but never for a *base_url* of your own.
    """
    timeout: float = 120.0
    """Seconds to wait for the next piece of an answer, > 0."""
    patience: float = 60.0
    """Seconds to wait in all until a busy provider takes an answer's request, ≥ 0; 0: none."""
    context_window: int | None = None
    """Tokens that the model can take at once; None: as known of it, 4096 for `local`."""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What else the model shall be told, such as `{"temperature": 0, "max_tokens": 500}`."""

    def __post_init__(self) -> None:
        if not self.provider.strip() or not self.model_id.strip():
            raise ValidationError("expected an LLMInfo with a provider and a model_id")
        if not self.timeout > 0:
            raise ValidationError(f"expected a timeout above 0 seconds; got {self.timeout!r:.40}")
        if self.context_window is not None and not self.context_window > 0:
            raise ValidationError(
                f"expected a context_window above 0 tokens; got {self.context_window!r:.40}"
            )
        if not self.patience >= 0:
            raise ValidationError(f"expected a patience of 0 seconds or more; got {self.patience}")
        if self.api not in ("chat", "responses") or (
            self.api != "chat" and self.provider != "openai"
        ):
            raise ValidationError(
                "expected api='chat', or 'responses' with the provider openai; "
                f"got {self.api!r:.80}"
            )
        if self.base_url is not None:
            _require_plain_address(self.base_url)

    def __str__(self) -> str:
        provider = _RESPONSES if self.api == "responses" else self.provider
        return f"{provider}:{self.model_id}"


def parse_model(text: str) -> LLMInfo:
    """Return the model that a text such as `"openai:gpt-5-mini"` names.

    Raises:
        ValidationError: if it has no such form.
    """
    provider, found, model_id = text.partition(":")
    if not found or not provider.strip() or not model_id.strip():
        raise ValidationError(_expected(text))
    if provider.strip() == _RESPONSES:
        return LLMInfo(provider="openai", api="responses", model_id=model_id.strip())
    return LLMInfo(provider=provider.strip(), model_id=model_id.strip())


def require_extra(info: LLMInfo) -> None:
    """Raise ValidationError unless the provider is known and what it needs is installed."""
    provider = _PROVIDERS.get(info.provider)
    if provider is None:
        raise ValidationError(_expected(str(info)))
    if not _is_installed("pydantic_ai", *provider.sdks):
        raise ValidationError(
            f"the model {str(info)!r:.80} needs packages that are not installed; "
            f"run: pip install 'cellspeak[{info.provider}]'"
        )


def key_of(info: LLMInfo) -> str:
    """Return the key to use now.

    Raises:
        AuthenticationError: if there is none; the message says where to put it.
    """
    given = (info.api_key or "").strip()
    named = re.fullmatch(r"\$\{(\w+)\}", given)
    if given and not named:
        return given
    if (info.base_url is not None or info.provider == LOCAL) and not named:
        return _NO_KEY  # the provider's key is none of a stranger's business
    names = (named[1],) if named else _PROVIDERS[info.provider].keys
    holder = _first_set(names)
    if holder is None:
        raise AuthenticationError(
            f"the model {str(info)!r:.80} needs a key; set the environment variable {names[0]} "
            f"(in a notebook: %env {names[0]}=…) or give LLMInfo(api_key=…)"
        )
    return os.environ[holder].strip()


def survey() -> list[tuple[str, str]]:
    """Return each provider and what its models need here, in words for a person."""
    return [(name, _state(name, provider)) for name, provider in _PROVIDERS.items()]


def suggested() -> str | None:
    """Return the model that could answer here without another step: its key and packages are there.

    None if there is none.
    """
    ready = (
        f"{name}:{provider.model}"
        for name, provider in _PROVIDERS.items()
        if _first_set(provider.keys) and _is_installed("pydantic_ai", *provider.sdks)
    )
    return next(ready, None)


def _state(name: str, provider: _Provider) -> str:
    if not _is_installed("pydantic_ai", *provider.sdks):
        return f"not installed: pip install 'cellspeak[{name}]'"
    if name == LOCAL:
        return "ready for a file: local:PATH.gguf"
    holder = _first_set(provider.keys)
    return f"ready, with the key in {holder}" if holder else f"no key: set {provider.keys[0]}"


def _first_set(names: Sequence[str]) -> str | None:
    return next((n for n in names if os.environ.get(n, "").strip()), None)


def _expected(text: str) -> str:
    known = ", ".join(f"'{name}:…'" for name in _PROVIDERS)
    return (
        f"expected the model 'scripted:demo', one of {known}, 'replay:FILE', an LLMInfo, or an own "
        f"runtime; got {text!r:.80}"
    )


def _require_plain_address(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname)
        hidden = "@" in parts.netloc or bool(parts.query)
    except ValueError:
        plain, hidden = False, False
    if not plain or hidden:
        # Not shown: it may hold a password.
        raise ValidationError(
            "expected a base_url such as 'http://localhost:11434/v1', without user, password "
            "or query; give a key as LLMInfo(api_key=…)"
        )


def _is_installed(*modules: str) -> bool:
    try:
        return all(importlib.util.find_spec(m) is not None for m in modules)
    except ModuleNotFoundError:
        return False
