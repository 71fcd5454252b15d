# SPDX-License-Identifier: Apache-2.0
"""A daemon under test: started, frozen and killed by its own process id; and which of the server's backends are its."""

import os
import signal
import subprocess
import time
import urllib.request


def _port_of_inode():
    """{socket inode: local port} of this machine's TCP sockets."""
    ports = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as file:
            next(file)
            for line in file:
                columns = line.split()
                ports[columns[9]] = int(columns[1].rpartition(":")[2], 16)
    return ports


class Daemon:
    def __init__(self, name, command, log_path, environment=None):
        self.name, self.command, self.log_path, self.environment = name, command, log_path, environment
        self.process = None
        self.starts = 0
        self.ports = set()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment)
        self.starts += 1
        self.ports = set()

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.is_running():
            os.kill(self.pid, number)

    def freeze(self):
        """Returns when every thread of it has stopped."""
        self.signal(signal.SIGSTOP)
        for _ in range(200):
            with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as file:
                if file.read().rpartition(")")[2].split()[0] in "TZ":
                    return
            time.sleep(0.0005)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=12):
        """SIGTERM; its exit status, or None if it had to be killed."""
        if not self.is_running():
            return self.process.returncode if self.process else None
        self.thaw()
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def client_ports(self):
        """Local TCP ports of its sockets: pg_stat_activity.client_port tells which backends are its."""
        inodes = set()
        try:
            for entry in os.scandir(f"/proc/{self.pid}/fd"):
                target = os.readlink(entry.path)
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
        except FileNotFoundError:
            return set()
        ports = _port_of_inode()
        return {ports[inode] for inode in inodes if inode in ports}

    def backends(self, psql):
        """[pid, state, wait_event, transaction's start, query] of its backends, as text."""
        if not self.ports:
            self.ports = self.client_ports()
        numbers = ",".join(str(port) for port in self.ports) or "0"
        rows = psql.rows("select pid, state, coalesce(wait_event, ''), coalesce(xact_start::text, ''), lower(translate(left(query, 40), e'\n', ' ')) from pg_stat_activity "
                         f"where datname = current_database() and client_port in ({numbers})")
        if not rows:
            self.ports = set()
        return rows

    def open_transactions(self, psql):
        """{(backend, start of its transaction)} of those that are open now."""
        return {(row[0], row[3]) for row in self.backends(psql) if row[3] and (row[1] == "active" or row[1].startswith("idle in transaction"))}

    def metrics(self, psql):
        """{series: number} of its metrics page; {} if it does not answer."""
        port = psql.value(f"select metrics_port from control.worker where pid = {self.pid}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
                lines = page.read().decode().splitlines()
        except OSError:
            return {}
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line and not line.startswith("#")}
