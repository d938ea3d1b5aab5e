"""The reference for a broker's other side: paho with manual acknowledgements, which does nothing else.

python -m tests.bench.receive PORT COUNT: prints "ready", and when all came, the seconds from the
first message to the last.
"""

import sys
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


def main(port, count):
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id="reference", clean_session=False, manual_ack=True
    )
    came = 0
    began = 0.0

    def on_message(client, _data, message):
        nonlocal came, began
        began = began or time.perf_counter()
        came += 1
        client.ack(message.mid, message.qos)
        if came == count:
            print(time.perf_counter() - began, flush=True)
            client.disconnect()

    client.on_connect = lambda *_: client.subscribe("gongche/v1/+/+", qos=1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
