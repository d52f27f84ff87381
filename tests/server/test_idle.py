"""What an app costs that nobody uses."""

import time

from charsam.page.page import App
from charsam.server.access import Access
from charsam.server.engine import Engine


def test_a_server_that_nobody_asks_hardly_uses_the_processor(engine: Engine, access: Access) -> None:
    app = App(engine, access)
    try:
        app.launch(quiet=True)
        clock = time.pthread_getcpuclockid(app.demo.server.thread.ident)
        time.sleep(0.3)  # what starting leaves behind
        begun = time.clock_gettime(clock)
        time.sleep(1.0)
        assert time.clock_gettime(clock) - begun < 0.03  # Gradio's own pace costs 0.08
    finally:
        app.demo.close()
