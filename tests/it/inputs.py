"""The table of test_inputs: files as people have them, and what becomes of
each. Everything is made by openssl when the test runs."""

import base64
import hashlib
import hmac
import random

import der
from harness import *

RSA, EC = "rsa", "ec"


class Row:
    """One input. `args` as for certupload; `served` the names of the
    certificates sent, leaf first, or None when it is refused; `says` is in
    the message, the notes or the warnings."""

    def __init__(self, name, args, served=None, says="", stdin=None):
        self.name, self.args, self.served = name, args, served
        self.says, self.stdin = says, stdin


# --- the certificates ----------------------------------------------------------


def make_pki():
    """root > int3 > int2 > int1 > rsa, ec and other leaves; cross-signs."""
    make_cert("root")
    make_cert("int3", issuer="root")
    make_cert("int2", issuer="int3")
    make_cert("int1", issuer="int2")
    leaf("rsa", "rsa2048")
    leaf("ec", "p256")
    write("pass", "open sesame\n")
    write("wrong", "open barley\n")


def leaf(name, kind="p256", issuer="int1", extensions=None, subject=None,
         **more):
    make_cert(name, issuer=issuer, kind=kind,
              extensions=extensions or SERVER.format(
                  f"DNS:{name}.example.com,DNS:*.{name}.example.net"),
              subject=subject or f"/CN={name}.example.com", **more)


def cross_sign(name, issuer, out, days=30, dates=None, extensions=CA):
    """A further certificate of name.key and its subject, by another CA."""
    shutil.copy(name + ".key", out + ".key")
    make_cert(out, issuer=issuer, subject=f"/CN={name}", days=days,
              dates=dates, extensions=extensions)


CHAIN = ["int1", "int2", "int3"]
FULL = ["--chain", "chain.pem"]


def site(kind=RSA):
    return ["--key", f"{kind}.key", "--cert", f"{kind}.crt", *FULL]


def served(kind=RSA, chain=None):
    return [kind] + (CHAIN if chain is None else chain)


# --- keys ------------------------------------------------------------------------


def key_rows():
    rows = []
    sealed = []
    for kind in RSA, EC:
        key = f"{kind}.key"

        def save(name, *command, key=key, secret=True):
            sh("openssl", *command, "-in", key, "-out", name)
            os.chmod(name, 0o600)
            return name
        plain = {
            "PKCS#8": save(f"{kind}.p8", "pkcs8", "-topk8", "-nocrypt"),
            "traditional": save(f"{kind}.trad", "pkey", "-traditional"),
            "PKCS#8 DER": save(f"{kind}.p8der", "pkey", "-outform", "DER"),
            "traditional DER": save(f"{kind}.tradder", "pkey", "-traditional",
                                    "-outform", "DER"),
        }
        join(f"{kind}.bag", write("bag", "Bag Attributes\n  friendlyName: x\n"
                                  "Key Attributes: <No Attributes>\n"), key)
        os.chmod(f"{kind}.bag", 0o600)
        plain["with bag attributes"] = f"{kind}.bag"
        closed = {
            f"PKCS#8, {cipher}": save(f"{kind}.{cipher}", "pkcs8", "-topk8",
                                      *flags, "-passout", "file:pass")
            for cipher, flags in (
                ("aes256", ["-v2", "aes256"]), ("des3", ["-v2", "des3"]),
                ("sha1-3des", ["-v1", "PBE-SHA1-3DES"]),
                ("scrypt", ["-scrypt"]),
                ("der-aes128", ["-v2", "aes128", "-outform", "DER"]))}
        for cipher in "aes128", "aes256", "des3":
            closed[f"traditional, {cipher}"] = save(
                f"{kind}.t{cipher}", "pkey", "-traditional", f"-{cipher}",
                "-passout", "file:pass")
        sh("openssl", "pkcs12", "-export", "-inkey", key, "-in",
           f"{kind}.crt", "-passout", "pass:", "-out", f"{kind}.p12")
        sh("openssl", "pkcs12", "-export", "-inkey", key, "-in",
           f"{kind}.crt", "-passout", "file:pass", "-out", f"{kind}.pp12")
        os.chmod(f"{kind}.p12", 0o600)
        os.chmod(f"{kind}.pp12", 0o600)
        plain["in a PKCS#12"] = f"{kind}.p12"
        closed["in a PKCS#12 with a password"] = f"{kind}.pp12"
        for form, path in plain.items():
            rows.append(Row(f"{kind} key, {form}", [
                "--key", path, "--cert", f"{kind}.crt", *FULL], served(kind)))
        for form, path in closed.items():
            args = ["--key", path, "--cert", f"{kind}.crt", *FULL,
                    "--key-passphrase-file"]
            rows.append(Row(f"{kind} key sealed, {form}", args + ["pass"],
                            served(kind)))
            sealed.append(Row(f"{kind} key, wrong passphrase, {form}",
                              args + ["wrong"], says="wrong passphrase"))
        rows.append(Row(f"{kind} PKCS#12 alone", ["--key", f"{kind}.p12"],
                        [kind]))
    sh("openssl", "ecparam", "-name", "prime256v1", "-out", "params")
    join("ec.params", "params", "ec.trad")
    os.chmod("ec.params", 0o600)
    rows.append(Row("EC PARAMETERS before the key",
                    ["--key", "ec.params", "--cert", "ec.crt", *FULL],
                    served(EC)))
    join("twice.key", "rsa.key", "rsa.trad")
    os.chmod("twice.key", 0o600)
    rows.append(Row("the same key twice",
                    ["--key", "twice.key", "--cert", "rsa.crt", *FULL],
                    served()))
    return rows + sealed


def pair_rows():
    """Several keys: the one that fits."""
    def bag(name, *parts):
        join(name, *parts)
        os.chmod(name, 0o600)
        return name
    two = bag("two.key", "ec.key", "rsa.key")
    pairs = bag("pairs.pem", "rsa.key", "rsa.crt", "ec.key", "ec.crt",
                "chain.pem")
    issuer = bag("issuer.pem", "int1.key", "rsa.key", "chain.pem", "rsa.crt")
    lonely = bag("lonely.pem", "ec.key", "rsa.key", "rsa.crt", "chain.pem")
    both = ("pairs.pem: holds the keys of two certificates: number 1 "
            "(CN=rsa.example.com) in pairs.pem and number 2 "
            "(CN=ec.example.com) in pairs.pem")
    return [
        *[Row(f"two keys, that of {kind} is meant", [
            "--key", two, "--cert", f"{kind}.crt", *FULL], served(kind))
          for kind in (RSA, EC)],
        Row("two keys, the other one's certificate in the chain", [
            "--key", two, "--cert", "rsa.crt", "--chain", pairs], served()),
        Row("two keys, none fits", ["--key", two, "--cert", "int3.crt"],
            says="two.key: does not belong to the certificate in int3.crt"),
        Row("two pairs as key", ["--key", pairs], says=both),
        Row("two pairs as certificate", ["--cert", pairs], says=both),
        Row("two pairs as both", ["--key", pairs, "--cert", pairs], says=both),
        *[Row(f"two pairs as {part}, the other file tells", [
            f"--{part}", pairs, f"--{other}", f"ec.{end}", *FULL], served(EC))
          for part, other, end in (("key", "cert", "crt"),
                                   ("cert", "key", "key"))],
        Row("the issuer's key as well", ["--cert", issuer], served()),
        Row("a key without its certificate as well", ["--cert", lonely],
            served()),
    ]


KEY_TYPES = (
    # openssl genpkey options, its name in the message (None: taken)
    ("rsa1024", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
     "cannot use a key of type RSA 1024"),
    ("rsa3072", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
     None),
    ("rsapss", ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
     "cannot use a key of type RSA-PSS"),
    ("p384", KEYS["p384"], None),
    ("p521", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
     None),
    ("p224", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"],
     "cannot use a key of type EC secp224r1"),
    ("k256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
     "cannot use a key of type EC secp256k1"),
    ("bp256", ["-algorithm", "EC", "-pkeyopt",
               "ec_paramgen_curve:brainpoolP256r1"],
     "cannot use a key of type EC brainpoolP256r1"),
    ("explicit", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-pkeyopt", "ec_param_enc:explicit"],
     "written out as explicit parameters"),
    ("ed25519", ["-algorithm", "ED25519"], "cannot use a key of type ED25519"),
    ("ed448", ["-algorithm", "ED448"], "cannot use a key of type ED448"),
)


def key_type_rows():
    rows = []
    for name, options, refused in KEY_TYPES:
        sh("openssl", "genpkey", *options, "-out", name + ".key")
        os.chmod(name + ".key", 0o600)
        leaf(name)
        rows.append(Row(
            f"a key of type {name}", site(name),
            None if refused else served(name), refused or ""))
    sh("openssl", "ec", "-in", "explicit.key", "-param_enc", "named_curve",
       "-out", "named-curve.key")
    os.chmod("named-curve.key", 0o600)
    rows.append(Row("a key type let pass", [*site("ed25519"),
                                            "--allow-key-type"],
                    served("ed25519")))
    return rows


# --- old, odd and hostile encryption ------------------------------------------------

