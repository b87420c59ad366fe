"""Servers that refuse, fail, stall or ask for patience."""

import socket
import threading
import time

from harness import *


@story
def a_failed_task_shows_its_text():
    make_site()
    faults = "POST /cloud/v1/secrets/*/* 1 task-error Quota limit exceeded: 50"
    with Sandbox(faults=faults) as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 6,
              "failed: Quota limit exceeded: 50")
        equal(len(sandbox.creates()), 1, "creates")


@story
def a_task_that_never_ends_ends_with_the_deadline():
    make_site()
    with Sandbox(faults="POST /cloud/v1/secrets/*/* * task-stuck") as sandbox:
        begin = time.monotonic()
        run = certupload(*SITE, "--timeout", "3", env=sandbox.env)
        took = time.monotonic() - begin
        fails(run, 7, "not done in time", "run again")
        holds(run.err, "waiting for task")
        # The one promise about time that is the program's own.
        if not 3 <= took < 5:
            raise AssertionError(f"{took} s")


@story
def a_wrong_api_key_is_refused_once():
    make_site()
    with Sandbox() as sandbox:
        fails(certupload(*SITE, env={**sandbox.env, "GCORE_API_KEY": "x"}), 5,
              "the server answered 401", "GCORE_API_KEY")
        equal(len(sandbox.journal()), 1, "requests")


@story
def a_key_without_the_role_is_told_so():
    make_site()
    with Sandbox(faults="POST /cloud/v1/secrets/*/* * status 403") as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 5, "answered 403", "role")
        equal(len(sandbox.creates()), 1, "creates")


@story
def nobody_listens():
    make_site()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        env = {"GCORE_API_KEY": "x", "GCORE_CLOUD_PROJECT_ID": "1",
               "GCORE_CLOUD_REGION_ID": "1",
               "GCORE_BASE_URL": f"http://127.0.0.1:{taken.getsockname()[1]}"}
        fails(certupload(*SITE, env=env), 4, "cannot reach the server",
              "GCORE_BASE_URL")


@story
def a_host_that_is_not_known():
    make_site()
    env = {"GCORE_API_KEY": "x", "GCORE_CLOUD_PROJECT_ID": "1",
           "GCORE_CLOUD_REGION_ID": "1",
           "GCORE_BASE_URL": "https://no-such-host.invalid"}
    fails(certupload(*SITE, env=env), 4, "Could not resolve host")


@story
def an_untrusted_certificate_gets_no_request():
    make_site()
    make_cert("tls", issuer="root",
              extensions=SERVER.format("IP:127.0.0.1"))
    with Sandbox("--cert", "tls.crt", "--key", "tls.key") as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 4,
              "the server's certificate is not trusted", "--ca-file")
        equal(sandbox.journal(), [], "requests")
        succeeds(certupload(*SITE, "--ca-file", "root.crt", env=sandbox.env))


@story
def a_certificate_of_another_name_is_untrusted_too():
    make_site()
    make_cert("tls", issuer="root",
              extensions=SERVER.format("DNS:other.example"))
    with Sandbox("--cert", "tls.crt", "--key", "tls.key") as sandbox:
        fails(certupload(*SITE, "--ca-file", "root.crt", env=sandbox.env), 4,
              "the server's certificate is not trusted")
        equal(sandbox.journal(), [], "requests")


@story
def a_redirect_is_never_followed():
    make_site()
    with Sandbox() as other:
        faults = f"GET /cloud/v1/tasks/*/*/active 1 redirect {other.url}/elsewhere\n"
        with Sandbox(faults=faults) as sandbox:
            fails(certupload(*SITE, env=sandbox.env), 4, "answered 302",
                  "redirect")
        equal(other.journal(), [], "requests elsewhere")


@story
def retry_after_is_obeyed():
    make_site()
    faults = ("GET /cloud/v1/secrets/*/* 1 status 429 2\n"
              "POST /cloud/v1/secrets/*/* 1 status 503 1\n")
    with Sandbox(faults=faults) as sandbox:
        succeeds(certupload(*SITE, env=sandbox.env))
        first, second = sandbox.journal("GET", "secrets")[:2]
        posts = sandbox.creates()
        for before, after, least in ((first, second, 2000),
                                     (posts[0], posts[1], 1000)):
            if after["ms"] - before["ms"] < least:
                raise AssertionError(f"too early: {before} {after}")
        equal(len(posts), 2, "creates")
        equal(len(sandbox.stored()), 1, "secrets")


@story
def retry_after_past_the_deadline_ends_at_once():
    make_site()
    with Sandbox(faults="POST /cloud/v1/secrets/*/* * status 429 3600") as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 7, "3600 s, past the "
              "deadline")
        equal(len(sandbox.creates()), 1, "creates")


