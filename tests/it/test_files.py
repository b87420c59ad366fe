"""Files that change while they are read, issuers that are fetched, and
files made to do harm."""

import http.server
import threading

import judges
from harness import *


def check(*arguments, **more):
    return certupload(*arguments, "--check", **more)


# --- a set that is being replaced ------------------------------------------------


@story
def files_replaced_one_after_the_other_are_waited_for():
    make_site()
    shutil.copy("server.crt", "old.crt")
    os.remove("server.key")
    make_cert("server", issuer="issuer1", subject="/CN=www.example.com",
              extensions=SERVER.format("DNS:www.example.com"))
    os.rename("server.crt", "new.crt")
    os.rename("old.crt", "server.crt")
    # The new key is there, the certificate is still the old one.
    process = start(*SITE, "--check", "--json", "-v")
    holds(process.stderr.readline().decode(), "reading them again")
    os.rename("new.crt", "server.crt")
    run = succeeds(finish(process))
    equal(json.loads(run.out)["certificates"][0]["chain"][0]["sha256"],
          fingerprint("server.crt"))


class Touched:
    """A file that was written just now, however long that lasts."""

    def __init__(self, path):
        self.path = path
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.touch)

    def touch(self):
        while not self.ended.wait(0.1):
            os.utime(self.path)

    def __enter__(self):
        os.utime(self.path)
        self.thread.start()

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


RENEWED = ["--key", "key.pem", "--cert", "cert.pem", "--chain", "chain.pem",
           "--ca-bundle", "root.crt", "--check", "--json", "-v"]


def make_renewal(extensions=""):
    """root > issuer1 > old, root > issuer2 > new; both of key.pem."""
    make_cert("root")
    make_key("key.pem")
    for issuer, name in ("issuer1", "old"), ("issuer2", "new"):
        make_cert(issuer, issuer="root")
        shutil.copy("key.pem", name + ".key")
        make_cert(name, issuer=issuer, subject="/CN=www.example.com",
                  extensions=SERVER.format("DNS:www.example.com") + extensions)


def is_waited_for(args, fresh, act):
    """The run reads the files again until `act` has mended them."""
    with Touched(fresh):
        process = start(*args)
        holds(process.stderr.readline().decode(), "reading them again")
    act()
    run = succeeds(finish(process))
    one = json.loads(run.out)["certificates"][0]
    equal([each["sha256"] for each in one["chain"]],
          [fingerprint("new.crt"), fingerprint("issuer2.crt")])
    equal(one["warnings"], [])


@story
def a_chain_replaced_after_its_certificate_is_waited_for():
    for extensions in "", aia("http://127.0.0.1:1/"):
        make_renewal(extensions)
        join("cert.pem", "new.crt")
        join("chain.pem", "issuer1.crt")
        is_waited_for(RENEWED, "cert.pem", lambda: os.replace(
            shutil.copy("issuer2.crt", "next"), "chain.pem"))


@story
def a_certificate_replaced_after_its_chain_is_waited_for():
    make_renewal()
    join("cert.pem", "old.crt")
    join("chain.pem", "issuer2.crt")
    is_waited_for(RENEWED, "chain.pem", lambda: os.replace(
        shutil.copy("new.crt", "next"), "cert.pem"))


