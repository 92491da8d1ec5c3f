"""A small server on this machine that speaks as much of Trino's REST protocol as a query needs.

Trino's client protocol: POST /v1/statement with the SQL, then GET of each answer's `nextUri` until there is
none; answers hold `stats`, and once known `columns` and `data`, or an `error`. The SQL is run by SQLite.
"""

import json
import sqlite3
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TYPES = {"time": "integer", "icao24": "varchar", "callsign": "varchar", "squawk": "varchar"}
TYPES |= dict.fromkeys(("onground", "alert", "spi"), "boolean")
ROWS_AN_ANSWER = 7


class TrinoServer(ThreadingHTTPServer):
    """Answers statements on a table; `refuses` makes some fail, `asked` lists all."""

    def __init__(self, columns, rows):
        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        self.rows = rows
        self.columns = columns
        self.asked = []
        self.refuses = None
        self.answers = {}

    def run(self, sql):
        database = sqlite3.connect(":memory:")
        database.execute(f"CREATE TABLE state_vectors_data4 ({', '.join(self.columns)})")
        marks = ", ".join("?" * len(self.columns))
        database.executemany(f"INSERT INTO state_vectors_data4 VALUES ({marks})", self.rows)
        if sql.strip().lower() == "select version()":
            return [{"name": "_col0", "type": "varchar"}], [("479",)]
        self.asked.append(sql)
        if self.refuses and self.refuses(sql):
            raise sqlite3.OperationalError("Too many queued queries")
        found = database.execute(sql)
        columns = [{"name": c[0], "type": TYPES.get(c[0], "double")} for c in found.description]
        rows = [
            tuple(bool(v) if c["type"] == "boolean" else v for v, c in zip(row, columns, strict=True))
            for row in found
        ]
        database.close()
        return columns, rows


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
        name = f"q{len(self.server.answers)}"
        try:
            self.server.answers[name] = self.server.run(sql)
        except sqlite3.OperationalError as error:
            told = {"errorName": "QUERY_QUEUE_FULL", "errorCode": 131074, "message": str(error)}
            told["errorType"] = "INSUFFICIENT_RESOURCES"
            self.reply({"id": name, "stats": stats("FAILED"), "error": told})
        else:
            self.reply({"id": name, "stats": stats("QUEUED"), "nextUri": self.uri(name, 0)})

    def do_GET(self):
        *_, name, start = self.path.split("/")
        columns, rows = self.server.answers[name]
        end = int(start) + ROWS_AN_ANSWER
        typed = [column | {"typeSignature": signature(column["type"])} for column in columns]
        answer = {"id": name, "columns": typed, "data": rows[int(start) : end], "stats": stats("RUNNING")}
        if end < len(rows):
            answer["nextUri"] = self.uri(name, end)
        else:
            answer["stats"] = stats("FINISHED")
        self.reply(answer)

    def do_DELETE(self):
        self.send_response(204)
        self.end_headers()

    def uri(self, name, start):
        return f"http://127.0.0.1:{self.server.server_port}/v1/statement/executing/{name}/{start}"

    def reply(self, answer):
        body = json.dumps({"infoUri": self.uri("info", 0), "warnings": []} | answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def signature(kind):
    length = [{"kind": "LONG", "value": 2147483647}] if kind == "varchar" else []
    return {"rawType": kind, "arguments": length}


def stats(state):
    return {"state": state, "queued": state == "QUEUED", "scheduled": True, "progressPercentage": 50.0}


@contextmanager
def trino_server(columns, rows):
    """Serve a table for a while."""
    server = TrinoServer(columns, rows)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
