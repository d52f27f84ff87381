"""The app in the browser: Gradio over the UI-free core. Only `app.py` and the command line import it."""
