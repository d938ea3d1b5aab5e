"""What a TLS handshake costs the door: whole, and resumed by a ticket."""

import ssl
import time

from telemetry.ingest import tls

WARM = 20


class Resuming(ssl.SSLContext):
    """A client's context with a session for each server name: asyncio cannot be told one.

    resumed counts the connections that were.
    """

    sessions: dict
    resumed: int

    @classmethod
    def of_anybody(cls):
        """That trusts every certificate: what is measured is the server."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.sessions, context.resumed = {}, 0
        return context

    def keep(self, name, connection):
        """Remember the session of a connection that has read something, and so has its tickets."""
        self.sessions[name] = connection.session
        self.resumed += connection.session_reused

    def wrap_bio(self, incoming, outgoing, server_side=False, server_hostname=None, session=None):
        return super().wrap_bio(
            incoming, outgoing, server_side, server_hostname, self.sessions.get(server_hostname)
        )


class Ends:
    """The two ends of a connection in memory; took: processor seconds of the server's."""

    def __init__(self, door, client):
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(down, up, server_hostname="bus-1")
        self.door = door.wrap_bio(up, down, server_side=True)
        self.took = 0.0

    def shake(self):
        """Hands; until the client has the tickets that come with the first bytes it reads."""
        waiting = [self._of_client, self._of_door]
        while waiting:
            waiting = [step for step in waiting if not step()]
        began = time.process_time()
        self.door.write(b"CONNACK")
        self.took += time.process_time() - began
        assert self.client.read(99) == b"CONNACK"
        return self

    def _of_client(self):
        return _done(self.client.do_handshake)

    def _of_door(self):
        began = time.process_time()
        done = _done(self.door.do_handshake)
        self.took += time.process_time() - began
        return done


def _done(handshake):
    try:
        handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def handshakes(certificate, key, count):
    """(ms of the door's processor for a whole handshake, the same for a resumed one)."""
    door, client = tls.door_context(certificate, key), Resuming.of_anybody()
    found = []
    for resumed in (False, True):
        took = 0.0
        for n in range(WARM + count):
            ends = Ends(door, client).shake()
            assert ends.client.session_reused is resumed
            took += ends.took if n >= WARM else 0
        client.sessions["bus-1"] = ends.client.session
        found.append(1_000 * took / count)
    return tuple(found)
