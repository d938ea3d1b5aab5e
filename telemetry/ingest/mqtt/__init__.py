"""MQTT 3.1.1 and 5 as seen by an ingest endpoint: bytes to packets and back, without I/O.

Sources: OASIS MQTT Version 3.1.1 (2014) and OASIS MQTT Version 5.0 (2019). Only packets that
a client sends are decoded, only packets that a server sends are encoded.
"""
