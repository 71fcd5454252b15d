# SPDX-License-Identifier: Apache-2.0
"""One psql that stays open: a question costs a fraction of a millisecond, which is what watching pg_stat_activity needs."""

import subprocess

MARK = "=end of answer="


class Gone(Exception):
    """The server went away in the middle."""


class Failed(Exception):
    """PostgreSQL refused the statement."""


class Psql:
    """Not for several threads at once. Reconnects at the question after Gone."""

    def __init__(self, dsn):
        self.dsn = dsn
        self.process = None

    def _open(self):
        self.process = subprocess.Popen(
            ["psql", "-X", "-A", "-t", "-q", "-F", "\x1f", "-d", self.dsn],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)

    def rows(self, statement):
        """The answer as lists of texts; statement is one statement or several, without a final semicolon."""
        if self.process is None or self.process.poll() is not None:
            self._open()
        answer = []
        try:
            self.process.stdin.write(f"{statement};\n\\echo {MARK!r} :ERROR :LAST_ERROR_SQLSTATE\n")
            self.process.stdin.flush()
            for line in self.process.stdout:
                line = line.rstrip("\n")
                if line.startswith(MARK):
                    if line.split(" ")[-2] == "true":
                        raise Failed(f"{line.split(' ')[-1]}: {statement}")
                    return answer
                answer.append(line.split("\x1f"))
        except BrokenPipeError:
            pass
        self.close()
        raise Gone(statement)

    def value(self, statement):
        rows = self.rows(statement)
        return rows[0][0] if rows else None

    def number(self, statement):
        return int(self.value(statement))

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None
