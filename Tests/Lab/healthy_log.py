#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""healthy_log.py CAPTURED STANDIN: compares two healthy logs of metrics-server, by source file and meaning.

CAPTURED is of a real one. Each kind of its lines must have its counterpart in STANDIN, in its own library's wording, and
STANDIN may say nothing else. What differs is printed; what differs for a known reason, with the reason.
"""
import re, sys

KNOWN = {
    ("handler.go", "Adding GroupVersion GROUP to ResourceManager"): "said by the library from Kubernetes 1.27 on",
    ("main.go", "This is kbootstrap-lab's stand-in for metrics-server, not metrics-server itself"):
        "the stand-in says what it is",
    ("serving.go", "Generated self-signed cert"): "said without --tls-cert-file",
}
LINE = re.compile(r"^([IWEF])\d{4} [\d:.]+ +\d+ ([\w.]+):\d+\] (.*)$")


def meaning(message):
    """The message without what a run or a version of the library decides: quotes, keys, addresses, groups."""
    structured = re.match(r'^"((?:[^"\\]|\\.)*)"(.*)$', message)
    if structured:
        message = structured.group(1)
        pairs = dict(re.findall(r' (\w+)="?((?:[^"\\ ]|\\.)*)"?', structured.group(2)))
        subject = pairs.get("controller") or pairs.get("name")
        # The newer library: "Starting controller" name="X", "Caches are synced" controller="X".
        message = f"Starting {subject}" if message == "Starting controller" else message
        if message.endswith(("sync", "synced")) and subject:
            message += f" for {subject}"
    message = re.sub(r"(securely on) \S+", r"\1 ADDRESS", message.strip())
    return re.sub(r"GroupVersion \S+ \S+", "GroupVersion GROUP", re.sub(r"(self-signed cert) \(.*", r"\1", message))


def kinds(path):
    found = set()
    for line in open(path):
        # Continued lines, and problems before a first scrape, are no part of a healthy log.
        matched = LINE.match(line)
        if matched and matched.group(1) == "I" and not matched.group(3).startswith('"Failed probe"'):
            found.add((matched.group(2), meaning(matched.group(3))))
    return found


captured, standin = (kinds(path) for path in sys.argv[1:])
status = 0
for side, alone in (("captured", captured - standin), ("stand-in", standin - captured)):
    for source, text in sorted(alone):
        reason = KNOWN.get((source, text))
        status = status if reason else 1
        print(f"only {side}: {source}: {text}" + (f" ({reason})" if reason else ""))
print(f"in both: {len(captured & standin)} kinds")
sys.exit(status)
