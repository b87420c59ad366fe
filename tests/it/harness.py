"""What the stories share: TAP, key and certificate making with openssl, the
sandbox, and runs of certupload."""

import base64
import contextlib
import glob
import hashlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

CERTUPLOAD = os.environ["CERTUPLOAD"]
SANDBOX = os.environ["CERTUPLOAD_SANDBOX"]
API_KEY = "123$test-api-key-0123456789abcdef"

# Longer than any run here takes; what hangs is stopped, not waited for.
LIMIT = 120

# What is random is the same each time, unless this says otherwise.
SEED = int(os.environ.get("SEED", "1"))

# Runs of other stories, perhaps of another build, are not waited for.
LOCKS = tempfile.TemporaryDirectory(prefix="certupload-locks-")

_stories = []


class Skip(Exception):
    """The story needs what this machine lacks."""


def story(function):
    """Register a test; its name is the sentence reported."""
    _stories.append(function)
    return function


def attempt(function, *arguments):
    """Why it did not succeed: a Skip or a traceback; else None."""
    try:
        function(*arguments)
    except Skip as why:
        return why
    except BaseException:  # pylint: disable=broad-except
        return traceback.format_exc()
    return None


def tell(number, name, why):
    """A result of TAP, `why` as from attempt; whether it is a failure."""
    if why is None:
        print(f"ok {number} - {name}", flush=True)
    elif isinstance(why, Skip):
        print(f"ok {number} - {name} # SKIP {why}", flush=True)
    else:
        print(*("# " + line for line in why.splitlines()),
              f"not ok {number} - {name}", sep="\n", flush=True)
    return not (why is None or isinstance(why, Skip))


def alone(function):
    with workplace():
        function()


def main():
    print(f"1..{len(_stories)}", flush=True)
    failed = 0
    for number, function in enumerate(_stories, 1):
        failed += tell(number, function.__name__.replace("_", " "),
                       attempt(alone, function))
    sys.exit(failed != 0)


@contextlib.contextmanager
def workplace():
    """An empty private directory that is left and removed afterwards."""
    before = os.getcwd()
    place = tempfile.mkdtemp(prefix="certupload-it-")
    os.chdir(place)
    try:
        yield place
    finally:
        os.chdir(before)
        shutil.rmtree(place)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Skip(f"no {program}")


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def at_most(most, got, what=""):
    if got > most:
        raise AssertionError(f"{what}: {got}, more than {most}")


def holds(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")


# --- certificates ----------------------------------------------------------


def sh(*command, stdin=None, status=0):
    """Run a tool that must succeed; its output."""
    done = subprocess.run(command, input=stdin, capture_output=True,
                          timeout=LIMIT, check=False)
    if done.returncode != status:
        raise AssertionError(f"{command}: {done.returncode} "
                             f"{done.stdout!r} {done.stderr!r}")
    return done.stdout


KEYS = {
    "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "rsa2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa4096": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-pkeyopt", "ec_param_enc:named_curve"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384",
             "-pkeyopt", "ec_param_enc:named_curve"],
    "ed25519": ["-algorithm", "ED25519"],
}

CA = ("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,"
      "cRLSign\nsubjectKeyIdentifier=hash\n")
SERVER = ("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
          "subjectKeyIdentifier=hash\nsubjectAltName={}\n")


def settle(*paths):
    """They were written long ago: nobody waits for more of them."""
    for path in paths:
        os.utime(path, (1e9, 1e9))


def make_key(path, kind="p256"):
    sh("openssl", "genpkey", *KEYS[kind], "-out", path)
    os.chmod(path, 0o600)
    settle(path)


