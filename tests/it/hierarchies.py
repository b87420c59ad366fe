"""Random certificate hierarchies, for test_paths. Run by a Python that has
the module cryptography:

    hierarchies.py SEED FIRST END STEP

prints a line of JSON for each number of this range. It says of each
certificate who signed it and what is wrong with it, and which of them are in
the files and which in the trust store. SEED and number decide everything but
keys and signatures."""

import base64
import datetime
import hashlib
import json
import random
import sys
import time

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import AuthorityInformationAccessOID, \
        ExtendedKeyUsageOID, NameOID
except ImportError:
    sys.exit("absent")

EPOCH = datetime.datetime(1970, 1, 1)
NOW = EPOCH + datetime.timedelta(seconds=int(time.time()))
DAY = datetime.timedelta(days=1)

# Days that a certificate still lasts. Equal ones are frequent: the order of
# preference must decide then.
LASTS = (20, 45, 100, 400, 400, 2000, 2000)
LEAF_LASTS = (60, 89)

# What may be wrong with a certificate of a CA, and what looks so.
FLAWS = ("expired", "expired", "future", "permits another name",
         "excludes the name", "permits the name", "excludes another name",
         "path length 0", "path length 1", "path length 5", "CA:FALSE",
         "no basic constraints", "clients only", "unknown critical extension",
         "no keyCertSign", "another key identifier")

CONSTRAINTS = {
    "permits another name": ("other.example", None),
    "excludes the name": (None, "example.com"),
    "permits the name": ("example.com", None),
    "excludes another name": (None, "other.example"),
}


# Nobody asks there: --check contacts no server.
ISSUER_ADDRESS = x509.AuthorityInformationAccess([x509.AccessDescription(
    AuthorityInformationAccessOID.CA_ISSUERS,
    x509.UniformResourceIdentifier("http://127.0.0.1:9/issuer.der"))])


class Keys:
    """Made once: 0 is the leaf's; one by its number, as they sign."""

    def __init__(self):
        self.keys = [ec.generate_private_key(ec.SECP256R1())
                     for _ in range(24)]
        self.usual = range(1, len(self.keys))
        self.rsa = len(self.keys)
        self.weak = self.rsa + 1
        self.keys += [rsa.generate_private_key(65537, size)
                      for size in (2048, 1024)]
        self.ids = [hashlib.sha1(key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)).digest()
                    for key in self.keys]

    def leaf_pem(self):
        return self.keys[0].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode()


