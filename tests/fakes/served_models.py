"""A real server on this machine that speaks like vLLM, llama.cpp or Ollama, and fails as asked.

It writes the prompt's words in reverse, and counts words as tokens.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

MODEL = "example/served"
FRAME = 7  # tokens of the chat template
KEY = "sk-0123456789-secret"

Fault = int | Literal["html", "cut", "stall", "empty", "redirect", "echo-key"]
"""What to answer a request for a text with instead: an HTTP status, or a broken reply."""


@dataclass
class FakeServer:
    """What the server is, and what it was asked. Changed by the tests while it runs."""

    software: Literal["vLLM", "llama.cpp", "Ollama"] = "vLLM"
    window: int = 1024
    key: str = ""
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    models: list[str] = field(default_factory=lambda: [MODEL])
    reads_at_most: int | None = None
    """Words of a prompt that it reads, as a server that cuts without a word."""
    gives_usage: bool = True
    finish_reason: str = "stop"
    address: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def texts_asked(self) -> list[dict[str, Any]]:
        """The payloads of all requests for a text or a score."""
        return [payload for path, payload in self.asked if path.endswith("completions")]


@contextmanager
def serving(server: FakeServer) -> Iterator[FakeServer]:
    """Run ``server`` at an address of this machine, which is written into it."""

    class Handler(_Handler):
        fake = server

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.address = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer

    def do_GET(self) -> None:
        self.fake.headers.append(dict(self.headers))
        self.fake.asked.append((self.path, {}))
        if self.path.startswith("/v1/") and not self._is_let_in():
            return
        found = _GETS.get((self.path, self.fake.software)) or _GETS.get((self.path, ""))
        if found is None:
            return self._answer(404, {"detail": "Not Found"})
        return self._answer(200, found(self.fake))

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.fake.headers.append(dict(self.headers))
        self.fake.asked.append((self.path, payload))
        if self.path.startswith("/v1/") and not self._is_let_in():
            return
        if self.path.endswith("completions"):
            if self.fake.faults:
                return self._fail(self.fake.faults.pop(0))
            return self._answer(*_write(self.fake, self.path, payload))
        if self.path == "/tokenize":
            return self._answer(*_tokenize(self.fake, payload))
        if self.path == "/apply-template" and self.fake.software == "llama.cpp":
            framed = " ".join(["<frame>"] * FRAME) + " " + payload["messages"][0]["content"]
            return self._answer(200, {"prompt": framed})
        return self._answer(404, {"detail": "Not Found"})

    def _is_let_in(self) -> bool:
        if not self.fake.key or self.headers.get("Authorization") == f"Bearer {self.fake.key}":
            return True
        self._answer(401, {"error": "Unauthorized"})
        return False

    def _fail(self, fault: Fault) -> None:
        if isinstance(fault, int):
            return self._answer(fault, {"error": {"message": "It is tired."}})
        if fault == "html":
            return self._send(200, "text/html", b"<html>Log in to the hotel</html>")
        if fault == "redirect":
            return self._send(302, "text/plain", b"", location="http://127.0.0.1:9/stolen")
        if fault == "empty":
            return self._answer(200, {"choices": []})
        if fault == "echo-key":
            return self._answer(400, {"error": f"You sent {self.headers.get('Authorization')}"})
        if fault == "cut":
            return self._send(200, "application/json", b'{"choices": [{"te', announced=5000)
        self.fake.released.wait(timeout=30)  # a reply that does not come
        return None

    def _answer(self, status: int, data: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(data).encode())

    def _send(
        self, status: int, kind: str, body: bytes, *, location: str = "", announced: int = 0
    ) -> None:
        with suppress(ConnectionError):  # whoever asked may be gone
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(announced or len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _list_models(fake: FakeServer) -> dict[str, Any]:
    owner = {"vLLM": "vllm", "llama.cpp": "llamacpp", "Ollama": "library"}[fake.software]
    entries: list[dict[str, Any]] = [
        {"id": name, "object": "model", "owned_by": owner} for name in fake.models
    ]
    for entry in entries:
        if fake.software == "vLLM":
            entry["max_model_len"] = fake.window
        elif fake.software == "llama.cpp":
            entry["meta"] = {"n_ctx": fake.window, "n_ctx_train": 2 * fake.window}
    return {"object": "list", "data": entries}


_GETS: dict[tuple[str, str], Any] = {
    ("/v1/models", ""): _list_models,
    ("/version", "vLLM"): lambda _: {"version": "0.33.0"},
    ("/api/version", "Ollama"): lambda _: {"version": "0.14.2"},
    ("/props", "llama.cpp"): lambda _: {"build_info": "b7000-abcdef"},
}


def _tokenize(fake: FakeServer, payload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    if fake.software == "vLLM" and "messages" in payload:
        n = len(payload["messages"][0]["content"].split()) + FRAME
        return 200, {"count": n, "max_model_len": fake.window, "tokens": list(range(n))}
    if fake.software == "vLLM" and "prompt" in payload:
        n = len(payload["prompt"].split())
        return 200, {"count": n, "max_model_len": fake.window, "tokens": list(range(n))}
    if fake.software == "llama.cpp" and "content" in payload:
        return 200, {"tokens": list(range(len(payload["content"].split())))}
    return (400 if fake.software == "vLLM" else 404), {"detail": "Not Found"}


def _write(fake: FakeServer, path: str, payload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    is_chat = path == "/v1/chat/completions"
    prompt = payload["messages"][0]["content"] if is_chat else payload["prompt"]
    if payload.get("echo"):
        return _score(fake, prompt)
    words = prompt.split()
    n_read = len(words) + (FRAME if is_chat else 0)
    if n_read + payload["max_tokens"] > fake.window and fake.reads_at_most is None:
        message = f"This model's maximum context length is {fake.window} tokens."
        return 400, {"error": {"message": message, "type": "BadRequestError", "code": 400}}
    written = words[::-1][: payload["max_tokens"]]
    text = " ".join(written)
    reason: dict[str, Any] = {"finish_reason": fake.finish_reason}
    for stop in payload.get("stop", ()):
        if stop in text:
            text = text[: text.index(stop)]
            reason = {"finish_reason": "stop", "stop_reason": stop}
    choice = {"message": {"role": "assistant", "content": text}} if is_chat else {"text": text}
    data: dict[str, Any] = {"choices": [choice | reason]}
    if fake.gives_usage:
        n_prompt = min(n_read, fake.reads_at_most or n_read)
        data["usage"] = {"prompt_tokens": n_prompt, "completion_tokens": len(written)}
    return 200, data


def _score(fake: FakeServer, prompt: str) -> tuple[int, dict[str, Any]]:
    """Give each word, with the space before it, minus its length as log-probability."""
    if fake.software == "llama.cpp":
        return 500, {"error": {"code": 500, "message": "Only no echo is supported"}}
    if fake.software == "Ollama":
        return 200, {"choices": [{"text": prompt, "finish_reason": "length"}]}
    tokens, scores, offsets, offset = [], [], [], 0
    for i, word in enumerate(f"{prompt} more".split(" ")):
        token = word if i == 0 else f" {word}"
        tokens.append(token)
        scores.append(None if i == 0 else -float(len(word)))
        offsets.append(offset)
        offset += len(token)
    logprobs = {"tokens": tokens, "token_logprobs": scores, "text_offset": offsets}
    return 200, {"choices": [{"text": prompt, "finish_reason": "length", "logprobs": logprobs}]}
