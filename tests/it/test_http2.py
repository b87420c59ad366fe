"""HTTP/2 and TLS, as the real service speaks them: nghttpx in front."""

from harness import *


@story
def the_upload_speaks_http2():
    need("nghttpx")
    make_site()
    with Sandbox() as sandbox, Proxy(sandbox) as proxy:
        run = succeeds(certupload(*SITE, "--ca-file", "root.crt", "-vv",
                                  env=proxy.env))
        holds(run.err, "POST /cloud/v1/secrets/1/1: HTTP/2 200")
        equal(list(sandbox.stored()), [run.out.strip()])


@story
def a_lost_answer_behind_a_proxy_is_looked_for():
    need("nghttpx")
    make_site()
    for fault in ("commit-cut 0", "commit-cut 40", "commit-reset 100",
                  "commit-cut 160"):
        faults = f"POST /cloud/v1/secrets/*/* 1 {fault}\n"
        with Sandbox(faults=faults) as sandbox, Proxy(sandbox) as proxy:
            run = succeeds(certupload(*SITE, "--ca-file", "root.crt",
                                      env=proxy.env))
            equal(list(sandbox.stored()), [run.out.strip()], fault)
            equal(len(sandbox.creates()), 1, fault)


if __name__ == "__main__":
    main()
