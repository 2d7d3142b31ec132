"""Secrets that are planted, in whatever spelling they may come out again, and a flow that spreads them all."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import quote

import orjson

from flow_runtime.errors import Json
from tests.fakes.provider import Received

CANARY = "cnry"
"""Begins every secret that is planted here."""
GUARDRAILS: dict[str, Any] = {
    "input": [
        {"type": "secrets", "action": "flag"},
        {"type": "regex", "config": {"patterns": ["Zq7"]}, "action": "warn"},
        {"type": "topic", "config": {"topics": ["cooking"], "model": "ours:fake-1"}, "action": "flag"},
    ],
    "output": [{"type": "denylist", "config": {"words": ["repeat"]}, "action": "redact"}],
}
"""Scanners that find the planted secrets, in the flow itself and by asking a model about them."""


class Planted:
    """The secrets by what they are, and where each was planted."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def plant(self, name: str) -> str:
        """A new secret."""
        return self.note(name, f"{CANARY}-{len(self.secrets):02d}-{name.replace(' ', '-')}-Zq7+/=&ü")

    def plain(self, name: str) -> str:
        """A new secret that may stand in a header."""
        return self.note(name, f"{CANARY}-{len(self.secrets):02d}-{name.replace(' ', '-')}-Zq7")

    def note(self, name: str, secret: str) -> str:
        """A secret that the server made itself."""
        self.secrets[name] = secret
        return secret

    def found_in(self, content: bytes) -> list[str]:
        """The secrets that stand there in any spelling."""
        return [name for name, secret in self.secrets.items() if any(form in content for form in spellings(secret))]


@cache
def spellings(secret: str) -> frozenset[bytes]:
    """A secret as it is, as JSON, in URLs, in hexadecimal, and in Base64 wherever in a longer text it stood."""
    raw = secret.encode()
    forms = {
        raw,
        orjson.dumps(secret)[1:-1],
        secret.encode("unicode_escape"),
        raw.hex().encode(),
        raw.hex().upper().encode(),
    }
    forms |= {quote(secret, safe="").encode(), quote(secret).encode(), quote(secret, safe="").lower().encode()}
    for encode, shift in product((b64encode, urlsafe_b64encode), range(3)):
        # The first and the last characters depend on what stands before and behind.
        coded = encode(b"\0" * shift + raw)[4 if shift else 0 :].rstrip(b"=")
        forms.add(coded[: len(coded) - 2])
    return frozenset(forms)


def careless(planted: Planted) -> Callable[[Received], tuple[int, Json]]:
    """A host that repeats whatever it is sent, also coded, and hands out tokens."""

    def answer(request: Received) -> tuple[int, Json]:
        if request.target.startswith("/token"):
            return 200, {"access_token": planted.secrets["issued token"], "token_type": "Bearer", "expires_in": 3600}
        sent = f"{request.target} {request.headers} {request.body.decode(errors='replace')}"
        coded = b64encode(sent.encode()).decode()
        said = {"sent": sent, "coded": coded, "hex": sent.encode().hex()}
        if request.target.startswith("/models"):
            return 401, {"error": {"message": f"{sent} {coded}", "type": "auth", "code": sent.encode().hex()}}
        if request.target == "/broken":
            return 500, said
        return (201, {"id": "hook-1", **said}) if request.target == "/hooks" else (200, said)

    return answer


def model_steps(then: str) -> list[dict[str, Any]]:
    """Steps that ask both connected providers: one repeats the prompt, the other one refuses and repeats the key."""
    return [
        {
            "id": f"asked{number}",
            "type": "ask-to-llm",
            "config": {"model": model, "prompt": "Repeat {{ env.PROMPT }}"},
            "output": f"of{number}",
            "next": {"next": after, "error": after},
        }
        for number, (model, after) in enumerate((("ours:fake-1", "asked1"), ("theirs:any", then)))
    ]


def leaky_flow(host: str, profiles: list[str]) -> dict[str, Any]:
    """A flow that puts every variable wherever a flow can put one, and ends with all that it got."""
    names = ["PLAIN", "NESTED", "HEADER", "QUERY", "PROMPT", "CODE", "CARD", "FORM", "FAULT", "SHARED"]
    every = "{{ " + " + '|' + ".join(f"string(env.{name})" for name in names if name != "NESTED") + " }}"
    steps: list[dict[str, Any]] = [
        {
            "id": "call",
            "type": "http-request",
            "config": {
                "method": "POST",
                "url": f"http://{host}/echo?q={{{{ env.QUERY }}}}",
                "headers": {"x-secret": "{{ env.HEADER }}"},
                "body": {"all": every, "nested": "{{ env.NESTED }}"},
            },
            "output": "echoed",
            "next": {"ok": "model", "error": "model"},
        },
        {
            "id": "model",
            "type": "ask-to-llm",
            "config": {"model": "scripted", "prompt": "Repeat {{ env.PROMPT }}"},
            "output": "said",
            "next": {"next": "asked0", "error": "asked0"},
        },
        *model_steps("code"),
        {
            "id": "code",
            "type": "code",
            "config": {"source": "{'got': secret, 'twice': secret + secret}", "inputs": {"secret": "{{ env.CODE }}"}},
            "output": "computed",
            "next": {"next": "set", "error": "set"},
        },
        {"id": "set", "type": "set-variable", "config": {"values": {"kept": every}}, "next": "use0"},
    ]
    for number, profile in enumerate(profiles):
        after = f"use{number + 1}" if number + 1 < len(profiles) else "ask"
        steps.append(
            {
                "id": f"use{number}",
                "type": "http-request",
                "config": {"url": f"http://{host}/profile{number}", "profile": profile},
                "output": f"used{number}",
                "next": {"ok": after, "error": after},
            }
        )
    steps += [
        {
            "id": "ask",
            "type": "user-approval",
            "config": {
                "title": "Pay {{ env.CARD }}?",
                "message": every,
                "facts": [{"label": "Key", "value": "{{ env.CARD }}"}],
            },
            "output": "approval",
            "next": {"approve": "form", "reject": "form"},
        },
        {
            "id": "form",
            "type": "show-form",
            "config": {
                "title": "Form {{ env.FORM }}",
                "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
                "prefill": {"a": "{{ env.FORM }}"},
            },
            "output": "filled",
            "next": {"submitted": "fault", "cancelled": "fault"},
        },
        {
            "id": "fault",
            "type": "code",
            "config": {"source": "raise ValueError(secret)", "inputs": {"secret": "{{ env.FAULT }}"}},
            "output": "never",
            "onError": "continue",
            "next": "done",
        },
        {
            "id": "done",
            "type": "final",
            "config": {"output": {"all": "{{ [echoed, said, of0, computed, kept, used0, filled] }}", "again": every}},
        },
    ]
    triggers = [{"type": "api"}, {"type": "peer.action"}]
    return {"name": "Leaky", "triggers": triggers, "guardrails": GUARDRAILS, "start": "call", "steps": steps}
