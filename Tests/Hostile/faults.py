# SPDX-License-Identifier: Apache-2.0
"""Answers that are not as they should be. Each fault sends what it sends over `connection` and returns whether that was
the true answer, wholly; None stands for a question that was put off (429, 5xx) with the seconds in `self.retry_after`."""
import json
import os
import socket
import struct
import time

CONTROLS = "\x1b[31mred\x1b]0;title\x07 \x00\x08\x7f\x85\x9b2J \u202egnp.exe \u2066\u2028next\r\nline\tend"
LONGEST = 60  # seconds that a fault lasts at most


def http(status, data, headers="", kind="application/json"):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{headers}\r\n".encode() + data


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def status(code, message, reason="Unknown"):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason,
            "code": code, "details": {"causes": [{"field": message, "message": message}]}}


class Spoiled:
    """One request's answer, to be spoiled. `code` and `object` are the true one."""

    def __init__(self, connection, request, code, true, dice, trap):
        self.connection, self.request, self.dice, self.trap = connection, request, dice, trap
        self.code, self.object = code, true
        self.data = json.dumps(true).encode()

    def send(self, data):
        self.connection.sendall(data)

    def hold(self):
        """Nothing more, until the client goes."""
        self.connection.settimeout(LONGEST)
        while self.connection.recv(65536):
            pass

    # What a client must take in its stride.

    def true(self):
        self.send(http(self.code, self.data))
        return True

    def one_byte_chunks(self):
        start, end = http(self.code, b"").split(b"Content-Length: 0\r\n")
        for byte in start + b"Transfer-Encoding: chunked\r\n" + end:
            self.send(bytes([byte]))
        for byte in self.data:
            self.send(chunk(bytes([byte])))
        self.send(b"0\r\n\r\n")
        return True

    def late(self):
        time.sleep(0.3)
        return self.true()

    def padded(self):
        """Some megabytes more than it needs, all of it JSON."""
        self.send(http(self.code, self.data[:-1] + b', "padding": "' + b"x" * (6 << 20) + b'"}'))
        return True

    def goodbye(self):
        """True, and the connection is closed behind it without a word."""
        self.send(http(self.code, self.data))
        self.connection.close()
        return True

    def put_off(self):
        code = self.dice.choice([429, 500, 503, 504])
        after = self.dice.choice([0, 0, 1, 2])
        self.request["retry_after"] = after
        self.send(http(code, status(code, "later"), f"Retry-After: {after}\r\n"))
        return False

    def reset(self):
        raw = socket.socket(fileno=self.connection.detach())
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        return False

    # What it must not believe.

    def put_off_for_long(self):
        code, after = self.dice.choice([429, 503]), self.dice.choice([3, 15, 3600, 10**12])
        self.request["retry_after"] = after
        self.send(http(code, status(code, "much later"), f"Retry-After: {after}\r\n"))
        return False

    def put_off_forever(self):
        return self.put_off()

    def resets(self):
        return self.reset()

    def failing(self):
        code = self.request["code"] = self.dice.choice([400, 401, 403, 409, 410, 418, 422, 500, 502, 503, 504, 599])
        self.send(http(code, status(code, "no")))
        return False

    def plain_failing(self):
        self.send(http(self.dice.choice([500, 503, 504]), b"service unavailable", kind="text/plain"))
        return False

    def control_characters(self):
        code = self.request["code"] = self.dice.choice([403, 429, 500, 503])
        data = status(code, f"etcd is {CONTROLS}")
        self.send(http(code, self.dice.choice([data, f"etcd is {CONTROLS}".encode()])))
        return False

    def reflecting(self):
        """Says back everything that it was sent, credentials included."""
        code = self.request["code"] = self.dice.choice([400, 401, 403, 500])
        text = "bad request: " + self.request["head"]
        self.send(http(code, self.dice.choice([status(code, text), text.encode()])))
        return False

    def redirecting(self):
        code = self.dice.choice([301, 302, 303, 307, 308])
        place = f"http://127.0.0.1:{self.trap}{self.request['target']}"
        self.send(http(code, b"", f"Location: {place}\r\n"))
        return False

    def cut(self):
        whole = http(self.code, self.data)
        self.send(whole[:self.dice.randrange(1, len(whole))])
        self.connection.close()
        return False

    def cut_chunks(self):
        self.send(CHUNKED + chunk(self.data[:len(self.data) // 2]))
        self.connection.close()
        return False

    def truncated_json(self):
        self.send(http(self.code, self.data[:self.dice.randrange(1, len(self.data))]))
        return False

    def other_things(self):
        body = self.dice.choice([
            b"", b"null", b"[]", b"{}", b"0", b'"text"', b"<html>hello</html>", b"\xff\xfe\x00", b"[" * 200_000,
            b'{"a":' * 100_000, b'{"kind":"Status","status":"Failure","code":500}', b'{"items":{}}', b'{"items":null}'])
        self.send(http(200, body, kind=self.dice.choice(["application/json", "text/html", "application/octet-stream"])))
        return False

    def no_http(self):
        self.send(self.dice.choice([os.urandom(400), b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"\r\n" * 500,
                                    b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n",
                                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"]))
        self.connection.close()
        return False

    def huge_head(self):
        self.send(b"HTTP/1.1 200 OK\r\n" + b"X-Much: " + b"x" * (2 << 20) + b"\r\n\r\n")
        self.connection.close()
        return False

    def continuing(self):
        """Interim answers, and never the answer."""
        for _ in range(LONGEST * 10):
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.1)
        return False

    def half_open(self):
        self.hold()
        return False

    def half_an_answer(self):
        whole = http(self.code, self.data)
        self.send(whole[:self.dice.randrange(1, len(whole))])
        self.hold()
        return False

    def dripping(self):
        """A byte now and then, so that the connection is never idle."""
        self.send(http(self.code, self.data)[:40])
        for byte in b"x" * LONGEST * 5:
            self.send(bytes([byte]))
            time.sleep(0.2)
        return False

    def endless(self):
        self.send(CHUNKED)
        ends = time.monotonic() + LONGEST
        while time.monotonic() < ends:
            self.send(chunk(b" " * 65536))
            time.sleep(0.02)  # the machine has other things to do
        return False

    # Watches: nothing that is said there is needed.

    def quiet_watch(self):
        self.send(CHUNKED)
        self.hold()

    def gone_watch(self):
        self.send(http(410, status(410, "too old resource version", "Expired")))

    def error_watch(self):
        code = self.dice.choice([410, 500, 0])
        event = {"type": "ERROR", "object": status(code, f"watch is {CONTROLS}")}
        self.send(CHUNKED + chunk(json.dumps(event).encode() + b"\n") + b"0\r\n\r\n")

    def ended_watch(self):
        self.send(CHUNKED + b"0\r\n\r\n")

    def refused_watch(self):
        if self.dice.random() < 0.5:
            return self.put_off()
        return self.failing()

    def garbled_watch(self):
        line = self.dice.choice([b"{\n", b"[]\n", b"\xff\n", b'{"type":"MODIFIED"}\n', b"[" * 200_000 + b"\n",
                                 b'{"type":"MODIFIED","object":'])
        self.send(CHUNKED + chunk(line) + b"0\r\n\r\n")

    def noisy_watch(self):
        self.send(CHUNKED)
        event = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}}
        ends = time.monotonic() + LONGEST
        while time.monotonic() < ends:
            self.send(chunk(json.dumps(event).encode() + b"\n"))
            time.sleep(0.01)

    def long_line_watch(self):
        self.send(CHUNKED)
        for _ in range(400):
            self.send(chunk(b"x" * 65536))


HARMLESS = ["one_byte_chunks", "late", "padded", "goodbye"]
PASSING = ["put_off", "reset"]
WATCHES = ["quiet_watch", "gone_watch", "error_watch", "ended_watch", "refused_watch", "garbled_watch", "noisy_watch",
           "long_line_watch", "reset", "redirecting", "half_open", "control_characters", "cut"]
HARMFUL = ["put_off_for_long", "put_off_forever", "resets", "failing", "plain_failing", "control_characters",
           "reflecting", "redirecting", "cut", "cut_chunks", "truncated_json", "other_things", "no_http", "huge_head",
           "continuing", "half_open", "half_an_answer", "dripping", "endless"]
