#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""oracle.py: what `apiserver-flags predict` says beside what the real sample-apiserver and kube-apiserver do.

Runs inside a lab (`kbootstrap-lab run -- python3 Tests/Prediction/oracle.py`). For each combination of certificates and
flags it makes the certificates with openssl, has kbootstrap judge them as a launch file, starts the real
sample-apiserver with the trust that kube-apiserver would publish, and sends it the requests that kube-apiserver's
aggregator sends. Compared are the status of the probe, whom the caller is taken for, whether groups arrive, and the
classes of the reasons in the server's log. For what kube-apiserver itself refuses, the real kube-apiserver is started.
"""
import concurrent.futures, http.client, json, os, re, shutil, ssl, subprocess, sys, tempfile, time

LAB = os.environ["LAB_DIR"]
ASSETS = os.environ["KUBEBUILDER_ASSETS"]
WORK = tempfile.mkdtemp(prefix="oracle.")
HEADERS = {"X-Remote-User": "alice", "X-Remote-Group": "system:masters", "X-Remote-Extra-Team": "blue"}


def path(name):
    return os.path.join(WORK, name)


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


def key(name, kind="ec"):
    openssl("genpkey", "-out", path(name),
            *(["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else
              ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == "rsa" else ["-algorithm", "ED25519"]))
    return path(name)


def ca(name, subject=None, days=30, kind="ec", extensions=("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"), reuse_key=None):
    """A self-signed CA NAME.pem with NAME.key."""
    if reuse_key:
        shutil.copy(reuse_key, path(name + ".key"))
    else:
        key(name + ".key", kind)
    config = path(name + ".cnf")
    with open(config, "w") as file:
        file.write("[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=%s\n" % (subject or name))
    openssl("req", "-new", "-config", config, "-key", path(name + ".key"), "-out", path(name + ".csr"))
    issue(name, None, name, days, extensions)
    return path(name + ".pem")


def issue(name, signer, csr, days, extensions, digest="sha256"):
    with open(path(name + ".ext"), "w") as file:
        file.write("".join(line + "\n" for line in extensions))
    own = ["-signkey", path(name + ".key")] if signer is None else [
        "-CA", path(signer + ".pem"), "-CAkey", path(signer + ".key"), "-CAcreateserial"]
    command = ["openssl", "x509", "-req", "-in", path(csr + ".csr"), "-out", path(name + ".pem"), "-days", str(days),
               "-extfile", path(name + ".ext"), "-" + digest, *own]
    subprocess.run(command, check=True, capture_output=True)


def client(name, signer, subject="/CN=front-proxy", days=20, kind="ec",
           extensions=("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth"),
           digest="sha256"):
    """A certificate NAME.pem with NAME.key, signed by SIGNER."""
    key(name + ".key", kind)
    openssl("req", "-new", "-key", path(name + ".key"), "-subj", subject, "-out", path(name + ".csr"))
    issue(name, signer, name, days, extensions, digest=digest)
    return path(name + ".pem")


def join(name, *files):
    with open(path(name), "w") as out:
        for file in files:
            out.write(open(file).read())
    return path(name)


def certificates():
    ca("proxy-ca"), ca("cluster-ca"), ca("rsa-ca", kind="rsa"), ca("ed-ca", kind="ed")
    ca("twin-ca", subject="proxy-ca")
    ca("reborn-ca", subject="proxy-ca", reuse_key=path("proxy-ca.key"))
    ca("ended-ca", days=-1)
    ca("server-only-ca", extensions=("basicConstraints=critical,CA:TRUE", "extendedKeyUsage=serverAuth"))
    ca("no-sign-ca", extensions=("basicConstraints=critical,CA:TRUE", "keyUsage=critical,cRLSign"))
    ca("no-ca-ca", extensions=("basicConstraints=critical,CA:FALSE",))
    client("good", "proxy-ca"), client("rsa", "rsa-ca", kind="rsa"), client("ed", "ed-ca", kind="ed")
    client("ended", "proxy-ca", days=-1)
    client("server-only", "proxy-ca", extensions=("extendedKeyUsage=serverAuth",))
    client("both-usages", "proxy-ca", extensions=("extendedKeyUsage=serverAuth,clientAuth",))
    client("any-usage", "proxy-ca", extensions=("extendedKeyUsage=anyExtendedKeyUsage",))
    client("no-usage", "proxy-ca", extensions=("basicConstraints=CA:FALSE",))
    client("no-signature-usage", "proxy-ca", extensions=("keyUsage=critical,keyEncipherment", "extendedKeyUsage=clientAuth"))
    client("nameless", "proxy-ca", subject="/O=nobody")
    client("two-names", "proxy-ca", subject="/CN=first/CN=front-proxy")
    client("of-cluster", "cluster-ca"), client("of-cluster-admin", "cluster-ca", subject="/O=system:masters/CN=front-proxy")
    client("of-twin", "twin-ca"), client("of-ended", "ended-ca"), client("of-server-only", "server-only-ca")
    client("of-no-sign", "no-sign-ca"), client("of-no-ca", "no-ca-ca")
    client("sha1", "rsa-ca", kind="rsa", digest="sha1")
    client("issuer-serial", "proxy-ca",
           extensions=("extendedKeyUsage=clientAuth", "authorityKeyIdentifier=keyid,issuer:always"))
    client("middle", "proxy-ca", subject="/CN=middle",
           extensions=("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"))
    client("of-middle", "middle")
    client("middle-no-ca", "proxy-ca", subject="/CN=middle-no-ca", extensions=("basicConstraints=critical,CA:FALSE",))
    client("of-middle-no-ca", "middle-no-ca")
    join("of-middle-chain.pem", path("of-middle.pem"), path("middle.pem"))
    join("of-middle-no-ca-chain.pem", path("of-middle-no-ca.pem"), path("middle-no-ca.pem"))
    join("two-cas.pem", path("cluster-ca.pem"), path("proxy-ca.pem"))
    join("twin-and-real.pem", path("twin-ca.pem"), path("proxy-ca.pem"))


class Combination:
    def __init__(self, name, cert="good", ca="proxy-ca", client_ca="cluster-ca", names="front-proxy",
                 user="X-Remote-User", group="X-Remote-Group", extra="X-Remote-Extra-", chain=None, published_ca="the same"):
        self.name, self.user, self.group, self.extra, self.names = name, user, group, extra, names
        self.cert = chain and path(chain) or cert and path(cert + ".pem")
        self.key = cert and path(cert + ".key")
        self.ca = ca and path(ca if ca.endswith(".pem") else ca + ".pem")
        self.published_ca = self.ca if published_ca == "the same" else published_ca
        self.client_ca = client_ca and path(client_ca + ".pem")

    def trust_flags(self, ca, empty):
        """`empty`: whether a header without a name is given as an empty list, against the server's own default."""
        flags = ["--requestheader-client-ca-file=" + ca] if ca else []
        if self.client_ca:
            flags.append("--client-ca-file=" + self.client_ca)
        if self.names is not None:
            flags.append("--requestheader-allowed-names=" + self.names)
        for name, value in [("username-headers", self.user), ("group-headers", self.group), ("extra-headers-prefix", self.extra)]:
            if value is not None:
                flags.append("--requestheader-%s=%s" % (name, value))
            elif empty:
                flags.append("--requestheader-%s=" % name)
        return flags

    def launch_flags(self):
        pair = ["--proxy-client-cert-file=" + self.cert, "--proxy-client-key-file=" + self.key] if self.cert else []
        return self.trust_flags(self.ca, False) + pair


