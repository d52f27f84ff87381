"""Whole datasets in one command: split into shards, spread over processes or machines, gone on with after any stop."""
