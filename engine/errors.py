"""What can go wrong with looking and reading, each with one sentence for the person."""

from __future__ import annotations


class EngineError(Exception):
    """Something the engine could not do; `str()` of it is a sentence for the person."""

    code = "engine"


class ModelUnusable(EngineError):
    """A model file is missing, damaged, of another model or too large for this machine."""

    code = "model-unusable"


class ContextFull(EngineError):
    """The picture, the question and the answer do not fit into the model's context."""

    code = "context-full"


class PictureUnusable(EngineError):
    """The pixels cannot be looked at (no pixels, or more than any model could take)."""

    code = "picture-unusable"


class Cancelled(EngineError):
    """The request was cancelled: an outcome, not a fault."""

    code = "cancelled"


class EngineCrashed(EngineError):
    """The child process died, hung or was killed while it worked on this request, more than once."""

    code = "crashed"


class NotSandboxed(EngineError):
    """The child could open a socket, so it was not allowed to serve."""

    code = "not-sandboxed"


class DownloadFailed(EngineError):
    """A model could not be fetched: refused, unreachable, not what was published, or no room for it."""

    code = "download-failed"


ERRORS: dict[str, type[EngineError]] = {
    error.code: error
    for error in (
        EngineError,
        ModelUnusable,
        ContextFull,
        PictureUnusable,
        Cancelled,
        EngineCrashed,
        NotSandboxed,
        DownloadFailed,
    )
}