COMBINATIONS = lambda: [
    Combination("the usual"),
    Combination("RSA", cert="rsa", ca="rsa-ca"),
    Combination("Ed25519", cert="ed", ca="ed-ca"),
    Combination("no allowed names", names=None),
    Combination("several allowed names", names="a,front-proxy,b"),
    Combination("name not allowed", names="somebody-else"),
    Combination("name in other letters", names="Front-Proxy"),
    Combination("two quotes for a name", names="''"),
    Combination("double quotes, which CSV takes off", names='"front-proxy"'),
    Combination("a blank after the comma", names="a, front-proxy"),
    Combination("no common name", cert="nameless"),
    Combination("no common name, any allowed", cert="nameless", names=None),
    Combination("two common names", cert="two-names"),
    Combination("no certificate shown", cert=None),
    Combination("no requestheader CA", ca=None),
    Combination("no requestheader CA, certificate of the client CA", ca=None, cert="of-cluster"),
    Combination("no requestheader CA, administrator's certificate", ca=None, cert="of-cluster-admin"),
    Combination("no CA at all", ca=None, client_ca=None),
    Combination("another CA", ca="rsa-ca"),
    Combination("another CA of the same name", ca="twin-ca"),
    Combination("CAs of the same name, one right", ca="twin-and-real.pem"),
    Combination("the same CA made anew", ca="reborn-ca"),
    Combination("two CAs in one file", ca="two-cas.pem"),
    # kube-apiserver does not publish it.
    Combination("ended CA", cert="of-ended", ca="ended-ca", published_ca=None),
    Combination("CA for servers only", cert="of-server-only", ca="server-only-ca"),
    Combination("CA that may not sign", cert="of-no-sign", ca="no-sign-ca"),
    Combination("CA that is none", cert="of-no-ca", ca="no-ca-ca"),
    Combination("ended certificate", cert="ended"),
    Combination("ended certificate, name not allowed", cert="ended", names="x"),
    Combination("server usage only", cert="server-only"),
    Combination("both usages", cert="both-usages"),
    Combination("any usage", cert="any-usage"),
    Combination("no usage", cert="no-usage"),
    Combination("key usage without signatures", cert="no-signature-usage"),
    Combination("SHA-1", cert="sha1", ca="rsa-ca"),
    Combination("issuer and serial in the AKI, CA made anew", cert="issuer-serial", ca="reborn-ca"),
    Combination("the certificate itself as CA", ca="good"),
    Combination("intermediate shown", cert="of-middle", chain="of-middle-chain.pem"),
    Combination("intermediate not shown", cert="of-middle"),
    Combination("intermediate as CA", cert="of-middle", ca="middle"),
    Combination("intermediate that is no CA", cert="of-middle-no-ca", chain="of-middle-no-ca-chain.pem"),
    Combination("no username header", user=None),
    Combination("other username header", user="X-User"),
    Combination("username header in other letters", user="x-remote-USER"),
    Combination("no group header", group=None),
    Combination("no extra header", extra=None),
    Combination("prefix without dash", extra="X-Remote-Extra"),
    Combination("one CA for both", cert="of-cluster", ca="cluster-ca"),
    Combination("one CA for both, name not allowed", cert="of-cluster", ca="cluster-ca", names="x"),
    Combination("one CA for both, administrator's, name not allowed", cert="of-cluster-admin", ca="cluster-ca", names="x"),
    Combination("one CA for both, no username header", cert="of-cluster", ca="cluster-ca", user=None),
    Combination("client CA missing, name not allowed", client_ca=None, names="x"),
]

