# SPDX-License-Identifier: Apache-2.0
"""Asks for the metrics of nodes through the aggregator, ten times a second, until a file `stop` is there.

usage: metrics.py NODE

Says `asking` after the first answer, and at the end whether there was a gap: two answers in a row without metrics of
NODE. A single one is no gap: before Kubernetes 1.30 nothing holds a pod back until every API server knows that it goes.
$KUBECONFIG is a lab's.
"""
import base64
import http.client
import json
import os
import ssl
import sys
import tempfile
import time
import urllib.parse

node = sys.argv[1]
config = json.load(open(os.environ["KUBECONFIG"]))
context = next(c for c in config["contexts"] if c["name"] == config["current-context"])["context"]
user = next(u for u in config["users"] if u["name"] == context["user"])["user"]
cluster = next(c for c in config["clusters"] if c["name"] == context["cluster"])["cluster"]
tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
with tempfile.NamedTemporaryFile() as pair:
    pair.write(base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"]))
    pair.flush()
    tls.load_cert_chain(pair.name)
server = urllib.parse.urlparse(cluster["server"])


def answer():
    """What is wrong with an answer; None for one with metrics."""
    try:
        connection = http.client.HTTPSConnection(server.hostname, server.port, context=tls, timeout=5)
        connection.request("GET", "/apis/metrics.k8s.io/v1beta1/nodes")
        got = connection.getresponse()
        body = got.read()
        connection.close()
    except OSError as error:
        return str(error)
    if got.status != 200:
        return f"{got.status} {body[:200]!r}"
    return None if any(item["metadata"]["name"] == node for item in json.loads(body)["items"]) else "no metrics"


asked = run = longest = 0
while not os.path.exists("stop"):
    started = time.monotonic()
    wrong = answer()
    asked += 1
    if asked == 1:
        print("asking", flush=True)
    run = run + 1 if wrong else 0
    longest = max(longest, run)
    if wrong:
        print(time.strftime("%H:%M:%S"), wrong, file=sys.stderr, flush=True)
    time.sleep(max(0, 0.1 - (time.monotonic() - started)))
print("no gap" if longest < 2 else f"{longest} in a row without metrics", "in", "many" if asked >= 50 else asked, "answers")
