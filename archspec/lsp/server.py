"""The server: messages of an editor in; answers, and diagnostics after every edit, out.

Texts are synchronised whole: specs are a few kilobytes, and no edit can be laid at a wrong place. Diagnostics follow an
edit when the typing pauses; what is asked before is answered on the text as it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

from archspec import __version__
from archspec.diagnostic import Faults
from archspec.fixes import TextEdit
from archspec.formatting import formatted
from archspec.lsp import protocol
from archspec.lsp.actions import actions
from archspec.lsp.completion import completions
from archspec.lsp.frames import Frames
from archspec.lsp.hints import hints
from archspec.lsp.hover import hover
from archspec.lsp.navigation import Refused, definition, references, renameable, renamed
from archspec.lsp.opened import Opened
from archspec.lsp.outline import outline
from archspec.lsp.positions import Encoding
from archspec.source import Source, Span

PAUSE = 0.1  # seconds without an edit before diagnostics are worked out; a wrong table may take that long itself
REQUEST_FAILED = -32803  # of the protocol: a request that is in order and cannot be met

_log = logging.getLogger("archspec")
_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


class _Protocol(LanguageServerProtocol):
    """The protocol, with an answer to whoever asks something after `shutdown`: pygls has none."""

    def handle_message(self, message: Any) -> None:
        if self._shutdown and getattr(message, "method", types.EXIT) != types.EXIT and hasattr(message, "id"):
            refused = JsonRpcInvalidRequest(f"`{message.method}` after `shutdown`")
            self._send_response(message.id, error=refused.to_response_error())
        else:
            super().handle_message(message)


class Server(LanguageServer):
    """One editor's session. Mutable: `files` holds the state of every open file."""

    def __init__(self) -> None:
        super().__init__("archspec", __version__, types.TextDocumentSyncKind.Full, protocol_cls=_Protocol)
        self.files: dict[str, Opened] = {}
        self.waiting: dict[str, asyncio.TimerHandle] = {}
        self.finished = False  # the editor has said goodbye
        self.told: set[str] = set()  # faults of ours that were shown already
        for method, options, handler in _FEATURES:
            self.feature(method, options)(self._guarded(handler))

    def _guarded(self, handler: Callable[[Server, Any], Any]) -> Callable[[Any], Any]:
        """The handler; a fault of ours in it is told and logged, and the session goes on."""

        def run(params: Any) -> Any:
            try:
                return handler(self, params)
            except JsonRpcException:
                raise
            except Exception as error:
                self.own_fault(error)
                return None

        return run

    def own_fault(self, error: Exception) -> None:
        """AS901: shown once for each kind, its traceback in the editor's log of this server."""
        message = f"AS901 internal: {type(error).__name__}: this is a fault of archspec; its traceback is in the log"
        _log.error(message, exc_info=error)
        if message not in self.told:
            self.told.add(message)
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))

    def file(self, document: types.TextDocumentIdentifier) -> Opened | None:
        """An open file, if it is a spec: other TOML files are none of our business."""
        opened = self.files.get(document.uri)
        return opened if opened is not None and opened.is_spec else None

    def publish(self, uri: str) -> None:
        """Send what is wrong with a file; for one that is no spec, nothing."""
        self.waiting.pop(uri, None)
        opened = self.files.get(uri)
        if opened is None:
            return
        try:
            found = protocol.diagnostics(opened) if opened.is_spec else []
        except Exception as error:
            self.own_fault(error)
            return
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, opened.version))

    def publish_after_pause(self, uri: str) -> None:
        if uri in self.waiting:
            self.waiting.pop(uri).cancel()
        self.waiting[uri] = asyncio.get_running_loop().call_later(PAUSE, self.publish, uri)


def serve(stdin: BinaryIO, stdout: BinaryIO) -> int:
    """Talk to one editor until it goes. The exit code is 0 where it said goodbye first, as the protocol has it."""
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_no_refusal)
    server = Server()
    server.start_io(Frames(stdin), stdout)  # type: ignore[arg-type]
    return 0 if server.finished else 1


def _is_no_refusal(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], JsonRpcException))


# --- files -----------------------------------------------------------------------------------------------------------


def _opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    agreed = server.workspace.position_encoding
    encoding = _ENCODINGS.get(str(getattr(agreed, "value", agreed)), "utf-16")
    server.files[document.uri] = Opened(document.uri, document.text, document.version, encoding)
    server.publish(document.uri)


def _changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    uri, version = params.text_document.uri, params.text_document.version
    if uri in server.files and params.content_changes:
        server.files[uri] = server.files[uri].edited(params.content_changes[-1].text, version)
        server.publish_after_pause(uri)


def _closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    uri = params.text_document.uri
    server.files.pop(uri, None)
    if uri in server.waiting:
        server.waiting.pop(uri).cancel()
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def _shutdown(server: Server, params: object) -> None:
    server.finished = True


# --- features --------------------------------------------------------------------------------------------------------


def _offset(opened: Opened, position: types.Position) -> int:
    return opened.offset(position.line, position.character)


def _good_offset(opened: Opened, position: types.Position) -> int | None:
    """The offset of a position into the text of the good analysis."""
    return opened.good_offset(_offset(opened, position)) if opened.good else None


def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    opened = server.file(params.text_document)
    if opened is None or opened.good is None or (at := _good_offset(opened, params.position)) is None:
        return None
    found = hover(opened.good, at)
    if found is None or (span := opened.from_good(found[0])) is None:
        return None
    capability = server.client_capabilities.text_document
    formats = (capability and capability.hover and capability.hover.content_format) or [types.MarkupKind.Markdown]
    kind = types.MarkupKind.Markdown if types.MarkupKind.Markdown in formats else types.MarkupKind.PlainText
    return types.Hover(types.MarkupContent(kind, found[1]), protocol.range_of(opened, span))


