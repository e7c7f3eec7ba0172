"""A host name in front of a server: a proxy that forwards what is asked of that name, byte for byte.

The program is told the name as its endpoint and this proxy as its `http_proxy`; nobody resolves the
name. Runs as a process of its own, so that it does not wait for the clients' threads.
"""

import asyncio
import pathlib
import sys

CHUNK = 64 * 1024


class Front:
    """Reaches a store under a host name. `endpoint` and `variables` are for the program."""

    def __init__(self, store, host):
        from stores.process import Daemon, accepts_connections, free_ports, wait_until

        (port,) = free_ports(1)
        target = store.endpoint.rpartition(":")[2]
        argv = [sys.executable, "-B", pathlib.Path(__file__).resolve(), host, port, target]
        daemon = store.run(Daemon("front", argv, store.home / "front.out"))
        wait_until(lambda: accepts_connections(port), [daemon], "the front")
        self.endpoint = f"http://{host}"
        self.variables = {"http_proxy": f"http://127.0.0.1:{port}"}


async def serve(host, port, target):
    async def forward(reader, writer):
        there = await asyncio.open_connection("127.0.0.1", target)
        back = asyncio.create_task(copy(there[0], writer))
        try:
            while await forward_one(reader, there[1], host):
                pass
            there[1].write_eof()
            await back
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            back.cancel()
            writer.close()
            there[1].close()

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def forward_one(reader, there, host):
    """Forwards one request: its target loses scheme and host, all else stays. False at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = await reader.readline()
        if not line:
            return False
        head += line
    method, target, rest = head.split(b" ", 2)
    asked, path = target.removeprefix(b"http://").partition(b"/")[::2]
    # The name, or a bucket before it. A request for another is none of ours: nothing else of this machine
    # is reached through here.
    if not (b"." + asked).endswith(f".{host}".encode()):
        raise OSError(f"not for {host}: {target!r}")
    there.write(b" ".join([method, b"/" + path, rest]))
    left = 0
    for line in rest.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            left = int(value)
    while left:
        chunk = await reader.readexactly(min(left, CHUNK))
        there.write(chunk)
        left -= len(chunk)
    await there.drain()
    return True


async def copy(reader, writer):
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