def make_cert(name, issuer=None, kind="p256", extensions=CA, subject=None,
              days=30, dates=None):
    """name.key and name.crt, signed by issuer.key, or by itself. `dates`:
    (notBefore, notAfter) as YYYYMMDDHHMMSSZ."""
    if not os.path.exists(name + ".key"):
        make_key(name + ".key", kind)
    with open(name + ".ext", "w", encoding="utf-8") as out:
        out.write(extensions)
    sh("openssl", "req", "-utf8", "-new", "-key", name + ".key", "-out", name + ".csr",
       "-subj", subject or f"/CN={name}")
    signer = issuer or name
    if dates is None:
        command = ["openssl", "x509", "-req", "-in", name + ".csr", "-out",
                   name + ".crt", "-days", str(days), "-extfile",
                   name + ".ext"]
        command += (["-CA", issuer + ".crt", "-CAkey", issuer + ".key",
                     "-CAcreateserial"] if issuer
                    else ["-signkey", name + ".key"])
        sh(*command)
        settle(name + ".crt")
        return
    # Only `openssl ca` sets both dates.
    with open("index.txt", "w", encoding="utf-8"):
        pass
    with open("ca.cnf", "w", encoding="utf-8") as out:
        out.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=."
                  "\ndefault_md=sha256\npolicy=p\nunique_subject=no\n"
                  "rand_serial=yes\n[p]\ncommonName=optional\n"
                  "organizationName=optional\n")
    sh("openssl", "ca", "-batch", "-config", "ca.cnf", "-in", name + ".csr",
       "-out", name + ".crt", "-notext", "-startdate", dates[0], "-enddate",
       dates[1], "-extfile", name + ".ext", "-keyfile", signer + ".key",
       *(["-cert", issuer + ".crt"] if issuer else ["-selfsign"]))
    settle(name + ".crt")


def make_site(kind="p256", issuers=1, names="DNS:www.example.com"):
    """root, then `issuers` intermediates, then server: server.key,
    server.crt, ca.pem (issuers in issuing order). The list of issuers."""
    make_cert("root")
    signer, chain = "root", []
    for number in range(issuers, 0, -1):
        name = f"issuer{number}"
        make_cert(name, issuer=signer)
        chain.insert(0, name)
        signer = name
    make_cert("server", issuer=signer, kind=kind,
              extensions=SERVER.format(names), subject="/CN=www.example.com")
    join("ca.pem", *[name + ".crt" for name in chain])
    return chain


