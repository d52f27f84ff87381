"""The routes under /label, one module for what they are about."""