PBES2, PBKDF2 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
PBMAC1, SCRYPT = "1.2.840.113549.1.5.14", "1.3.6.1.4.1.11591.4.11"
AES_256 = "2.16.840.1.101.3.4.1.42"
HMAC_SHA256, HMAC_SHA512 = "1.2.840.113549.2.9", "1.2.840.113549.2.11"
SHA256 = "2.16.840.1.101.3.4.2.1"
DATA, ENCRYPTED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
SHROUDED_KEY = "1.2.840.113549.1.12.10.1.2"
NESTED = "1.2.840.113549.1.12.10.1.6"
ENVELOPED = "1.2.840.113549.1.7.3"
ENDLESS = 2 ** 31 - 1


def number(value):
    return der.tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def algorithm(kind, *parameters):
    return der.sequence(der.oid(kind), *parameters)


def pbkdf2(iterations, *more, hashing=HMAC_SHA256):
    return algorithm(PBKDF2, der.sequence(
        der.tlv(4, b"salt" * 4), number(iterations), *more,
        algorithm(hashing, b"\5\0")))


def scrypt(n, r, p):
    return algorithm(SCRYPT, der.sequence(
        der.tlv(4, b"salt" * 4), number(n), number(r), number(p)))


def pbes2(derivation):
    return algorithm(PBES2, der.sequence(
        derivation, algorithm(AES_256, der.tlv(4, b"0123456789abcdef"))))


def sealed_key(derivation):
    """An EncryptedPrivateKeyInfo that nothing fits."""
    return der.sequence(pbes2(derivation), der.tlv(4, bytes(64)))


def pfx(contents, mac=b""):
    """A PKCS#12 file of these ContentInfos."""
    return der.sequence(number(3), der.sequence(
        der.oid(DATA), der.tlv(0xa0, der.tlv(4, der.sequence(*contents)))),
                        mac)


def bags_of(*bags):
    return der.sequence(der.oid(DATA), der.tlv(0xa0, der.tlv(
        4, der.sequence(*bags))))


def shrouded(derivation):
    return der.sequence(der.oid(SHROUDED_KEY),
                        der.tlv(0xa0, sealed_key(derivation)))


def encrypted_bags(derivation):
    return der.sequence(der.oid(ENCRYPTED), der.tlv(0xa0, der.sequence(
        number(0), der.sequence(der.oid(DATA), pbes2(derivation),
                                der.tlv(0x80, bytes(64))))))


def mac_data(iterations):
    return der.sequence(der.sequence(algorithm(SHA256, b"\5\0"),
                                     der.tlv(4, bytes(32))),
                        der.tlv(4, b"saltsalt"), number(iterations))


def pbmac1(contents):
    """RFC 9579, for the empty password."""
    key = hashlib.pbkdf2_hmac("sha256", b"", b"salt" * 4, 2048)
    digest = hmac.digest(key, der.sequence(*contents), "sha256")
    return der.sequence(
        der.sequence(algorithm(PBMAC1, der.sequence(
            pbkdf2(2048, number(32)), algorithm(HMAC_SHA256, b"\5\0"))),
                     der.tlv(4, digest)),
        der.tlv(4, b"unused"), number(1))


def bomb_rows():
    """Small files that ask for hours of work, or gigabytes."""
    endless = "takes 2147483647 iterations, certupload allows 1000000"
    memory = "by scrypt takes more than certupload allows"
    bombs = {
        "mac": (pfx([bags_of()], mac_data(ENDLESS)), endless),
        "mac-negative": (pfx([bags_of()], mac_data(-5 % 256)), ""),
        "certificates": (pfx([encrypted_bags(pbkdf2(ENDLESS))]), endless),
        "key-bag": (pfx([bags_of(shrouded(pbkdf2(ENDLESS)))]), endless),
        "many-contents": (pfx([encrypted_bags(pbkdf2(999999))] * 9),
                          "takes more than 2500000 iterations in all"),
        "many-slow": (pfx([encrypted_bags(pbkdf2(
            700000, hashing=HMAC_SHA512))] * 2),
                      "takes more than 2500000 iterations in all"),
        "key": (sealed_key(pbkdf2(ENDLESS)), endless),
        "key-scrypt-memory": (sealed_key(scrypt(1 << 20, 8, 1)), memory),
        "key-scrypt-time": (sealed_key(scrypt(1 << 14, 8, 1 << 20)), memory),
        "key-scrypt-block": (sealed_key(scrypt(2, 1 << 28, 1)), memory),
        "key-scrypt-huge": (sealed_key(scrypt(1 << 62, 1 << 62, 1 << 62)),
                            memory),
        "key-huge": (sealed_key(pbkdf2(1 << 90)), "takes no number of iterations"),
    }
    rows = []
    for name, (data, says) in bombs.items():
        path = write(f"bomb-{name}", data)
        rows.append(Row(f"a bomb: {name}", [
            "--key", path, "--cert", "rsa.crt", "--key-passphrase-file",
            "pass"], says=says))
        if name.startswith("key-") or name == "key":
            path = write(f"bomb-{name}.pem", der.pem(
                "ENCRYPTED PRIVATE KEY", data) if name != "key-bag" else data)
            rows.append(Row(f"a bomb as PEM: {name}", [
                "--key", path, "--cert", "rsa.crt", "--key-passphrase-file",
                "pass"], says=says))
    rows.append(Row("a bomb in place of the chain", [
        *site()[:4], "--chain", "bomb-mac"], says=endless))
    return rows


def old_cipher_rows():
    """What OpenSSL 3 reads with its legacy provider alone."""
    legacy = ["-provider", "legacy", "-provider", "default"]
    for name, *flags in (
            ("rc2-40", "-legacy"),
            ("rc4", "-keypbe", "PBE-SHA1-RC4-128", "-certpbe",
             "PBE-SHA1-RC4-40", *legacy),
            ("rc2-128", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe",
             "PBE-SHA1-RC2-128", *legacy),
            ("no-mac", "-nomac"),
            ("plain", "-nomac", "-keypbe", "NONE", "-certpbe", "NONE")):
        for seal, source in (("sealed", "file:pass"), ("empty", "pass:")):
            sh("openssl", "pkcs12", "-export", *flags, "-inkey", "rsa.key",
               "-in", "rsa.crt", "-certfile", "chain.pem", "-passout", source,
               "-out", f"{name}-{seal}.p12")
            os.chmod(f"{name}-{seal}.p12", 0o600)
    for cipher in "PBE-MD5-DES", "PBE-SHA1-RC2-64", "PBE-SHA1-DES":
        sh("openssl", "pkcs8", "-topk8", "-v1", cipher, *legacy, "-in",
           "rsa.key", "-passout", "file:pass", "-out", f"{cipher}.key")
        os.chmod(f"{cipher}.key", 0o600)
    sh("openssl", "pkcs8", "-topk8", "-v1", "PBE-MD5-DES", *legacy, "-in",
       "rsa.key", "-passout", "file:pass", "-outform", "DER", "-out",
       "des.der")
    sh("openssl", "rsa", "-in", "rsa.key", "-traditional", "-des",
       *legacy, "-passout", "file:pass", "-out", "des.key")
    for name in "des.der", "des.key":
        os.chmod(name, 0o600)
    rows, given = [], ["--key-passphrase-file", "pass"]
    for name in "rc2-40", "rc4", "rc2-128", "no-mac", "plain":
        rows.append(Row(f"PKCS#12, {name}, a passphrase", [
            "--key", f"{name}-sealed.p12", *given], served()))
        rows.append(Row(f"PKCS#12, {name}, an empty one", [
            "--key", f"{name}-empty.p12"], served()))
        if name != "plain":
            rows.append(Row(f"PKCS#12, {name}, a wrong one", [
                "--key", f"{name}-sealed.p12", "--key-passphrase-file",
                "wrong"], says="wrong passphrase"))
    for path in ("PBE-MD5-DES.key", "PBE-SHA1-RC2-64.key", "PBE-SHA1-DES.key",
                 "des.der"):
        args = ["--key", path, "--cert", "rsa.crt", *FULL,
                "--key-passphrase-file"]
        rows.append(Row(f"a key sealed in {path}", [*args, "pass"], served()))
        rows.append(Row(f"a key sealed in {path}, wrong passphrase", [
            *args, "wrong"], says="wrong passphrase"))
    rows.append(Row("a traditional key sealed with DES", [
        "--key", "des.key", "--cert", "rsa.crt", *FULL, *given],
        says="it is encrypted with DES-CBC"))
    return rows


def odd_p12_rows():
    inner = der.contents(read("plain-empty.p12"))
    write("pbmac1.p12", pfx(inner, pbmac1(inner)))
    for levels in 1, 8, 9:
        nested = [der.inside(der.inside(der.parts(der.inside(part))[1]))
                  for part in inner]
        bags = [bag for each in nested for bag in der.parts(der.inside(each))]
        for _ in range(levels):
            bags = [der.sequence(der.oid(NESTED), der.tlv(
                0xa0, der.sequence(*bags)))]
        write(f"deep{levels}", pfx([bags_of(*bags)]))
    write("enveloped", pfx([der.sequence(der.oid(ENVELOPED), der.tlv(
        0xa0, der.sequence(number(0), der.tlv(0x31), der.sequence(
            der.oid(DATA), algorithm(AES_256, der.tlv(4, bytes(16)))))))]))
    write("trailing.p12", read("rc2-40-empty.p12") + b"more")
    write("wrong.pfx", pfx([bags_of()], mac_data(2048)))
    knows = sh("openssl", "version").split()[1].decode().split(".")
    knows = [int(part) for part in knows[:2]] >= [3, 4]
    return [
        Row("PKCS#12 protected by PBMAC1", ["--key", "pbmac1.p12"],
            served() if knows else None,
            "" if knows else "is protected by PBMAC1, which OpenSSL"),
        *[Row(f"PKCS#12, bags in {levels} bags", ["--key", f"deep{levels}"],
              served() if levels <= 8 else None,
              "" if levels <= 8 else "is nested too deep")
          for levels in (1, 8, 9)],
        Row("PKCS#12 for a public key", ["--key", "enveloped"],
            says="is encrypted for a public key"),
        Row("PKCS#12 with more behind it", ["--key", "trailing.p12"],
            says="trailing.p12: from byte"),
        Row("PKCS#12 with a MAC that nothing fits", [
            "--key", "wrong.pfx", "--key-passphrase-file", "pass"],
            says="wrong passphrase"),
    ]


