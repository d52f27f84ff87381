"""The page in the browser: Gradio's shell around `charsam/static`, and the endpoints for `gradio_client`."""