def _hints(server: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    opened = server.file(params.text_document)
    if opened is None or opened.good is None:
        return []
    found = []
    for end, text in hints(opened.good):
        span = opened.from_good(Span(end, end))
        if span is None:
            continue
        place = protocol.range_of(opened, Span(span.end, opened.line_end(span.end))).end
        if params.range.start.line <= place.line <= params.range.end.line:
            found.append(types.InlayHint(place, text, kind=types.InlayHintKind.Type, padding_left=True))
    return found


def _completion(server: Server, params: types.CompletionParams) -> list[types.CompletionItem]:
    opened = server.files.get(params.text_document.uri)
    if opened is None or not (opened.is_spec or "=" not in opened.text):
        return []
    items = completions(opened.good, opened.latest.source.text, _offset(opened, params.position))
    return list(protocol.completion(opened, items))


def _definition(server: Server, params: types.DefinitionParams) -> list[types.Location]:
    opened = server.file(params.text_document)
    if opened is None or opened.good is None or (at := _good_offset(opened, params.position)) is None:
        return []
    return list(protocol.locations(opened, definition(opened.good, at)))


def _references(server: Server, params: types.ReferenceParams) -> list[types.Location]:
    opened = server.file(params.text_document)
    if opened is None or opened.good is None or (at := _good_offset(opened, params.position)) is None:
        return []
    spans = references(opened.good, at, declared=params.context.include_declaration)
    found = (span for one in spans if (span := opened.from_good(one)) is not None)
    return [types.Location(opened.uri, protocol.range_of(opened, span)) for span in found]


def _renameable(server: Server, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    opened = _readable(server, params.text_document)
    if opened is None:
        return None
    try:
        span, name = renameable(opened.latest, _offset(opened, params.position))
    except Refused as refused:
        raise JsonRpcException(str(refused), REQUEST_FAILED) from None
    return types.PrepareRenamePlaceholder(protocol.range_of(opened, span), name)


def _renamed(server: Server, params: types.RenameParams) -> types.WorkspaceEdit | None:
    opened = _readable(server, params.text_document)
    if opened is None:
        return None
    try:
        changes = renamed(opened.latest, _offset(opened, params.position), params.new_name)
    except Refused as refused:
        raise JsonRpcException(str(refused), REQUEST_FAILED) from None
    return types.WorkspaceEdit({opened.uri: protocol.edits(opened, changes)})


def _readable(server: Server, document: types.TextDocumentIdentifier) -> Opened | None:
    """A file whose latest text can be read: what writes to it cannot make do with an older one."""
    opened = server.file(document)
    if opened is not None and opened.latest.spec is None:
        raise JsonRpcException("the file cannot be read as it is; mend it first", REQUEST_FAILED)
    return opened


def _actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    opened = server.file(params.text_document)
    kind = types.CodeActionKind.QuickFix
    if opened is None or (params.context.only and not {kind, ""} & set(params.context.only)):
        return []
    found = []
    start, end = _offset(opened, params.range.start), _offset(opened, params.range.end)
    preferred: set[str] = set()
    for one, fix in actions(opened.latest, start, end):
        edit = types.WorkspaceEdit({opened.uri: protocol.edits(opened, fix.edits)})
        first = fix.safe and one.message not in preferred
        preferred |= {one.message} if first else set()
        about = [protocol.diagnostic(opened, one)]
        found.append(types.CodeAction(fix.title, kind, diagnostics=about, is_preferred=first or None, edit=edit))
    return found


def _symbols(server: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    opened = server.file(params.text_document)
    if opened is None or opened.good is None:
        return []
    return list(protocol.symbols(opened, outline(opened.good)))


def _formatting(server: Server, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
    """Edits of the lines that change, so that the cursor and the folds stay where they are."""
    opened = server.file(params.text_document)
    if opened is None:
        return None
    text = opened.latest.source.text
    try:
        laid_out = formatted(Source(opened.uri, text))
    except Faults:
        return None  # what is wrong is a diagnostic
    changes, start = [], 0
    for before, after in zip(text.split("\n"), laid_out.split("\n"), strict=True):  # formatting keeps every line
        if before != after:
            old, new = before.removesuffix("\r"), after.removesuffix("\r")
            changes.append(TextEdit(start, start + len(old), new))
        start += len(before) + 1
    return protocol.edits(opened, changes)


_FEATURES: tuple[tuple[str, Any, Callable[[Server, Any], Any]], ...] = (
    (types.TEXT_DOCUMENT_DID_OPEN, None, _opened),
    (types.TEXT_DOCUMENT_DID_CHANGE, None, _changed),
    (types.TEXT_DOCUMENT_DID_CLOSE, None, _closed),
    (types.SHUTDOWN, None, _shutdown),
    (types.TEXT_DOCUMENT_HOVER, None, _hover),
    (types.TEXT_DOCUMENT_INLAY_HINT, None, _hints),
    (types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', "$", ".", "["]), _completion),
    (types.TEXT_DOCUMENT_DEFINITION, None, _definition),
    (types.TEXT_DOCUMENT_REFERENCES, None, _references),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, None, _renameable),
    (types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True), _renamed),
    (types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]), _actions),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, None, _symbols),
    (types.TEXT_DOCUMENT_FORMATTING, None, _formatting),
)
