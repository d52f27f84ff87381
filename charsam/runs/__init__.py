"""Runs over many images: in this process, in several, or on a Ray cluster; gone on with after any stop."""
