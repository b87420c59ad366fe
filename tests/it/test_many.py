"""A thousand certificates in one run: few connections and requests, little
memory, and a failure of one is no other's.

CERTS chooses how many."""

import datetime

from harness import *

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:
    x509 = None

# Sanitizers keep what is freed, and take their time.
SLOW = (os.environ.get("CERTUPLOAD_BUILD") == "asan"
        or "CERTUPLOAD_WRAPPER" in os.environ)
CERTS = int(os.environ.get("CERTS", "100" if SLOW else "1000"))
PAGE = 1000
MEMORY = 13 << 10  # a certificate


# --- many certificates, fast -------------------------------------------------


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Maker:
    """root.crt, its intermediate, and leaves: NAME.key, NAME.pem (with the
    intermediate)."""

    def __init__(self):
        if x509 is None:
            raise Skip("no python3-cryptography")
        make_cert("root")
        make_cert("issuer", issuer="root")
        self.issuer = x509.load_pem_x509_certificate(read("issuer.crt"))
        self.signer = serialization.load_pem_private_key(
            read("issuer.key"), None)
        self.now = datetime.datetime.now(datetime.timezone.utc)

    def make(self, name, days=30):
        key = ec.generate_private_key(ec.SECP256R1())
        cert = (
            x509.CertificateBuilder()
            .subject_name(name_of(name)).issuer_name(self.issuer.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - datetime.timedelta(days=9))
            .not_valid_after(self.now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.SubjectAlternativeName(
                [x509.DNSName(f"{name}.example.com")]), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    self.signer.public_key()), False)
            .sign(self.signer, hashes.SHA256()))
        pem = serialization.Encoding.PEM
        write(name + ".key", key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        write(name + ".pem", cert.public_bytes(pem) + read("issuer.crt"))


def section(title, **other):
    lines = {"key": title + ".key", "cert": title + ".pem", **other}
    return f"[{title}]\n" + "".join(
        f"{key.replace('_', '-')} = {value}\n"
        for key, value in lines.items() if value)


def configure(file, names):
    write(file, "ca-bundle = root.crt\n"
          + "".join(section(name) for name in names))


def make_many(maker, count):
    names = [f"site{number}" for number in range(count)]
    for name in names:
        maker.make(name)
    configure("many.conf", names)
    return names


# --- one run -----------------------------------------------------------------

# The process alone: what this one holds, its children had when they forked.
MEASURE = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as out:
    out.write(str(usage.ru_maxrss * 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(*arguments, env, config="many.conf"):
    """A run, and the most memory it had resident."""
    done = subprocess.run(
        [sys.executable, "-ISc", MEASURE, "memory",
         *command_line(["--config", config, *arguments])],
        env=environment(env), capture_output=True, timeout=LIMIT, check=False)
    return Run(done), int(read("memory"))


def has_huge_pages():
    """Where the kernel makes any memory huge pages, they count whole."""
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    return os.path.exists(path) and b"[always]" in read(path)


def upload(proxy, *options, config="many.conf"):
    run, memory = measured("--ca-file", "root.crt", *options, env=proxy.env,
                           config=config)
    print(f"# {memory / (1 << 20):.1f} MiB resident")
    return succeeds(run), memory


def memory_of_one(name):
    """A run for one certificate: most of its memory is that of libraries."""
    configure("one.conf", [name])
    with Sandbox() as sandbox, Proxy(sandbox) as proxy:
        return upload(proxy, config="one.conf")[1]


def grows_little(memory, one):
    """OpenSSL 3.5 needs 2 MiB more than 3.0, whatever the certificates."""
    each = (memory - one) / (CERTS - 1)
    print(f"# {each / (1 << 10):.1f} KiB a certificate")
    if not SLOW and not has_huge_pages():
        at_most(MEMORY, each, "bytes a certificate")


@story
def a_thousand_go_up_at_once_and_the_next_run_does_nothing():
    need("nghttpx")
    names = make_many(Maker(), CERTS)
    pages = -(-CERTS // PAGE)
    one = memory_of_one(names[0])
    with Sandbox(task_time=1000) as sandbox, Proxy(sandbox) as proxy:
        connections = proxy.connections()
        run, memory = upload(proxy)
        grows_little(memory, one)
        equal([line.split(":")[0] for line in run.out.splitlines()], names)
        equal(sorted(line.split(": ")[1] for line in run.out.splitlines()),
              sorted(sandbox.stored()))
        equal(len(sandbox.creates()), CERTS, "creates")
        at_most(2, proxy.connections() - connections, "connections")
        print(f"# {len(sandbox.journal('GET'))} lists")
        # How many depends on how long it takes; never one for each.
        at_most(CERTS // 2, len(sandbox.journal("GET")), "lists")
        before = len(sandbox.journal())
        run, memory = upload(proxy, "-q")
        grows_little(memory, one)
        equal(run.out + run.err, "", "said")
        at_most(2 + pages, len(sandbox.journal()) - before, "requests")
        equal(len(sandbox.creates()), CERTS, "creates")


# --- what is broken is nobody else's matter ----------------------------------


def without_key(name):
    os.unlink(name + ".key")
    return {}, "No such file"


def foreign_key(name):
    shutil.copy("root.key", name + ".key")
    return {}, "does not belong to the certificate"


def open_key(name):
    os.chmod(name + ".key", 0o644)
    return {}, "lets others read"


def authority(name):
    shutil.copy("issuer.key", name + ".key")
    shutil.copy("issuer.crt", name + ".pem")
    return {}, "is a CA certificate"


def bad_name(name):
    return {"name": "a/" + name}, "cannot name a secret"


def truncated(name):
    write(name + ".pem", read(name + ".pem")[:300])
    return {}, "has no end"


def no_key_in_it(name):
    return {"key": name + ".pem"}, "holds no private key"


def other_host(name):
    del name
    return {"require_name": "other.example.org"}, "other.example.org"


def directory(name):
    os.mkdir(name)
    return {"cert": name}, "directory"


def expired(name):
    del name
    return {}, "expired"


# Each has a reason of its own; what several have in common is told once.
BREAKS = (without_key, foreign_key, open_key, authority, bad_name, truncated,
          no_key_in_it, other_host, directory, expired)


@story
def each_that_is_broken_says_why_and_stops_no_other():
    maker, text, wanted = Maker(), "ca-bundle = root.crt\n", {}
    for number in range(CERTS):
        name, other = f"site{number}", {}
        damage = BREAKS[number // 10 % 10] if number % 10 == 3 else None
        maker.make(name, days=-1 if damage is expired else 30)
        if damage is not None:
            other, wanted[name] = damage(name)
        text += section(name, **other)
    write("many.conf", text)
    with Sandbox(task_time=300) as sandbox:
        run, _ = measured(env=sandbox.env)
        print(f"# {len(wanted)} of {CERTS} are broken")
        equal(len(wanted), CERTS // 10)
        equal(run.status, 1)
        equal(len(sandbox.stored()), CERTS - len(wanted))
        equal(len(run.out.splitlines()), CERTS - len(wanted))
        told = dict(line.split(": ", 2)[1:] for line in run.err.splitlines()
                    if line.startswith("certupload: "))
        equal(sorted(told), sorted(wanted))
        for name, reason in wanted.items():
            holds(told[name], reason)


@story
def a_task_that_does_not_end_delays_no_other():
    names = make_many(Maker(), 20)
    faults = "POST /cloud/v1/secrets/*/* 1 task-stuck\n"
    with Sandbox(faults=faults, task_time=100) as sandbox:
        # Enough for the others on a busy machine.
        run, _ = measured("--timeout", "12", env=sandbox.env)
        equal(run.status, 7, repr(run))
        equal(len(sandbox.stored()), 19)
        equal(len(run.out.splitlines()), 19)
        (stuck,) = set(names) - {line.split(":")[0]
                                 for line in run.out.splitlines()}
        holds(run.err, f"certupload: {stuck}: waiting for task ")


if __name__ == "__main__":
    main()
