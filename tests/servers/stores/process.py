"""Child processes: a clean environment, free ports, and a stop that cannot hit a stranger."""

import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time


def clean_environment(**extra):
    """Returns this process's environment without cloud settings and without proxies.

    A profile, a CA bundle or a proxy of the person who runs the tests must not reach
    a server or the program: everything here happens on 127.0.0.1.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("AWS_") and not name.upper().endswith("_PROXY")
    }
    environment.update(extra)
    return environment


def free_ports(count):
    """Returns `count` different TCP ports that are free on 127.0.0.1 now.

    All are held until the last is known, so none is given twice. Ports that leave
    `port + 10000` unusable are passed over: SeaweedFS derives gRPC ports that way
    where it is not told one.
    """
    held, ports = [], []
    try:
        while len(ports) < count:
            probe = socket.socket()
            held.append(probe)
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            if port + 10000 <= 65535:
                ports.append(port)
        return ports
    finally:
        for probe in held:
            probe.close()


# For a server that would wait for its clients before it ends, where nobody needs its data afterwards.
HASTE_SECONDS = 0.5


class Daemon:
    """One process that the suite started, with its log.

    It gets `patience_seconds` to end by itself before it is killed.
    """

    def __init__(self, name, argv, log, env=None, user=None, cwd=None, patience_seconds=10):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log = pathlib.Path(log)
        as_user = {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=clean_environment() if env is None else env,
                cwd=cwd,
                # Ctrl-C at the terminal must reach the suite alone, which then stops its servers in order.
                start_new_session=True,
                **as_user,
            )
        self.pid = self.process.pid
        self.patience_seconds = patience_seconds

    def running(self):
        return self.process.poll() is None

    def is_ours(self):
        """Tells whether the process with our id still has the command line that we gave it.

        For an instant after the start the kernel shows an empty one, hence the repeats.
        """
        given = [os.fsencode(word) for word in self.argv]
        for _ in range(20):
            try:
                shown = pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes()
            except OSError:
                return False
            if shown:
                return shown.split(b"\0")[1 : len(given)] == given[1:]
            time.sleep(0.05)
        return False

    def stop(self):
        """Ends the process: by its id, only if it is still ours, and not before it has gone."""
        if not self.running():
            return
        if not self.is_ours():
            raise RuntimeError(f"process {self.pid} is not the {self.name} that was started: left alone")
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.patience_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log_tail(self, lines=15):
        text = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in text[-lines:])


def answers(port, path):
    """Tells whether `GET path` on 127.0.0.1:`port` answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def wait_until(ready, daemons, what, seconds=60):
    """Waits until `ready()` is true; raises with the log of a daemon that died meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        if ready():
            return
        for daemon in daemons:
            if not daemon.running():
                raise RuntimeError(f"{daemon.name} ended while starting {what}:\n{daemon.log_tail()}")
        if time.monotonic() > deadline:
            tails = "\n".join(f"  {daemon.name}:\n{daemon.log_tail()}" for daemon in daemons)
            raise RuntimeError(f"{what} was not ready after {seconds} s:\n{tails}")
        time.sleep(0.05)


def accepts_connections(port):
    """Tells whether something listens on 127.0.0.1:`port`."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
