"""What the stories about listeners share: renewed certificates, and what the
sandbox holds and HAProxy serves afterwards."""

import concurrent.futures

from harness import *

SECRETS = "/cloud/v1/secrets/1/1"
LISTENERS = "/cloud/v1/lblisteners/1/1"
POOLS = "/cloud/v1/lbpools/1/1"
PATCH = "PATCH /cloud/v2/lblisteners/*/*/* "
NAME = "www.example.com"


def renew(days, kind="p256", name=NAME, serial=None):
    """server.key and server.crt anew, for so many days; its fingerprint."""
    for path in ("server.key", "server.crt"):
        if os.path.exists(path):
            os.remove(path)
    make_cert("server", issuer="issuer1", kind=kind, days=days,
              extensions=SERVER.format("DNS:" + name),
              subject="/CN=" + name)
    if serial is not None:
        for path in ("server.key", "server.crt"):
            shutil.copy(path, f"{path}.{serial}")
    return fingerprint("server.crt")


def begin(days=30):
    """A site that ends in `days`; its fingerprint."""
    make_site()
    return renew(days)


def run(sandbox, *options, **more):
    return certupload(*SITE, *options, env=sandbox.env, **more)


def upload(sandbox, *options, **more):
    """The id of the secret of what server.crt is now."""
    return succeeds(run(sandbox, *options, **more)).out.strip()


def rotate(sandbox, *options, **more):
    return upload(sandbox, "--rotate", "--keep", "1", *options, **more)


def fails_saying(done, status, *parts):
    equal((done.status, done.out), (status, ""), done)
    for part in parts:
        holds(done.err, part)


def secrets(sandbox):
    """{id: name} of what is there."""
    return {secret["id"]: secret["name"] for secret
            in sandbox.get(SECRETS + "?limit=1000")["results"]}


def foreign(sandbox, number):
    """So many more secrets of others; their ids."""
    if not os.path.exists("foreign.p12"):
        make_p12("foreign")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(
            lambda one: sandbox.add_secret(f"foreign{one}", "foreign.p12"),
            range(number)))


def refers(sandbox, listener):
    """(default, further ones) of a listener that is in good health."""
    record = sandbox.listener(listener)
    equal((record["provisioning_status"], record["task_id"]),
          ("ACTIVE", None), record)
    return record["secret_id"], record["sni_secret_id"]


def patched(sandbox, listener, **members):
    """Somebody else changes it: the task, when it has ended."""
    status, answer = sandbox.patch_listener(listener, **members)
    equal(status, 200, answer)
    return sandbox.wait_task(answer["tasks"][0])


def writes(sandbox, since=0):
    """The changes that the sandbox took on."""
    return [entry for entry in sandbox.journal()[since:]
            if entry["method"] == "PATCH" and entry["status"] == 200]


def changes(sandbox, since=0):
    """All requests that change something."""
    return [(entry["method"], entry["path"])
            for entry in sandbox.journal()[since:]
            if entry["method"] != "GET"]


@contextlib.contextmanager
def nothing_changes(sandbox):
    """What is asked meanwhile changes nothing."""
    before = len(sandbox.journal())
    yield
    equal(changes(sandbox, before), [], "changes")


@contextlib.contextmanager
def s_server(port, cert="server", chain=None, address="127.0.0.1"):
    """`openssl s_server` with cert.crt and cert.key."""
    command = ["openssl", "s_server", "-accept", f"{address}:{port}", "-cert",
               cert + ".crt", "-key", cert + ".key"]
    if chain is not None:
        command += ["-cert_chain", chain]
    process = subprocess.Popen(command, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    try:
        while True:
            line = process.stdout.readline()
            if line.startswith(b"ACCEPT"):
                break
            if not line:
                raise AssertionError(f"{command} ended")
        yield
    finally:
        process.kill()
        process.wait(LIMIT)
        process.stdin.close()
        process.stdout.close()
