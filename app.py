"""Starts charsam's app: what a Hugging Face Space runs, and `python app.py`.

Gradio's own environment variables choose the address, for instance GRADIO_SERVER_NAME and GRADIO_SERVER_PORT.
"""

from charsam.ui.page import serve

if __name__ == "__main__":
    serve()
