"""HTTP/2 and TLS, as the real service speaks them: nghttpx in front."""

import socket

from harness import *


class Proxy:
    """nghttpx with TLS before a sandbox."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def __enter__(self):
        make_cert("tls", issuer="root",
                  extensions=SERVER.format("IP:127.0.0.1"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        backend = self.sandbox.url[7:].replace(":", ",")
        write("nghttpx.conf", "")
        self.process = subprocess.Popen(
            ["nghttpx", "--conf=nghttpx.conf", f"-f127.0.0.1,{port}",
             f"-b{backend}", "tls.key", "tls.crt", "--workers=1",
             "--errorlog-file=" + os.path.abspath("nghttpx.log")],
            stderr=subprocess.DEVNULL)
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if self.process.poll() is not None:
                raise AssertionError(read("nghttpx.log").decode())
        self.env = {**self.sandbox.env,
                    "GCORE_BASE_URL": f"https://127.0.0.1:{port}"}
        return self

    def __exit__(self, *what):
        self.process.terminate()
        self.process.wait(LIMIT)


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
        faults = f"POST /cloud/v1/secrets 1 {fault}\n"
        with Sandbox(faults=faults) as sandbox, Proxy(sandbox) as proxy:
            run = succeeds(certupload(*SITE, "--ca-file", "root.crt",
                                      env=proxy.env))
            equal(list(sandbox.stored()), [run.out.strip()], fault)
            equal(len(sandbox.creates()), 1, fault)


if __name__ == "__main__":
    main()
