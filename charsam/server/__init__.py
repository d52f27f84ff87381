"""The HTTP API of the app. It knows neither Gradio nor the page."""