@story
def a_lasting_error_ends_after_three_tries():
    make_site()
    with Sandbox(faults="GET /cloud/v1/secrets/*/* * status 500") as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 4, "answered 500",
              "run again later")
        equal(len(sandbox.journal("GET", "secrets")), 3, "tries")
        equal(sandbox.creates(), [])


@story
def a_passing_error_is_not_noticed():
    make_site()
    faults = ("GET /cloud/v1/tasks/*/*/active 1 status 502\n"
              "GET /cloud/v1/secrets/*/* 1 reset-before\n"
              "CONNECT - 1 reset\n")
    with Sandbox(faults=faults) as sandbox:
        run = succeeds(certupload(*SITE, "--ca-bundle", "root.crt",
                                  env=sandbox.env))
        equal(run.err, "")
        equal(list(sandbox.stored()), [run.out.strip()])


@story
def the_server_refuses_the_create_with_its_own_words():
    make_site()
    with Sandbox(faults="POST /cloud/v1/secrets/*/* * status 400") as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 6,
              "answered 400 HTTPError: as the fault script says (request ")
        equal(len(sandbox.creates()), 1, "creates")


@story
def answers_beyond_any_size_are_cut_off():
    make_site()
    with Sandbox(faults="GET /cloud/v1/secrets/*/* * huge 3000000") as sandbox:
        fails(certupload(*SITE, env=sandbox.env), 4, "larger than")
        equal(sandbox.creates(), [])


@story
def a_task_not_yet_visible_is_asked_for_again():
    make_site()
    with Sandbox(faults="POST /cloud/v1/secrets/*/* 1 task-hidden 3") as sandbox:
        run = succeeds(certupload(*SITE, env=sandbox.env))
        equal(list(sandbox.stored()), [run.out.strip()])
        equal(len(sandbox.creates()), 1, "creates")


@story
def an_unknown_task_state_means_not_yet():
    make_site()
    faults = "POST /cloud/v1/secrets/*/* 1 task-state QUEUED"
    with Sandbox(faults=faults, task_time=700) as sandbox:
        run = succeeds(certupload(*SITE, env=sandbox.env))
        equal(list(sandbox.stored()), [run.out.strip()])


@story
def slow_answers_are_waited_for():
    make_site()
    faults = ("GET /cloud/v1/secrets/*/* 1 trickle 1\n"
              "POST /cloud/v1/secrets/*/* 1 trickle 1\n")
    with Sandbox(faults=faults) as sandbox:
        run = succeeds(certupload(*SITE, env=sandbox.env))
        equal(list(sandbox.stored()), [run.out.strip()])
        equal(len(sandbox.creates()), 1, "creates")


@story
def a_stalled_answer_ends_with_the_deadline():
    make_site()
    with Sandbox(faults="GET /cloud/v1/secrets/*/* * stall 20") as sandbox:
        fails(certupload(*SITE, "--timeout", "2", env=sandbox.env), 7,
              "not done in time")
    with Sandbox(faults="POST /cloud/v1/secrets/*/* * stall 20") as sandbox:
        fails(certupload(*SITE, "--timeout", "2", env=sandbox.env), 8,
              "may have been created, or not", "run again")
        # And the next run finds out.
        run = succeeds(certupload(*SITE, env=sandbox.env))
        equal(list(sandbox.stored()), [run.out.strip()])
        equal(len(sandbox.creates()), 1, "creates")


@story
def another_runs_unfinished_create_is_waited_for():
    make_site()
    with Sandbox(task_time=1500) as sandbox:
        first = start(*SITE, env=sandbox.env)
        while not sandbox.creates():
            os.sched_yield()
        second = succeeds(certupload(*SITE, env=sandbox.env))
        equal(finish(first).out, second.out)
        equal(len(sandbox.creates()), 1, "creates")


@story
def a_plain_http_server_gets_no_proxy():
    make_site()
    with Sandbox() as sandbox, socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        succeeds(certupload(*SITE, env={
            **sandbox.env, "http_proxy": address, "all_proxy": address}))
        proxy.setblocking(False)
        try:
            proxy.accept()
            raise AssertionError("the proxy was asked")
        except BlockingIOError:
            pass


@story
def garbage_instead_of_http():
    make_site()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def serve():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(65536)
                    peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        env = {"GCORE_API_KEY": "x", "GCORE_CLOUD_PROJECT_ID": "1",
               "GCORE_CLOUD_REGION_ID": "1",
               "GCORE_BASE_URL": f"http://127.0.0.1:{server.getsockname()[1]}"}
        fails(certupload(*SITE, env=env), 4, "listing tasks")
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


if __name__ == "__main__":
    main()
