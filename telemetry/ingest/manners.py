"""When the door refuses a CONNECT whoever it is from, and when it loses patience. Pure."""

from telemetry.ingest.mqtt import encode
from telemetry.ingest.mqtt.packets import V311, Connect

CONNECT_WITHIN_S = 10.0
CLIENT_ID_CHARACTERS = 256


def fault_of(connect: Connect) -> int:
    """The reason for which a CONNECT is refused whoever it is from; 0: none."""
    if connect.enhanced_authentication:
        return encode.BAD_AUTHENTICATION_METHOD
    if connect.version == V311 and not connect.client_id and not connect.clean:
        return encode.BAD_CLIENT_ID
    return encode.BAD_CLIENT_ID if len(connect.client_id) > CLIENT_ID_CHARACTERS else 0


def is_overdue(connect: Connect | None, silent_s: float) -> bool:
    """Whether a peer that we listen to has broken its promise to speak."""
    if connect is None:
        return silent_s > CONNECT_WITHIN_S
    return 0 < 1.5 * connect.keep_alive_s < silent_s
