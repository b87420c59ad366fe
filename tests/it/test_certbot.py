"""A real certbot renews from a real ACME server, and its deploy hook
uploads."""

import socket

from harness import *

HOOK = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..",
                                    "data", "certbot-deploy-hook"))


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Pebble:
    """The ACME server, with TLS of our own CA."""

    def __enter__(self):
        acme, management, http, tls = free_ports(4)
        make_cert("acme", issuer="root",
                  extensions=SERVER.format("IP:127.0.0.1"))
        write("pebble.json", json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{acme}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": "acme.crt", "privateKey": "acme.key",
            "httpPort": http, "tlsPort": tls, "ocspResponderURL": "",
            "externalAccountBindingRequired": False}}))
        self.http = http
        self.log = open("pebble.log", "wb")
        self.process = subprocess.Popen(
            ["pebble", "-config", "pebble.json"], stdout=self.log,
            stderr=self.log,
            env={**os.environ, "PEBBLE_VA_ALWAYS_VALID": "1",
                 "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"})
        self.url = f"https://127.0.0.1:{acme}/dir"
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", acme)) == 0:
                    return self
            if self.process.poll() is not None:
                raise AssertionError(read("pebble.log").decode())

    def __exit__(self, *what):
        self.process.kill()
        self.process.wait()
        self.log.close()


def certbot(pebble, sandbox, *arguments):
    os.makedirs("bin", exist_ok=True)
    if not os.path.exists("bin/certupload"):
        os.symlink(CERTUPLOAD, "bin/certupload")
    settings = "".join(f"{name}={value}\n"
                       for name, value in sandbox.env.items())
    write("settings", settings)
    env = environment({
        "PATH": os.path.abspath("bin") + ":" + os.environ["PATH"],
        "REQUESTS_CA_BUNDLE": os.path.abspath("root.crt"),
        "CERTUPLOAD_SETTINGS": os.path.abspath("settings"),
        "CERTUPLOAD_LIVE": os.path.abspath("etc/live"),
    })
    done = subprocess.run(
        ["certbot", *arguments, "--config-dir", "etc", "--work-dir", "work",
         "--logs-dir", "logs", "--server", pebble.url, "--non-interactive"],
        env=env, capture_output=True, timeout=LIMIT, check=False)
    if done.returncode != 0 or b"error output" in done.stdout + done.stderr:
        raise AssertionError(f"{done.stdout.decode()}{done.stderr.decode()}")
    return env


def holds_lineage(sandbox, path):
    """The bundle at `path` is the lineage's current certificate."""
    leaf = sh("openssl", "pkcs12", "-in", path, "-passin", "pass:", "-nokeys",
              "-clcerts")
    write("stored.pem", leaf)
    equal(fingerprint("stored.pem"),
          fingerprint("etc/live/www.example.com/cert.pem"))


@story
def issue_renew_and_heal():
    need("certbot", "pebble")
    make_cert("root")
    with Pebble() as pebble, Sandbox() as sandbox:
        certbot(pebble, sandbox, "certonly", "--standalone",
                "--http-01-port", str(pebble.http),
                "--register-unsafely-without-email", "--agree-tos",
                "--deploy-hook", HOOK, "-d", "www.example.com")
        (first,) = sandbox.stored().values()
        holds_lineage(sandbox, first)
        env = certbot(pebble, sandbox, "renew", "--force-renewal",
                      "--no-random-sleep-on-renew")
        (second,) = set(sandbox.stored().values()) - {first}
        holds_lineage(sandbox, second)
        equal(len(sandbox.creates()), 2, "creates")
        # The same hook from cron: nothing to do, and nothing said.
        before = len(sandbox.journal())
        done = subprocess.run([HOOK], env=env, capture_output=True,
                              timeout=LIMIT, check=False)
        equal((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        equal(len(sandbox.journal()) - before, 2, "requests")


@story
def the_hook_is_loud_when_the_upload_fails():
    make_site()
    os.makedirs("live/www.example.com")
    for source, name in (("server.key", "privkey.pem"),
                         ("server.crt", "cert.pem"), ("ca.pem", "chain.pem")):
        os.rename(source, "live/www.example.com/" + name)
    os.mkdir("bin")
    os.symlink(CERTUPLOAD, "bin/certupload")
    write("settings", "# no key here\n")
    env = environment({"PATH": os.path.abspath("bin") + ":"
                               + os.environ["PATH"],
                       "CERTUPLOAD_SETTINGS": os.path.abspath("settings"),
                       "CERTUPLOAD_LIVE": os.path.abspath("live")})
    done = subprocess.run([HOOK], env=env, capture_output=True, timeout=LIMIT,
                          check=False)
    equal(done.returncode, 2)
    holds(done.stderr.decode(), "no region is given")


if __name__ == "__main__":
    main()
