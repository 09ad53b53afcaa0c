"""Clients of the scripted Bedrock, that try once and need no credentials."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from langchain_aws import ChatBedrockConverse

from tests.bedrock import Server
from tests.models import MODEL


def client(server: Server, service: str = "bedrock-runtime", *, attempts: int = 1, read_timeout: float = 5) -> Any:
    config = Config(retries={"total_max_attempts": attempts}, read_timeout=read_timeout, max_pool_connections=32)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=server.url, region_name="us-east-1", config=config, **keys)


def chat(server: Server, **options: Any) -> ChatBedrockConverse:
    made = {"client": client(server, **options), "bedrock_client": client(server, "bedrock")}
    return ChatBedrockConverse(model=MODEL, region_name="us-east-1", endpoint_url=server.url, **made)
