"""A create whose answer is lost is looked for, never repeated blindly."""

import concurrent.futures
import http.server
import threading

from harness import *


def answer_size():
    """Bytes of a create's answer: what a raw client reads."""
    import socket
    with Sandbox() as sandbox:
        succeeds(certupload(*SITE, env=sandbox.env))
        body = json.dumps({
            "name": "x", "payload": "eA==", "secret_type": "opaque",
            "payload_content_encoding": "base64",
            "payload_content_type": "application/octet-stream"})
        host, port = sandbox.url[7:].split(":")
        with socket.create_connection((host, int(port))) as peer:
            peer.sendall((
                "POST /cloud/v1/secrets/1/1 HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: APIKey {API_KEY}\r\n"
                "Content-Type: application/json\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        # "Connection: close" is not in the answer that is cut.
        return len(answer) - len("Connection: close\r\n")


def one_secret(faults, task_time=1, options=(), env=None):
    """Exit 0 with the id of the only secret; what the creates were."""
    with Sandbox(faults=faults, task_time=task_time) as sandbox:
        run = succeeds(certupload(*SITE, *options,
                                  env={**sandbox.env, **(env or {})}))
        equal(list(sandbox.stored()), [run.out.strip()], faults)
        return sandbox.creates(), sandbox.journal()


def looked_before_each_create(journal):
    creates = [place for place, entry in enumerate(journal)
               if entry["method"] == "POST"]
    for before, after in zip(creates, creates[1:]):
        kinds = [entry["path"].split("/")[3]
                 for entry in journal[before + 1:after]]
        if "tasks" not in kinds or "secrets" not in kinds:
            raise AssertionError(f"a blind repeat: {journal}")


def each_byte(fault):
    make_site()
    size = answer_size()

    def one(number):
        creates, _ = one_secret(
            f"POST /cloud/v1/secrets/*/* 1 {fault} {number}\n")
        equal(len(creates), 1, f"creates after {fault} {number}")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(size + 1)))


@story
def the_answer_is_cut_at_every_byte():
    each_byte("commit-cut")


@story
def the_connection_is_reset_at_every_byte_of_the_answer():
    each_byte("commit-reset")


@story
def the_answer_is_useless():
    make_site()
    for fault in ("empty", "bad-json", "wrong-length", "huge 400000",
                  "status-commit 500", "status-commit 502",
                  "status-commit 504", "status-commit 408"):
        creates, _ = one_secret(f"POST /cloud/v1/secrets/*/* 1 {fault}\n")
        equal(len(creates), 1, f"creates after {fault}")


@story
def the_task_is_still_running_when_looked_for():
    make_site()
    creates, journal = one_secret(
        "POST /cloud/v1/secrets/*/* 1 commit-cut 0\n", task_time=2500)
    equal(len(creates), 1, "creates")
    if len([entry for entry in journal
            if entry["path"].endswith("/active")]) < 3:
        raise AssertionError("it did not look again")


@story
def a_create_that_did_not_happen_is_sent_again_after_looking():
    make_site()
    for fault in "reset-before", "status 500", "status 504":
        creates, journal = one_secret(f"POST /cloud/v1/secrets/*/* 1 {fault}\n")
        equal(len(creates), 2, f"creates after {fault}")
        looked_before_each_create(journal)


@story
def a_create_refused_for_now_is_sent_again_at_once():
    make_site()
    creates, _ = one_secret("POST /cloud/v1/secrets/*/* 2 status 429\n")
    equal(len(creates), 3, "creates")


@story
def a_reused_connection_dies_under_the_create():
    make_site()
    creates, _ = one_secret("POST /cloud/v1/secrets/*/* 1 close-reused commit\n")
    equal(len(creates), 1, "creates when it was committed")
    if creates[0]["request"] < 2:
        raise AssertionError("the connection was not reused")
    creates, journal = one_secret("POST /cloud/v1/secrets/*/* 1 close-reused\n")
    equal(len(creates), 2, "creates when it was not")
    looked_before_each_create(journal)


@story
def every_answer_is_lost():
    make_site()
    with Sandbox(faults="POST /cloud/v1/secrets/*/* * reset-before\n") as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 4,
              "3 creates were sent and none was answered or seen")
        equal(len(sandbox.creates()), 3, "creates")
        looked_before_each_create(sandbox.journal())
        equal(sandbox.stored(), {})


@story
def looking_fails_too():
    make_site()
    faults = ("POST /cloud/v1/secrets/*/* * commit-cut 0\n"
              "GET /cloud/v1/secrets/*/* 1 count-shift\n"
              "GET /cloud/v1/secrets/*/* * status 500\n")
    with Sandbox(faults=faults) as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 8,
              "may have been created, or not", "run again")
        equal(len(sandbox.creates()), 1, "creates")


@story
def the_polls_are_lost():
    make_site()
    faults = "GET /cloud/v1/tasks/* 2 commit-cut 30\n"
    creates, _ = one_secret(faults, task_time=200)
    equal(len(creates), 1, "creates")


class Late:
    """In front of a sandbox: the first create gets no answer, and comes true
    with the next one, `before` or after it."""

    def __init__(self, sandbox, before):
        kept = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self, body):
                request = urllib.request.Request(
                    sandbox.url + self.path, method=self.command, data=body,
                    headers={"Authorization": self.headers["Authorization"],
                             "Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=LIMIT) as answer:
                    return answer.status, answer.headers, answer.read()

            def handle_any(self):
                size = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(size) if size else None
                if self.command == "POST" and not kept:
                    kept.append(body)
                    self.close_connection = True
                    return
                late = kept.pop() if self.command == "POST" else None
                if late is not None and before:
                    self.forward(late)
                status, headers, text = self.forward(body)
                if late is not None:
                    kept.append(None)
                if late is not None and not before:
                    self.forward(late)
                self.send_response_only(status)
                self.send_header("Date", headers["Date"])
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        port = self.server.server_address[1]
        return {"GCORE_BASE_URL": f"http://127.0.0.1:{port}"}

    def __exit__(self, *what):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@story
def a_create_that_comes_true_after_it_was_made_again_is_cleared_away():
    make_site()

    def one(before):
        locks = f"before{before}"
        os.mkdir(locks)
        with Sandbox() as sandbox, Late(sandbox, before) as env:
            run = succeeds(certupload(*SITE, "--lock-dir", locks,
                                      env={**sandbox.env, **env}))
            equal(len(sandbox.creates()), 2, "creates")
            equal(len(sandbox.journal("DELETE")), 1, "deletions")
            left = sandbox.get("/cloud/v1/secrets/1/1")["results"]
            equal([secret["id"] for secret in left], [run.out.strip()])

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(one, (True, False)))


if __name__ == "__main__":
    main()
