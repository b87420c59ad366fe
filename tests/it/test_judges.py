"""Other readers of PKCS#12 open what we write, in each style."""

from harness import *
from judges import certtool, cryptography, keytool, openssl, pk12util

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
