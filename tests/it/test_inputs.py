"""Every key, certificate and chain that people really have (inputs.py), and
what a real HAProxy makes of each accepted one."""

import concurrent.futures

import inputs
import judges
from harness import *


def subjects(names):
    return [fingerprint(name + ".crt") for name in names]


def take(row, number):
    """Run one row; its bundle is bundleN.p12. What is wrong, or None."""
    out = f"bundle{number}.p12"
    run = certupload(*row.args, "--json", "-v", "--output", out,
                     stdin=row.stdin, start_new_session=True)
    if row.served is None:
        if run.status != 3 or row.says not in run.err or os.path.exists(out):
            return f"{row.name}: wanted a refusal with {row.says!r}: {run!r}"
        if any(byte < 32 and byte != 10 for byte in run.err.encode()):
            return f"{row.name}: the terminal is disturbed: {run.err!r}"
        return None
    if run.status != 0 or row.says not in run.err:
        return f"{row.name}: wanted success with {row.says!r}: {run!r}"
    report = json.loads(run.out)["certificates"][0]
    got = [each["sha256"] for each in report["chain"]]
    if got != subjects(row.served):
        return f"{row.name}: served {report['chain']}"
    return None


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
    """What a client sees: a verified chain, in this order."""
    done = subprocess.run(
        ["openssl", "s_client", "-unix", f"s{number}", "-showcerts",
         "-verify_return_error", "-CAfile", "anchors.pem", "-partial_chain"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
        check=False)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0 or "Verify return code: 0" not in text:
        return f"{row.name}: {text[-600:]}{done.stderr.decode()[-600:]}"
    got = []
    for part in text.split("-----BEGIN CERTIFICATE-----")[1:]:
        body = part.split("-----END CERTIFICATE-----")[0]
        got.append("".join(body.split()))
    wanted = ["".join(read(name + ".crt").decode().split(
        "-----BEGIN CERTIFICATE-----")[1].split(
            "-----END CERTIFICATE-----")[0].split()) for name in row.served]
    return None if got == wanted else f"{row.name}: order"


# A client of today refuses these whatever the chain: certupload warns, or was
# told to let them pass.
NOT_FOR_CLIENTS = ("signed with SHA-1", "a key type let pass")


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


def have_read(rows, accepted):
    """Other readers: a bundle of each different content."""
    contents = {tuple(rows[number].served): number for number in accepted}
    for names, number in contents.items():
        wanted = subjects(names)
        for judge in (judges.certtool, judges.pk12util, judges.keytool,
                      judges.cryptography):
            # Nobody but OpenSSL knows keys that had to be let pass.
            if rows[number].name in NOT_FOR_CLIENTS:
                continue
            try:
                judge(f"bundle{number}.p12", wanted)
            except Skip as why:
                print(f"# {judge.__name__}: {why}")
    print(f"# {len(contents)} different bundles read by the others")


@story
def each_input_is_taken_or_refused_for_its_reason():
    rows = inputs.all_rows()
    accepted = [number for number, row in enumerate(rows)
                if row.served is not None]
    print(f"# {len(rows)} inputs, {len(accepted)} accepted")
    if len(rows) < 150:
        raise AssertionError("fewer than 150 inputs")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        wrong = [each for each in pool.map(take, rows, range(len(rows)))
                 if each is not None]
    if wrong:
        raise AssertionError("\n".join(wrong))
    have_read(rows, accepted)
    serve_all(rows, accepted)


if __name__ == "__main__":
    main()
