# SPDX-License-Identifier: Apache-2.0
"""Generates configurations, gives each to kubectl and to kbootstrap, and compares what the servers see.

usage: kubeconfigs.py FOLDER [COUNT [SEED [JOBS]]]

FOLDER holds certificates.sh's. A configuration is kubeconfig files, options and environment. Compared are server, path, Host
and SNI, credentials, impersonation, client certificate and proxy; or that nothing was sent. Prints a line for each
difference, with its number: SEED and that number make it again; then how many there were. What is left of a difference is in
FOLDER/NUMBER.
"""
import base64
import json
import multiprocessing
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

FOLDER = os.path.abspath(sys.argv[1])
GROUP = json.dumps({"kind": "APIGroup", "apiVersion": "v1", "name": "metrics.k8s.io", "versions": []}).encode()
PATH = "/apis/metrics.k8s.io"


def read(name):
    with open(f"{FOLDER}/{name}") as file:
        return file.read()


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise OSError("closed")
        data += more
    return data


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Servers:
    """A server with TLS and one without, and a proxy of each kind; all that they see is in `seen`."""

    def __init__(self):
        self.seen = []
        self.port = {}
        for kind in ["tls", "plain", "http", "https", "socks5"]:
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen(50)
            self.port[kind] = listener.getsockname()[1]
            threading.Thread(target=self.accept, args=(kind, listener), daemon=True).start()

    def accept(self, kind, listener):
        while True:
            plain, _ = listener.accept()
            plain.settimeout(20)
            threading.Thread(target=self.serve, args=(kind, plain), daemon=True).start()

    def serve(self, kind, connection):
        try:
            name = [None]
            if kind in ("tls", "https"):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(f"{FOLDER}/server.pem", f"{FOLDER}/server-key.pem")
                if kind == "tls":
                    context.load_verify_locations(f"{FOLDER}/ca.pem")
                    context.verify_mode = ssl.CERT_OPTIONAL
                context.sni_callback = lambda _socket, asked, _context: name.__setitem__(0, asked)
                connection = context.wrap_socket(connection, server_side=True)
            if kind in ("http", "https"):
                self.connect(kind, connection)
            elif kind == "socks5":
                self.socks(connection)
            else:
                self.answer(kind, connection, name[0])
        except (OSError, ValueError, IndexError):
            pass
        finally:
            connection.close()

    def connect(self, kind, connection):
        whole = head(connection)
        lines = whole.split(b"\r\n\r\n")[0].decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        given = [line.split(": ", 1)[1] for line in lines if line.lower().startswith("proxy-authorization:")]
        self.seen.append(("proxy", kind, target.replace("http://", "").split("/")[0], *given))
        if method == "CONNECT":
            self.tunnel(connection, int(target.rsplit(":", 1)[1]), b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            host = target.split("/")[2]
            self.tunnel(connection, int(host.rsplit(":", 1)[1]), b"", whole.replace(f"http://{host}".encode(), b"", 1))

    def socks(self, connection):
        _, count = connection.recv(2)
        methods = connection.recv(count)
        given = ""
        if 2 in methods:
            connection.sendall(b"\x05\x02")
            _, size = connection.recv(2)
            user = connection.recv(size)
            given = user.decode() + ":" + connection.recv(connection.recv(1)[0]).decode()
            connection.sendall(b"\x01\x00")
        else:
            connection.sendall(b"\x05\x00")
        kind = connection.recv(4)[3]
        host = connection.recv(connection.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(connection.recv(4))
        port = int.from_bytes(connection.recv(2), "big")
        self.seen.append(("proxy", "socks5", f"{host}:{port}", given))
        self.tunnel(connection, port, b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")

    def tunnel(self, connection, port, greeting, first=b""):
        """Every name leads to this machine."""
        behind = socket.create_connection(("127.0.0.1", port))
        connection.sendall(greeting)
        behind.sendall(first)
        threading.Thread(target=pump, args=(behind, connection), daemon=True).start()
        pump(connection, behind)

    def answer(self, kind, connection, name):
        lines = head(connection).split(b"\r\n\r\n")[0].decode().split("\r\n")
        method, path, _ = lines[0].split(" ")
        if path.endswith(PATH):
            headers = sorted(
                (line.split(":", 1)[0].lower(), line.split(":", 1)[1].strip()) for line in lines[1:]
                if line.lower().startswith(("authorization:", "impersonate-", "host:")))
            certificate = connection.getpeercert() if kind == "tls" else None
            subject = [value for part in (certificate or {}).get("subject", ()) for _, value in part]
            self.seen.append(("request", kind, method, path, name, tuple(headers), tuple(subject)))
        body, status = (GROUP, "200 OK") if path.endswith(PATH) else (b"{}", "404 Not Found")
        connection.sendall(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Connection: close\r\n\r\n".encode() + body)


class Raw(str):
    """Text that goes into YAML as it stands."""


def yaml(value, indent=0):
    """Block style; a mapping is a list of pairs, so that a key can come twice."""
    space = "  " * indent
    if isinstance(value, dict):
        value = Pairs(value.items())
    if isinstance(value, Pairs):
        if not value:
            return " {}\n"
        return "\n" + "".join(f"{space}{key}:{yaml(item, indent + 1)}" for key, item in value)
    if isinstance(value, list):
        if not value:
            return " []\n"
        return "\n" + "".join(
            space + "-" + (" " + yaml(item, indent + 1).lstrip() if isinstance(item, (dict, Pairs)) and item else yaml(item, indent + 1))
            for item in value)
    return f" {value if isinstance(value, Raw) else json.dumps(value)}\n"


class Pairs(list):
    pass


class Generator:
    def __init__(self, choice, port, folder):
        self.choice, self.port, self.folder = choice, port, folder
        # Of most, little else than one field is odd.
        self.calm = choice.choice([1, 1.5, 2, 2.5, 3])
        self.ca, self.certificate, self.key = read("ca.pem"), read("client.pem"), read("client-key.pem")

    def one(self, *options):
        """One of several (weight, value)."""
        return self.choice.choices([value for _, value in options], [weight ** self.calm for weight, _ in options])[0]

    def maybe(self, share):
        return self.choice.random() < share

    def data(self, text):
        whole = encoded(text)
        return self.one(
            (24, whole), (1, "<" + whole + ">"), (1, "<base64>"), (1, whole[:64] + "\n" + whole[64:] + "\n"),
            (1, whole[:64] + " " + whole[64:]), (1, Raw(whole[:64] + "\n            " + whole[64:])),
            (1, Raw("|\n            " + whole[:64] + "\n            " + whole[64:])), (1, whole.rstrip("=") + "="),
            (1, whole[:-5]), (1, encoded("no PEM")), (1, ""), (1, Raw("12345678")), (1, Raw("~")),
            (1, encoded(text.replace("\n", "\r\n"))), (1, encoded("words\n" + text)), (1, "REDACTED"))

    def file(self, name):
        return self.one((6, f"{FOLDER}/{name}"), (4, f"../{name}"), (1, "missing.pem"), (1, ""), (1, f"../../{os.path.basename(FOLDER)}/{name}"))

    def cluster(self):
        tls, plain = self.port["tls"], self.port["plain"]
        # Only names of elsewhere go through a proxy of the environment.
        self.elsewhere = self.maybe(0.2)
        host = "api.example" if self.elsewhere else "127.0.0.1"
        server = self.one(
            (60, f"https://{host}:{tls}"), (2, f"https://{host}:{tls}/"), (3, f"https://{host}:{tls}/prefix"),
            (1, f"https://{host}:{tls}/prefix/?token=q#f"), (2, f"https://user:word@{host}:{tls}"), (1, f"https://user@{host}:{tls}"),
            (1, f"HTTPS://{host}:{tls}"), (2, f"{host}:{tls}"), (2, f"{host}:{plain}"), (3, f"http://{host}:{plain}"),
            (1, f"{host}:{plain}/prefix"), (1, f"http://user:word@{host}:{plain}"), (1, f"http://{host}:{tls}"),
            (1, f"https://{host}:{plain}"), (1, f"https://localhost:{tls}"), (1, f"localhost:{plain}"), (1, "https://127.0.0.1:1"),
            (1, ""), (1, None), (1, f"ftp://{host}:{tls}"), (1, f"https://{host}:99999"), (1, "https://<host>:6443"), (1, Raw("6443")))
        cluster = Pairs()
        if server is not None:
            cluster.append(("server", server))
        kind = self.one((40, "data"), (15, "file"), (8, "insecure"), (2, "none"), (1, "both"), (2, "insecure and data"), (1, "other"))
        if kind in ("data", "both", "insecure and data"):
            cluster.append(("certificate-authority-data", self.data(self.ca)))
        if kind in ("file", "both"):
            cluster.append(("certificate-authority", self.file("ca.pem")))
        if kind == "other":
            cluster.append(("certificate-authority-data", encoded(read("other-ca.pem"))))
        if "insecure" in kind:
            cluster.append(("insecure-skip-tls-verify", self.one((5, True), (1, Raw("yes")), (1, Raw("y")), (1, "true"), (1, Raw("1")), (1, Raw("On")))))
        if self.maybe(0.2):
            cluster.append(("tls-server-name", self.one((6, "api.example"), (1, "kubernetes"), (2, "127.0.0.1"), (1, ""), (1, Raw("~")), (1, Raw("5")))))
        if self.maybe(0.7 if self.elsewhere and self.maybe(0.7) else 0.06):
            cluster.append(("proxy-url", self.proxy()))
        if self.maybe(0.05):
            cluster.append(self.one((1, ("extensions", [])), (1, ("disable-compression", True)), (1, ("disable-compression", "yes")), (1, ("other", 5)),
                                    (1, ("extensions", [{"name": "a", "extension": {"x": 1}}])), (1, ("extensions", [{"name": "a"}, {"name": "a"}]))))
        return cluster

    def proxy(self):
        http, socks = self.port["http"], self.port["socks5"]
        return self.one(
            (8, f"http://127.0.0.1:{http}"), (3, f"http://u:pass@127.0.0.1:{http}"), (1, f"http://u@127.0.0.1:{http}/"),
            (5, f"socks5://127.0.0.1:{socks}"), (2, f"socks5://u:pass@127.0.0.1:{socks}"), (1, f"socks5h://127.0.0.1:{socks}"),
            (2, f"https://127.0.0.1:{self.port['https']}"), (1, f"https://u:pass@127.0.0.1:{self.port['https']}"),
            (2, "http://127.0.0.1:1"), (1, "socks5://127.0.0.1:1"), (1, f"127.0.0.1:{http}"), (1, f"ftp://127.0.0.1:{http}"),
            (1, ""), (1, "proxy"), (1, f"http://nowhere.invalid:{http}"))

    def token(self):
        claims = {"exp": 4102444800 if self.maybe(0.7) else self.one((1, 1), (1, "x"), (1, None))}
        middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return self.one((8, f"e30.{middle}.c2ln"), (1, "e30"), (1, ""), (1, "a.b.c"), (1, f"e30.{middle}"))

    def plugin(self):
        def given(version, status):
            return json.dumps({"apiVersion": f"client.authentication.k8s.io/{version}", "kind": "ExecCredential", "status": status})
        version = self.one((8, "v1"), (3, "v1beta1"), (1, "v1alpha1"), (1, "v2"))
        status = self.one(
            (6, {"token": "of-plugin"}), (2, {"clientCertificateData": self.certificate, "clientKeyData": self.key}),
            (1, {"token": "of-plugin", "clientCertificateData": self.certificate, "clientKeyData": self.key}), (1, {}),
            (1, {"token": "of-plugin", "clientKeyData": self.key}), (1, {"token": "old", "expirationTimestamp": "2020-01-01T00:00:00Z"}))
        with open(f"{self.folder}/plugin", "w") as file:
            file.write(f"#!/bin/sh\ncat <<'E'\n{given(version if self.maybe(0.95) else 'v1beta1', status)}\nE\n")
        os.chmod(f"{self.folder}/plugin", 0o755)
        plugin = Pairs([("apiVersion", f"client.authentication.k8s.io/{version}"), ("command", self.one((8, "./plugin"), (1, f"{self.folder}/plugin"), (1, "./none"), (1, "")))])
        mode = self.one((8, "Never"), (3, "IfAvailable"), (2, None), (1, "Always"), (1, "never"), (1, ""))
        if mode is not None:
            plugin.append(("interactiveMode", mode))
        if self.maybe(0.2):
            plugin.append(("env", self.one((1, None), (2, [{"name": "A", "value": "b"}]), (1, [{"value": "b"}]), (1, [{"name": "A", "value": 5}]))))
        if self.maybe(0.2):
            plugin.append(("args", self.one((1, None), (1, []), (2, ["a"]), (1, [5]), (1, "a"))))
        return plugin

    def user(self):
        user = Pairs()
        for kind in self.one(
                (20, ["token"]), (14, ["certificate"]), (6, ["token", "certificate"]), (5, ["tokenFile"]), (3, ["tokenFile", "token"]),
                (5, ["basic"]), (2, ["basic", "token"]), (2, ["basic", "certificate"]), (1, ["basic", "tokenFile"]), (10, ["exec"]), (4, ["exec", "token"]),
                (3, ["exec", "certificate"]), (2, ["exec", "basic"]), (1, ["exec", "tokenFile"]), (6, ["oidc"]), (2, ["oidc", "token"]), (2, ["oidc", "certificate"]),
                (1, ["oidc", "basic"]), (1, ["oidc", "exec"]), (2, ["other"]), (1, ["other", "token"]), (2, []), (1, ["other kinds"])):
            if kind == "token":
                user.append(("token", self.one(
                    (12, "plain-token"), (1, ""), (1, " spaced "), (1, Raw("12345")), (1, Raw("0x1F")), (1, Raw("1_000")), (1, Raw("1e5")), (1, Raw("yes")),
                    (1, Raw("~")), (1, Raw("abc # comment")), (1, Raw("'single'")), (1, Raw("!!str 5")), (1, Raw("2001-12-14")), (1, Raw("1:30")),
                    (1, Raw("|\n          block")), (1, Raw(">-\n          folded\n          twice")), (1, Raw("&t anchored")), (1, Raw("\ttabbed")),
                    (1, Raw("a: b")), (1, Raw("*nowhere")), (1, "ends\n"), (1, Raw("plain\ttab")), (1, Raw("!!binary aGVsbG8=")), (1, "ümlaut"))))
            if kind == "tokenFile":
                with open(f"{self.folder}/token", "w") as file:
                    file.write(self.one((5, "from-file"), (2, "from-file\n"), (1, " from-file\r\n"), (1, ""), (1, "\n"), (1, "in side")))
                user.append(("tokenFile", self.one((5, "token"), (3, f"{self.folder}/token"), (1, "none"), (1, ""))))
            if kind == "certificate":
                which = self.one((8, "data"), (4, "file"), (1, "both"), (1, "no key"), (1, "key only"), (1, "other key"))
                if which in ("data", "both", "no key", "other key"):
                    user.append(("client-certificate-data", self.data(self.certificate)))
                if which in ("data", "both", "key only"):
                    user.append(("client-key-data", self.data(self.key)))
                if which == "other key":
                    user.append(("client-key-data", encoded(read("server-key.pem"))))
                if which in ("file", "both"):
                    user += [("client-certificate", self.file("client.pem")), ("client-key", self.file("client-key.pem"))]
            if kind == "basic":
                user.append(("username", self.one((8, "name"), (1, ""), (1, Raw("5")), (1, "na:me"))))
                if self.maybe(0.9):
                    user.append(("password", self.one((8, "word"), (1, ""), (1, Raw("5")), (1, "w:ord"))))
            if kind == "exec":
                user.append(("exec", self.plugin()))
            if kind == "oidc":
                configuration = Pairs([("id-token", self.token())])
                if self.maybe(0.9):
                    configuration.append(("idp-issuer-url", self.one((8, "https://127.0.0.1:1"), (1, ""))))
                if self.maybe(0.9):
                    configuration.append(("client-id", "kubernetes"))
                if self.maybe(0.2):
                    configuration.append(("refresh-token", "r"))
                if self.maybe(0.1):
                    configuration.append(("extra", self.one((1, 5), (1, "x"), (1, None))))
                user.append(("auth-provider", Pairs([("name", "oidc"), ("config", configuration)])))
            if kind == "other":
                user.append(("auth-provider", self.one((2, {"name": "gcp"}), (1, {"name": "azure", "config": {}}), (1, {}), (1, None), (1, {"name": "OIDC"}), (1, "oidc"))))
            if kind == "other kinds":
                user.append(self.one((1, ("as", Raw("5"))), (1, ("as-groups", "g")), (1, ("exec", "x")), (1, ("as-user-extra", {"a": "b"})), (1, ("as-uid", Raw("5"))),
                                     (1, ("exec", {})), (1, ("token", ["x"])), (1, ("token", {"a": "b"})), (1, ("username", None))))
        if self.maybe(0.15):
            user.append(("as", self.one((5, "jane"), (1, ""), (1, None))))
            if self.maybe(0.5):
                user.append(("as-groups", self.one((3, ["g1", "g2"]), (1, []), (1, [None, "g"]), (1, [""]))))
            if self.maybe(0.4):
                user.append(("as-uid", self.one((3, "u1"), (1, ""))))
            if self.maybe(0.4):
                user.append(("as-user-extra", self.one(
                    (3, {"scopes": ["view", "edit"]}), (1, {"example.org/Key": ["x"]}), (1, {"a b%c_d": ["x"]}), (1, {"a": []}), (1, {"UPPER": ["x"]}), (1, {"ü": ["x"]}))))
        elif self.maybe(0.03):
            user.append(self.one((1, ("as-uid", "u1")), (1, ("as-groups", ["g"])), (1, ("as-user-extra", {"a": ["b"]}))))
        return user

    def entries(self):
        clusters = [Pairs([("name", "c"), ("cluster", self.cluster())])]
        users = [Pairs([("name", "u"), ("user", self.user())])]
        context = Pairs([("cluster", self.one((40, "c"), (1, "nobody"), (1, ""), (1, None))), ("user", self.one((40, "u"), (1, "nobody"), (1, ""), (1, None)))])
        if self.maybe(0.1):
            context.append(("namespace", self.one((2, "space"), (1, ""), (1, Raw("5")))))
        contexts = [Pairs([("name", "a"), ("context", context)])]
        if self.maybe(0.1 / self.calm):
            users.append(Pairs([("name", self.one((3, "other"), (1, "u"))), ("user", {"token": self.one((3, "other"), (1, Raw("5")))})]))
        if self.maybe(0.05):
            contexts.append(Pairs([("name", self.one((2, "b"), (1, "a"))), ("context", {"cluster": "c", "user": "other"})]))
        if self.maybe(0.03):
            clusters.append(self.one((1, Pairs([("name", "c"), ("cluster", {})])), (1, None), (1, Pairs([("cluster", {})]))))
        config = Pairs([("clusters", clusters), ("contexts", contexts), ("users", users), ("current-context", self.one((30, "a"), (1, "b"), (1, ""), (1, "none"), (1, None)))])
        self.choice.shuffle(config)
        if self.maybe(0.9):
            config.insert(0, ("kind", self.one((40, "Config"), (1, "config"), (1, "Pod"), (1, ""))))
        if self.maybe(0.9):
            config.insert(0, ("apiVersion", self.one((40, "v1"), (1, "v2"), (1, ""), (1, Raw("1")))))
        if self.maybe(0.2):
            config.append(("preferences", self.one((4, {}), (1, None), (1, "x"))))
        return config

    def twice(self, config):
        """Puts a key in front of itself, at some depth, with another value."""
        places = [config]
        for place in places:
            places += [item for _, item in place if isinstance(item, Pairs) and item]
            places += [entry for _, item in place if isinstance(item, list) for entry in item if isinstance(entry, Pairs) and entry]
        place = self.choice.choice(places)
        at = self.choice.randrange(len(place))
        key = place[at][0]
        place.insert(self.one((4, at), (1, at + 1)), (self.one((4, key), (1, f'"{key}"'), (1, f"'{key}'")), self.one((3, "replaced"), (1, 5), (1, None), (2, place[at][1]))))

    def text(self, config):
        if self.maybe(0.12):
            self.twice(config)
            if self.maybe(0.3):
                self.twice(config)
        text = yaml(config).lstrip("\n")
        if self.maybe(0.05):
            text = text.replace("token: ", "<<: {token: merged}\n      token: ", 1)
        if self.maybe(0.04):
            lines = text.split("\n")
            at = self.choice.randrange(len(lines))
            lines[at] = self.one(
                (1, "\t" + lines[at]), (1, lines[at] + "\t"), (1, lines[at].replace(": ", ":\t")), (1, lines[at].replace("  ", "\t", 1)), (1, lines[at] + " # x"),
                (1, ""), (1, lines[at][:-1]), (1, " " + lines[at]), (1, lines[at].replace(":", " :", 1)), (1, lines[at] + "\n" + lines[at]), (1, "# x"), (1, "---"),
                (1, lines[at] + " }"), (1, lines[at].replace('"', "'")), (1, lines[at].replace('"', "")), (1, lines[at] + "\x07"), (1, lines[at] + "\u2028"))
            text = "\n".join(lines)
        data = self.one((30, text), (1, "---\n" + text), (1, text + "...\n"), (1, text + "---\nb: [\n"), (1, "---\n---\n" + text), (1, "%YAML 1.1\n---\n" + text), (1, "# c\n\n" + text)).encode()
        return self.one(
            (40, data), (2, data.replace(b"\n", b"\r\n")), (2, b"\xef\xbb\xbf" + data), (1, data.decode().encode("utf-16")), (1, data.decode().encode("utf-16-le")),
            (1, data + b"# \xff\n"), (1, data.replace(b"\n", b"\r")))

    def options(self):
        host = "api.example" if self.elsewhere else "127.0.0.1"
        options = []
        for share, name, values in [
                (0.06, "--context", ["a", "b", "none"]), (0.03, "--cluster", ["c", "none"]), (0.04, "--user", ["u", "other", "none"]),
                (0.05, "--server", [f"https://{host}:{self.port['tls']}", f"http://{host}:{self.port['plain']}", f"{host}:{self.port['plain']}"]),
                (0.06, "--as", ["bob", "system:admin"]), (0.04, "--as-group", ["g3", "system:masters"]), (0.03, "--as-uid", ["u9"]), (0.02, "--as-user-extra", ["scopes=all", "k=v"])]:
            if self.maybe(share):
                options += [name, self.choice.choice(values)]
        return options

    def environment(self):
        if not self.elsewhere and not self.maybe(0.05):
            return {}
        environment = {}
        for share, name in [(0.6, "HTTPS_PROXY"), (0.2, "https_proxy"), (0.2, "HTTP_PROXY"), (0.1, "http_proxy"), (0.05, "ALL_PROXY")]:
            if self.maybe(share):
                environment[name] = self.proxy()
        if self.maybe(0.4):
            tls = self.port["tls"]
            environment[self.one((4, "NO_PROXY"), (1, "no_proxy"))] = self.choice.choice([
                "api.example", "*", ".example", "example", "*.example", "EXAMPLE", f"api.example:{tls}", "api.example:1", "10.0.0.0/8", "a, example ,b", "", ".api.example",
                "xapi.example", "pi.example", f":{tls}", "127.0.0.0/8", "*.api.example", "api.*", "api.example:", "[api.example]:1"])
        return environment


def configuration(seed, number, port, folder):
    generator = Generator(random.Random(f"{seed} {number}"), port, folder)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(f"{folder}/home")
    config = generator.entries()
    paths = [f"{folder}/kubeconfig"]
    with open(paths[0], "wb") as file:
        file.write(generator.text(config))
    if generator.maybe(0.1):
        second = generator.entries()
        with open(f"{folder}/second", "wb") as file:
            file.write(generator.text(second))
        paths = generator.one((3, [paths[0], f"{folder}/second"]), (2, [f"{folder}/second", paths[0]]), (1, [f"{folder}/none", paths[0]]), (1, ["", paths[0]]))
    return paths, generator.options(), generator.environment()


def observed(servers, command, environment, folder):
    servers.seen.clear()
    process = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=environment, cwd=folder, timeout=120)
    seen = list(servers.seen)
    # Where no server is named, kubectl asks localhost:8080.
    proxies = sorted({one for one in seen if one[0] == "proxy" and one[2] != "localhost:8080"})
    request = [one for one in seen if one[0] == "request"][:1]
    said = (process.stdout + process.stderr).decode(errors="replace")
    if said.startswith("Please enter Username") and not request:
        # Nobody is there to be asked: kbootstrap asks on behalf of nobody, and kubectl does so with an empty name.
        return None, said
    return proxies + request, said[-600:]


def alike(ours, theirs):
    """Whether the servers see the same. Where tls-server-name is an address, kubectl names no server in its handshake; the
    library here cannot leave out the name that is dialled."""
    if ours == theirs:
        return True
    unnamed = [(*one[:4], None, *one[5:]) if one[0] == "request" and one[4] == "api.example" else one for one in ours]
    return unnamed == theirs


def play(job):
    seed, numbers, index = job
    servers = Servers()
    folder = f"{FOLDER}/job{index}"
    base = {name: value for name, value in os.environ.items() if "proxy" not in name.lower() and not name.startswith("KUBE")}
    differences, sent, refused = [], 0, 0
    for number in numbers:
        paths, options, more = configuration(seed, number, servers.port, folder)
        environment = {**base, **more, "HOME": f"{folder}/home", "KUBECONFIG": ":".join(paths)}
        theirs, said = observed(servers, ["kubectl", "get", "--raw", PATH, *options], environment, folder)
        ours, told = observed(servers, ["kbootstrap", "top", "nodes", "--request-timeout", "10s", *options], environment, folder)
        sent += any(one[0] == "request" for one in theirs or [])
        if theirs is None:
            # The name that stands in the address goes with a request all the same.
            nameless = all(name != "authorization" or value.startswith("Basic ") for one in ours if one[0] == "request" for name, value in one[5])
            theirs = ours if nameless else "asks for a user's name"
        if not ours and any(one[0] == "proxy" and (one[1] == "https" or one[1] == "socks5" and one[3]) for one in theirs):
            refused += 1  # in so many words: see ProxyRoute
            continue
        if not alike(ours, theirs):
            shutil.copytree(folder, f"{FOLDER}/{number}", dirs_exist_ok=True)
            differences.append(f"{number}: kbootstrap {ours or 'sends nothing'}; kubectl {theirs or 'sends nothing'}")
            with open(f"{FOLDER}/{number}/difference", "w") as file:
                file.write(f"{differences[-1]}\noptions {options}\nenvironment {more}\nkubectl: {said}\nkbootstrap: {told}\n")
    shutil.rmtree(folder, ignore_errors=True)
    return differences, sent, refused


if __name__ == "__main__":
    count, seed, jobs = [int(text) for text in (sys.argv[2:] + ["50", "1", "2"][len(sys.argv) - 2:])[:3]]
    # Not as a context, whose end sends SIGTERM: a test run may block that for its children.
    pool = multiprocessing.Pool(jobs)
    results = pool.map(play, [(seed, range(index, count, jobs), index) for index in range(jobs)], 1)
    pool.close()
    pool.join()
    differences = [line for lines, *_ in results for line in lines]
    for line in differences:
        print(line)
    sent, refused = (sum(one[place] for one in results) for place in (1, 2))
    print(f"{count} configurations: kubectl sends {sent}, {refused} of them by proxies that kbootstrap refuses; {len(differences)} differences")
