"""How the application is served: one uvicorn, sockets without compression."""

import uvicorn
from fastapi import FastAPI


def configure(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """The server's configuration; dispatch.run serves it in its own task group.

    Args:
        app: from web.app.create.
        host: to listen on.
        port: to listen on; 0 takes a free one.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        lifespan="on",
    )
