"""Certificates with any extensions, malformed ones as well, which openssl and
others do not make."""

import base64
import os

from harness import sh, write

TRUE, ODD_TRUE, FALSE = b"\1\1\xff", b"\1\1\1", b"\1\1\0"
SAN, CONSTRAINTS, USAGE = "2.5.29.17", "2.5.29.19", "2.5.29.15"
AIA, TLS_FEATURE = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"


def tlv(tag, *parts):
    """X.690 section 8.1."""
    body = b"".join(parts)
    if len(body) < 128:
        length = bytes([len(body)])
    else:
        digits = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(digits)]) + digits
    return bytes([tag]) + length + body


def parts(data):
    """The elements that follow each other, whole."""
    found = []
    while data:
        start, length = 2, data[1]
        if length >= 128:
            start += length - 128
            length = int.from_bytes(data[2:start], "big")
        found.append(data[:start + length])
        data = data[start + length:]
    return found


def inside(element):
    """The value of one element."""
    return element[2 + max(0, element[1] - 128) * (element[1] >= 128):]


def contents(pfx):
    """The ContentInfos of a PKCS#12 file (RFC 7292 section 4)."""
    auth_safe = parts(inside(pfx))[1]
    octets = inside(parts(inside(auth_safe))[1])
    return parts(inside(inside(octets)))


def pem(label, data):
    return (f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(data)
            + f"-----END {label}-----\n".encode())


def sequence(*parts):
    return tlv(0x30, *parts)


def oid(text):
    first, second, *others = map(int, text.split("."))
    out = bytes([first * 40 + second])
    for number in others:
        digits = [number & 127]
        while number := number >> 7:
            digits.insert(0, 128 | number & 127)
        out += bytes(digits)
    return tlv(6, out)


def extension(kind, value, critical=b""):
    return sequence(oid(kind), critical, tlv(4, value))


def dns(*names):
    """A subjectAltName."""
    return extension(SAN, sequence(*(tlv(0x82, name) for name in names)))


def attribute(value, tag=12, kind="2.5.4.10"):
    return sequence(oid(kind), tlv(tag, value))


def named(name, *attributes):
    """A CN; the others stand in the same set, in this order."""
    return sequence(tlv(0x31, *attributes, attribute(
        name.encode(), kind="2.5.4.3")))


def certificate(out, key, issuer, extensions, version=3, subject=None,
                issuer_name=None):
    """`out`.crt of CN=`out` for the P-256 key `key`.key, by issuer.key."""
    algorithm = sequence(oid(ECDSA_SHA256))
    tbs = sequence(
        b"" if version == 1 else tlv(0xa0, tlv(2, bytes([version - 1]))),
        tlv(2, b"\1" + os.urandom(8)), algorithm,
        issuer_name or named(issuer),
        sequence(tlv(0x17, b"260101000000Z"), tlv(0x17, b"490101000000Z")),
        subject or named(out),
        sh("openssl", "pkey", "-in", key + ".key", "-pubout", "-outform",
           "DER"),
        tlv(0xa3, sequence(*extensions)) if extensions else b"")
    signature = sh("openssl", "dgst", "-sha256", "-sign", issuer + ".key",
                   stdin=tbs)
    write(out + ".crt", pem("CERTIFICATE", sequence(
        tbs, algorithm, tlv(3, b"\0" + signature))))
