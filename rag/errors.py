"""Every error that Footnote raises on purpose; each message says what, which, and the next step.

FootnoteError
├── UsageError            the request cannot be understood, or its input cannot be read (exit code 2)
│   ├── QuestionError     a question is empty, too long or malformed
│   └── QuestionSetError  a question set has bad lines; the message lists all of them
├── IndexUnavailable      the index cannot be used
│   ├── NoIndexError      there is none at that place
│   ├── IndexMismatchError  it was made by another model, splitting or format
│   ├── IndexDamagedError   its files are missing, truncated or altered
│   ├── IndexWriteError     it cannot be written: read-only, full, or locked for too long
│   └── ServerError         the Chroma server cannot be reached, or does not do what it should
├── DocumentError         a document is unknown
├── SourceError           a file cannot be read as a document
├── ModelError            a model cannot be found, loaded or reached
└── PortInUseError        the web page cannot be served where it was asked to be
"""

from __future__ import annotations

from rag.masking import mask_addresses

LONGEST_REASON = 200
"""Characters that are shown of what somebody else's error says."""


class FootnoteError(Exception):
    """The root: catching it catches every failure that Footnote foresees.

    Its message may repeat what a library said; the passwords and keys of addresses in it are masked.
    """

    def __str__(self) -> str:
        return mask_addresses(super().__str__())


class UsageError(FootnoteError):
    """The request cannot be understood, or its input cannot be read."""


class QuestionError(UsageError):
    """A question is empty, too long or malformed."""


class QuestionSetError(UsageError):
    """A question set has bad lines; the message lists all of them."""


class IndexUnavailable(FootnoteError):
    """The index cannot be used."""


class NoIndexError(IndexUnavailable):
    """There is no index at the named place."""


class IndexMismatchError(IndexUnavailable):
    """The index was made by another embedding model, splitting or format version."""


class IndexDamagedError(IndexUnavailable):
    """Files of the index are missing, truncated or altered."""


class IndexWriteError(IndexUnavailable):
    """The index cannot be written: read-only, disk full, or locked for too long."""


class ServerError(IndexUnavailable):
    """The Chroma server cannot be reached, or does not do what it should."""


class DocumentError(FootnoteError):
    """No such document in the index."""


class SourceError(FootnoteError):
    """A file cannot be read as a document."""


class ModelError(FootnoteError):
    """An embedding or chat model cannot be found, loaded or reached."""


class PortInUseError(FootnoteError):
    """The web page cannot be served at the address it was asked to use."""


def first_line(error: BaseException) -> str:
    """What another library's error says, in one line of bounded length; its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:LONGEST_REASON]
