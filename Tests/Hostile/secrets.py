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
    "id-token": "id-token-signature-secret", "refresh token": "refresh-token-2468", "client secret": "client-secret-1357",
    "bundle's passphrase": "bundle-passphrase-8642", "environment file": "envfile-s3cret-9753", "broken key": "BrokenPEMkeyMIGHAgEAMBMG",
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
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": script(name, body),
                     "args": [SECRETS["plugin's argument"]], **more,
                     "env": [{"name": "P", "value": SECRETS["plugin's environment"]}]}}


def oidc(expiry):
    """An auth-provider; without an id-token that can be read for None."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expiry}).encode()).decode().rstrip("=")
    token = SECRETS["id-token"] if expiry is None else f"e30.{claims}.{SECRETS['id-token']}"
    return {"auth-provider": {"name": "oidc", "config": {
        "id-token": token, "refresh-token": SECRETS["refresh token"], "client-secret": SECRETS["client secret"],
        "client-id": "kubernetes", "idp-issuer-url": "https://issuer.example"}}}


def given(**fields):
    return json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", **fields})


def encoded(text):
    return base64.b64encode(text.encode()).decode()


TOKEN, STDERR, STDOUT = SECRETS["plugin's token"], SECRETS["plugin's stderr"], SECRETS["plugin's stdout"]
WITH_TOKEN = given(status={"token": TOKEN})
with open(f"{folder}/tokenfile", "w") as file:
    file.write(SECRETS["token file"] + "\n")
with open(f"{folder}/broken-key.pem", "w") as file:
    file.write(f"-----BEGIN PRIVATE KEY-----\n{SECRETS['broken key']}\n-----END PRIVATE KEY-----\n")
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
    "auth provider's name": {"auth-provider": {"name": f"x {SECRETS['auth provider']}"}},
    "id-token": oidc(4102444800), "expired id-token": oidc(1), "id-token beside token": {"token": SECRETS["token"], **oidc(1)},
    "id-token without exp": oidc("x"), "no id-token": oidc(None), "id-token as a number": {"auth-provider": {"name": "oidc", "config": {"id-token": 5, "refresh-token": [SECRETS["refresh token"]]}}},
    "id-token beside plugin": {**oidc(1), "exec": {"command": "x"}},
    "token and key": {"token": SECRETS["token"], "client-key-data": encoded(key), "client-certificate-data": encoded(key)},
    "key for data": {"client-certificate": f"{folder}/client.pem", "client-key-data": key},
    "broken key": {"client-certificate": f"{folder}/client.pem", "client-key": f"{folder}/broken-key.pem"},
    "key in both": {"client-certificate": f"{folder}/client.pem", "client-key": f"{folder}/client-key.pem", "client-key-data": encoded(key)},
    "tokenFile of a key": {"tokenFile": f"{folder}/client-key.pem"},
    "impersonation": {"token": SECRETS["token"], "as-uid": "u", "as-user-extra": {"a": SECRETS["password"]}},
    "plugin fails": plugin("p-fails", f"echo 'token={STDERR} failed' >&2; echo '{STDOUT}'; exit 3\n"),
    "plugin of no JSON": plugin("p-json", f"echo '{WITH_TOKEN[:-3]}'\n"),
    "plugin of another version": plugin("p-version", "echo '" + given(status={"token": TOKEN}).replace("k8s.io/v1", TOKEN) + "'\n"),
    "plugin of another kind": plugin("p-kind", f"echo '{WITH_TOKEN.replace('ExecCredential', TOKEN)}'\n"),
    "plugin with a line end": plugin("p-line", "echo '" + WITH_TOKEN.replace(TOKEN, TOKEN + "\\r\\nX: 1") + "'\n"),
    "plugin with a bad pair": plugin("p-pair", "cat <<'E'\n" + given(
        status={"clientCertificateData": certificate.replace("A", "B", 9), "clientKeyData": key}) + "\nE\n"),
    "plugin of an unknown version": plugin("p-unknown", "exit 0\n", apiVersion=SECRETS["plugin's argument"]),
    "no plugin": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": f"{folder}/none",
                           "args": [SECRETS["plugin's argument"]]}},
}
ECHOED = ["token", "tokenFile", "basic", "plugin", "id-token"]
SERVER, QUERY, PROXY = SECRETS["server's password"], SECRETS["server's query"], SECRETS["proxy's password"]
HERE = f"127.0.0.1:{port}"
CLUSTERS = {
    "plain": {"server": f"https://{HERE}"},
    "elsewhere": {"server": "https://api.example:6443"},
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
# How much a command says: as it stands, less, coloured.
VERBOSITIES = [[], ["--quiet"], ["--color", "always"]]
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


def started(words, title, **environment):
    process = subprocess.run(
        ["kbootstrap", *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
        env={**os.environ, "MY_SECRET": SECRETS["environment"], "HOME": "/nonexistent", **environment})
    leaks("the output", process.stdout + process.stderr, title)


def local(*words):
    """Runs a command that asks no cluster, at every verbosity."""
    global runs
    for verbosity in VERBOSITIES:
        runs += 1
        started([word.replace("HERE", folder) for word in words] + verbosity, " ".join([*words, *verbosity]))


def run(user, cluster, mode, command, text=None, **environment):
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
    words = [word.replace("OUT", out) for word in command] + VERBOSITIES[runs % 3]
    started([*words, "--kubeconfig", f"{folder}/kubeconfig", "--request-timeout", "3s"],
            f"{' '.join(command)} (user: {user}, cluster: {cluster}, server: {mode})", **environment)
    title = f"what {' '.join(command)} saved (user: {user}, cluster: {cluster}, server: {mode})"
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
for variable in [f"https://u:{PROXY}@127.0.0.1:1", f"http://u:{PROXY}@127.0.0.1:1", f"socks5://u:{PROXY}@127.0.0.1:1", f"u:{PROXY}@127.0.0.1:99999", f"u:{PROXY}"]:
    for command in FEW[:2]:
        run("token", "elsewhere", "ok", command, HTTPS_PROXY=variable)
for line in ["\ttoken: {}", "token: {}: x", "token: {}\n    token: {}", "token: '{}", "token: *{}", "{}", "token: [{}", "token: {}\x07", "token: !!int {}",
             "token: !!binary {}", "? [{}]\n    : x", "<<: {}", "token: &{} x", "token: %{}", "token: |{}", "{}: {}", "token: {}\n   x: y", "token: \"{}\\q\""]:
    text = f"users:\n- name: u\n  user:\n    {line.replace('{}', SECRETS['token'])}\n"
    text += f"- name: v\n  user: {{password: {SECRETS['password']}}}\n"
    for command in FEW[:2]:
        run("token", "plain", "ok", command, text)

# Commands that ask no cluster, and what they read: bundles, keys that are broken, launch files with other programs' secrets.
for name, text in [("passphrase", SECRETS["bundle's passphrase"]), ("other", SECRETS["key passphrase"]), ("empty", ""), ("lines", SECRETS["bundle's passphrase"] + "\nx")]:
    with open(f"{folder}/{name}", "w") as file:
        file.write(text)
    os.chmod(f"{folder}/{name}", 0o600)
local("certs", "front-proxy", "--dir", "HERE/pki")
local("certs", "bundle", "export", "HERE/bundle.p12", "--passphrase-file", "HERE/passphrase", "--dir", "HERE/pki")
with open(f"{folder}/bundle.p12", "rb") as file:
    whole = file.read()
with open(f"{folder}/cut.p12", "wb") as file:
    file.write(whole[:-20])
for bundle in ["bundle.p12", "cut.p12", "passphrase", "client-key.pem", "none"]:
    for passphrase in ["passphrase", "other", "empty", "lines", "none"]:
        local("certs", "bundle", "import", f"HERE/{bundle}", "--passphrase-file", f"HERE/{passphrase}", "--dir", "HERE/imported")
local("certs", "bundle", "export", "HERE/second.p12", "--passphrase-file", "HERE/lines", "--dir", "HERE/pki")
shutil.copytree(f"{folder}/pki", f"{folder}/broken")
for name in ["front-proxy-key.pem", "front-proxy-ca-key.pem"]:
    shutil.copy(f"{folder}/broken-key.pem", f"{folder}/broken/{name}")
    os.chmod(f"{folder}/broken/{name}", 0o600)
for words in [["status"], ["status", "-o", "json"], ["status", "-o", "wide"], ["renew"], ["renew", "--dry-run"], ["front-proxy"], ["csr"], ["undo"], ["rotate-ca", "start"],
              ["bundle", "export", "HERE/third.p12", "--passphrase-file", "HERE/passphrase"], ["install-signed", "HERE/broken-key.pem"], ["install-signed", "HERE/client-key.pem"]]:
    local("certs", *words, "--dir", "HERE/broken")
local("certs", "front-proxy", "--dir", "HERE/own", "--ca-cert", "HERE/ca.pem", "--ca-key", "HERE/broken-key.pem")
local("certs", "front-proxy", "--dir", "HERE/own", "--ca-cert", "HERE/client-key.pem", "--ca-key", "HERE/client-key.pem")
SECRET = SECRETS["environment file"]
for name, text in {
        "variables": f"DB_PASSWORD={SECRET}\nKUBE_ARGS=--requestheader-client-ca-file=/none\nBAD LINE {SECRET}\nexport X='{SECRET}\n",
        "unit.service": f"[Service]\nEnvironmentFile={folder}/variables\nExecStart=/usr/local/bin/kube-apiserver $KUBE_ARGS\n",
        "tab.yaml": f"apiVersion: v1\nkind: Pod\nspec:\n\ttoken: {SECRET}\n", "colon.yaml": f"apiVersion: v1\nkind: Pod\nspec:\n  token: {SECRET}: x\n",
        "pod.yaml": json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "kube-apiserver", "command": ["kube-apiserver", f"--other={SECRET}"], "env": [{"name": "T", "value": SECRET}]}]}}),
        "cut.json": f'{{"kind": "Pod", "token": "{SECRET}', "config.yaml": f"token: {SECRET}\ntoken: {SECRET}\nkube-apiserver-arg:\n- x={SECRET}\n"}.items():
    with open(f"{folder}/{name}", "w") as file:
        file.write(text)
for name in ["tab.yaml", "colon.yaml", "unit.service", "pod.yaml", "cut.json", "config.yaml", "variables", "passphrase"]:
    for words in [["lint"], ["lint", "-o", "json"], ["lint", "-o", "sarif"], ["predict"], ["apply", "--dir", "HERE/pki", "--dry-run"]]:
        local("apiserver-flags", *words, f"HERE/{name}")
for name in ["cut.json", "pod.yaml", "passphrase", "broken-key.pem"]:
    local("verify", "--from", f"HERE/{name}")
print(f"{runs} runs")
