"""Other readers of PKCS#12 open what we write, in each style."""

from harness import *

# Debian's own, which has the module; not one found first in PATH.
PYTHON = "/usr/bin/python3"

READ_BY_CRYPTOGRAPHY = """
import sys
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
    out = sh("keytool", "-J-Dkeystore.pkcs12.legacy=true", "-list", "-v",
             "-keystore", path, "-storetype", "PKCS12", "-storepass", "",
             stdin=b"\n").decode()
    holds(out, "PrivateKeyEntry")
    found = [line.split(": ")[1].replace(":", "").strip().lower()
             for line in out.splitlines() if "SHA256: " in line]
    equal(found, wanted, "keytool")


def cryptography(path, wanted):
    if subprocess.run([PYTHON, "-c", "import cryptography"], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        raise Skip("no Python cryptography")
    out = sh(PYTHON, "-c", READ_BY_CRYPTOGRAPHY, path).decode()
    equal(out.split(), wanted, "cryptography")


# Java reads no unencrypted bundle.
STYLES = {"modern": [openssl, certtool, pk12util, keytool, cryptography],
          "legacy": [openssl, certtool, pk12util, keytool, cryptography],
          "unencrypted": [openssl, certtool, pk12util, cryptography]}


def read_by(judge):
    for kind, length in (("rsa2048", 1), ("p256", 0), ("p384", 3)):
        with workplace():
            chain = make_site(kind=kind, issuers=length)
            files = SITE if length else SITE[:4]
            wanted = [fingerprint(name + ".crt")
                      for name in ["server", *chain]]
            for style, judges in STYLES.items():
                if judge in judges:
                    path = f"{style}.p12"
                    succeeds(certupload(*files, "--pkcs12", style, "--output",
                                        path))
                    judge(path, wanted)


@story
def openssl_reads_them():
    read_by(openssl)


@story
def gnutls_certtool_reads_them():
    read_by(certtool)


@story
def nss_pk12util_reads_them():
    read_by(pk12util)


@story
def java_keytool_reads_them():
    read_by(keytool)


@story
def python_cryptography_reads_them_as_the_balancer_does():
    read_by(cryptography)


@story
def each_style_is_what_its_name_says():
    make_site(kind="rsa2048")
    for style, says in (
            ("modern", ["MAC: sha256, Iteration 2048", "AES-256-CBC"]),
            ("legacy", ["MAC: sha1, Iteration 2048",
                        "pbeWithSHA1And3-KeyTripleDES-CBC"]),
            ("unencrypted", ["MAC: sha256, Iteration 2048", "Key bag"])):
        succeeds(certupload(*SITE, "--pkcs12", style, "--output",
                            f"{style}.p12"))
        done = subprocess.run(
            ["openssl", "pkcs12", "-in", f"{style}.p12", "-passin", "pass:",
             "-info", "-noout"], capture_output=True, check=True)
        info = done.stderr.decode()
        for part in says:
            holds(info, part)
        if "RC2" in info:
            raise AssertionError(info)


if __name__ == "__main__":
    main()
