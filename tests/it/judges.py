"""Other readers of PKCS#12: each opens `path` and finds the certificates with
the fingerprints `wanted`, leaf first."""

from harness import *

# Debian's own, which has the module; not one found first in PATH.
PYTHON = "/usr/bin/python3"

# Exits with 0 if what the load balancer reads of a leaf can be read.
LEAF_BY_CRYPTOGRAPHY = """
import sys
try:
    from cryptography import x509
except ImportError:
    sys.exit("absent")
leaf = x509.load_pem_x509_certificate(open(sys.argv[1], "rb").read())
leaf.subject, leaf.extensions
"""

READ_BY_CRYPTOGRAPHY = """
import sys
try:
    import cryptography
except ImportError:
    sys.exit("absent")
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.hazmat.primitives import hashes
key, leaf, others = pkcs12.load_key_and_certificates(
    open(sys.argv[1], "rb").read(), None)
assert key.public_key().public_numbers() == leaf.public_key().public_numbers()
for cert in [leaf, *others]:
    print(cert.fingerprint(hashes.SHA256()).hex())
"""


def openssl(path, _wanted):
    sh("openssl", "pkcs12", "-in", path, "-passin", "pass:", "-nodes")


def certtool(path, wanted):
    need("certtool")
    out = sh("certtool", "--p12-info", "--inder", "--empty-password",
             "--infile", path).decode()
    equal(out.count("BEGIN CERTIFICATE"), len(wanted), "certtool")
    holds(out, "PRIVATE KEY")


def pk12util(path, _wanted):
    need("pk12util", "certutil")
    if not os.path.isdir("nss"):
        os.mkdir("nss")
        sh("certutil", "-N", "-d", "sql:nss", "--empty-password")
    sh("pk12util", "-i", path, "-d", "sql:nss", "-W", "")


def keytool(path, wanted):
    need("keytool")
    # The first two let it start in half the time.
    out = sh("keytool", "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC",
             "-J-Dkeystore.pkcs12.legacy=true", "-list", "-v", "-keystore",
             path, "-storetype", "PKCS12", "-storepass", "",
             stdin=b"\n").decode()
    holds(out, "PrivateKeyEntry")
    found = [line.split(": ")[1].replace(":", "").strip().lower()
             for line in out.splitlines() if "SHA256: " in line]
    equal(found, wanted, "keytool")


def cryptography(path, wanted):
    done = subprocess.run([PYTHON, "-c", READ_BY_CRYPTOGRAPHY, path],
                          capture_output=True, timeout=LIMIT, check=False)
    if done.stderr == b"absent\n":
        raise Skip("no Python cryptography")
    equal((done.stderr, done.stdout.decode().split()), (b"", wanted),
          "cryptography")


def can_read(path):
    done = subprocess.run([PYTHON, "-W", "ignore", "-c",
                           LEAF_BY_CRYPTOGRAPHY, path],
                          capture_output=True, timeout=LIMIT, check=False)
    if done.stderr == b"absent\n":
        raise Skip("no Python cryptography")
    return done.returncode == 0
