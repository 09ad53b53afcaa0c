"""Passages of the house's knowledge base."""

import boto3

runtime = boto3.client("bedrock-agent-runtime", region_name="eu-west-3")
KNOWLEDGE_BASE = "KBHOUSE001"


def passages(question: str) -> str:
    found = runtime.retrieve(knowledgeBaseId=KNOWLEDGE_BASE, retrievalQuery={"text": question})
    return "\n".join(item["content"]["text"] for item in found["retrievalResults"])
