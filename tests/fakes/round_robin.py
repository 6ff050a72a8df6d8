"""One address for several servers, as a load balancer gives it: each connection to the next one."""

import itertools
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


@contextmanager
def round_robin(ports: Sequence[int]) -> Iterator[int]:
    """Pass connections on to the ports of this machine, past those that refuse; yields the port."""
    turns = itertools.cycle(range(len(ports)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, ports, turns), daemon=True).start()
        yield int(listener.getsockname()[1])


def _accept(listener: socket.socket, ports: Sequence[int], turns: Iterator[int]) -> None:
    with suppress(OSError):  # closed: nobody is to be served any more
        while True:
            client, _ = listener.accept()
            first = next(turns)
            threading.Thread(
                target=_serve, args=(client, [*ports[first:], *ports[:first]]), daemon=True
            ).start()


def _serve(client: socket.socket, ports: Sequence[int]) -> None:
    with client:
        for port in ports:
            try:
                upstream = socket.create_connection(("127.0.0.1", port), timeout=5)
            except OSError:
                continue
            upstream.settimeout(None)
            with upstream:
                back = threading.Thread(target=_pump, args=(upstream, client), daemon=True)
                back.start()
                _pump(client, upstream)
                back.join()
            return


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