class CA:
    """A name with a key; any number of certificates."""

    def __init__(self, name, key):
        self.name, self.key = name, key
        self.certs = []


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Hierarchy:
    """All certificates of a case; `certs[0]` is the leaf."""

    def __init__(self, keys, chance):
        self.keys, self.chance = keys, chance
        self.free = chance.sample(keys.usual, len(keys.usual))
        self.certs = []
        self.kinds = set()
        # Key identifiers: in all certificates, in none, here and there.
        self.with_ids = chance.choice((1, 1, 0, 0.6))
        # Addresses of issuers.
        self.with_aia = chance.choice((0, 0.3, 1))
        self.grow()

    def happens(self, probability):
        return self.chance.random() < probability

    # --- who signs whom ---

    def new_ca(self, name):
        key = self.free.pop()
        if self.happens(0.015):
            key = self.keys.weak
            self.kinds.add("RSA-1024 key")
        elif self.happens(0.05):
            key = self.keys.rsa
        return CA(name, key)

    def add(self, subject, issuer):
        """A certificate, made when all is known. Perhaps a second one."""
        self.planned.append({"of": subject, "by": issuer})
        if self.happens(0.12):
            self.planned.append({"of": subject, "by": issuer})
            self.kinds.add("issued twice")

    def grow(self):
        chance = self.chance
        self.planned = []
        roots = [self.new_ca(f"Root {number}")
                 for number in range(chance.choice((1, 2, 2, 3, 4)))]
        for root in roots:
            self.add(root, root)
        for root in roots:
            others = [other for other in roots if other is not root]
            if others and self.happens(0.5):
                self.add(root, chance.choice(others))
                self.kinds.add("cross-signed root")
        layers = [roots]
        for depth in range(chance.choice((0, 1, 1, 2, 2, 3))):
            layers.append(self.grow_layer(layers, depth))
        cas = [ca for layer in layers for ca in layer]
        if len(layers) > 1 and self.happens(0.15):
            upper, lower = chance.sample(range(len(layers)), 2)
            self.add(chance.choice(layers[upper]),
                     chance.choice(layers[lower]))
            self.kinds.add("loop")
        issuers = list(layers[-1])
        if self.happens(0.25):
            victim = chance.choice(cas)
            impostor = CA(victim.name, self.free.pop())
            self.add(impostor, chance.choice((impostor, *cas)))
            self.kinds.add("impostor")
            if victim in issuers and self.happens(0.5):
                issuers.append(impostor)
        self.make_all(CA("leaf", 0), chance.choice(issuers))

    def grow_layer(self, layers, depth):
        chance = self.chance
        layer = []
        for number in range(chance.choice((1, 1, 2, 2, 3))):
            ca = self.new_ca(f"CA {depth}.{number}")
            layer.append(ca)
            above = layers[-1]
            if len(layers) > 1 and self.happens(0.1):
                above = layers[-1] + layers[-2]
            for issuer in chance.sample(
                    above, min(len(above), chance.choice((1, 1, 2)))):
                self.add(ca, issuer)
        return layer

    # --- the certificates ---

    def make_all(self, leaf, issuer):
        chance = self.chance
        flawed = chance.sample(self.planned, min(
            len(self.planned), chance.choice((0, 0, 0, 1, 1, 2, 3))))
        for plan in self.planned:
            plan["flaw"] = chance.choice(FLAWS) if plan in flawed else None
        # Who is identified by serial number must be there first.
        self.certs.append(None)
        for plan in self.planned:
            self.make(plan["of"], plan["by"], plan["flaw"])
        self.certs[0] = self.sign(leaf, issuer, None, chance.choice(
            LEAF_LASTS), is_leaf=True)
        self.junk = [self.make(junk, junk, None) for junk in
                     (self.new_ca("Junk 1"), self.new_ca("Junk 2"))]

    def make(self, subject, issuer, flaw):
        cert = self.sign(subject, issuer, flaw,
                         self.chance.choice(LASTS), is_leaf=False)
        self.certs.append(cert)
        subject.certs.append(cert)
        if flaw:
            self.kinds.add(flaw)
        return cert

    def sign(self, subject, issuer, flaw, lasts, is_leaf):
        chance = self.chance
        begin, end = NOW - chance.choice((10, 30, 900)) * DAY, NOW + lasts * DAY
        if flaw == "expired":
            end = NOW - chance.choice((1, 5)) * DAY
        elif flaw == "future":
            begin = NOW + 2 * DAY
        cert = {"subject": subject.name, "issuer": issuer.name,
                "key": subject.key, "signer": issuer.key, "flaw": flaw,
                "serial": chance.getrandbits(100) + 1,
                "not_before": int((begin - EPOCH).total_seconds()),
                "not_after": int((end - EPOCH).total_seconds()),
                "ski": None, "aki": None, "aki_issuer": None,
                "aki_serial": None}
        self.identify(cert, subject, issuer)
        builder = x509.CertificateBuilder(
            subject_name=name_of("www.example.com" if is_leaf
                                 else subject.name),
            issuer_name=name_of(issuer.name),
            public_key=self.keys.keys[subject.key].public_key(),
            serial_number=cert["serial"],
            not_valid_before=begin, not_valid_after=end)
        extensions = self.identifiers(cert)
        if self.happens(self.with_aia):
            extensions.append((ISSUER_ADDRESS, False))
        extensions += leaf_extensions() if is_leaf else ca_extensions(flaw)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        der = builder.sign(self.keys.keys[issuer.key], hashes.SHA256()) \
            .public_bytes(serialization.Encoding.DER)
        cert["sha256"] = hashlib.sha256(der).hexdigest()
        cert["der"] = base64.b64encode(der).decode()
        return cert

    def identify(self, cert, subject, issuer):
        """Choose its key identifiers, and its issuer's."""
        if self.happens(self.with_ids):
            cert["ski"] = self.keys.ids[subject.key].hex()
            if cert["flaw"] == "another key identifier":
                cert["ski"] = "00" * 20
        if not self.happens(self.with_ids):
            return
        if subject is issuer:
            cert["aki"] = cert["ski"]
        elif issuer.certs and self.happens(0.05):
            above = self.chance.choice(issuer.certs)
            cert["aki_issuer"] = above["issuer"]
            cert["aki_serial"] = above["serial"]
            self.kinds.add("issuer by serial number")
        else:
            cert["aki"] = self.keys.ids[issuer.key].hex()

    def identifiers(self, cert):
        found = []
        if cert["ski"]:
            found.append((x509.SubjectKeyIdentifier(
                bytes.fromhex(cert["ski"])), False))
        if cert["aki"]:
            found.append((x509.AuthorityKeyIdentifier(
                bytes.fromhex(cert["aki"]), None, None), False))
        elif cert["aki_issuer"]:
            found.append((x509.AuthorityKeyIdentifier(
                None, [x509.DirectoryName(name_of(cert["aki_issuer"]))],
                cert["aki_serial"]), False))
        return found