REASONS = [
    ("name-not-allowed", r"not in the allowed list"),
    ("incompatible-usage", r"incompatible key usage"),
    ("expired", r"certificate has expired or is not yet valid: current time \S+ is after"),
    ("not-yet-valid", r"certificate has expired or is not yet valid: current time \S+ is before"),
    ("unknown-authority", r"signed by unknown authority|cannot verify signature|not authorized to sign"),
]


def classes(log):
    """The reasons of the last refusal, in order; a candidate authority in brackets explains, and is none of its own."""
    lines = [line for line in log.splitlines() if "Unable to authenticate the request" in line]
    if not lines:
        return []
    text = lines[-1]
    while re.search(r"\(possibly because of [^()]*\)", text):
        text = re.sub(r"\(possibly because of [^()]*\)", "", text)
    parts = re.split(r", (?=x509: |verifying certificate )", text)
    return [next((name for name, pattern in REASONS if re.search(pattern, part)), part) for part in parts]


def predicted(combination):
    launch = path("launch.%d" % id(combination))
    with open(launch, "w") as file:
        # As /proc/PID/cmdline: every byte is the program's own.
        file.write("\0".join(combination.launch_flags()) + "\0")
    run = subprocess.run(["kbootstrap", "apiserver-flags", "predict", launch, "-o", "json"], capture_output=True, text=True)
    if run.returncode not in (0, 2):
        raise SystemExit("%s: predict failed: %s" % (combination.name, run.stderr))
    return json.loads(run.stdout)


def ask(port, context, target):
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    connection.request("GET", target, headers=HEADERS)
    answer = connection.getresponse()
    body = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, body


def observed(combination, port):
    log_path = path("server.%d.log" % port)
    kubeconfig = os.path.join(LAB, "sample-apiserver.kubeconfig")
    arguments = [
        os.path.join(ASSETS, "sample-apiserver"), "--etcd-servers=http://127.0.0.1:2379", "--secure-port=%d" % port,
        "--bind-address=127.0.0.1", "--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig,
        "--authorization-kubeconfig=" + kubeconfig, "--authentication-skip-lookup=true",
        "--cert-dir=" + path("serving.%d" % port)] + combination.trust_flags(combination.published_ca, True)
    with open(log_path, "w") as log:
        server = subprocess.Popen(arguments, stdout=log, stderr=log)
    try:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if combination.cert:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.load_cert_chain(combination.cert, combination.key)
        for _ in range(600):
            if server.poll() is not None:
                return {"died": open(log_path).read()[-500:]}
            try:
                ask(port, context, "/healthz")
                break
            except OSError:
                time.sleep(0.1)
        probe, _ = ask(port, context, "/apis/wardle.example.com/v1alpha1")
        data, body = ask(port, context, "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders")
        user = re.search(r'User \\"(.*?)\\"', body)
        return {"probe": probe, "data": data, "user": user and user.group(1),
                "reasons": classes(open(log_path).read()) if probe == 401 else []}
    finally:
        server.kill()
        server.wait()


