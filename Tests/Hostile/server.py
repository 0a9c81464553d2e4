# SPDX-License-Identifier: Apache-2.0
"""A server that behaves badly on request, on a free port of 127.0.0.1.

usage: server.py FOLDER [--plain] [--cert NAME] [--tls11]

FOLDER holds ca.pem and NAME.pem with NAME-key.pem (see certificates.sh). Once it listens, the port is in FOLDER/port.
How it answers stands in FOLDER/mode, and is read for each request; what it was asked goes to FOLDER/requests, a line a
request: method, path, credentials, client certificate.
"""
import base64
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
import warnings

sys.dont_write_bytecode = True
from cluster import Cluster, METRICS as METRICS_API, measured, node, page, pod

folder = sys.argv[1]
options = sys.argv[2:]
counts = {}
lock = threading.Lock()
GROUP = {"kind": "APIGroup", "apiVersion": "v1", "name": "metrics.k8s.io",
         "versions": [{"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"}],
         "preferredVersion": {"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"}}
NODE = {"metadata": {"name": "n1", "resourceVersion": "5"}, "status": {"allocatable": {"cpu": "1", "memory": "1Gi"}}}
METRICS = {"metadata": {"name": "n1"}, "timestamp": "2026-01-01T00:00:00Z", "window": "15s",
           "usage": {"cpu": "250m", "memory": "512Mi"}}


def body(path):
    if path == "/apis/metrics.k8s.io":
        return GROUP
    if path.startswith("/apis/metrics.k8s.io/v1beta1/nodes"):
        return {"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": [METRICS]}
    if path.startswith("/api/v1/nodes"):
        return {"kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"}, "items": [NODE]}
    return {"major": "1", "minor": "31", "gitVersion": "v1.31.0"}


def answer(status, text, headers="", kind="application/json"):
    data = text if isinstance(text, bytes) else text.encode()
    return (f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{headers}\r\n").encode() + data


def status_object(code, message):
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": "X", "code": code})


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def watch(connection, path, seen):
    """Scripted in FOLDER/watch: one line a watch request, its events as JSON, the last one repeated."""
    with open(os.path.join(folder, "watch")) as file:
        lines = file.read().splitlines()
    events = json.loads(lines[min(seen, len(lines)) - 1])
    if events == "unauthorized":
        connection.sendall(answer(401, status_object(401, "Unauthorized")))
        return
    if events == "later":
        connection.sendall(answer(503, status_object(503, "much later"), "Retry-After: 3600\r\n"))
        return
    if events == "error":
        connection.sendall(answer(500, status_object(500, "etcdserver: request timed out")))
        return
    if events == "gone":
        connection.sendall(answer(410, status_object(410, "too old resource version")))
        return
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    for event in events:
        if event == "silence":
            time.sleep(60)
        connection.sendall(chunk(json.dumps(event).encode() + b"\n"))
    connection.sendall(b"0\r\n\r\n")


def listed(seen):
    """Scripted in FOLDER/list: one line a list request, names and a version, `*` for another one each time."""
    with open(os.path.join(folder, "list")) as file:
        lines = file.read().splitlines()
    version, *names = lines[min(seen, len(lines)) - 1].split()
    version = str(100 + seen) if version == "*" else version
    return {"kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": version},
            "items": [{"metadata": {"name": name, "resourceVersion": version}} for name in names]}


def countless(method, path, sent):
    """A cluster with more pods than anybody can count, and a Node whose kubelet listens on no port."""
    path, _, query = path.partition("?")
    with open(os.path.join(folder, "ca.pem")) as file:
        authority = file.read()
    whole = path in ("/api/v1/pods", "/api/v1/namespaces/default/pods")
    if whole and "fieldSelector" in query:
        return 200, page("PodList", "v1", [])
    if whole:
        pods = page("PodList", "v1", [pod("p1", {})], "more")
        pods["metadata"]["remainingItemCount"] = 2**63 - 1
        return 200, pods
    if path == f"{METRICS_API}/namespaces/default/pods":
        return 200, page("PodMetricsList", "metrics.k8s.io/v1beta1", [measured("p1", True)])
    if path == "/api/v1/nodes":
        odd = node("n1")
        odd["status"].update(addresses=[{"type": "InternalIP", "address": "127.0.0.1"}],
                             daemonEndpoints={"kubeletEndpoint": {"Port": 70000}})
        return 200, page("NodeList", "v1", [odd])
    return Cluster(authority, authority).answer(method, path, urllib.parse.parse_qs(query), sent)


