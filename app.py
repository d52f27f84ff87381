"""Starts charsam's app: what a Hugging Face Space runs, and `python app.py`.

Gradio's own environment variables choose the address, for instance GRADIO_SERVER_NAME and GRADIO_SERVER_PORT.
"""

import sys

from charsam.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve"]))