@story
def a_file_written_in_place_is_waited_for():
    make_renewal()
    join("chain.pem", "issuer2.crt")
    whole = read("new.crt")
    write("cert.pem", whole[:len(whole) // 2])

    def finish_writing():
        with open("cert.pem", "ab") as out:
            out.write(whole[len(whole) // 2:])
    is_waited_for(RENEWED, "cert.pem", finish_writing)


@story
def a_chain_that_comes_last_into_a_folder_is_waited_for():
    make_renewal()
    os.mkdir("live")
    os.rename("key.pem", "live/privkey.pem")
    shutil.copy("new.crt", "live/cert.pem")
    is_waited_for(["--lineage", "live", *RENEWED[6:]], "live/cert.pem",
                  lambda: os.replace(shutil.copy("issuer2.crt", "next"),
                                     "live/chain.pem"))


@story
def files_that_stay_are_read_once():
    make_renewal()
    join("cert.pem", "new.crt")
    write("cut", read("issuer2.crt")[:200])
    shutil.copy("issuer1.crt", "chain.pem")
    for moment in 1e9, 4e9:
        os.utime("chain.pem", (moment, moment))
        run = certupload(*RENEWED)
        equal(run.status, 3)
        holds(run.err, "the issuer CN=issuer2 is missing")
        equal("reading them again" in run.err, False, run.err)
        os.utime("cut", (moment, moment))
        run = certupload(*RENEWED, "--chain", "cut")
        equal(run.status, 3)
        equal("reading them again" in run.err, False, run.err)


@story
def a_pipe_is_read_once():
    make_renewal()
    with Touched("new.crt"):
        run = certupload("--key", "key.pem", "--cert", "new.crt", "--chain",
                         "-", *RENEWED[6:], stdin=read("issuer1.crt"))
    equal(run.status, 3)
    holds(run.err, "the issuer CN=issuer2 is missing")
    equal("reading them again" in run.err, False, run.err)


# --- fetched issuers ---------------------------------------------------------------


class Issuers:
    """A web server of a CA's issuers: {path: (status, bytes)}."""

    def __init__(self, pages):
        outer = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, dict(self.headers)))
                status, body = pages.get(self.path, (404, b""))
                self.send_response(status)
                if status // 100 == 3:
                    self.send_header("Location", body.decode())
                    body = b""
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def aia(url):
    return f"authorityInfoAccess=caIssuers;URI:{url}\n"


def make_aia_site(pages, url):
    """root > issuer2 > issuer1 > server, each naming where its issuer is."""
    make_cert("root")
    make_cert("issuer2", issuer="root")
    make_cert("issuer1", issuer="issuer2", extensions=CA + aia(url + "/2.p7c"))
    make_cert("server", issuer="issuer1", subject="/CN=www.example.com",
              extensions=SERVER.format("DNS:www.example.com")
              + aia(url + "/1.der"))
    sh("openssl", "x509", "-in", "issuer1.crt", "-outform", "DER", "-out",
       "1.der")
    sh("openssl", "crl2pkcs7", "-nocrl", "-certfile", "issuer2.crt",
       "-outform", "DER", "-out", "2.p7c")
    pages["/1.der"] = (200, read("1.der"))
    pages["/2.p7c"] = (200, read("2.p7c"))


ALONE = ["--key", "server.key", "--cert", "server.crt", "--ca-bundle",
         "root.crt", "--fetch-chain"]


@story
def missing_issuers_are_fetched_and_verified():
    pages = {}
    with Issuers(pages) as issuers:
        make_aia_site(pages, issuers.url)
        run = succeeds(check(*ALONE, "--fetch-private", "--json",
                             "--require-complete"))
        one = json.loads(run.out)["certificates"][0]
        equal([each["subject"] for each in one["chain"]],
              ["CN=www.example.com", "CN=issuer1", "CN=issuer2"])
        equal(one["chain_verdict"], "complete")
        equal([path for path, _ in issuers.asked], ["/1.der", "/2.p7c"])
        for _, headers in issuers.asked:
            equal("Authorization" in headers, False, "the API key")


@story
def private_addresses_are_not_asked():
    pages = {}
    with Issuers(pages) as issuers:
        make_aia_site(pages, issuers.url)
        fails(check(*ALONE), 4, "/1.der: its address is not public")
        equal(issuers.asked, [])


@story
def what_is_fetched_may_be_anything():
    pages = {}
    with Issuers(pages) as issuers:
        make_aia_site(pages, issuers.url)
        make_cert("stranger")
        sh("openssl", "x509", "-in", "stranger.crt", "-outform", "DER",
           "-out", "stranger.der")
        for page, status, says in (
                ((404, b"no"), 4, "the server answered 404"),
                ((302, b"http://127.0.0.1:1/"), 4, "answered 302"),
                ((200, b""), 3, "/1.der: is empty"),
                ((200, b"<html>"), 3, "holds no certificate"),
                ((200, b"\x30\x82" * 100000), 4, "larger than"),
                ((200, read("stranger.der")), 3, "is missing")):
            pages["/1.der"] = page
            issuers.asked.clear()
            fails(check(*ALONE, "--fetch-private"), status, says)
            equal([path for path, _ in issuers.asked], ["/1.der"], says)


@story
def every_address_of_an_issuer_is_asked_once():
    pages = {}
    with Issuers(pages) as issuers:
        make_aia_site(pages, issuers.url)
        pages["/text"] = (200, b"<html>")
        pages["/moved"] = (302, b"/1.der")
        sh("openssl", "x509", "-in", "root.crt", "-outform", "DER", "-out",
           "root.der")
        pages["/other"] = (200, read("root.der"))
        wrong = ["/gone", "/text", "/moved", "/other"]

        def name(*paths):
            make_cert("server", issuer="issuer1", subject="/CN=www.example.com",
                      extensions=SERVER.format("DNS:www.example.com")
                      + aia("ldap:///CN=issuer1" + "".join(
                          f",caIssuers;URI:{issuers.url}{path}"
                          for path in paths)))
            issuers.asked.clear()
            run = check(*ALONE, "--fetch-private")
            return run, [path for path, _ in issuers.asked]
        run, asked = name(*wrong, "/1.der")
        succeeds(run)
        equal(asked, [*wrong, "/1.der", "/2.p7c"])
        run, asked = name("/gone", "/text", "/gone")
        fails(run, 3, f"{issuers.url}/gone: the server answered 404; "
              f"{issuers.url}/text: holds no certificate",
              "get the issuer yourself")
        equal(asked, ["/gone", "/text"])
        run, asked = name("/other", "/other")
        fails(run, 3, "is missing")
        equal(asked, ["/other"])
        # At most eight of one certificate, and ten of all.
        many = [f"/{number}" for number in range(12)]
        run, asked = name(*many)
        fails(run, 4, "/0: the server answered 404; ")
        equal(asked, many[:8])
        make_cert("issuer1", issuer="issuer2", extensions=CA
                  + aia(",caIssuers;URI:".join(issuers.url + path
                                               for path in many)))
        sh("openssl", "x509", "-in", "issuer1.crt", "-outform", "DER", "-out",
           "1.der")
        pages["/1.der"] = (200, read("1.der"))
        run, asked = name(*many[8:], "/1.der")
        fails(run, 4, "/4: the server answered 404")
        equal(asked, [*many[8:], "/1.der", *many[:5]])


# --- the system's trust anchors --------------------------------------------------


@story
def the_systems_anchors_are_those_openssl_is_told_of():
    make_site()
    os.mkdir("hashed")
    shutil.copy("root.crt", "hashed/root.pem")
    sh("openssl", "rehash", "hashed")
    os.mkdir("empty")
    write("empty/README", "no certificates\n")
    for env, word in (
            ({"SSL_CERT_FILE": "root.crt"}, "complete"),
            ({"SSL_CERT_DIR": "hashed"}, "complete"),
            ({"SSL_CERT_DIR": "empty", "SSL_CERT_FILE": "none"},
             "not proved"),
            ({"SSL_CERT_FILE": "server.crt"}, "incomplete")):
        run = succeeds(check(*SITE, "--json", env=env))
        one = json.loads(run.out)["certificates"][0]
        equal(one["chain_verdict"], word, env)
    fails(check(*SITE, env={"SSL_CERT_FILE": "server.key"}), 3,
          "the system's trust store: server.key: holds no certificate",
          "--ca-bundle")
    fails(check(*SITE, "--require-complete",
                env={"SSL_CERT_FILE": "none"}), 3, "not proved")


# --- old ciphers -------------------------------------------------------------


@story
def without_the_legacy_provider_the_conversion_is_named():
    make_site(kind="rsa2048")
    write("pass", "open sesame\n")
    sh("openssl", "pkcs12", "-export", "-legacy", "-inkey", "server.key",
       "-in", "server.crt", "-passout", "file:pass", "-out", "old.p12")
    os.chmod("old.p12", 0o600)
    sh("openssl", "pkcs8", "-topk8", "-v1", "PBE-MD5-DES", "-provider",
       "legacy", "-provider", "default", "-in", "server.key", "-passout",
       "file:pass", "-out", "old.key")
    os.chmod("old.key", 0o600)
    env = {"OPENSSL_MODULES": "/nonexistent"}
    given = ["--key-passphrase-file", "pass"]
    fails(check("--key", "old.p12", *given, env=env), 3,
          "is encrypted with RC2-40-CBC", "openssl pkcs12 -legacy -in OLD")
    fails(check("--key", "old.key", "--cert", "server.crt", *given, env=env),
          3, "is encrypted with DES-CBC", "openssl pkey -provider legacy")
    # As the hints say.
    sh("openssl", "pkcs12", "-legacy", "-in", "old.p12", "-aes256", "-passin",
       "file:pass", "-passout", "pass:open sesame", "-out", "new.pem")
    os.chmod("new.pem", 0o600)
    succeeds(check("--key", "new.pem", *given, env=env))
    sh("openssl", "pkey", "-provider", "legacy", "-provider", "default",
       "-in", "old.key", "-aes256", "-passin", "file:pass", "-passout",
       "pass:open sesame", "-out", "new.key")
    os.chmod("new.key", 0o600)
    succeeds(check("--key", "new.key", "--cert", "server.crt", *given,
                   env=env))


# --- files made to do harm -----------------------------------------------------------

# The most memory a run may take, whatever it is given.
MEMORY = 64 << 20


def measured(*arguments, **more):
    """A run and its largest resident size."""
    process = start(*arguments, "--check", **more)
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if "asan" not in os.environ.get("CERTUPLOAD_BUILD", "") and \
            usage.ru_maxrss * 1024 > MEMORY:
        raise AssertionError(f"{usage.ru_maxrss} KiB for {arguments}")
    return Run(subprocess.CompletedProcess([], process.returncode, out, err))


@story
def a_file_of_100_megabytes_and_an_endless_pipe():
    make_site()
    with open("large", "wb") as out:
        out.truncate(100 << 20)
    for path in "large", "/dev/zero":
        for option in "--key", "--cert", "--chain":
            args = list(SITE)
            args[args.index(option) + 1] = path
            fails(measured(*args), 3, f"{path}: larger than")
    endless = subprocess.Popen(["yes", "--", "-----BEGIN CERTIFICATE-----"],
                               stdout=subprocess.PIPE)
    args = list(SITE)
    args[args.index("--chain") + 1] = "-"
    fails(measured(*args, stdin=endless.stdout), 3,
          "standard input: larger than")
    endless.kill()
    endless.wait()
    endless.stdout.close()


@story
def a_hundred_thousand_blocks():
    make_site()
    block = "-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n"
    write("blocks", block * 70000)
    args = list(SITE)
    args[args.index("--chain") + 1] = "blocks"
    fails(measured(*args), 3, "blocks: is a revocation list (CRL), not a "
          "certificate")
    write("more", block * 100000)
    args[args.index("blocks")] = "more"
    fails(measured(*args), 3, "more: larger than 4194304 bytes")
    write("certs", read("issuer1.crt") * 3000)
    args[args.index("more")] = "certs"
    fails(measured(*args), 3, "certs: more than 2000 certificates")


@story
def a_thousand_certificates_in_one_file():
    make_site(issuers=1)
    make_key("stray.key")
    strays = []
    for number in range(100):
        make_cert("stray", subject=f"/CN=stray {number}")
        strays.append(read("stray.crt"))
    write("many", b"".join(strays) * 10 + read("ca.pem"))
    args = list(SITE)
    args[args.index("--chain") + 1] = "many"
    run = succeeds(measured(*args, "--json"))
    one = json.loads(run.out)["certificates"][0]
    equal(len(one["chain"]), 2)
    equal(len(one["notes"]), 1000)


# CAs made by the thousand; openssl would take a minute.
MAKE_MANY = """
import datetime, sys
try:
    from cryptography import x509
except ImportError:
    sys.exit("absent")
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

def certify(subject, key, issuer, signer):
    now = datetime.datetime.utcnow()
    day = datetime.timedelta(days=1)
    named = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
             for name in (subject, issuer)]
    builder = x509.CertificateBuilder(
        named[1], named[0], key.public_key(), x509.random_serial_number(),
        now - day, now + 30 * day).add_extension(
            x509.BasicConstraints(subject != "leaf", None), critical=True)
    if subject == "leaf":
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("leaf.example")]), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM)

def save(path, *texts):
    with open(path, "wb") as out:
        out.write(b"".join(texts))

keys = [ec.generate_private_key(ec.SECP384R1()) for _ in range(1900)]
leaf = ec.generate_private_key(ec.SECP256R1())
save("leaf.key", leaf.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption()))
save("leaf.crt", certify("leaf", leaf, "0", keys[0]))
save("namesakes", *[certify("0", key, "up", keys[0]) for key in keys[1:]])
save("mesh", *[certify(str(one), keys[one], str(other), keys[other])
               for one in range(12) for other in range(12) if one != other])
save("root.crt", certify("5", keys[5], "5", keys[5]))
"""


@story
def more_issuers_than_can_be_tried():
    done = subprocess.run([judges.PYTHON, "-W", "ignore", "-c", MAKE_MANY],
                          capture_output=True, check=False, timeout=LIMIT)
    if done.stderr == b"absent\n":
        raise Skip("no Python cryptography")
    equal(done.stderr, b"")
    os.chmod("leaf.key", 0o600)
    site = ["--key", "leaf.key", "--cert", "leaf.crt", "--chain"]
    fails(measured(*site, "namesakes"), 3, "too many possible issuers",
          "leave in the files only")
    fails(measured(*site, "mesh"), 3, "form more than 1,000 chains")
    # One of them is good, and found.
    run = succeeds(measured(*site, "mesh", "--ca-bundle", "root.crt",
                            "--json"))
    one = json.loads(run.out)["certificates"][0]
    equal(one["chain_verdict"], "complete")
    equal(len(one["chain"]), 13)


@story
def a_certificate_with_ten_thousand_names():
    make_site(names=",".join(f"DNS:n{number}.example.com"
                             for number in range(10000)))
    run = succeeds(measured(*SITE, "--allow-incomplete-chain"))
    holds(run.out, " and 9990 more")


@story
def names_that_disturb_a_terminal():
    make_cert("root")
    make_cert("server", issuer="root",
              extensions=SERVER.format("DNS:www.example.com"),
              subject="/CN=\x1b]0;owned\x07\u202egro.elpmaxe\u2066\u200b")
    run = succeeds(measured("--key", "server.key", "--cert", "server.crt"))
    for character in "\x1b\x07\u202e\u2066\u200b":
        if character in run.out + run.err:
            raise AssertionError(f"{character!r} in {run!r}")
    holds(run.out, "CN=\\1B]0\\;owned\\07\\u{202E}gro.elpmaxe\\u{2066}\\u{200B}")


@story
def a_pipe_that_stays_open_without_data():
    make_site()
    # Bounded by the program's own limit of a minute; here the signal that a
    # person would send.
    os.mkfifo("pipe")
    process = start("--key", "pipe", "--cert", "server.crt", "--check")
    # Opens when the other side does.
    with open("pipe", "wb"):
        process.terminate()
        equal(finish(process).status, -15)


if __name__ == "__main__":
    main()
