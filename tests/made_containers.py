"""Archives and mailboxes made for tests: good ones, and such as nobody should open unawares."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping

BEES = "# Bees\n\nA hive gives twenty kilos of honey.\n"
KETTLES = "A copper kettle holds two litres.\n"


def make_zip(members: Mapping[str, bytes | str], **modes: int) -> bytes:
    """An archive of members by name, each with the mode that is named for it, if any."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (modes.get(name.replace(".", "_"), stat.S_IFREG | 0o644)) << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def lock(content: bytes) -> bytes:
    """The same archive with all members marked as encrypted."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            flags = struct.unpack_from("<H", changed, at + place)[0]
            struct.pack_into("<H", changed, at + place, flags | 1)
            at = changed.find(mark, at + 4)
    return bytes(changed)


def make_message(subject: str, words: str, number: int, sender: str = "Ada <ada@example.org>") -> str:
    return (
        f"From: {sender}\nTo: bob@example.org\nSubject: {subject}\nMessage-ID: <{number}@example.org>\n"
        f"Date: Mon, 0{1 + number % 8} Mar 2021 10:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
    )


def make_mbox(*messages: str) -> bytes:
    """A mailbox, its messages' own lines that begin with From marked, as mail programs do."""
    written = []
    for message in messages:
        quoted = "\n".join(f">{line}" if line.lstrip(">").startswith("From ") else line for line in message.split("\n"))
        written.append(f"From ada@example.org Mon Mar  1 10:00:00 2021\n{quoted}\n")
    return "".join(written).encode()


def make_mhtml(page: str, *, charset: str = "utf-8", subject: str = "", more: str = "") -> bytes:
    """A page as browsers save it, with a frame and a picture."""
    head = f"From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/a\nSubject: {subject}\nMIME-Version: 1.0\n"
    head += 'Content-Type: multipart/related; type="text/html"; boundary="----b----"\n\n'
    parts = [
        f"Content-Type: text/html; charset={charset}\nContent-ID: <frame-1@x>\nContent-Location: https://example.org/a\n\n{page}",
        "Content-Type: text/html\nContent-ID: <frame-2@x>\n\n<p>An advertisement in a frame.</p>",
        "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=",
        *([more] if more else []),
    ]
    body = "".join(f"------b----\n{part}\n" for part in parts)
    return (head + body + "------b------\n").replace("\n", "\r\n").encode(charset)
