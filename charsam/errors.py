"""The errors that charsam raises for its users; each message says what is wrong, where, and what to do."""


class CharsamError(Exception):
    """Base of every error meant for the person who uses charsam."""


class ImageError(CharsamError):
    """An image that cannot be read, or is larger than the limit."""


class WordsError(CharsamError):
    """A word, polygon or annotation file that does not hold what the format asks for."""


class SettingsError(CharsamError):
    """A setting out of its range, or a name that is not known."""


class WeightsError(CharsamError):
    """Model weights that are missing, damaged, or cannot be fetched."""


class Cancelled(CharsamError):
    """The caller asked the pipeline to stop."""


class TooLong(CharsamError):
    """Work that took longer than it may."""


class DatasetError(CharsamError):
    """A dataset, or a file of one, that does not have the layout it should have."""


class EditError(CharsamError):
    """An edit of an annotation that cannot be done."""


class WorkspaceError(CharsamError):
    """The workspace cannot be opened, or does not hold what was asked for."""


def sentence(error: BaseException) -> str:
    """What went wrong, for a list of failures: the message of an error of charsam's or of the system, else its kind."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}"
    if isinstance(error, CharsamError):
        return str(error)
    return f"unexpected {type(error).__name__}: {error}"
