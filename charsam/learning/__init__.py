"""Learning a lab's own convention: `compact`'s decoder fitted to the masks that people corrected and accepted."""
