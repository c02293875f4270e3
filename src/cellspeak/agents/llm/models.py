"""Make the library's model from an `LLMInfo`.

Its one law: each provider's code is imported only when a model of it is made.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from pydantic_ai.models import Model
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.settings import ModelSettings

from cellspeak.agents.local import CONTEXT, served
from cellspeak.agents.providers import LOCAL, LLMInfo, key_of, require_extra

__all__ = ["make_model", "preload"]


def make_model(info: LLMInfo) -> Model:
    """Return the model that *info* names, with its key as it is now.

    Raises:
        ValidationError: if the provider is unknown or not installed.
        AuthenticationError: if there is no key.
    """
    require_extra(info)
    # The clients' own retries would wait in silence; `patience.py` waits, and says so.
    told = {"timeout": info.timeout, "max_retries": 0, **info.settings}
    return _MAKERS[info.provider](info, key_of(info), cast(ModelSettings, told))


def preload(info: LLMInfo) -> None:
    """Load the code for the model's provider; off the loop, for it takes about a second."""
    provider = "openai" if info.provider == LOCAL else info.provider
    importlib.import_module(f"pydantic_ai.models.{provider}")
    importlib.import_module(f"pydantic_ai.providers.{provider}")


def _profile(info: LLMInfo) -> ModelProfile:
    window = info.context_window
    return {} if window is None else {"context_window": window}


def _openai(info: LLMInfo, key: str, settings: ModelSettings) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=info.base_url, api_key=key)
    kind = OpenAIChatModel if info.api == "chat" else OpenAIResponsesModel
    return kind(info.model_id, provider=provider, settings=settings, profile=_profile(info))


def _anthropic(info: LLMInfo, key: str, settings: ModelSettings) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    provider = AnthropicProvider(base_url=info.base_url, api_key=key)
    return AnthropicModel(
        info.model_id, provider=provider, settings=settings, profile=_profile(info)
    )


def _google(info: LLMInfo, key: str, settings: ModelSettings) -> Model:
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    provider = GoogleProvider(base_url=info.base_url, api_key=key)
    return GoogleModel(info.model_id, provider=provider, settings=settings, profile=_profile(info))


def _local(info: LLMInfo, _key: str, settings: ModelSettings) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    place = served(info)
    profile: ModelProfile = {
        "context_window": info.context_window or CONTEXT,
        # llama.cpp holds a model to a schema; it does not make it call a tool.
        "supports_json_schema_output": True,
        "default_structured_output_mode": "native",
        "supports_image_input": False,
        "supports_document_input": False,
        "supports_audio_file_input": False,
        "supports_video_input": False,
    }
    provider = OpenAIProvider(base_url=place.base_url, api_key=place.key)
    name = Path(info.model_id).stem
    return OpenAIChatModel(name, provider=provider, settings=settings, profile=profile)


_MAKERS: Mapping[str, Callable[[LLMInfo, str, ModelSettings], Model]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "google": _google,
    LOCAL: _local,
}