def echo(mode, lines):
    """An answer with the request's head in it, as debugging proxies and some backends give."""
    credentials = [line for line in lines if line.lower().startswith(("authorization:", "cookie:", "x-"))]
    value = " ".join(line.split(" ")[-1] for line in credentials)
    if mode == "echo-message":
        return answer(403, status_object(403, "forbidden: " + "; ".join(credentials)))
    if mode == "echo-head":
        return answer(500, "\r\n".join(lines), kind="text/plain")
    if mode == "echo-value":
        return answer(401, status_object(401, value))
    if mode == "echo-encoded":
        return answer(400, status_object(400, base64.b64encode("\r\n".join(lines).encode()).decode() + urllib.parse.quote(value)))
    names = [{"metadata": {"name": value, "namespace": value}, "timestamp": value, "window": value, "usage": {"cpu": value}}]
    return answer(200, json.dumps({
        "kind": value, "apiVersion": value, "metadata": {"name": value}, "message": value, "items": names, "major": "1",
        "minor": "31", "gitVersion": value, "name": "metrics.k8s.io", "versions": [{"version": value}]}), kind=value)


def respond(connection, mode, method, path, sent, seen, lines):
    good = answer(200, json.dumps(body(path)))
    if mode.startswith("echo-"):
        connection.sendall(echo(mode, lines))
    elif mode == "redirect":
        connection.sendall(answer(302, "", "Location: https://127.0.0.1:1/elsewhere\r\n"))
    elif mode == "truncated":
        connection.sendall(good[:-20])
    elif mode == "broken":
        connection.sendall(answer(200, json.dumps(body(path))[:-2]))
    elif mode == "reset":
        raw = connection.detach() if hasattr(connection, "detach") else None
        if raw is not None:
            plain = socket.socket(fileno=raw)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            plain.close()
    elif mode == "slow":
        time.sleep(30)
    elif mode == "trickle":
        connection.sendall(good[:60])
        time.sleep(30)
    elif mode == "stalled":
        connection.sendall(good[:-5])
        time.sleep(30)
    elif mode == "html":
        connection.sendall(answer(200, "<html>hello</html>", kind="text/html"))
    elif mode == "bytes":
        for byte in good:
            connection.sendall(bytes([byte]))
    elif mode == "busy-twice":
        connection.sendall(good if seen > 2 else answer(429, status_object(429, "slow down"), "Retry-After: 0\r\n"))
    elif mode == "busy":
        connection.sendall(answer(429, status_object(429, "slow down"), "Retry-After: 0\r\n"))
    elif mode == "down":
        connection.sendall(answer(503, "service unavailable", "Retry-After: 0\r\n", "text/plain"))
    elif mode == "later":
        connection.sendall(answer(503, "service unavailable", "Retry-After: 3600\r\n", "text/plain"))
    elif mode == "error":
        connection.sendall(answer(500, status_object(500, "etcd is \x1b[31mred\x1b[0m\r\nnext line")))
    elif mode == "unauthorized":
        connection.sendall(answer(401, status_object(401, "Unauthorized")))
    elif mode == "unauthorized-once":
        connection.sendall(good if seen > 1 else answer(401, status_object(401, "Unauthorized")))
    elif mode == "endless":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(chunk(b" " * 65536))
    elif mode == "countless":
        code, found = countless(method, path, sent)
        connection.sendall(answer(code, json.dumps(found)))
    elif mode == "watch":
        if "watch=true" in path:
            watch(connection, path, seen)
        else:
            connection.sendall(answer(200, json.dumps(listed(seen))))
    else:
        connection.sendall(good)


def serve(connection):
    try:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
            if data[:2] == b"\x16\x03":  # a TLS ClientHello: answered as Go's plain server does
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request")
                return
        head, sent = data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
        while len(sent) < length:
            sent += connection.recv(65536)
        method, path, _ = lines[0].split(" ")
        headers = sorted(line for line in lines[1:] if line.lower().startswith(("authorization:", "impersonate-")))
        certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
        name = ",".join(value for part in (certificate or {}).get("subject", ()) for key, value in part if key == "commonName")
        with open(os.path.join(folder, "mode")) as file:
            mode = file.read().strip()
        kind = (mode, path.split("?")[0], "watch=true" in path)
        with lock:
            counts[kind] = counts.get(kind, 0) + 1
            seen = counts[kind]
            with open(os.path.join(folder, "requests"), "a") as file:
                file.write(" ".join([method, path, *[":".join(h.split(":", 1)) for h in headers], f"cert={name}"]) + "\n")
        respond(connection, mode, method, path, sent, seen, lines)
    except OSError:
        pass
    finally:
        try:
            connection.close()
        except OSError:
            pass


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(50)
context = None
if "--plain" not in options:
    name = options[options.index("--cert") + 1] if "--cert" in options else "server"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if "--tls11" in options:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        warnings.simplefilter("ignore")  # that TLS 1.1 is old is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}-key.pem"))
    context.load_verify_locations(os.path.join(folder, "ca.pem"))
    context.verify_mode = ssl.CERT_OPTIONAL
with open(os.path.join(folder, "port.new"), "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))


def accept(plain):
    try:
        serve(context.wrap_socket(plain, server_side=True) if context else plain)
    except (OSError, ValueError):
        plain.close()


while True:
    plain, _ = listener.accept()
    threading.Thread(target=accept, args=(plain,), daemon=True).start()
