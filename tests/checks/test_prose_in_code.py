"""What comments and docstrings say proves nothing."""

from __future__ import annotations

import pytest

from gonogo.checks.code_text import without_prose
from tests.asking import ask, status

SERVED = {
    "requirements.txt": "fastapi==0.115.0\nopenai==1.50.0\n",
    "Dockerfile": 'FROM python:3.12\nCOPY app app\nCMD ["uvicorn", "app.main:app"]\n',
    "compose.yaml": "services:\n  shop:\n    build: .\n    ports: ['8000:8000']\n",
}
ROUTE = (
    "from fastapi import FastAPI, HTTPException\n\napp = FastAPI()\n\n\n"
    "@app.post('/orders')\ndef orders(token: str):\n{body}    return save()\n"
)


@pytest.mark.parametrize(
    "said",
    [
        '    """Answers 401 Unauthorized without a token: verify_token(token)."""\n',
        "    '''current_user is checked by login_required, 403.'''\n",
        "    # jwt.decode(token), else 401\n",
        "    x = 1  # Unauthorized, 403\n",
        '    "Forbidden to those without authenticate()"\n',
    ],
)
def test_a_route_that_only_says_so_asks_for_nothing(said: str) -> None:
    found = status("authentication", SERVED | {"app/main.py": ROUTE.format(body=said)})
    assert found == "fail"


def test_a_route_that_does_so_asks() -> None:
    body = "    if not verify_token(token):\n        raise HTTPException(401)\n"
    assert status("authentication", SERVED | {"app/main.py": ROUTE.format(body=body)}) == "pass"


def test_a_comment_covers_no_model_call() -> None:
    call = (
        "import openai\n\nclient = openai.OpenAI()\n\n\ndef answer(text):\n"
        "{body}    return client.chat.completions.create(model='gpt-4o', messages=[text])\n"
    )
    for slug, words in (("llm-guardrails", "guardrail"), ("llm-pii-protection", "redact pii")):
        bare = ask(slug, SERVED | {"app/main.py": call.format(body="")}).assessment
        said = ask(slug, SERVED | {"app/main.py": call.format(body=f"    # {words} is applied before\n")}).assessment
        assert said.status is bare.status


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a = 1  # b\n", "a = 1  \n"),
        ("a = '# b'\n", "a = '# b'\n"),
        ('def f():\n    """b\n    c"""\n    return 1\n', "def f():\n    \n\n    return 1\n"),
        ('raise Error(\n    "b"\n)\n', 'raise Error(\n    "b"\n)\n'),
        ('x = """b"""\n', 'x = """b"""\n'),
        ("", ""),
    ],
)
def test_python_without_prose(text: str, kept: str) -> None:
    assert without_prose(text, is_python=True) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a = 1 // b\n", "a = 1 \n"),
        ("a = 'http://b'\n", "a = 'http://b'\n"),
        ("/* b\n c */ a()\n", "\n a()\n"),
        ("a = `//${b}`\n", "a = `//${b}`\n"),
    ],
)
def test_other_languages_without_prose(text: str, kept: str) -> None:
    assert without_prose(text, is_python=False) == kept
