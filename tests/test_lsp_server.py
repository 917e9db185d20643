"""The language server as an editor sees it: a process that is spoken to over stdio.

A whole conversation is the golden file golden/lsp/conversation.txt.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from lsp_client import PATIENCE, Client
from small_spec import SPEC

import archspec

URI = "file:///specs/small.toml"
WRONG = SPEC.replace("8×8×24", "8×8×25")


def position(place: str, text: str, encoding: str = "utf-16") -> dict[str, int]:
    """The position of `‸` in a part of a text, counted without the server's help."""
    plain = place.replace("‸", "")
    assert text.count(plain) == 1, f"{plain} occurs {text.count(plain)} times"
    before = text[: text.index(plain) + place.index("‸")]
    *lines, last = re.split(r"\r\n|\n|\r", before)
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return {"line": len(lines), "character": len(last.encode(f"{encoding}{'-le' * (size > 1)}")) // size}


def with_edits(text: str, edits: Any, encoding: str = "utf-16") -> str:
    """The text with a server's edits, as an editor makes them: in bytes of the encoding."""
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    codec = f"{encoding}{'-le' * (size > 1)}"
    starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))]

    def offset(place: dict[str, int]) -> int:
        line = text[starts[place["line"]] :].encode(codec)
        return starts[place["line"]] + len(line[: place["character"] * size].decode(codec))

    spans = [(offset(one["range"]["start"]), offset(one["range"]["end"]), one["newText"]) for one in edits]
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def spoken(client: Client) -> str:
    """The conversation, a message after the other: places as `LINE:CHARACTER`, of whole texts the lines that SPEC does
    not have."""
    parts = []
    for side, message in client.seen:
        shown = json.dumps(_short(message), ensure_ascii=False, indent=1)
        shown = shown.replace(f'"{archspec.__version__}"', '"VERSION"')
        parts.append(f"{'→' if side == 'client' else '←'} {shown}")
    return "\n\n".join(parts) + "\n"


def _short(value: Any) -> Any:
    match value:
        case {"line": line, "character": character}:
            return f"{line}:{character}"
        case {"start": {"line": first, "character": left}, "end": {"line": last, "character": right}}:
            return f"{first}:{left} to {last}:{right}"
        case {"text": str(text), **rest}:
            return {**_short(rest), "text": [line for line in text.splitlines() if line not in SPEC.splitlines()]}
        case dict():
            return {key: _short(item) for key, item in sorted(value.items())}
        case list():
            return [_short(item) for item in value]
        case _:
            return value


def test_a_conversation(golden: Callable[[str, str], None]) -> None:
    """Open a spec with a wrong cell, ask everything there is to ask, mend it by the first action, break it, go."""
    small = {"textDocument": {"uri": URI}}
    with Client() as client:
        client.start(textDocument={"rename": {"prepareSupport": True}})
        wrong = client.open(URI, WRONG)
        place = wrong[0]["range"]
        client.ask(
            "textDocument/inlayHint", **small, range={"start": {"line": 30, "character": 0}, "end": place["end"]}
        )
        client.ask("textDocument/hover", **small, position=position('"b‸",     "5×5/2"', WRONG))
        client.ask("textDocument/hover", **small, position=position("# hal‸ves it", WRONG))
        client.ask("textDocument/completion", **small, position=position('act = "‸relu"', WRONG))
        client.ask("textDocument/definition", **small, position=position('convolution = "pa‸ir"', WRONG))
        among = {"includeDeclaration": True}
        client.ask("textDocument/references", **small, position=position("b‸.patch", WRONG), context=among)
        client.ask("textDocument/prepareRename", **small, position=position("b‸.patch", WRONG))
        client.ask("textDocument/rename", **small, position=position("b‸.patch", WRONG), newName="block 2")
        client.ask("textDocument/rename", **small, position=position("b‸.patch", WRONG), newName="a")
        client.ask("textDocument/documentSymbol", **small)
        actions = client.ask("textDocument/codeAction", **small, range=place, context={"diagnostics": wrong})
        mended = with_edits(WRONG, actions[0]["edit"]["changes"][URI])
        assert client.change(URI, 2, mended) == []
        layout = {"tabSize": 2, "insertSpaces": True}
        uneven = mended.replace('["fc",          ', '["fc", ')
        assert client.change(URI, 3, uneven) == []
        laid_out = client.ask("textDocument/formatting", **small, options=layout)
        assert with_edits(uneven, laid_out) == mended
        broken = mended.replace('"3×3/2", "",', '"3×3/2, "",')
        assert [one["code"] for one in client.change(URI, 4, broken)] == ["AS001"]
        client.ask("textDocument/hover", **small, position=position('"b‸",     "5×5/2"', broken))
        assert client.ask("textDocument/formatting", **small, options=layout) is None
        client.ask("textDocument/rename", **small, position=position("b‸.patch", broken), newName="c")
        client.tell("textDocument/didClose", **small)
        assert client.told("textDocument/publishDiagnostics")["diagnostics"] == []
        assert client.stop() == 0
        assert b"Traceback" not in b"".join(client.log)
    golden("lsp/conversation.txt", spoken(client))


# --- places ----------------------------------------------------------------------------------------------------------

