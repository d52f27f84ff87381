"""Readers and writers of datasets, one file a format; `registry.open_dataset` opens each by its name."""
