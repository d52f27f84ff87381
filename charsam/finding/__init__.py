"""Finding and reading the words of a photo that comes without any."""