# --- how PEM looks in the wild ---------------------------------------------------


def text_forms(data):
    lines = data.split(b"\n")
    return {
        "CRLF": data.replace(b"\n", b"\r\n"),
        "a byte order mark": b"\xef\xbb\xbf" + data,
        "trailing blanks": b"\n".join(line + b" \t" for line in lines),
        "leading blanks": b"\n".join(b"  " + line for line in lines),
        "blank lines around": b"\n\n\n" + data + b"\n\n",
        "text before": b"subject=CN = x\nissuer=y\n" + data,
        "text after": data + b"\nthis is the end\n",
        "UTF-8 text before": "Schlüssel für Bücher\n".encode() + data,
        "no final newline": data.rstrip(b"\n"),
        "a comment with dashes": b"# ----- mine -----\n" + data,
    }


def text_rows():
    rows = []
    for part, name in (("key", "rsa.key"), ("cert", "rsa.crt"),
                       ("chain", "chain.pem")):
        for number, (form, text) in enumerate(text_forms(read(name)).items()):
            path = write(f"form{number}.{part}", text)
            args = site()
            args[args.index("--" + part) + 1] = path
            rows.append(Row(f"{part} with {form}", args, served()))
    return rows


def cert_form_rows():
    sh("openssl", "x509", "-in", "rsa.crt", "-outform", "DER", "-out",
       "rsa.der")
    sh("openssl", "x509", "-in", "rsa.crt", "-trustout", "-addtrust",
       "serverAuth", "-out", "rsa.trusted")
    write("rsa.x509", read("rsa.crt").replace(b"CERTIFICATE",
                                              b"X509 CERTIFICATE"))
    for form, out in (("PEM", "chain.p7"), ("DER", "chain.p7b")):
        sh("openssl", "crl2pkcs7", "-nocrl", "-certfile", "chain.pem",
           "-outform", form, "-out", out)
    sh("openssl", "crl2pkcs7", "-nocrl", "-certfile", "rsa.crt", "-certfile",
       "chain.pem", "-out", "full.p7")
    sh("openssl", "pkcs12", "-export", "-nokeys", "-in", "chain.pem",
       "-passout", "pass:", "-out", "chain.p12")
    sh("openssl", "x509", "-in", "int1.crt", "-outform", "DER", "-out",
       "int1.der")
    join("commented", "rsa.crt", write("between", "\n  and now:\n"),
         "chain.pem")
    rows = [Row(f"certificate as {name}", ["--key", "rsa.key", "--cert", name,
                                           *FULL], served())
            for name in ("rsa.der", "rsa.trusted", "rsa.x509", "full.p7",
                         "commented")]
    rows += [Row(f"chain as {name}", ["--key", "rsa.key", "--cert", "rsa.crt",
                                      "--chain", name], served())
             for name in ("chain.p7", "chain.p7b", "chain.p12")]
    rows.append(Row("chain as one DER each", [
        *site()[:4], "--chain", "int1.der", "--chain", "int2.crt", "--chain",
        "int3.crt"], served()))
    return rows


# --- broken lines ------------------------------------------------------------------


def unwrapped(data, width=10**6, end=b"\n"):
    """The same blocks, their base64 in lines of another width."""
    out = []
    for line in data.splitlines():
        if b"-----" in line or b":" in line or not line:
            out.append(line)
        elif out[-1][-1:] in (b"-", b""):
            out.append(line)
        else:
            out[-1] += line
    lines = [line[at:at + width] for line in out
             for at in range(0, max(len(line), 1), width)]
    return end.join(lines) + end


def line_forms(data):
    return {
        "old Mac line ends": data.replace(b"\n", b"\r"),
        "base64 on one line": unwrapped(data),
        "lines of 76 characters": unwrapped(data, 76),
        "lines of 300 characters": unwrapped(data, 300),
        "blanks for line ends": data.replace(b"\n", b" "),
        "no line ends at all": data.replace(b"\n", b""),
        "a comment about BEGIN":
            b"# Blocks begin with -----BEGIN CERTIFICATE-----\n" + data,
    }


def line_rows():
    rows = []
    for part, name in (("key", "rsa.key"), ("cert", "rsa.crt"),
                       ("chain", "chain.pem")):
        def row(form, text, *result, part=part):
            path = write(f"lines{len(rows)}.{part}", text)
            args = site()
            args[args.index("--" + part) + 1] = path
            rows.append(Row(f"{part} with {form}", args, *result))
        data = read(name)
        for form, text in line_forms(data).items():
            row(form, text, served())
        for form, text, says in (
                ("\\n for line ends", data.replace(b"\n", b"\\n"),
                 "line 1: has the characters \\n where lines should end"),
                ("\\n for line ends, in JSON",
                 b'{"pem":\n"' + data.replace(b"\n", b"\\n") + b'"}\n',
                 "line 2: has the characters \\n where lines should end"),
                ("a variable's name before it", b'PEM="' + data + b'"\n',
                 "line 1: other text before BEGIN")):
            row(form, text, None, says)
    sealed = unwrapped(read("rsa.taes256"), 76)
    rows.append(Row("a sealed traditional key in lines of 76 characters", [
        "--key", write("wide.key", sealed), "--cert", "rsa.crt", *FULL,
        "--key-passphrase-file", "pass"], served()))
    join("glued.pem", *[write(f"glued.{name}", read(f"{name}.crt").rstrip())
                        for name in ["rsa", *CHAIN]])
    rows.append(Row("END and BEGIN on one line", [
        "--key", "rsa.key", "--cert", "glued.pem"], served()))
    return rows


# --- one thing in place of another ---------------------------------------------------


def pem(label, der):
    return (f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}"
            f"-----END {label}-----\n")


def label_rows():
    """Bundles under other labels than theirs."""
    rows = []
    for label in ("CMS", "PKCS #7 SIGNED DATA", "CERTIFICATE"):
        for part, source in (("cert", "full.p7"), ("chain", "chain.p7")):
            name = f"{source}-{label.split()[0]}"
            write(name, read(source).replace(b"PKCS7", label.encode()))
            args = site()
            args[args.index("--" + part) + 1] = name
            rows.append(Row(f"{part} as PKCS#7 labelled {label}", args,
                            served()))
    write("behind.p7", pem("PKCS7", read("chain.p7b") + b"\0"))
    rows.append(Row("a byte behind a PKCS#7 in PEM", [
        *site()[:4], "--chain", "behind.p7"],
        says="behind.p7: line 1: the PKCS#7 bundle cannot be read"))
    write("as-p7", read("rsa.crt").replace(b"CERTIFICATE", b"PKCS7"))
    rows.append(Row("a certificate labelled PKCS7", [
        "--key", "rsa.key", "--cert", "as-p7", *FULL], served()))
    return rows


def der_rows():
    """Objects one after the other, and what else may be behind them."""
    for name in CHAIN:
        sh("openssl", "x509", "-in", f"{name}.crt", "-outform", "DER", "-out",
           f"{name}.der")
    leaf, chain = read("rsa.der"), [read(f"{name}.der") for name in CHAIN]
    bundle = read("chain.p7b")
    # The same with an indefinite length, as some writers of BER have it.
    ber = b"\x30\x80" + bundle[4:] + b"\0\0"
    whole = leaf + b"".join(chain)
    again = "holds neither PEM nor DER"
    rows = [Row(f"DER: {name}", [
        "--key", "rsa.key", "--cert",
        write(f"der{number}", data)], result, says)
            for number, (name, data, result, says) in enumerate((
                ("all certificates", whole, served(), ""),
                ("a certificate and a PKCS#7", leaf + bundle, served(), ""),
                ("a certificate and a BER PKCS#7", leaf + ber, served(), ""),
                ("a BER PKCS#7 and a certificate", ber + leaf, served(), ""),
                ("a line end behind it", whole + b"\n", served(), ""),
                ("line ends behind it", whole + b"\r\n\r\n", served(), ""),
                ("another byte behind it", leaf + b"\0", None,
                 f"der6: from byte {len(leaf)} on: {again}"),
                ("text behind it", leaf + b"\nthe end\n", None,
                 f"der7: from byte {len(leaf)} on: {again}"),
                ("a certificate cut short behind it", whole[:-9], None,
                 f"der8: from byte {len(whole) - len(chain[2])} on: {again}"),
                ("a byte behind a BER PKCS#7", leaf + ber + b"\0", None,
                 f"der9: from byte {len(leaf + ber)} on: {again}"),
                ("a BER PKCS#7 without its end", leaf + ber[:-2], None,
                 f"der10: from byte {len(leaf)} on: {again}"),
                ("cut short", leaf[:-9], None, f"der11: {again}")))]
    rows.append(Row("DER: key and certificates", [
        "--key", write("allder", read("rsa.p8der") + whole)], served()))
    return rows


