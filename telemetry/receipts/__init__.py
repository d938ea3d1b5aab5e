"""What issuers say was bought, as they said it. Matching and money are accounting's."""

from telemetry.receipts.store import Incoming, append, prepare

__all__ = ["Incoming", "append", "prepare"]
