# SPDX-License-Identifier: Apache-2.0
"""Plants secrets in every place that holds one, runs commands against a server that echoes what it is sent, and looks for
them in all that comes out: both streams, saved evidence, the page, arguments of processes.

usage: secrets.py FOLDER [--all]

FOLDER is server.py's, which is running. Prints a line for each leak, then how many runs there were.
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import urllib.parse

folder = os.path.abspath(sys.argv[1])
everything = "--all" in sys.argv
with open(f"{folder}/port") as file:
    port = file.read()
with open(f"{folder}/client-key.pem") as file:
    key = file.read()
with open(f"{folder}/client.pem") as file:
    certificate = file.read()

SECRETS = {
    "token": "tok-opaque-0123456789abcdef", "token file": "tokfile-opaque-9876543210fedc",
    "password": "pa55-w0rd-zyxw", "plugin's token": "plug-token-aabbccddeeff",
    "plugin's stderr": "stderr-secret-998877", "plugin's stdout": "stdout-secret-665544", "proxy's password": "proxy-passw0rd",
    "server's password": "url-passw0rd", "server's query": "query-s3cret-value", "plugin's environment": "execenv-secret",
    "plugin's argument": "execarg-secret", "environment": "env-secret-variable", "auth provider": "idtoken-secret-4711",
    "client key": "".join(key.split("\n")[1:3])[:60], "key passphrase": "passphrase-secret-0815",
}


def forms(secret):
    encoded = [base64.b64encode(b"x" * skip + secret.encode()).decode()[4 * (skip > 0):-4] for skip in range(3)]
    return {form for form in [secret, urllib.parse.quote(secret), secret.encode().hex(), *encoded] if len(form) > 9}


def script(name, body):
    path = f"{folder}/{name}"
    with open(path, "w") as file:
        file.write("#!/bin/sh\n" + body)
    os.chmod(path, 0o700)
    return path


def plugin(name, body, **more):
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": script(name, body),
                     "args": [SECRETS["plugin's argument"]], **more,
                     "env": [{"name": "P", "value": SECRETS["plugin's environment"]}]}}


def given(**fields):
    return json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", **fields})


def encoded(text):
    return base64.b64encode(text.encode()).decode()


TOKEN, STDERR, STDOUT = SECRETS["plugin's token"], SECRETS["plugin's stderr"], SECRETS["plugin's stdout"]
WITH_TOKEN = given(status={"token": TOKEN})
with open(f"{folder}/tokenfile", "w") as file:
    file.write(SECRETS["token file"] + "\n")
USERS = {
    "token": {"token": SECRETS["token"]},
    "tokenFile": {"tokenFile": f"{folder}/tokenfile"},
    "basic": {"username": "admin", "password": SECRETS["password"]},
    "plugin": plugin("p-good", f"echo 'warn {STDERR}' >&2; echo '{WITH_TOKEN}'\n"),
    "token with a line end": {"token": SECRETS["token"] + "\nX-Evil: yes"},
    "certificate": {"client-certificate": f"{folder}/client.pem", "client-key": f"{folder}/client-key.pem"},
    "key without base64": {"client-certificate": f"{folder}/client.pem", "client-key-data": key.replace("\n", " ")},
    "key without PEM": {"client-certificate": f"{folder}/client.pem", "client-key-data": encoded(key.replace("BEGIN", "BEGUN"))},
    "another key": {"client-certificate": f"{folder}/server.pem", "client-key-data": encoded(key)},
    "key for a certificate": {"client-certificate": f"{folder}/client-key.pem", "client-key": f"{folder}/client-key.pem"},
    "token in a list": {"token": [SECRETS["token"]]},
    "password in a mapping": {"username": "a", "password": {"x": SECRETS["password"]}},
    "two ways": {"token": SECRETS["token"], "username": "admin", "password": SECRETS["password"]},
    "auth provider": {"auth-provider": {"name": "x", "config": {"access-token": SECRETS["auth provider"]}}},
    "plugin fails": plugin("p-fails", f"echo 'token={STDERR} failed' >&2; echo '{STDOUT}'; exit 3\n"),
    "plugin of no JSON": plugin("p-json", f"echo '{WITH_TOKEN[:-3]}'\n"),
    "plugin of another version": plugin("p-version", "echo '" + given(status={"token": TOKEN}).replace("k8s.io/v1", TOKEN) + "'\n"),
    "plugin of another kind": plugin("p-kind", f"echo '{WITH_TOKEN.replace('ExecCredential', TOKEN)}'\n"),
    "plugin with a line end": plugin("p-line", "echo '" + WITH_TOKEN.replace(TOKEN, TOKEN + "\\r\\nX: 1") + "'\n"),
    "plugin with a bad pair": plugin("p-pair", "cat <<'E'\n" + given(
        status={"clientCertificateData": certificate.replace("A", "B", 9), "clientKeyData": key}) + "\nE\n"),
    "plugin of an unknown version": plugin("p-unknown", "exit 0\n", apiVersion=SECRETS["plugin's argument"]),
    "no plugin": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": f"{folder}/none",
                           "args": [SECRETS["plugin's argument"]]}},
}
ECHOED = ["token", "tokenFile", "basic", "plugin"]
SERVER, QUERY, PROXY = SECRETS["server's password"], SECRETS["server's query"], SECRETS["proxy's password"]
HERE = f"127.0.0.1:{port}"
CLUSTERS = {
    "plain": {"server": f"https://{HERE}"},
    "password in server": {"server": f"https://admin:{SERVER}@{HERE}"},
    "query in server": {"server": f"https://{HERE}/?token={QUERY}"},
    "dead server": {"server": f"https://admin:{SERVER}@127.0.0.1:1"},
    "port of server": {"server": f"https://admin:{SERVER}@127.0.0.1:99999999"},
    "scheme of server": {"server": f"ftp://admin:{SERVER}@127.0.0.1"},
    "dead proxy": {"server": f"https://{HERE}", "proxy-url": f"http://u:{PROXY}@127.0.0.1:1"},
    "https proxy": {"server": f"https://{HERE}", "proxy-url": f"https://u:{PROXY}@127.0.0.1:1"},
    "socks proxy": {"server": f"https://{HERE}", "proxy-url": f"socks5://u:{PROXY}@127.0.0.1:1"},
    "port of proxy": {"server": f"https://{HERE}", "proxy-url": f"http://u:{PROXY}@127.0.0.1:99999999"},
    "key for a CA": {"server": f"https://{HERE}", "certificate-authority": f"{folder}/client-key.pem"},
    "key data for a CA": {"server": f"https://{HERE}", "certificate-authority-data": encoded(key)},
}
COMMANDS = [
    ["verify", "--once", "--save", "OUT/saved.json", "--report", "OUT/page.html"],
    ["top", "nodes"], ["top", "pods", "-A"], ["uninstall-metrics", "--dry-run"],
    ["verify", "--once", "-o", "json"], ["verify", "--once", "-o", "junit"], ["verify", "--once", "-o", "prometheus"],
    ["verify", "--once", "--all-contexts"], ["verify", "--once", "--all-contexts", "-o", "json"],
    ["install-metrics", "--diff"], ["install-metrics", "--dry-run", "server"], ["install-metrics", "--no-wait"],
    ["kubelet-certs", "inspect", "--timeout", "1s", "-o", "json"], ["kubelet-certs", "approve", "-o", "json"],
    ["kubelet-certs", "issue", "--all", "--dir", "OUT/k", "--ca-cert", f"{folder}/ca.pem", "--ca-key", f"{folder}/ca-key.pem", "--dry-run"],
]
FEW = COMMANDS[:4]
runs = 0


def kubeconfig(user, cluster):
    cluster = {"certificate-authority": f"{folder}/ca.pem", **CLUSTERS[cluster]}
    if "certificate-authority-data" in cluster:
        del cluster["certificate-authority"]
    with open(f"{folder}/kubeconfig", "w") as file:
        json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                   "clusters": [{"name": "c", "cluster": cluster}],
                   "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                   "users": [{"name": "u", "user": USERS[user]}]}, file)


def leaks(where, text, title):
    for name, secret in SECRETS.items():
        if any(form.encode() in text for form in forms(secret)):
            print(f"{name} in {where} of {title}")


def run(user, cluster, mode, command, text=None):
    """Runs a command; `text` stands in for the kubeconfig's."""
    global runs
    runs += 1
    out = f"{folder}/out"
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    with open(f"{folder}/mode", "w") as file:
        file.write(mode)
    kubeconfig(user, cluster)
    if text is not None:
        with open(f"{folder}/kubeconfig", "w") as file:
            file.write(text)
    words = [word.replace("OUT", out) for word in command]
    process = subprocess.run(
        ["kbootstrap", *words, "--kubeconfig", f"{folder}/kubeconfig", "--request-timeout", "3s"], capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60, env={**os.environ, "MY_SECRET": SECRETS["environment"], "HOME": "/nonexistent"})
    title = f"{' '.join(command)} (user: {user}, cluster: {cluster}, server: {mode})"
    leaks("the output", process.stdout + process.stderr, title)
    for place, _, names in os.walk(out):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                leaks(name, file.read(), title)


for mode in ["echo-message", "echo-head", "echo-value", "echo-encoded", "echo-json"]:
    for user in ECHOED:
        for command in COMMANDS if everything or user == "token" else FEW[:2]:
            run(user, "plain", mode, command)
for user in USERS:
    for command in COMMANDS if everything else FEW[:2]:
        run(user, "plain", "ok", command)
for cluster in CLUSTERS:
    for command in COMMANDS if everything else FEW[:2]:
        run("token", cluster, "ok", command)
for line in ["\ttoken: {}", "token: {}: x", "token: {}\n    token: {}", "token: '{}", "token: *{}", "{}", "token: [{}"]:
    text = f"users:\n- name: u\n  user:\n    {line.replace('{}', SECRETS['token'])}\n"
    for command in FEW[:2]:
        run("token", "plain", "ok", command, text)
print(f"{runs} runs")