def kind_rows():
    sh("openssl", "req", "-in", "rsa.csr", "-out", "request")
    sh("openssl", "pkey", "-in", "rsa.key", "-pubout", "-out", "public")
    sh("openssl", "rsa", "-in", "rsa.key", "-RSAPublicKey_out", "-out",
       "rsapublic")
    sh("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
       "group:ffdhe2048", "-out", "dh")
    write("index.txt", "")
    write("ca.conf", "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\n"
          "default_md=sha256\n")
    sh("openssl", "ca", "-config", "ca.conf", "-gencrl", "-keyfile",
       "int1.key", "-cert", "int1.crt", "-crldays", "30", "-out", "crl")
    sh("openssl", "req", "-in", "request", "-outform", "DER", "-out",
       "request.der")
    sh("openssl", "pkey", "-pubin", "-in", "public", "-outform", "DER", "-out",
       "public.der")
    sh("openssl", "crl", "-in", "crl", "-outform", "DER", "-out", "crl.der")
    write("newrequest", read("request").replace(b"CERTIFICATE REQ",
                                                b"NEW CERTIFICATE REQ"))
    rows = []
    for path, what in (("request", "a certificate request"),
                       ("newrequest", "a certificate request"),
                       ("request.der", "a certificate request"),
                       ("public", "a public key"),
                       ("rsapublic", "a public key"),
                       ("public.der", "a public key"),
                       ("dh", "a set of parameters"),
                       ("params", "a set of parameters"),
                       ("crl", "a revocation list (CRL)"),
                       ("crl.der", "a revocation list (CRL)")):
        for number, part, wanted in ((1, "key", "private key"),
                                     (3, "certificate", "certificate"),
                                     (5, "chain", "certificate")):
            args = site()
            args[number] = path
            rows.append(Row(f"{path} as {part}", args,
                            says=f"{path}: is {what}, not a {wanted}"))
    join("with-crl.pem", "chain.pem", "crl", "dh")
    sh("openssl", "pkey", "-in", "rsa.key", "-outform", "DER", "-out",
       "rsa.key.der")
    os.chmod("rsa.key.der", 0o600)
    join("request.key", "rsa.key", "request")
    os.chmod("request.key", 0o600)
    swapped = "the key and the certificate seem swapped: {} holds a "\
        "certificate, {} a private key"
    rows += [
        Row("a CRL and parameters in the chain", [
            *site()[:4], "--chain", "with-crl.pem"], served()),
        *[Row(f"swapped: {cert} and {key}", [
            "--key", cert, "--cert", key, *FULL],
            says=swapped.format(cert, key))
          for cert, key in (("rsa.crt", "rsa.key"), ("rsa.der", "rsa.key.der"),
                            ("full.p7", "rsa.aes256"),
                            ("ec.crt", "rsa.key"))],
        Row("a certificate as both", ["--key", "rsa.crt", "--cert", "rsa.crt"],
            says="rsa.crt: holds no private key"),
        Row("a key as both", ["--key", "rsa.key", "--cert", "rsa.key"],
            says="rsa.key: holds no certificate"),
        Row("a chain and a CRL as key", ["--key", "with-crl.pem", "--cert",
                                         "rsa.crt"],
            says="with-crl.pem: holds no private key"),
        Row("a key and its request", ["--key", "request.key"],
            says="request.key: holds no certificate"),
        Row("a key and its request, with the certificate", [
            "--key", "request.key", "--cert", "rsa.crt", *FULL], served()),
        Row("a key as chain", [*site()[:4], "--chain", "rsa.key"],
            says="rsa.key: holds no certificate"),
    ]
    return rows


# --- where certificates are --------------------------------------------------------


def file_rows():
    rows = []
    orders = {"key first": ["rsa.key", "rsa.crt", "chain.pem"],
              "key last": ["rsa.crt", "chain.pem", "rsa.key"],
              "chain first": ["chain.pem", "rsa.crt", "rsa.key"],
              "root as well": ["rsa.key", "rsa.crt", "chain.pem", "root.crt"]}
    for number, (name, parts) in enumerate(orders.items()):
        path = f"all{number}.pem"
        join(path, *parts)
        os.chmod(path, 0o600)
        rows.append(Row(f"all in one, {name}, as --cert", ["--cert", path],
                        served()))
        rows.append(Row(f"all in one, {name}, as --key", ["--key", path],
                        served()))
    shutil.copy("all0.pem", "open.pem")
    os.chmod("open.pem", 0o644)
    rows.append(Row("all in one, readable by others", ["--cert", "open.pem"],
                    says="open.pem: mode 0644 lets others read"))

    os.makedirs("certbot/archive")
    os.makedirs("certbot/live")
    for source, name in (("rsa.key", "privkey"), ("rsa.crt", "cert"),
                         ("chain.pem", "chain")):
        shutil.copy(source, f"certbot/archive/{name}1.pem")
        os.symlink(f"../archive/{name}1.pem", f"certbot/live/{name}.pem")
    rows.append(Row("certbot's symbolic links", ["--lineage", "certbot/live"],
                    served()))
    os.mkdir("acme")
    shutil.copy("rsa.key", "acme/privkey.pem")
    join("acme/fullchain.pem", "rsa.crt", "chain.pem")
    rows.append(Row("a lineage with the full chain alone",
                    ["--lineage", "acme"], served()))
    os.mkdir("nothing")
    rows.append(Row("a lineage without files", ["--lineage", "nothing"],
                    says="nothing/fullchain.pem: No such file"))
    # A secret volume of Kubernetes: links to a folder that is replaced.
    os.makedirs("volume/..2026")
    os.symlink("..2026", "volume/..data")
    for source, name in (("rsa.key", "tls.key"), ("all1.pem", "tls.crt")):
        shutil.copy(source, f"volume/..2026/{name}")
        os.chmod(f"volume/..2026/{name}", 0o400)
        os.symlink(f"..data/{name}", f"volume/{name}")
    rows.append(Row("a Kubernetes secret volume", [
        "--key", "volume/tls.key", "--cert", "volume/tls.crt"], served()))
    for mode, good in ((0o600, True), (0o400, True),
                       (0o640, os.geteuid() == 0), (0o644, False),
                       (0o604, False), (0o660, False), (0o666, False)):
        path = f"mode{mode:o}.key"
        shutil.copy("rsa.key", path)
        os.chmod(path, mode)
        rows.append(Row(f"a key of mode {mode:o}", [
            "--key", path, "--cert", "rsa.crt", *FULL],
            served() if good else None,
            "" if good else f"{path}: mode {mode:04o} lets others read"))
    for number, part in ((1, "key"), (3, "cert"), (5, "chain")):
        args = site()
        source, args[number] = args[number], "-"
        rows.append(Row(f"{part} on standard input", args, served(),
                        stdin=read(source)))
        args = list(args)
        args[number] = "/dev/stdin"
        rows.append(Row(f"{part} through a pipe", args, served(),
                        stdin=read(source)))
    os.symlink("gone", "dangling")
    for path, says in (("missing", "missing: No such file"),
                       ("dangling", "dangling: No such file"),
                       ("nothing", "nothing: is a directory"),
                       ("/dev/null", "/dev/null: is empty")):
        for number, part in ((1, "key"), (3, "cert"), (5, "chain")):
            args = site()
            args[number] = path
            rows.append(Row(f"{part}: {path}", args, says=says))
    return rows


# --- damage ------------------------------------------------------------------------


