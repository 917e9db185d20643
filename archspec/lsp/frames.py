"""Messages as an editor sends them: a stream of bytes in; the same with headers in one spelling out.

A header that does not say how long its message is leaves nothing to go on with: the stream ends there.
"""

from __future__ import annotations

import logging
import re
from typing import BinaryIO

LONGEST = 1 << 26  # bytes of a message
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]{1,8})\s*", re.IGNORECASE)

_log = logging.getLogger("archspec")


class Frames:
    """A stream to read messages from, as pygls asks for it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.lost = False

    def readline(self) -> bytes:
        """A header; nothing at the end, and where a length cannot be read."""
        header = b"" if self.lost else self.stream.readline(LONGEST)
        found = _LENGTH.fullmatch(header)
        if found and int(found[1]) <= LONGEST:
            return b"Content-Length: %d\r\n" % int(found[1])
        if header[: len(b"content-length")].lower() == b"content-length":
            _log.error("a message does not say how long it is: %r", header[:80])
            self.lost = True
            return b""
        return header

    def read(self, length: int) -> bytes:
        return self.stream.read(length)