# a byte order mark, Windows line ends, a tab, and characters outside the basic plane before what is asked for
ASTRAL = (
    "\ufeff"
    + """format = 1
name = "𝔸"
input = "8×8×3"
[table]
columns = ["name", "type", "output"]
rows = [
\t["𝔸é😀", "relu", "8×8×4"], # 😀
  ["b", "relu"],
]
added = ["b", "𝔸é😀"]
""".replace("\n", "\r\n")
)


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [((), "utf-16"), (("utf-8", "utf-16"), "utf-8"), (("utf-32",), "utf-32"), (("utf-7",), "utf-16")],
)
def test_places_are_counted_as_agreed(offered: tuple[str, ...], agreed: str) -> None:
    with Client(encodings=offered) as client:
        assert client.start()["capabilities"]["positionEncoding"] == agreed
        (found,) = client.open(URI, ASTRAL)
        assert found["code"] == "AS302"
        assert found["range"]["start"] == position('"8×8×‸4"', ASTRAL, agreed)
        assert found["range"]["end"] == position('"8×8×4‸"', ASTRAL, agreed)
        small = {"textDocument": {"uri": URI}}
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        hints = client.ask("textDocument/inlayHint", **small, range=whole)
        assert [hint["position"] for hint in hints] == [
            position("# \U0001f600‸", ASTRAL, agreed),
            position('"relu"],‸\r\n]', ASTRAL, agreed),
        ]
        place = position('\U0001d538é\U0001f600‸", "relu"', ASTRAL, agreed)
        renamed = client.ask("textDocument/rename", **small, position=place, newName="\U0001f600")
        expected = ASTRAL.replace("\U0001d538é\U0001f600", "\U0001f600")
        assert with_edits(ASTRAL, renamed["changes"][URI], agreed) == expected
        laid_out = client.ask("textDocument/formatting", **small, options={"tabSize": 2, "insertSpaces": True})
        text = with_edits(ASTRAL, laid_out, agreed)
        assert text.startswith("\ufeff")
        assert '  ["b",    "relu"],\r\n' in text
        assert client.stop() == 0


# --- files -----------------------------------------------------------------------------------------------------------


def test_other_toml_files_are_left_alone() -> None:
    with Client() as client:
        client.start()
        uri = "file:///pyproject.toml"
        assert client.open(uri, '[project]\nname = "x"\nrows = [ "\n') == []
        other = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 0}}
        assert client.ask("textDocument/hover", **other) is None
        assert client.ask("textDocument/completion", **other) == []
        assert client.ask("textDocument/rename", **other, newName="x") is None
        assert client.stop() == 0


def test_diagnostics_follow_the_last_of_many_edits() -> None:
    with Client() as client:
        client.start()
        assert client.open(URI, SPEC) == []
        for version in range(2, 30):
            change = {"text": SPEC.replace("8×8×24", f"8×8×{version}")}
            client.tell(
                "textDocument/didChange", textDocument={"uri": URI, "version": version}, contentChanges=[change]
            )
        found = client.told("textDocument/publishDiagnostics", lambda params: params["version"] == 29)
        assert "prints 29 channels" in found["diagnostics"][0]["message"]
        sent = [
            message["params"]["version"] for side, message in client.seen if side == "server" and "params" in message
        ]
        assert sent == sorted(sent)
        assert client.stop() == 0


# --- faults ----------------------------------------------------------------------------------------------------------

BROKEN = (
    sys.executable,
    "-c",
    """
from archspec.lsp import server
def hover(known, offset):
    raise RuntimeError("boom")
server.hover = hover
from archspec.cli import main
raise SystemExit(main(["lsp"]))
""",
)


def test_a_fault_of_ours_is_told_once_and_the_session_goes_on() -> None:
    with Client(BROKEN) as client:
        client.start()
        assert client.open(URI, SPEC) == []
        here = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}
        assert client.ask("textDocument/hover", **here) is None
        assert client.ask("textDocument/hover", **here) is None
        told = client.told("window/showMessage")
        assert (
            told["message"] == "AS901 internal: RuntimeError: this is a fault of archspec; its traceback is in the log"
        )
        assert len(client.ask("textDocument/documentSymbol", textDocument={"uri": URI})) == 9
        assert client.stop() == 0
        assert [message for message in client.waiting if message["method"] == "window/showMessage"] == []
        assert b"RuntimeError: boom" in b"".join(client.log)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": 3}']
)
def test_a_message_that_is_none_does_not_end_the_session(body: bytes) -> None:
    with Client() as client:
        client.start()
        client.send_bytes(body)
        assert client.open(URI, SPEC) == []
        assert client.stop() == 0


def test_without_a_goodbye_the_exit_code_is_1() -> None:
    with Client() as client:
        client.start()
        client.tell("exit")
        assert client.process.wait(PATIENCE) == 1
    with Client() as client:
        client.start()
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.process.wait(PATIENCE) == 1


def test_a_session_imports_no_torch() -> None:
    program = "from archspec.cli import main; main(['lsp']); import sys; print(*sys.modules, file=sys.stderr)"
    with Client((sys.executable, "-c", program)) as client:
        client.start()
        wrong = client.open(URI, WRONG)
        client.ask(
            "textDocument/codeAction", textDocument={"uri": URI}, range=wrong[0]["range"], context={"diagnostics": []}
        )
        assert client.stop() == 0
    modules = {name.partition(".")[0] for name in b"".join(client.log).decode().split()}
    assert "pygls" in modules
    assert not modules & {"torch", "numpy", "safetensors"}


def test_without_the_extra_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['pygls'] = None; from archspec.cli import main; sys.exit(main(['lsp']))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout) == (2, "")
    assert (
        result.stderr == "archspec: the language server needs pygls: pip install '.[lsp]' in a checkout of Archspec\n"
    )
