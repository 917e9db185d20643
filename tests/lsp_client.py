"""A client of the language server over stdio, with nothing of pygls in it: a program in; messages both ways.

No wait is longer than `PATIENCE`; the server is killed at the end whatever happens.
"""

from __future__ import annotations

import json
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

PATIENCE = 60.0  # seconds; a busy machine may need many
SERVER = (sys.executable, "-m", "archspec", "lsp", "--stdio")

Message = dict[str, Any]


class Client:
    """One session. Mutable: `seen` holds every message with the side that sent it, `texts` the open files."""

    def __init__(self, program: Sequence[str] = SERVER, encodings: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.arrived: queue.Queue[Message | None] = queue.Queue()
        self.log: list[bytes] = []
        self.seen: list[tuple[str, Message]] = []
        self.waiting: list[Message] = []  # notifications that nobody asked for yet
        self.asked = 0
        self.encodings = encodings
        threads = (threading.Thread(target=one, daemon=True) for one in (self._read, self._read_log))
        self.threads = [*threads]
        for thread in self.threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()

    # --- bytes ---

    def _read(self) -> None:
        assert self.process.stdout is not None
        stream = self.process.stdout
        while header := stream.readline():
            if length := re.match(rb"Content-Length: (\d+)", header):
                while stream.readline().strip():  # other headers, and the line that ends them
                    pass
                self.arrived.put(json.loads(stream.read(int(length[1]))))
        self.arrived.put(None)

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    def send_bytes(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    # --- messages ---

    def send(self, message: Message) -> None:
        self.seen.append(("client", message))
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def tell(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a request, or its error."""
        self.asked += 1
        number = self.asked
        self.send({"id": number, "method": method, "params": params})
        answer = self._next(lambda message: message.get("id") == number)
        return answer.get("result", answer.get("error"))

    def told(self, method: str, wanted: Callable[[Any], bool] = lambda params: True) -> Any:
        """The parameters of the next notification of a method that is wanted; earlier ones are passed over."""
        return self._next(lambda message: message.get("method") == method and wanted(message["params"]))["params"]

    def _next(self, wanted: Callable[[Message], bool]) -> Message:
        for message in self.waiting:
            if wanted(message):
                self.waiting.remove(message)
                return message
        while True:
            arrived = self.arrived.get(timeout=PATIENCE)
            assert arrived is not None, f"the server has gone:\n{b''.join(self.log).decode()}"
            self.seen.append(("server", {key: value for key, value in arrived.items() if key != "jsonrpc"}))
            if wanted(arrived):
                return arrived
            self.waiting.append(arrived)

    # --- a session ---

    def start(self, **capabilities: Any) -> Any:
        if self.encodings:
            capabilities["general"] = {"positionEncodings": [*self.encodings]}
        result = self.ask("initialize", processId=None, rootUri=None, capabilities=capabilities)
        self.tell("initialized")
        return result

    def open(self, uri: str, text: str) -> Any:
        """Open a file; what is wrong with it."""
        document = {"uri": uri, "languageId": "toml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return self.told("textDocument/publishDiagnostics")["diagnostics"]

    def change(self, uri: str, version: int, text: str) -> Any:
        """Give a file another text; what is wrong with it then."""
        document = {"uri": uri, "version": version}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])
        return self.told("textDocument/publishDiagnostics", lambda params: params["version"] == version)["diagnostics"]

    def stop(self) -> int:
        """Say goodbye; the exit code of the server."""
        self.ask("shutdown")
        self.tell("exit")
        return self.process.wait(PATIENCE)