def damages(data):
    lines = data.split(b"\n")
    middle = len(lines) // 2
    flipped = bytearray(data)
    place = data.index(b"\n", len(data) // 2) + 5
    flipped[place] = ord("B") if flipped[place] == ord("A") else ord("A")
    return {
        "cut in half": (data[:len(data) // 2], "has no end"),
        "without its END line": (b"\n".join(lines[:-2]), "has no end"),
        "a NUL inside": (data[:200] + b"\0" + data[200:],
                         "holds a control byte"),
        "an END of another label": (
            data.replace(b"END ", b"END OTHER ", 1), "ends as another"),
        "a damaged BEGIN": (data.replace(b"-----BEGIN", b"----BEGIN", 1),
                            ""),
        "an END without BEGIN": (b"\n".join(lines[1:]), ""),
        "a line lost": (b"\n".join(lines[:middle] + lines[middle + 1:]), ""),
        "a strange character": (
            b"\n".join(lines[:middle] + [b"!" + lines[middle][1:]]
                       + lines[middle + 1:]), ""),
        "UTF-16": (data.decode().encode("utf-16"), "is UTF-16 text"),
        "no contents": (lines[0] + b"\n" + lines[-2] + b"\n", ""),
    }


def damage_rows():
    rows = []
    for part, name in (("key", "rsa.key"), ("cert", "rsa.crt"),
                       ("chain", "chain.pem")):
        for number, (form, (text, says)) in enumerate(
                damages(read(name)).items()):
            path = write(f"damage{number}.{part}", text)
            args = site()
            args[args.index("--" + part) + 1] = path
            rows.append(Row(f"{part} damaged: {form}", args,
                            says=f"{path}: " if not says else says))
    # The last of three: the first two alone would be a shorter chain.
    data = read("chain.pem")
    path = write("third.pem", data[:-60])
    rows.append(Row("the last certificate of a chain cut", [
        *site()[:4], "--chain", path],
        says="third.pem: line"))
    write("page.html", "<html><body>404 not found</body></html>\n")
    write("random", random.Random(SEED).randbytes(2000))
    write("openssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n"
          "-----END OPENSSH PRIVATE KEY-----\n")
    write("other", "-----BEGIN PGP MESSAGE-----\nAAAA\n"
          "-----END PGP MESSAGE-----\n")
    for path, key, cert in (
            ("page.html", "holds neither PEM nor DER", "holds neither PEM nor DER"),
            ("random", "holds neither PEM nor DER", "holds neither PEM nor DER"),
            ("openssh", "is an OpenSSH key", "is an OpenSSH key"),
            ("other", "PGP MESSAGE has no place",
             "PGP MESSAGE has no place")):
        rows.append(Row(f"a {path} as key", [
            "--key", path, "--cert", "rsa.crt"], says=f"{path}: {key}"
            if "place" not in key else key))
        rows.append(Row(f"a {path} as certificate", [
            "--key", "rsa.key", "--cert", path], says=f"{path}: {cert}"
            if "place" not in cert else cert))
    return rows


# --- chains ------------------------------------------------------------------------


def order_rows():
    import itertools
    rows = []
    for number, order in enumerate(itertools.permutations(CHAIN)):
        join(f"order{number}.pem", *[name + ".crt" for name in order])
        rows.append(Row(f"chain in the order {' '.join(order)}", [
            *site()[:4], "--chain", f"order{number}.pem"], served()))
    join("rootfirst.pem", "root.crt", "int3.crt", "int2.crt", "int1.crt")
    join("repeated.pem", "rsa.crt", "int1.crt", "int1.crt", "chain.pem")
    join("everything.pem", "ec.crt", "root.crt", "chain.pem", "rsa.crt")
    rows += [
        Row("the portal's recipe: root first", [
            *site()[:4], "--chain", "rootfirst.pem"], served(),
            "is the root: left out"),
        Row("leaf and duplicates in the chain", [
            *site()[:4], "--chain", "repeated.pem"], served(),
            "is there twice"),
        Row("fullchain as both", ["--key", "rsa.key", "--cert",
                                  "everything.pem", "--chain",
                                  "everything.pem"], served(),
            "does not belong to the chain"),
        Row("the root kept", [*site()[:4], "--chain", "rootfirst.pem",
                              "--keep-root"], served() + ["root"]),
        Row("a chain file each", [*site()[:4], "--chain", "int3.crt",
                                  "--chain", "int1.crt", "--chain",
                                  "int2.crt"], served()),
        Row("the leaf in the chain file, an issuer as certificate", [
            "--key", "rsa.key", "--cert", "int1.crt", "--chain",
            "everything.pem"], served()),
        Row("no chain at all", site()[:4], ["rsa"], "may lack the issuer"),
        Row("a hole in the chain", [*site()[:4], "--chain", "int1.crt",
                                    "--chain", "int3.crt"], ["rsa", "int1"],
            "does not belong to the chain"),
    ]
    return rows


def path_rows():
    """As x509-limbo has them: more than one way up, and ways that end."""
    rows = []
    make_cert("old-root")
    # int1 and root signed by the old root as well, for clients of old.
    cross_sign("root", "old-root", "root-x")
    cross_sign("int1", "old-root", "int1-x")
    cross_sign("root", "old-root", "root-expired",
               dates=("20200101000000Z", "20210101000000Z"))
    rows += [
        Row("a cross-signed root, and the root itself", [
            *site(), "--chain", "root-x.crt", "--chain", "root.crt"],
            served()),
        Row("a cross-signed root without the root", [
            *site(), "--chain", "root-x.crt"], served() + ["root-x"]),
        Row("an expired cross-sign, the root trusted", [
            *site(), "--chain", "root-expired.crt", "--ca-bundle",
            "root.crt"], served(),
            "root-expired.crt: certificate 1 (CN=root) has expired: left out"),
        Row("an expired cross-sign, and nothing else", [
            *site(), "--chain", "root-expired.crt"],
            says="root-expired.crt: certificate 1 (CN=root) expired on 2021"),
        Row("a short and a long way to roots", [
            *site(), "--chain", "root.crt", "--chain", "int1-x.crt",
            "--chain", "old-root.crt"], served(),
            "int1-x.crt: certificate 1 (CN=int1) belongs to another chain"),
        Row("a way that ends in a root, and one that does not", [
            *site(), "--chain", "int1-x.crt", "--chain", "root.crt"],
            served()),
    ]
    # The same subject with different keys: names agree, signatures do not.
    os.mkdir("twin")
    os.rename("int1.key", "twin/int1.key")
    os.rename("int1.crt", "twin/int1.crt")
    make_cert("int1", issuer="int2")
    os.rename("int1.crt", "twin.crt")
    os.rename("twin/int1.key", "int1.key")
    os.rename("twin/int1.crt", "int1.crt")
    rows += [
        Row("an issuer's namesake with another key", [
            *site()[:4], "--chain", "twin.crt", *FULL], served(),
            "does not belong to the chain"),
        Row("nothing but a namesake", [*site()[:4], "--chain", "twin.crt"],
            ["rsa"], "does not belong to the chain"),
    ]
    # The same without key identifiers: only the signatures tell.
    bare = "\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"
    old_ca = CA.replace("\nsubjectKeyIdentifier=hash\n", bare)
    for name in "first", "second":
        make_cert(name, issuer="int2", subject="/CN=namesake",
                  extensions=old_ca)
        leaf(f"of-{name}", issuer=name, extensions=SERVER.format(
            f"DNS:{name}.example.com").replace(
                "\nsubjectKeyIdentifier=hash\n", bare))
    join("namesakes.pem", "first.crt", "second.crt", "int2.crt", "int3.crt")
    rows += [Row(f"namesakes without key identifiers, the {name}", [
        "--key", f"of-{name}.key", "--cert", f"of-{name}.crt", "--chain",
        "namesakes.pem"], [f"of-{name}", name, "int2", "int3"])
             for name in ("first", "second")]
    # A CA that took the root's name, and signed itself.
    make_cert("impostor", subject="/CN=root", extensions=old_ca)
    rows.append(Row("an impostor of the root", [
        *site(), "--chain", "impostor.crt"], served(),
        "does not belong to the chain"))
    forged = bytearray(sh("openssl", "x509", "-in", "rsa.crt", "-outform",
                          "DER"))
    forged[-1] ^= 1
    write("forged.crt", bytes(forged))
    rows += [Row(f"a signature that is damaged{name}", [
        "--key", "rsa.key", "--cert", "forged.crt", *FULL, *more],
        says="forged.crt: certificate 1 was not signed by its issuer, "
        "certificate 1 of chain.pem") for name, more in (
            ("", []), (", its root trusted", ["--ca-bundle", "root.crt"]),
            (", gaps let pass", ["--allow-incomplete-chain"]))]
    rows.append(Row("an impostor of the root as anchor", [
        *site(), "--ca-bundle", "impostor.crt"],
        says="the issuer CN=root is missing"))
    # Two CAs that certify each other.
    make_cert("loop-a")
    make_cert("loop-b")
    cross_sign("loop-a", "loop-b", "loop-ab")
    cross_sign("loop-b", "loop-a", "loop-ba")
    leaf("looped", issuer="loop-a")
    rows.append(Row("a loop of issuers", [
        "--key", "looped.key", "--cert", "looped.crt", "--chain",
        "loop-ab.crt", "--chain", "loop-ba.crt"], ["looped", "loop-ab",
                                                   "loop-ba"]))
    rows.append(Row("a loop of issuers with a root", [
        "--key", "looped.key", "--cert", "looped.crt", "--chain",
        "loop-ab.crt", "--chain", "loop-ba.crt", "--chain", "loop-a.crt"],
        ["looped"]))
    names = ["root"]
    for number in range(10, 0, -1):
        make_cert(f"ten{number}", issuer=names[-1])
        names.append(f"ten{number}")
    leaf("deep", issuer="ten1")
    join("ten.pem", *[name + ".crt" for name in names])
    rows.append(Row("a chain of ten", ["--key", "deep.key", "--cert",
                                       "deep.crt", "--chain", "ten.pem"],
                    ["deep"] + [f"ten{number}" for number in range(1, 11)]))
    strays = []
    shutil.copy("ec.key", "stray.key")
    for number in range(50):
        make_cert("stray", subject=f"/CN=stray {number}")
        strays.append(read("stray.crt"))
    write("strays.pem", b"".join(strays) + read("chain.pem"))
    rows.append(Row("fifty strays", [*site()[:4], "--chain", "strays.pem"],
                    served(), "does not belong to the chain"))
    # A renewal with the same key, the old one kept in the file.
    shutil.copy("rsa.key", "rsa-old.key")
    leaf("rsa-old", subject="/CN=rsa.example.com",
         dates=("20200101000000Z", "20210101000000Z"))
    join("renewed.pem", "rsa-old.crt", "rsa.crt", "chain.pem")
    rows.append(Row("an old version with the same key",
                    ["--key", "rsa.key", "--cert", "renewed.pem"], served()))
    return rows


GONE = ("20200101000000Z", "20210101000000Z")
COMING = ("20600101000000Z", "20610101000000Z")


def issued(name, issuer, extensions=SERVER, **more):
    """A leaf and its arguments, without a chain."""
    leaf(name, issuer=issuer, extensions=extensions.format(
        f"DNS:{name}.example.com"), **more)
    return ["--key", f"{name}.key", "--cert", f"{name}.crt"]


def chain_of(*names):
    return [each for name in names for each in ("--chain", f"{name}.crt")]


def trusting(*names):
    path = "-".join(names) + ".anchors"
    join(path, *[name + ".crt" for name in names])
    return ["--ca-bundle", path, "--require-complete"]


def cross_sign_rows():
    """One root or intermediate, certified by more than one CA."""
    aia = CA + "authorityInfoAccess=caIssuers;URI:http://127.0.0.1:1/x\n"
    # Only the cross-sign of `new` says where its issuer may be had.
    make_cert("new")
    make_cert("left", subject="/CN=left the store")
    cross_sign("new", "left", "new-x", extensions=aia)
    make_cert("mid", issuer="new")
    site_new = issued("of-mid", "mid")
    # `mid` by another root as well, and that root in the files.
    make_cert("rival")
    cross_sign("mid", "rival", "mid-rival")
    # The cross-sign and its root have expired.
    make_cert("dead", dates=GONE)
    cross_sign("new", "dead", "new-dead", dates=GONE)
    cross_sign("new", "left", "new-soon", days=3)
    return [
        Row("a trusted root, cross-signed by one that left the store", [
            *site_new, *chain_of("mid", "new-x"), *trusting("new"),
            "--fetch-chain"], ["of-mid", "mid", "new-x"]),
        Row("a cross-signed root, by the anchor of old clients", [
            *site_new, *chain_of("mid", "new-x", "new"), *trusting("left")],
            ["of-mid", "mid", "new-x"],
            "new.crt: certificate 1 (CN=new) belongs to another chain"),
        Row("an intermediate by two roots, the other one in the files", [
            *site_new, *chain_of("mid", "mid-rival", "rival"),
            *trusting("new")], ["of-mid", "mid"],
            "rival.crt: certificate 1 (CN=rival) belongs to another chain"),
        Row("an expired cross-sign and its root", [
            *site_new, *chain_of("new-dead", "dead", "mid"),
            *trusting("new")], ["of-mid", "mid"],
            "new-dead.crt: certificate 1 (CN=new) has expired: left out"),
        Row("a cross-sign that ends soon", [
            *site_new, *chain_of("mid", "new-soon"), *trusting("new")],
            ["of-mid", "mid", "new-soon"]),
        Row("a cross-sign that ends too soon for --min-days", [
            *site_new, *chain_of("mid", "new-soon"), *trusting("new"),
            "--min-days", "10"], ["of-mid", "mid"]),
        Row("a cross-sign that ends too soon, and is needed", [
            *site_new, *chain_of("mid", "new-soon"), *trusting("left"),
            "--min-days", "10"],
            says="new-soon.crt: certificate 1 (CN=new) expires in 2 days, "
            "--min-days wants 10"),
    ]


def bad_issuer_rows():
    """Issuers that clients refuse, whatever is above them."""
    rows = []
    for name, extensions, more, says in (
            ("int-gone", CA, {"dates": GONE}, "expired on 2021-01-01"),
            ("int-early", CA, {"dates": COMING},
             "is not valid before 2060-01-01"),
            ("int-leaf", CA.replace("CA:TRUE", "CA:FALSE").replace(
                "keyCertSign,", ""), {}, "invalid CA certificate"),
            ("int-clients", CA + "extendedKeyUsage=clientAuth\n", {},
             "unsuitable certificate purpose"),
            ("int-names", CA + "nameConstraints=critical,permitted;"
             "DNS:example.net\n", {}, "permitted subtree violation"),
            ("int-not-names", CA + "nameConstraints=critical,excluded;"
             "DNS:example.com\n", {}, "excluded subtree violation"),
            ("int-critical", CA + "1.2.3.4=critical,ASN1:NULL\n", {},
             "unhandled critical extension"),
            ("int-1024", CA, {"kind": "rsa1024"}, "CA certificate key too weak"),
            ("int-mute", CA.replace("keyCertSign", "digitalSignature"), {},
             "invalid CA certificate")):
        make_cert(name, issuer="root", extensions=extensions, **more)
        args = issued(f"of-{name}", name)
        for above, anchors in (("trusted", ["--ca-bundle", "root.crt"]),
                               ("unknown", []),
                               ("in the files", ["--chain", "root.crt"])):
            rows.append(Row(f"{says}: {name}, its root {above}", [
                *args, *chain_of(name), *anchors], says=says))
    make_cert("short", issuer="root", extensions=CA.replace(
        "CA:TRUE", "CA:TRUE,pathlen:0"))
    make_cert("below", issuer="short")
    rows.append(Row("a path that is too long", [
        *issued("too-deep", "below"), *chain_of("below", "short"),
        "--ca-bundle", "root.crt"], says="path length constraint exceeded"))
    make_cert("root-gone", dates=GONE)
    make_cert("under-gone", issuer="root-gone")
    args = [*issued("of-gone", "under-gone"), *chain_of("under-gone")]
    make_cert("old-new")
    shutil.copy("old-new.key", "old-gone.key")
    make_cert("old-gone", subject="/CN=old-new", dates=GONE)
    make_cert("under-old", issuer="old-new")
    rows += [
        Row("a root that has expired, in the files", [
            *args, *chain_of("root-gone")],
            says="root-gone.crt: certificate 1 (CN=root-gone) expired on 2021"),
        Row("a root that has expired, as anchor", [
            *args, "--ca-bundle", "root-gone.crt"],
            says="the trust anchor (CN=root-gone) expired on 2021"),
        Row("a root in the files, its expired copy as anchor", [
            *issued("of-old", "under-old"), *chain_of("under-old", "old-new"),
            "--ca-bundle", "old-gone.crt"],
            says="the trust anchor (CN=old-new) expired on 2021"),
        Row("an unknown critical extension of the leaf", [
            *issued("critical", "int1", SERVER + "1.2.3.4=critical,ASN1:NULL\n"),
            *FULL], says="unhandled critical extension"),
    ]
    return rows


def anchor_rows():
    """What a --ca-bundle holds, and what it does not make up for."""
    none = issued("bare", "mid")
    shutil.copy("new.key", "new-gone.key")
    make_cert("new-gone", subject="/CN=new", dates=GONE)
    for name, flags in (("trusted", ["-addtrust", "serverAuth"]),
                        ("mail", ["-addreject", "serverAuth"])):
        sh("openssl", "x509", "-in", "new.crt", "-trustout", *flags, "-out",
           f"new.{name}")
    return [
        Row("a forgotten intermediate that the bundle has", [
            *none, *trusting("new", "mid")], says="is missing"),
        Row("an intermediate in the bundle alone", [
            *none, *trusting("mid")], ["bare"]),
        Row("an intermediate in the bundle and the files", [
            *none, *chain_of("mid"), *trusting("mid")], ["bare", "mid"]),
        Row("a root in the files, another as anchor", [
            *none, *chain_of("mid", "new"), "--ca-bundle", "rival.crt"],
            says="is no trust anchor here"),
        Row("root and intermediate in the bundle, and what is sent", [
            *none, *chain_of("mid"), *trusting("mid", "new")],
            ["bare", "mid"]),
        *[Row(f"an anchor and its expired copy, {names[0]} first", [
            *none, *chain_of("mid"), *trusting(*names)], ["bare", "mid"])
          for names in (("new", "new-gone"), ("new-gone", "new"))],
        Row("an anchor among others, twice", [
            *none, *chain_of("mid"), *trusting("rival", "new", "left", "new")],
            ["bare", "mid"]),
        Row("an anchor with trust settings", [
            *none, *chain_of("mid"), "--ca-bundle", "new.trusted",
            "--require-complete"], ["bare", "mid"]),
        Row("an anchor trusted for other uses", [
            *none, *chain_of("mid"), "--ca-bundle", "new.mail"],
            says="certificate rejected"),
        Row("what Python refuses", [
            *issued("lax", "mid", SERVER.replace(
                "\nsubjectKeyIdentifier=hash\n",
                "\nauthorityKeyIdentifier=none\n")), *chain_of("mid"),
            *trusting("new")], ["lax", "mid"],
            "strict clients, such as Python, refuse the chain: CN=lax"),
    ]


def renewal_rows():
    """More than one certificate of the key."""
    shutil.copy("rsa.key", "rsa-again.key")
    leaf("rsa-again", subject="/CN=rsa.example.com",
         dates=("20260102000000Z", "20601231000000Z"))
    join("both.pem", "rsa-again.crt", "rsa.crt")
    join("both-turned.pem", "rsa.crt", "rsa-again.crt")
    shutil.copy("rsa.key", "named.key")
    leaf("named", subject="/CN=named.example.com",
         dates=("20260101000000Z", "20601231000000Z"))
    join("all-named.pem", "named.crt", "rsa.crt")
    return [
        *[Row(f"two valid certificates of the key, {name}", [
            "--key", "rsa.key", "--cert", name, *FULL], served(),
            f"{name}: certificate {left} is valid and has the same key as "
            f"the one sent, certificate {sent} of {name}")
          for name, left, sent in (("both.pem", 1, 2),
                                   ("both-turned.pem", 2, 1))],
        Row("two of the key, one with the name required", [
            "--key", "rsa.key", "--cert", "all-named.pem", *FULL,
            "--require-name", "named.example.com"], served("named")),
    ]


def proof_rows():
    url = "http://127.0.0.1:1/issuer"
    aia = SERVER + f"authorityInfoAccess=caIssuers;URI:{url}\n"
    leaf("aia", extensions=aia.format("DNS:aia.example.com"))
    args = ["--key", "aia.key", "--cert", "aia.crt"]
    trust = ["--ca-bundle", "root.crt"]
    ldap = "authorityInfoAccess=caIssuers;URI:ldap:///CN=int1\n"
    leaf("ldap", extensions=SERVER.format("DNS:ldap.example.com") + ldap)
    leaf("ldap-first", extensions=SERVER.format("DNS:ldap.example.com")
         + ldap[:-1] + f",caIssuers;URI:{url}\n")
    make_cert("self", extensions=SERVER.format("DNS:self.example.com"))
    self_signed = ["--key", "self.key", "--cert", "self.crt"]
    make_cert("selfca", extensions=CA.replace("keyCertSign", "keyCertSign,"
                                              "digitalSignature")
              + "subjectAltName=DNS:selfca.example.com\n")
    gap = "is missing"
    return [
        Row("complete, by a private CA", [*site(), *trust,
                                          "--require-complete"], served()),
        Row("a forgotten intermediate", [*args, *trust], says=gap),
        Row("a forgotten intermediate, let pass", [
            *args, *trust, "--allow-incomplete-chain"], ["aia"]),
        Row("the first of three forgotten", [*args, "--chain", "int2.crt",
                                             *trust], says=gap),
        Row("complete though the leaf names an issuer", [*args, *FULL, *trust],
            served("aia")),
        Row("a gap without an address, with the anchor named",
            [*site()[:4], *trust], says=gap),
        Row("a gap with an address nobody can use is warned of", [
            "--key", "ldap.key", "--cert", "ldap.crt"], ["ldap"],
            "may lack the issuer"),
        Row("a gap with an address nobody can use, insisted on", [
            "--key", "ldap.key", "--cert", "ldap.crt", *trust],
            says="name its CA with --ca-bundle"),
        Row("an address to use after one nobody can", [
            "--key", "ldap-first.key", "--cert", "ldap-first.crt", *trust],
            says=f"add it to --chain from {url}, or use --fetch-chain"),
        Row("a gap without an address, insisted on", [
            *site()[:4], "--require-complete"], says=gap),
        Row("a root that is no anchor here", [
            *site(), "--chain", "root.crt", "--require-complete"],
            says="is no trust anchor here"),
        Row("a root that is no anchor here, not insisted on", [
            *site(), "--chain", "root.crt"], served()),
        Row("an anchor file that holds none", [*site(), "--ca-bundle",
                                               "rsa.key"],
            says="rsa.key: holds no certificate"),
        Row("self-signed", self_signed, ["self"]),
        Row("self-signed and trusted", [*self_signed, "--ca-bundle",
                                        "self.crt", "--require-complete"],
            ["self"]),
        Row("self-signed, complete insisted on", [
            *self_signed, "--require-complete"], says="private root"),
        Row("self-signed, marked as CA", ["--key", "selfca.key", "--cert",
                                          "selfca.crt"], ["selfca"]),
    ]


# --- the leaf ------------------------------------------------------------------------


def leaf_rows():
    def make(name, extensions, **more):
        leaf(name, extensions=extensions, **more)
        return ["--key", f"{name}.key", "--cert", f"{name}.crt", *FULL]
    base = "basicConstraints=critical,CA:FALSE\n"
    dns = "subjectAltName=DNS:{}.example.com\n"
    rows = [
        Row("expired", make("expired", base + dns.format("expired"), dates=(
            "20200101000000Z", "20210101000000Z")),
            says="expired on 2021-01-01T00:00:00"),
        Row("not yet valid", make("early", base + dns.format("early"), dates=(
            "20600101000000Z", "20610101000000Z")),
            says="is not valid before 2060-01-01"),
        Row("enough days left", [*site(), "--min-days", "20"], served()),
        Row("too few days left", [*site(), "--min-days", "40"],
            says="expires in 29 days, --min-days wants 40"),
        Row("an intermediate as leaf", ["--key", "int1.key", "--cert",
                                        "int1.crt"],
            says="int1.crt: is a CA certificate"),
        Row("a root as leaf", ["--key", "root.key", "--cert", "root.crt"],
            says="root.crt: is a CA certificate"),
        Row("for clients only", make("client", base + dns.format("client")
                                     + "extendedKeyUsage=clientAuth\n"),
            says="is not for servers"),
        Row("for clients and servers", make(
            "both", base + dns.format("both")
            + "extendedKeyUsage=clientAuth,serverAuth\n"), served("both")),
        Row("for any purpose, which clients do not count", make(
            "any", base + dns.format("any")
            + "extendedKeyUsage=anyExtendedKeyUsage\n"),
            says="is not for servers"),
        Row("without extended key usage", make("noeku", base
                                               + dns.format("noeku")),
            served("noeku")),
        Row("an address and no name at all", make(
            "address", base + "subjectAltName=critical,IP:192.0.2.1\n",
            subject="/"), says="has neither DNS name nor CN"),
        Row("an address and a CN", make(
            "addresscn", base + "subjectAltName=IP:192.0.2.1\n"),
            served("addresscn")),
        Row("a CN and no alternative names", make("cnonly", base),
            served("cnonly")),
        Row("a DNS name and no CN", make(
            "nocn", base + dns.format("nocn"), subject="/O=Example"),
            served("nocn"), "has no CN"),
        Row("a wildcard", make("wild", base
                               + "subjectAltName=DNS:*.example.com\n"),
            served("wild")),
        Row("a key of another certificate", [
            "--key", "ec.key", "--cert", "rsa.crt", *FULL],
            says="ec.key: does not belong to the certificate in rsa.crt"),
        Row("terminal controls in a name", make(
            "control", base + dns.format("control"),
            subject="/CN=evil\x1b[2J\u202etxt.example.com"),
            served("control")),
    ]
    sh("openssl", "x509", "-req", "-in", "rsa.csr", "-CA", "int1.crt",
       "-CAkey", "int1.key", "-sha1", "-days", "30", "-extfile", "rsa.ext",
       "-out", "sha1.crt")
    shutil.copy("rsa.key", "sha1.key")
    rows.append(Row("signed with SHA-1", site("sha1"),
                    says="signature digest algorithm too weak"))
    names = make("names", base + "subjectAltName=DNS:names.example.com,"
                 "DNS:*.example.net,IP:192.0.2.7,IP:2001:db8::7\n")
    for name, good in (("names.example.com", True),
                       ("NAMES.Example.COM", True),
                       ("www.example.net", True),
                       ("*.example.net", True),
                       ("192.0.2.7", True), ("2001:db8::7", True),
                       ("example.net", False), ("a.b.example.net", False),
                       ("other.example.com", False), ("192.0.2.8", False),
                       ("*.example.com", False)):
        rows.append(Row(f"required name {name}", [
            *names, "--require-name", name],
            served("names") if good else None,
            "" if good else f"does not cover {name}"))
    rows.append(Row("an address as DNS name, required", [
        *make("dotted", base + "subjectAltName=DNS:192.0.2.9\n"),
        "--require-name", "192.0.2.9"], says="does not cover 192.0.2.9"))
    rows.append(Row("a required name in the CN alone", [
        "--key", "cnonly.key", "--cert", "cnonly.crt", *FULL,
        "--require-name", "cnonly.example.com"],
        says="does not cover cnonly.example.com"))
    rows.append(Row("one of two required names", [
        *names, "--require-name", "names.example.com", "--require-name",
        "mail.example.com"], says="does not cover mail.example.com"))
    return rows


# Extensions that the load balancer's reader refuses: name, extensions, the
# reason. The first row's are right, but for what is warned of.
NAMED = der.dns(b"strict.example.com")
LATIN = der.attribute("B\xfcro".encode("latin-1"), 20)
STRICT = (
    ("path-length", [NAMED, der.extension(
        der.CONSTRAINTS, der.sequence(der.tlv(2, b"\0")))],
     "basicConstraints has a path length"),
    ("false", [NAMED, der.extension(
        der.CONSTRAINTS, der.sequence(der.FALSE))],
     "basicConstraints is not encoded as DER"),
    ("odd-ca", [NAMED, der.extension(
        der.CONSTRAINTS, der.sequence(der.ODD_TRUE))],
     "basicConstraints is not encoded as DER"),
    ("odd-critical", [NAMED, der.extension(
        der.CONSTRAINTS, der.sequence(), der.ODD_TRUE)],
     "basicConstraints is not encoded as DER"),
    ("false-critical", [NAMED, der.extension("1.2.3.4", b"\5\0", der.FALSE)],
     "1.2.3.4 is not encoded as DER"),
    ("decipher", [NAMED, der.extension(
        der.USAGE, der.tlv(3, b"\7\0\x80"))],
     "keyUsage has encipherOnly or decipherOnly"),
    ("aia", [NAMED, der.extension(der.AIA, b"\x30\3\2\1")],
     "authorityInfoAccess cannot be decoded"),
    ("aia-more", [NAMED, der.extension(der.AIA, der.sequence(der.sequence(
        der.oid("1.3.6.1.5.5.7.48.2"), der.tlv(0x86, b"http://a/"))) + b"\0")],
     "authorityInfoAccess is not encoded as DER"),
    ("twice", [NAMED, NAMED], "subjectAltName is there twice"),
    ("unknown-twice", [NAMED, *[der.extension("1.2.3.4", b"\5\0")] * 2],
     "1.2.3.4 is there twice"),
    ("san", [der.extension(der.SAN, b"\x30\5\x82\3ab")],
     "subjectAltName cannot be decoded"),
    ("san-address", [der.extension(der.SAN, der.sequence(
        der.tlv(0x82, b"a.example"), der.tlv(0x87, b"\1\2\3")))],
     "subjectAltName holds an address that is none"),
    ("san-x400", [der.extension(der.SAN, der.sequence(
        der.tlv(0x82, b"a.example"), der.tlv(0xa3, der.tlv(2, b"\1"))))],
     "subjectAltName holds a name of a kind"),
    ("policies", [NAMED, der.extension("2.5.29.32", b"\x30\2\5\1")],
     "certificatePolicies cannot be decoded"),
    ("scts", [NAMED, der.extension("1.3.6.1.4.1.11129.2.4.2",
                                   der.tlv(4, b"\0\1"))],
     "ct_precert_scts cannot be decoded"),
    ("san-latin", [der.dns(b"a.example", "b\xfcro.example".encode("latin-1"))],
     "subjectAltName holds text that is not UTF-8"),
    ("san-directory", [der.extension(der.SAN, der.sequence(
        der.tlv(0x82, b"a.example"),
        der.tlv(0xa4, der.named("office", LATIN))))],
     "subjectAltName holds text that is not UTF-8"),
    ("aia-latin", [NAMED, der.extension(der.AIA, der.sequence(der.sequence(
        der.oid("1.3.6.1.5.5.7.48.2"), der.tlv(0x86, b"http://b\xfcro/"))))],
     "authorityInfoAccess holds text that is not UTF-8"),
    ("crl-latin", [NAMED, der.extension("2.5.29.31", der.sequence(der.sequence(
        der.tlv(0xa0, der.tlv(0xa0, der.tlv(0x86, b"ldap:///CN=B\xfcro"))))))],
     "crlDistributionPoints holds text that is not UTF-8"),
    ("authority", [NAMED, der.extension("2.5.29.35", der.sequence(
        der.tlv(0x80, b"key"), der.tlv(0x82, b"\1")))],
     "authorityKeyIdentifier has an issuer or a serial number without"),
    ("feature-none", [NAMED, der.extension(
        der.TLS_FEATURE, der.sequence())], "tlsfeature holds nothing"),
    ("feature", [NAMED, der.extension(
        der.TLS_FEATURE, der.sequence(der.tlv(2, b"\7")))],
     "tlsfeature holds an unknown feature"),
)

# The same, of leaves that are taken and warned of, or refused by OpenSSL.
LOOSE = (
    ("usable", [NAMED], 3, "strict clients, such as Python, refuse"),
    ("agreement", [NAMED, der.extension(
        der.USAGE, der.tlv(3, b"\7\x88\x80"))], 3, ""),
    ("unknown", [NAMED, der.extension("1.2.3.4", b"\xff\xff")], 3, ""),
    ("umlaut", [der.dns(b"a.example", "b\xfcro.example".encode())], 3, ""),
    ("unnamed", [], 3, "has no subjectAltName with a DNS name or address"),
    ("nameless", [der.extension(der.SAN, der.sequence())], 3,
     "has no subjectAltName with a DNS name or address"),
    ("version-1", [], 1, "is an X.509 certificate of version 1"),
    ("staple", [NAMED, der.extension(
        der.TLS_FEATURE, der.sequence(der.tlv(2, b"\5")))], 3,
     "demands stapled OCSP answers"),
)


# What the reader refuses of a leaf and of an issuer alike: name, extensions,
# others, the reason given of the leaf, and of a leaf of such an issuer.
POLICY = der.sequence(der.sequence(der.oid("2.5.29.32.0")))
UNSORTED = der.named("unsorted", der.attribute(b"before its turn"))
UNREADABLE = (
    ("version-2", [], {"version": 2}, "is an X.509 certificate of version 2",
     None),
    ("version-4", [], {"version": 4}, "is an X.509 certificate of version 4",
     None),
    ("critical-odd", [der.extension("2.5.29.32", POLICY, der.ODD_TRUE)], {},
     "its extension certificatePolicies is not encoded as DER", None),
    ("critical-false", [der.extension("1.2.3.4", b"\5\0", der.FALSE)], {},
     "its extension 1.2.3.4 is not encoded as DER", None),
    ("unsorted", [], {"subject": UNSORTED},
     "the name of its subject is not encoded as DER",
     "under-unsorted.crt: the name of its issuer is not encoded as DER"),
)
ISSUING = [der.extension(der.CONSTRAINTS, der.sequence(der.TRUE), der.TRUE)]


def unreadable_rows(args):
    make_key("strict-ca.key")
    rows = []
    for name, extensions, more, leaf_says, under_says in UNREADABLE:
        der.certificate(f"unreadable-{name}", "strict", "strict-root",
                        [NAMED, *extensions], **more)
        der.certificate(f"unreadable-ca-{name}", "strict-ca", "strict-root",
                        [*ISSUING, *extensions], **more)
        der.certificate(f"under-{name}", "strict", "strict-ca", [NAMED],
                        issuer_name=more.get("subject", der.named(
                            f"unreadable-ca-{name}")))
        rows += [
            Row(f"a leaf that cannot be read: {name}", [
                *args, f"unreadable-{name}.crt"],
                says=f"unreadable-{name}.crt: {leaf_says}"),
            Row(f"an issuer that cannot be read: {name}", [
                *args, f"under-{name}.crt", "--chain",
                f"unreadable-ca-{name}.crt"],
                says=under_says or f"unreadable-ca-{name}.crt: certificate 1 "
                f"(CN=unreadable-ca-{name}): {leaf_says}"),
        ]
    return rows


def misprinted_rows(args):
    """Debian 12's cryptography takes them, and later ones do not."""
    wild = der.sequence(der.tlv(0x31, der.attribute(
        b"*.example.com", 19, "2.5.4.3")))
    both = der.sequence(der.tlv(0x31, der.attribute(b"A & B", 19)))
    der.certificate("misprinted", "strict", "strict-root", [NAMED],
                    subject=wild)
    der.certificate("misprinted-ca", "strict-ca", "strict-root", ISSUING,
                    subject=both)
    der.certificate("under-misprinted", "strict", "strict-ca", [NAMED],
                    issuer_name=both)
    says = "has a name with characters such as * or & in a PrintableString"
    return [
        Row("a leaf with a * in a PrintableString", [
            *args, "misprinted.crt"], ["misprinted"],
            f"misprinted.crt: {says}"),
        Row("an issuer with a & in a PrintableString", [
            *args, "under-misprinted.crt", "--chain", "misprinted-ca.crt"],
            ["under-misprinted", "misprinted-ca"],
            f"misprinted-ca.crt: certificate 1 (O=A & B) {says}"),
    ]


def strict_leaf_rows():
    make_cert("strict-root", extensions=CA)
    make_key("strict.key")
    args = ["--key", "strict.key", "--ca-bundle", "strict-root.crt", "--cert"]
    rows = unreadable_rows(args) + misprinted_rows(args)
    for name, extensions, says in STRICT:
        der.certificate(f"strict-{name}", "strict", "strict-root", extensions)
        rows.append(Row(f"a leaf refused later: {name}", [
            *args, f"strict-{name}.crt"],
            says=f"strict-{name}.crt: its extension {says}"))
    for name, extensions, version, says in LOOSE:
        der.certificate(f"loose-{name}", "strict", "strict-root", extensions,
                        version)
        rows.append(Row(f"a leaf taken: {name}", [
            *args, f"loose-{name}.crt"], [f"loose-{name}"], says))
    der.certificate("strict-usage", "strict", "strict-root", [
        NAMED, der.extension(der.USAGE, der.tlv(3, b"\0"))])
    der.certificate("strict-latin-subject", "strict", "strict-root", [NAMED],
                    subject=der.named("strict", LATIN))
    return rows + [
        Row("a leaf with Latin-1 in its subject", [
            *args, "strict-latin-subject.crt"],
            says="its subject holds text that is not UTF-8"),
        Row("a leaf whose key may do nothing", [*args, "strict-usage.crt"],
            says="its extension keyUsage allows nothing"),
        Row("a certificate with an explicit curve, a key without", [
            "--key", "named-curve.key", "--cert", "explicit.crt", *FULL],
            says="explicit.crt: the key's curve is written out"),
    ]


def all_rows():
    make_pki()
    join("chain.pem", *[name + ".crt" for name in CHAIN])
    return (key_rows() + bomb_rows() + old_cipher_rows() + odd_p12_rows()
            + key_type_rows() + text_rows() + cert_form_rows()
            + file_rows() + damage_rows() + order_rows() + path_rows()
            + cross_sign_rows() + bad_issuer_rows() + anchor_rows()
            + renewal_rows() + strict_leaf_rows()
            + proof_rows() + leaf_rows()
            + line_rows() + pair_rows() + label_rows() + der_rows()
            + kind_rows())