def expected_of(prediction):
    """What the server must be seen to do, by the prediction."""
    identity = prediction["identity"]
    expected = {"probe": prediction["probeStatus"], "reasons": [], "user": None, "data": 200}
    if identity == "caller":
        if not prediction["groupsArrive"]:
            expected.update(data=403, user="alice")
    elif identity == "certificate":
        name = prediction["certificateName"]
        # The lab's kube-apiserver knows system:masters, and nobody by the other names.
        expected.update(data=None)
        expected["user"] = name
    elif identity == "anonymous":
        expected.update(data=403, user="system:anonymous")
    else:
        expected.update(data=401, reasons=[r["reason"] for r in prediction["refusals"]])
    return expected


def agree(expected, seen):
    if expected["data"] is None:
        # The certificate's own name: 403 that names it, or data for an administrator.
        return seen["probe"] == expected["probe"] and (seen["data"] == 200 or seen["user"] == expected["user"])
    return all(seen.get(k) == expected[k] for k in ("probe", "data", "user")) and seen["reasons"] == expected["reasons"]


def compare(combination, port):
    prediction = predicted(combination)
    seen = observed(combination, port)
    if "died" in seen:
        return combination.name, False, "the server ended: " + seen["died"]
    expected = expected_of(prediction)
    words = "%s %s" % (seen["probe"], " + ".join(seen["reasons"]) or seen["user"] or "alice")
    return combination.name, agree(expected, seen), words if agree(expected, seen) else "predicted %s, seen %s" % (expected, seen)


def kube_apiserver_arguments():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            arguments = open("/proc/%s/cmdline" % pid).read().split("\0")[:-1]
        except OSError:
            continue
        if arguments and arguments[0].endswith("/kube-apiserver"):
            return arguments
    raise SystemExit("no kube-apiserver runs here")


REFUSALS = [
    ("key of another certificate", {"proxy-client-key-file": "rsa.key"}),
    ("key where the certificate belongs", {"proxy-client-cert-file": "good.key"}),
    ("certificate where the key belongs", {"proxy-client-key-file": "good.pem"}),
    ("no such CA file", {"requestheader-client-ca-file": "nowhere.pem"}),
    ("key where the CA belongs", {"requestheader-client-ca-file": "good.key"}),
    ("no such certificate", {"proxy-client-cert-file": "nowhere.pem"}),
    ("no such key", {"proxy-client-key-file": "nowhere.key"}),
    ("a quote in a header's name", {"requestheader-username-headers": 'X"Remote'}),
]


def compare_start(name, changes, arguments, port):
    flags = {"proxy-client-cert-file": path("good.pem"), "proxy-client-key-file": path("good.key"),
             "requestheader-client-ca-file": path("proxy-ca.pem")}
    flags.update({k: v if '"' in v else path(v) for k, v in changes.items()})
    given = [a for a in arguments if a.split("=")[0][2:] not in flags] + ["--%s=%s" % i for i in flags.items()]
    launch = path("launch.%d" % port)
    with open(launch, "w") as file:
        file.write("\0".join(given) + "\0")
    prediction = json.loads(subprocess.run(
        ["kbootstrap", "apiserver-flags", "predict", launch, "-o", "json"], capture_output=True, text=True).stdout)
    with open(path("kube.%d.log" % port), "w") as log:
        server = subprocess.Popen(given + ["--secure-port=%d" % port], stdout=log, stderr=log)
    try:
        ended = server.wait(60) != 0
    except subprocess.TimeoutExpired:
        ended = False
        server.kill()
        server.wait()
    same = ended == (not prediction["starts"])
    return name, same, "kube-apiserver %s" % ("ends" if ended else "runs") + ("" if same else "; predicted otherwise: %s" % prediction["startFailure"])


def main():
    certificates()
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        combinations = COMBINATIONS()
        results = list(pool.map(compare, combinations, range(21000, 21000 + len(combinations))))
        arguments = kube_apiserver_arguments()
        results += list(pool.map(lambda i: compare_start(*REFUSALS[i], arguments, 22000 + i), range(len(REFUSALS))))
    for name, same, words in results:
        failures += not same
        print("%-4s %-58s %s" % ("ok" if same else "NOT", name, words))
    print("%d of %d as predicted" % (len(results) - failures, len(results)))
    shutil.rmtree(WORK)
    sys.exit(1 if failures else 0)


main()
