"""The workspace: users, projects, images and the append-only history of every annotation, in a database and a folder.

Start at `charsam.workspace.workspace.Workspace`.
"""
