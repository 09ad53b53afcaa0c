"""Settings from the environment (prefix PAYOUTS_)."""

from functools import lru_cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PAYOUTS_")

    environment: str
    aws_region: str = "eu-west-1"
    database_url: SecretStr
    queue_url: str
    bank_url: str
    bank_client_id: str
    bank_client_secret: SecretStr
    bank_timeout_seconds: float = 2.0
    webhook_secret: SecretStr
    token_issuer: str
    token_audience: str = "payouts"

    # Feature flags, see docs/operations.md
    feature_instant: bool = True
    feature_compat_gateway: bool = False


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