def key_usage(ca, cert_sign):
    return (x509.KeyUsage(
        digital_signature=not ca, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        key_cert_sign=cert_sign, crl_sign=ca, encipher_only=False,
        decipher_only=False), True)


def leaf_extensions():
    return [(x509.BasicConstraints(False, None), True),
            key_usage(False, False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName(
                [x509.DNSName("www.example.com")]), False)]


def ca_extensions(flaw):
    extensions = [key_usage(True, flaw != "no keyCertSign")]
    if flaw == "CA:FALSE":
        extensions.append((x509.BasicConstraints(False, None), True))
    elif flaw != "no basic constraints":
        length = int(flaw[-1]) if flaw and "path length" in flaw else None
        extensions.append((x509.BasicConstraints(True, length), True))
    if flaw in CONSTRAINTS:
        permitted, excluded = ([x509.DNSName(name)] if name else None
                               for name in CONSTRAINTS[flaw])
        extensions.append((x509.NameConstraints(permitted, excluded), True))
    if flaw == "clients only":
        extensions.append((x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.CLIENT_AUTH]), False))
    if flaw == "unknown critical extension":
        extensions.append((x509.UnrecognizedExtension(
            x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\5\0"), True))
    return extensions


# --- what is in the files and in the trust store -----------------------------


def is_self_signed(cert):
    return (cert["subject"], cert["key"]) == (cert["issuer"], cert["signer"])


def issuers_of(cert, certs):
    return [each for each in certs
            if (each["subject"], each["key"]) ==
            (cert["issuer"], cert["signer"])]


def ancestors_of(cert, certs):
    found, heads = [], [cert]
    while heads:
        for each in issuers_of(heads.pop(), certs):
            if each not in found:
                found.append(each)
                heads.append(each)
    return found


def draw_files(tree):
    """A list of certificates for each file; the first holds the leaf."""
    chance = tree.chance
    whole = chance.choice((1, 1, 1, 0.9, 0.75, 0.5))
    roots = chance.choice((0, 0, 0.3, 1))
    certs = [cert for cert in tree.certs[1:] if cert not in tree.junk
             and tree.happens(roots if is_self_signed(cert) else whole)]
    if tree.happens(0.3):
        certs += tree.junk[:1]
        tree.kinds.add("junk")
    if certs and tree.happens(0.2):
        certs += chance.choices(certs, k=2)
        tree.kinds.add("there twice")
    chance.shuffle(certs)
    files = [[tree.certs[0]], *([] for _ in range(chance.choice((1, 1, 3))))]
    first = 0 if tree.happens(0.4) else 1
    for cert in certs:
        files[chance.randrange(first, len(files))].append(cert)
    if tree.happens(0.3):
        chance.shuffle(files[0])
    return [certs for certs in files if certs]


def draw_store(tree):
    """Anchors, and perhaps an intermediate: without any root of its own, or
    with one that is valid. What lies between is nobody's custom."""
    chance = tree.chance
    certs = [cert for cert in tree.certs[1:] if cert not in tree.junk]
    share = chance.choice((0.5, 0.8, 1))
    store = [cert for cert in certs
             if is_self_signed(cert) and tree.happens(share)]
    others = [cert for cert in certs if not is_self_signed(cert)]
    if others and tree.happens(0.2):
        cert = chance.choice(others)
        above = ancestors_of(cert, certs)
        good = [root for root in issuers_of(cert, certs)
                if is_self_signed(root) and root["flaw"] is None
                and root["key"] != tree.keys.weak
                and cert["aki_issuer"] is None]
        store = [root for root in store if root not in above]
        store.append(cert)
        kind = "intermediate in the store alone"
        if good and tree.happens(0.5):
            store.append(chance.choice(good))
            kind = "intermediate in the store with its root"
        tree.kinds.add(kind)
    if not store or tree.happens(0.3):
        store.append(tree.junk[1])
    chance.shuffle(store)
    return store


def make(keys, seed, number):
    tree = Hierarchy(keys, random.Random(f"{seed} {number}"))
    files, store = draw_files(tree), draw_store(tree)
    place = {id(cert): at for at, cert in enumerate(tree.certs)}
    return {
        "number": number, "key": keys.leaf_pem(), "certs": tree.certs,
        "files": [[place[id(cert)] for cert in certs] for certs in files],
        "store": [place[id(cert)] for cert in store],
        "kinds": sorted(tree.kinds),
    }


def main():
    keys = Keys()
    for number in range(*map(int, sys.argv[2:])):
        print(json.dumps(make(keys, sys.argv[1], number)), flush=True)


if __name__ == "__main__":
    main()