def join(path, *parts):
    with open(path, "wb") as out:
        for part in parts:
            out.write(read(part))
    settle(path)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, text, mode=0o600):
    with open(path, "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)
    settle(path)
    return path


def make_p12(name, names=None):
    """name.p12: name.key, name.crt (for name.example, signed by itself), no
    chain. Its path."""
    make_cert(name, extensions=SERVER.format(names or f"DNS:{name}.example"),
              subject=f"/CN={name}.example")
    sh("openssl", "pkcs12", "-export", "-inkey", name + ".key", "-in",
       name + ".crt", "-out", name + ".p12", "-passout", "pass:")
    settle(name + ".p12")
    return name + ".p12"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def served(address, port, sni=None):
    """The fingerprint of the leaf that a real client is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((address, port), LIMIT) as plain:
        with context.wrap_socket(plain, server_hostname=sni) as tls:
            return hashlib.sha256(tls.getpeercert(True)).hexdigest()


def leaf_of(path):
    """The fingerprint of the first certificate in a PEM or PKCS#12 file."""
    if not path.endswith(".p12"):
        return fingerprint(path)
    pem = sh("openssl", "pkcs12", "-in", path, "-passin", "pass:", "-nokeys",
             "-clcerts")
    der = sh("openssl", "x509", "-outform", "DER", stdin=pem)
    return hashlib.sha256(der).hexdigest()


def fingerprints(pem):
    """Of the certificates of a text, in order."""
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    return [hashlib.sha256(base64.b64decode(part.split(end)[0])).hexdigest()
            for part in pem.split(begin)[1:]]


def fingerprint(path):
    return fingerprints(read(path))[0]


# --- the sandbox -------------------------------------------------------------


class Sandbox:
    """A running certupload-sandbox."""

    def __init__(self, *options, faults=None, task_time=50, key=API_KEY):
        self.options = list(options) + ["--task-time", str(task_time)]
        self.faults = faults
        self.key = key

    def __enter__(self):
        self.place = tempfile.mkdtemp(prefix="certupload-sandbox-")
        self.journal_path = os.path.join(self.place, "journal")
        self.store = os.path.join(self.place, "store")
        command = [SANDBOX, "--journal", self.journal_path, "--payload-dir",
                   self.store, *self.options]
        if self.faults is not None:
            command += ["--faults",
                        write(os.path.join(self.place, "faults"), self.faults)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE,
            env={**os.environ, "GCORE_API_KEY": self.key})
        # Ready when it tells where it is.
        self.url = self.process.stdout.readline().decode().strip()
        if not self.url:
            raise AssertionError("the sandbox did not start")
        self.env = {
            "GCORE_BASE_URL": self.url,
            "GCORE_API_KEY": self.key,
            "GCORE_CLOUD_PROJECT_ID": "1",
            "GCORE_CLOUD_REGION_ID": "1",
            # Runs against other sandboxes are not waited for.
            "CERTUPLOAD_LOCK_DIR": self.place,
        }
        return self

    def __exit__(self, *what):
        self.process.terminate()
        status = self.process.wait(LIMIT)
        self.process.stdout.close()
        shutil.rmtree(self.place)
        if what[0] is None:
            equal(status, 0, "the sandbox's exit status")

    def misbehave(self, faults):
        """From now on as this script says, in the place of the one before."""
        write(os.path.join(self.place, "faults"), faults)
        self.process.send_signal(signal.SIGUSR1)
        equal(self.process.stdout.readline().decode().strip(), self.url)

    def journal(self, method=None, path=""):
        with open(self.journal_path, encoding="utf-8") as lines:
            entries = [json.loads(line) for line in lines]
        return [entry for entry in entries
                if method in (None, entry["method"])
                and entry["path"].startswith(("/cloud/v1/" + path,
                                              "/cloud/v2/" + path))]

    def creates(self):
        return self.journal("POST", "secrets")

    def polls(self):
        return [entry for entry in self.journal("GET", "tasks/")
                if not entry["path"].endswith("/active")]

    def stored(self):
        """{secret id: path of its bundle}; committed secrets only."""
        return {os.path.basename(path)[:-4]: path
                for path in glob.glob(self.store + "/*.p12")}

    def api(self, method, path, body=None):
        """A request of our own: (status, JSON of the answer)."""
        request = urllib.request.Request(
            self.url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "APIKey " + self.key,
                     "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=LIMIT) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def get(self, path):
        """The JSON of an answer that must be 200."""
        status, answer = self.api("GET", path)
        equal(status, 200, path)
        return answer

    def wait_task(self, name):
        """The task when it has ended."""
        for _ in range(LIMIT * 100):
            task = self.get("/cloud/v1/tasks/" + name)
            if task["state"] in ("FINISHED", "ERROR"):
                return task
            time.sleep(0.01)
        raise AssertionError(f"task {name} does not end")

    def made(self, answer, kind):
        """The id of what this answer's one task made."""
        status, body = answer
        if status != 200:
            raise AssertionError(f"{status} {body}")
        task = self.wait_task(body["tasks"][0])
        equal(task["state"], "FINISHED", task["error"])
        return task["created_resources"][kind][0]

    def add_secret(self, name, p12=None, place="1/1"):
        """A secret of this bundle, or of make_p12(name); its id."""
        payload = base64.b64encode(read(p12 or make_p12(name))).decode()
        return self.made(self.api("POST", "/cloud/v1/secrets/" + place, {
            "name": name, "payload": payload, "secret_type": "certificate",
            "payload_content_encoding": "base64",
            "payload_content_type": "application/octet-stream"}), "secrets")

    def add_balancer(self, name, place="1/1"):
        return self.made(self.api("POST", "/cloud/v1/loadbalancers/" + place,
                                  {"name": name}), "loadbalancers")

    def add_listener(self, balancer, name, secret="", sni=(), port=None,
                     protocol="TERMINATED_HTTPS", place="1/1"):
        body = {"name": name, "protocol": protocol, "load_balancer_id":
                balancer, "protocol_port": port or free_port()}
        if protocol in ("TERMINATED_HTTPS", "PROMETHEUS"):
            body.update(secret_id=secret, sni_secret_id=list(sni))
        return self.made(self.api("POST", "/cloud/v1/lblisteners/" + place,
                                  body), "listeners")

    def add_pool(self, balancer, name, protocol="HTTPS", place="1/1",
                 **members):
        """`members`: listener_id, secret_id, ca_secret_id ..."""
        return self.made(self.api("POST", "/cloud/v1/lbpools/" + place, {
            "name": name, "protocol": protocol, "load_balancer_id": balancer,
            "lb_algorithm": "ROUND_ROBIN", **members}), "pools")

    def balancer(self, name, place="1/1"):
        return self.get(f"/cloud/v1/loadbalancers/{place}/{name}")

    def listener(self, name, place="1/1"):
        return self.get(f"/cloud/v1/lblisteners/{place}/{name}")

    def pool(self, name, place="1/1"):
        return self.get(f"/cloud/v1/lbpools/{place}/{name}")

    def patch_listener(self, listener, /, place="1/1", **members):
        """(status, JSON), as api."""
        return self.api("PATCH", f"/cloud/v2/lblisteners/{place}/{listener}",
                        members)

    def address(self, listener):
        """(address, port) at which a listener is served."""
        record = self.listener(listener)
        balancer = self.balancer(record["load_balancer_id"])
        return balancer["vip_address"], record["protocol_port"]


def lists_since_creates(sandbox, count):
    """How often tasks were listed since the last of `count` creates."""
    entries = sandbox.journal()
    creates = [number for number, entry in enumerate(entries)
               if entry["method"] == "POST"]
    if len(creates) < count:
        return 0
    return sum(entry["path"].split("?")[0] == "/cloud/v1/tasks"
               for entry in entries[creates[-1]:])


class Proxy:
    """nghttpx, with TLS and HTTP/2, in front of a sandbox; clients trust
    root.crt."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def __enter__(self):
        make_cert("tls", issuer="root",
                  extensions=SERVER.format("IP:127.0.0.1"))
        port = free_port()
        backend = self.sandbox.url[7:].replace(":", ",")
        write("nghttpx.conf", "")
        self.process = subprocess.Popen(
            ["nghttpx", "--conf=nghttpx.conf", f"-f127.0.0.1,{port}",
             f"-b{backend}", "tls.key", "tls.crt", "--workers=1",
             "--errorlog-file=" + os.path.abspath("nghttpx.log"),
             "--accesslog-file=" + os.path.abspath("nghttpx.access"),
             "--accesslog-format=$remote_port"],
            stderr=subprocess.DEVNULL)
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if self.process.poll() is not None:
                raise AssertionError(read("nghttpx.log").decode())
        self.env = {**self.sandbox.env,
                    "GCORE_BASE_URL": f"https://127.0.0.1:{port}"}
        return self

    def __exit__(self, *what):
        self.process.terminate()
        self.process.wait(LIMIT)

    def connections(self):
        """How many carried a request."""
        return len(set(read("nghttpx.access").split()))


# --- certupload --------------------------------------------------------------

SITE = ["--key", "server.key", "--cert", "server.crt", "--chain", "ca.pem"]


def environment(extra=None):
    """Nothing of the caller's settings but what programs need to run."""
    kept = {name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH",
                        "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                        "TMPDIR")}
    return {**kept, "CERTUPLOAD_LOCK_DIR": LOCKS.name, **(extra or {})}


class Run:
    """A finished run."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    def __repr__(self):
        return f"status {self.status}\nout {self.out}\nerr {self.err}"


def command_line(arguments):
    wrapper = os.environ.get("CERTUPLOAD_WRAPPER", "").split()
    return [*wrapper, CERTUPLOAD, *arguments]


def certupload(*arguments, env=None, stdin=None, **more):
    done = subprocess.run(command_line(arguments), env=environment(env),
                          input=stdin, capture_output=True, timeout=LIMIT,
                          check=False, **more)
    return Run(done)


def start(*arguments, env=None, **more):
    return subprocess.Popen(command_line(arguments), env=environment(env),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            **more)


def finish(process):
    out, err = process.communicate(timeout=LIMIT)
    return Run(subprocess.CompletedProcess([], process.returncode, out, err))


def succeeds(run):
    if run.status != 0:
        raise AssertionError(repr(run))
    return run


def fails(run, status, text, hint=""):
    """It ended so, and said so in one line (and one of hint)."""
    if run.status != status or text not in run.err:
        raise AssertionError(f"wanted {status} with {text!r}:\n{run!r}")
    holds(run.err, hint)
    lines = [line for line in run.err.splitlines()
             if line and ": warning: " not in line]
    if len(lines) > 2 or not lines[0].startswith("certupload: "):
        raise AssertionError(f"more than a line and a hint:\n{run.err}")
    equal(run.out, "", "standard output")


def keys_bytes(path):
    """Byte strings that tell the RSA private key at `path` is somewhere:
    from its middle, past the public modulus."""
    lines = read(path).splitlines()
    der = sh("openssl", "pkey", "-in", path, "-outform", "DER")
    middle = len(der) // 2
    return {"pem": lines[len(lines) // 2], "der": der[middle:middle + 64],
            "base64": base64.b64encode(der)[-200:-100]}
