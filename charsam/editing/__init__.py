"""A labeler's edits: a document and a command in, a new document out."""
