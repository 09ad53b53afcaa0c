"""What the service is told by its environment. A missing value stops the start."""

from functools import lru_cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PARCELS_")

    environment: str
    aws_region: str
    database_host: str
    database_port: int = 5432
    database_name: str = "parcels"
    database_user: str = "parcels_app"
    database_ca: str = "/etc/ssl/certs/rds-global-bundle.pem"
    database_iam: bool = True  # False only where a Postgres of tests and laptops asks for no token
    scans_queue_url: str
    carrier_url: str
    carrier_api_key: SecretStr
    token_issuer: str
    token_audience: str = "parcels"  # noqa: S105
    otlp_endpoint: str = "http://127.0.0.1:4318/v1/traces"  # The collector beside each task.


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
