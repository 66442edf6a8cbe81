"""What a serving process must be told: where to read, and whose cases it may show."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from serving.schemas import Language


class Settings(BaseSettings):
    """Read once, from arguments or from `SMARTCLINIC_*` of the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTCLINIC_", frozen=True)

    events: Path = Field(description="folder of event shards")
    bundles: Path = Field(description="folder of published models")
    cases: Path = Field(description="folder of published case indexes")
    qdrant_url: str | None = Field(default=None, description="a Qdrant server; none: the engine in-process")
    qdrant_api_key: SecretStr | None = None
    text_encoder: Path | None = Field(
        default=None, description="a sentence-transformers folder; none: the built-in encoder"
    )
    zone: ZoneInfo | None = Field(
        default=None, description="whose day is today, such as Europe/Moscow; none: the machine's own"
    )
    organisation: str = Field(
        default="",
        description="whose cases may be shown; empty: the whole network, permitted cases only",
    )
    purpose: Literal["care", "research"] = "care"
    language: Language = "ru"
