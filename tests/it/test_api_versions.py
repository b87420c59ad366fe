"""Both versions of the API store the same secret, once."""

from harness import *

V1, V2 = "/cloud/v1/secrets/1/1", "/cloud/v2/secrets/1/1"
BATCH = 5


def posts(sandbox):
    """[(path, status)] of the creates."""
    return [(entry["path"], entry["status"]) for entry in sandbox.creates()]


def opened(path):
    """The bundle's key as DER, its certificates as fingerprints, in order."""
    key = sh("openssl", "pkcs12", "-in", path, "-passin", "pass:", "-nodes",
             "-nocerts")
    certs = sh("openssl", "pkcs12", "-in", path, "-passin", "pass:",
               "-nokeys")
    return sh("openssl", "pkey", "-outform", "DER", stdin=key), fingerprints(certs)


def uploaded(api, files, *options):
    """What a run with this version stores: (name, bundle as described by the
    sandbox, bundle as openssl reads it)."""
    with Sandbox(*options, task_time=1) as sandbox:
        run = succeeds(certupload(*files, "--api", api, env=sandbox.env))
        [(made, path)] = sandbox.stored().items()
        equal(run.out.strip(), made, "the id")
        entry = sandbox.creates()[-1]
        equal((entry["status"], entry["bundle"]["problem"]), (200, None))
        return entry["name"], entry["bundle"], opened(path)


def make_batch():
    """c.conf with BATCH sections."""
    text = ""
    for number in range(BATCH):
        name = f"site{number}"
        make_cert(name, extensions=SERVER.format(f"DNS:{name}.example"),
                  subject=f"/CN={name}.example")
        text += f"[{name}]\nkey = {name}.key\ncert = {name}.crt\n"
    write("c.conf", text)


@story
def each_version_is_asked_as_one_likes():
    make_site()
    for api, path in (([], V1), (["--api", "auto"], V1), (["--api", "v1"], V1),
                      (["--api", "v2"], V2)):
        with Sandbox(task_time=1) as sandbox:
            succeeds(certupload(*SITE, *api, env=sandbox.env))
            equal(posts(sandbox), [(path, 200)], api)


@story
def where_the_first_is_gone_the_second_is_taken():
    make_site()
    for status in 404, 405, 410:
        with Sandbox("--v1-status", str(status), task_time=1) as sandbox:
            run = succeeds(certupload(*SITE, "-v", env=sandbox.env))
            equal(posts(sandbox), [(V1, status), (V2, 200)])
            equal(list(sandbox.stored()), [run.out.strip()])
            holds(run.err, "the server has no v1 of secrets: taking v2")
            again = succeeds(certupload(*SITE, env=sandbox.env))
            equal(again.out, run.out)
            equal(len(sandbox.creates()), 2, "creates of both runs")


@story
def of_a_batch_under_way_each_is_created_once():
    make_batch()
    for status in 404, 405, 410:
        for at_once in "1", "16":
            with Sandbox("--v1-status", str(status), task_time=50) as sandbox:
                run = succeeds(certupload("--config", "c.conf", "--at-once",
                                          at_once, env=sandbox.env))
                ids = [line.split(": ")[1] for line in run.out.splitlines()]
                equal(sorted(ids), sorted(sandbox.stored()), "secrets")
                made = [entry["name"] for entry in sandbox.creates()
                        if (entry["path"], entry["status"]) == (V2, 200)]
                equal(len(set(made)), BATCH, "names")
                refused = posts(sandbox)
                equal((refused.count((V1, status)) <= BATCH,
                       len(refused) - refused.count((V1, status))),
                      (True, BATCH), refused)
                if at_once == "1":
                    equal(refused.count((V1, status)), 1, "once is enough")


@story
def who_wants_the_first_alone_is_told_that_it_is_gone():
    make_site()
    for status in 404, 405, 410:
        with Sandbox("--v1-status", str(status)) as sandbox:
            fails(certupload(*SITE, "--api", "v1", env=sandbox.env), 6,
                  f"creating the secret: the server answered {status}",
                  "v1 may be gone: leave out --api")
            equal(posts(sandbox), [(V1, status)])


@story
def what_the_second_does_not_know_either_is_refused():
    make_site()
    faults = "POST /cloud/*/secrets/*/* * status 404\n"
    with Sandbox(faults=faults) as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 6,
              "the server answered 404", "--project")
        equal(posts(sandbox), [(V1, 404), (V2, 404)])


@story
def both_store_the_same():
    for kind in "rsa2048", "p256":
        for length in 1, 3:
            with workplace():
                chain = make_site(kind=kind, issuers=length)
                join("mixed.pem", *[name + ".crt" for name in chain[::-1]])
                files = ["--key", "server.key", "--cert", "server.crt",
                         "--chain", "mixed.pem"]
                first = uploaded("v1", files)
                equal(first[2][1], [fingerprint(name + ".crt") for name
                                    in ["server", *chain]], "the order")
                equal(uploaded("v2", files), first, "v2")
                equal(uploaded("auto", files, "--v1-status", "410"), first,
                      "v2 instead of v1")


@story
def a_certificate_without_a_chain_is_its_own_for_the_second():
    make_cert("root")
    make_cert("alone", extensions=SERVER.format("DNS:alone.example"),
              subject="/CN=alone.example")
    make_cert("leaf", issuer="root", subject="/CN=leaf.example",
              extensions=SERVER.format("DNS:leaf.example"))
    for name in "alone", "leaf":
        files = ["--key", name + ".key", "--cert", name + ".crt"]
        first, second = uploaded("v1", files), uploaded("v2", files)
        equal(first[0], second[0], "the name")
        equal(first[2][1], [fingerprint(name + ".crt")])
        equal(second[2][1], [fingerprint(name + ".crt")] * 2)
        equal(first[2][0], second[2][0], "the key")


@story
def a_run_of_the_other_version_changes_nothing():
    make_site()
    for before, after in (("v1", "v2"), ("v2", "v1"), ("v2", "auto")):
        with Sandbox(task_time=1) as sandbox:
            first = succeeds(certupload(*SITE, "--api", before,
                                        env=sandbox.env))
            second = succeeds(certupload(*SITE, "--api", after,
                                         "--detailed-exitcode",
                                         env=sandbox.env))
            equal(second.out, first.out)
            equal(len(sandbox.creates()), 1, "creates")


@story
def a_lost_answer_of_the_second_is_looked_for_too():
    make_site()
    for fault in "commit-cut 0", "status-commit 502":
        faults = f"POST /cloud/v2/secrets/*/* 1 {fault}\n"
        with Sandbox("--v1-status", "404", faults=faults) as sandbox:
            run = succeeds(certupload(*SITE, env=sandbox.env))
            equal(list(sandbox.stored()), [run.out.strip()], fault)
            equal([path for path, _ in posts(sandbox)], [V1, V2], fault)
    faults = "POST /cloud/v2/secrets/*/* 1 reset-before\n"
    with Sandbox(faults=faults, task_time=1) as sandbox:
        run = succeeds(certupload(*SITE, "--api", "v2", env=sandbox.env))
        equal(list(sandbox.stored()), [run.out.strip()])
        equal([path for path, _ in posts(sandbox)], [V2, V2])


if __name__ == "__main__":
    main()
