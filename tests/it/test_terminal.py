"""On a terminal: progress while it waits, and the question for a
passphrase."""

import pty
import select

from harness import *


def on_terminal(arguments, env, answer=None):
    """Run with a terminal for everything; all that was shown, and the exit
    status. `answer` is typed when a question ends in ': '."""
    try:
        pid, terminal = pty.fork()
    except OSError as why:
        raise Skip(str(why)) from why
    if pid == 0:
        os.execvpe(CERTUPLOAD, [CERTUPLOAD, *arguments],
                   environment({**env, "TERM": "xterm"}))
    shown = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], LIMIT)
        if not ready:
            os.kill(pid, 9)
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if answer is not None and shown.endswith(b": "):
            os.write(terminal, answer.encode() + b"\n")
            answer = None
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return shown.decode(), os.waitstatus_to_exitcode(status)


@story
def progress_is_one_line_that_goes_away():
    make_site()
    with Sandbox(task_time=1500) as sandbox:
        shown, status = on_terminal(
            [*SITE, "--ca-bundle", "root.crt"], sandbox.env)
        equal(status, 0)
        holds(shown, "waiting for task")
        holds(shown, "(RUNNING), ")
        # What stays is the id alone.
        (secret,) = sandbox.stored()
        equal(shown.split("\r\033[K")[-1].strip(), secret)


@story
def quiet_shows_no_progress():
    make_site()
    with Sandbox(task_time=500) as sandbox:
        equal(on_terminal([*SITE, "-q"], sandbox.env), ("", 0))


@story
def a_passphrase_is_asked_for_and_not_shown():
    make_site(kind="rsa2048")
    write("pass", "open sesame\n")
    sh("openssl", "pkey", "-in", "server.key", "-aes256", "-passout",
       "file:pass", "-out", "sealed.key")
    os.chmod("sealed.key", 0o600)
    arguments = ["--key", "sealed.key", *SITE[2:], "--check",
                 "--allow-incomplete-chain"]
    shown, status = on_terminal(arguments, {}, "open sesame")
    equal(status, 0, shown)
    holds(shown, "Passphrase for sealed.key: ")
    if "sesame" in shown:
        raise AssertionError(shown)
    shown, status = on_terminal(arguments, {}, "open barley")
    equal(status, 3)
    holds(shown, "wrong passphrase")


if __name__ == "__main__":
    main()
