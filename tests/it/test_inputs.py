"""Every key, certificate and chain that people really have (inputs.py), a
result each, and what a real HAProxy and other readers make of the accepted
ones."""

import concurrent.futures

import inputs
import judges
from harness import *


def subjects(names):
    return [fingerprint(name + ".crt") for name in names]


def take(row, number):
    """Run one row; its bundle is bundleN.p12."""
    out = f"bundle{number}.p12"
    run = certupload(*row.args, "--json", "-v", "--output", out,
                     stdin=row.stdin, start_new_session=True)
    if row.served is None:
        if run.status != 3 or row.says not in run.err or os.path.exists(out):
            raise AssertionError(f"not refused with {row.says!r}: {run!r}")
        if any(byte < 32 and byte != 10 for byte in run.err.encode()):
            raise AssertionError(f"the terminal is disturbed: {run.err!r}")
        return
    if run.status != 0 or row.says not in run.err:
        raise AssertionError(f"no success with {row.says!r}: {run!r}")
    report = json.loads(run.out)["certificates"][0]
    equal([each["sha256"] for each in report["chain"]],
          subjects(row.served), "served")


def take_apart(number):
    """The balancer's way: leaf, key, then the others as they stand."""
    path = f"bundle{number}.p12"
    parts = [sh("openssl", "pkcs12", "-in", path, "-passin", "pass:",
                *flags) for flags in (["-nokeys", "-clcerts"],
                                      ["-nocerts", "-nodes"],
                                      ["-nokeys", "-cacerts"])]
    return write(f"bundle{number}.pem", b"".join(parts))


def haproxy(numbers):
    config = ["global", " tune.ssl.default-dh-param 2048", "defaults",
              " mode http", " timeout connect 5s", " timeout client 30s",
              " timeout server 30s"]
    for number in numbers:
        config += [f"frontend f{number}",
                   f" bind unix@{os.getcwd()}/s{number} ssl crt "
                   f"{take_apart(number)}",
                   " http-request return status 200"]
    write("haproxy.cfg", "\n".join(config) + "\n")
    sh("haproxy", "-c", "-q", "-f", "haproxy.cfg")
    process = subprocess.Popen(["haproxy", "-db", "-f", "haproxy.cfg"],
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    while not os.path.exists(f"s{numbers[-1]}"):
        if process.poll() is not None:
            raise AssertionError("haproxy ended")
    return process


def see(number, row):
    """What a client sees: a verified chain, in this order. What is wrong, or
    None."""
    done = subprocess.run(
        ["openssl", "s_client", "-unix", f"s{number}", "-showcerts",
         "-verify_return_error", "-CAfile", "anchors.pem", "-partial_chain"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
        check=False)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0 or "Verify return code: 0" not in text:
        return f"{row.name}: {text[-600:]}{done.stderr.decode()[-600:]}"
    same = fingerprints(done.stdout) == subjects(row.served)
    return None if same else f"{row.name}: order"


# A client of today refuses these whatever the chain: certupload was told to
# let them pass.
NOT_FOR_CLIENTS = ("a key type let pass",)


def serve_all(rows, accepted):
    """A real HAProxy with all of them, and a client at each."""
    need("haproxy")
    # Where a served chain ends, somebody trusts its issuer; but openssl
    # tries one anchor of a name alone.
    namesakes = {"impostor.crt", "first.crt", "second.crt"}
    join("anchors.pem", *sorted(set(glob.glob("*.crt")) - namesakes))
    numbers = [number for number in accepted
               if rows[number].name not in NOT_FOR_CLIENTS]
    server = haproxy(numbers)
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            wrong = [each for each in pool.map(
                see, numbers, [rows[number] for number in numbers])
                     if each is not None]
    finally:
        server.terminate()
        server.wait()
    equal(wrong, [], "what a client sees")
    print(f"# {len(numbers)} bundles served by haproxy, seen by openssl")


def have_read(rows, accepted, reader):
    """A bundle of each different content."""
    # Nobody but OpenSSL knows keys that had to be let pass.
    contents = {tuple(rows[number].served): number for number in accepted
                if rows[number].name not in NOT_FOR_CLIENTS}
    for names, number in contents.items():
        reader(f"bundle{number}.p12", subjects(names))
    print(f"# {len(contents)} bundles read by {reader.__name__}")


def certificates_are_read_alike():
    """The load balancer's reader is this one."""
    for names, good in (([prefix + row[0] for row in inputs.UNREADABLE
                          for prefix in ("unreadable-", "unreadable-ca-")],
                         False),
                        (["strict-" + row[0] for row in inputs.STRICT]
                         + ["strict-latin-subject"], False),
                        (["loose-" + row[0] for row in inputs.LOOSE], True)):
        for name in names:
            equal(judges.can_read(name + ".crt"), good, name)


def seen_by_others(rows):
    """{what: function and arguments}"""
    # They see the same bytes, however we were built.
    if os.environ.get("CERTUPLOAD_BUILD") == "asan":
        return {}
    accepted = [number for number, row in enumerate(rows)
                if row.served is not None]
    return {"haproxy serves what was taken": (serve_all, rows, accepted),
            "cryptography refuses the certificates that are refused":
            (certificates_are_read_alike,),
            **{f"{reader.__name__} reads what was taken":
               (have_read, rows, accepted, reader) for reader in
               (judges.certtool, judges.pk12util, judges.keytool,
                judges.cryptography)}}


def main():
    """Side by side: first the rows, then the others."""
    failed = 0
    with workplace(), concurrent.futures.ThreadPoolExecutor(8) as pool:
        rows = inputs.all_rows()
        others = seen_by_others(rows)
        print(f"1..{len(rows) + len(others)}", flush=True)
        for number, (row, why) in enumerate(zip(rows, pool.map(
                attempt, [take] * len(rows), rows, range(len(rows)))), 1):
            failed += tell(number, row.name, why)
        for number, (name, why) in enumerate(zip(others, pool.map(
                lambda one: attempt(*one), others.values())), len(rows) + 1):
            failed += tell(number, name, why)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
