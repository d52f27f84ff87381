"""Examples become images of whoever opens them, with their words, and with their result where it is known."""

from __future__ import annotations

from charsam.editing.added_words import given_words
from charsam.editing.conversion import to_words
from charsam.server.access import Caller
from charsam.server.examples import Example
from charsam.server.image_service import ImageService
from charsam.trace import Settings
from charsam.workspace.values import ImageRow


def open_example(service: ImageService, caller: Caller, example: Example) -> ImageRow:
    """The image of an example among the person's single photos, made at the first time."""
    inbox = caller.workspace.projects.inbox(caller.user)
    page = caller.workspace.images.page(inbox.id, caller.user, search=example.file)
    row = next((row for row in page.images if row.hash == example.hash), None)
    if row is None:
        row = caller.workspace.images.add(inbox.id, example.file, example.data, caller.user)
    if row.seq == 0:
        words = example.words
        opened = service.change(
            caller, row.id, "replace", "The example's words", lambda document: given_words(document, words)
        )
    else:
        opened = caller.workspace.history.document(row.id, caller.user)
    found = to_words(opened.document)
    if found and not any(word.characters for word in opened.document.words):
        known = service.traces.get(row.hash, found, Settings())
        if known is not None:
            for _ in service.run(caller, row.id, Settings()):
                pass
    return caller.workspace.images.get(row.id, caller.user)
