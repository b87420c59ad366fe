"""Key, bundle and API key are seen nowhere: arguments, output, journal,
files, memory of the waiting process."""

import re
import signal

from harness import *


def memory(pid):
    """All readable memory of a process, a region each."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \d+ *(.*)",
                             line)
            if not found or found[3].startswith("[v"):
                continue
            begin, end = int(found[1], 16), int(found[2], 16)
            try:
                mem.seek(begin)
                yield mem.read(end - begin)
            except OSError:
                continue


def count(pid, needles):
    found = {name: 0 for name in needles}
    for region in memory(pid):
        for name, needle in needles.items():
            found[name] += region.count(needle)
    return found


def needles_of(sandbox=None, key="server.key"):
    needles = keys_bytes(key)
    numbers = sh("openssl", "pkey", "-in", key, "-noout",
                 "-text").decode()
    for name, pattern in (("prime", r"prime1:\n([0-9a-f:\s]+)prime2"),
                          ("exponent", r"privateExponent:\n([0-9a-f:\s]+)")):
        number = re.search(pattern, numbers)
        digits = re.sub(r"[:\s]", "", number[1])
        raw = bytes.fromhex(digits)[8:72]
        needles[name] = raw
        needles[name + " reversed"] = raw[::-1]
    if sandbox is not None:
        (path,) = sandbox.stored().values()
        bundle = read(path)
        needles["bundle"] = bundle[-400:-300]
        needles["payload"] = base64.b64encode(bundle)[600:700]
    return needles


def until_polling(sandbox):
    while not sandbox.polls():
        os.sched_yield()


def need_memory():
    if os.geteuid() != 0:
        raise Skip("reading another process's memory needs root")
    if os.environ.get("CERTUPLOAD_WRAPPER") or "asan" in os.environ.get(
            "CERTUPLOAD_BUILD", ""):
        raise Skip("the tool that watches keeps freed memory")


def copies_while_polling(sandbox, env, *options):
    """What a run that polls has of each secret in its memory."""
    process = start(*SITE, *options, env=env)
    until_polling(sandbox)
    # What this very run sent is known only afterwards: keep the memory it
    # has now, and let it end.
    process.send_signal(signal.SIGSTOP)
    regions = list(memory(process.pid))
    process.send_signal(signal.SIGCONT)
    succeeds(finish(process))
    needles = {**needles_of(sandbox), "API key": API_KEY.encode()}
    return {name: sum(region.count(needle) for region in regions)
            for name, needle in needles.items()}


def none_but_the_api_key(copies, most):
    # That is needed for each poll: in the environment, the header's text, the
    # request and what is leaving of it, with HTTP/2 in its table of headers as
    # well.
    number = copies.pop("API key")
    if not 1 <= number <= most:
        raise AssertionError(f"{number} copies of the API key")
    equal({name: number for name, number in copies.items() if number}, {},
          "copies")


SLOW = "POST /cloud/v1/secrets/*/* * task-state RUNNING\n"


@story
def the_scan_finds_what_is_there():
    need_memory()
    make_site(kind="rsa2048")
    needles = needles_of()
    control = subprocess.Popen(
        [sys.executable, "-c", "import signal, sys\n"
         "text = sys.stdin.buffer.read()\n"
         "print(len(text), flush=True)\nsignal.pause()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    control.stdin.write(b"".join(needles.values()))
    control.stdin.close()
    control.stdout.readline()
    found = count(control.pid, needles)
    control.kill()
    control.wait()
    control.stdout.close()
    for name, number in found.items():
        if number == 0:
            raise AssertionError(f"the scan does not find {name}")


@story
def memory_holds_no_key_while_the_task_is_polled():
    need_memory()
    make_site(kind="rsa2048")
    with Sandbox(faults=SLOW, task_time=3000) as sandbox:
        none_but_the_api_key(
            copies_while_polling(sandbox, sandbox.env), 4)


@story
def nor_over_http2():
    need_memory()
    need("nghttpx")
    make_site(kind="rsa2048")
    with Sandbox(faults=SLOW, task_time=3000) as sandbox, \
            Proxy(sandbox) as proxy:
        none_but_the_api_key(copies_while_polling(
            sandbox, proxy.env, "--ca-file", "root.crt"), 8)


def no_key_of_a_batch(env, sandbox, *options):
    """Three keys, once all creates were answered."""
    names = ["c1", "c2", "c3"]
    needles = {}
    for name in names:
        make_cert(name, issuer="root", kind="rsa2048",
                  extensions=SERVER.format(f"DNS:{name}.example.com"))
        needles.update({f"{name} {what}": needle for what, needle
                        in needles_of(key=name + ".key").items()})
    write("batch.conf", "ca-bundle = root.crt\n" + "".join(
        f"[{name}]\nkey = {name}.key\ncert = {name}.crt\n"
        for name in names))
    process = start("--config", "batch.conf", *options, env=env)
    while lists_since_creates(sandbox, len(names)) < 2:
        os.sched_yield()
    process.send_signal(signal.SIGSTOP)
    regions = list(memory(process.pid))
    process.send_signal(signal.SIGCONT)
    succeeds(finish(process))
    for path in sandbox.stored().values():
        bundle = read(path)
        needles[path] = bundle[-400:-300]
        needles[path + " payload"] = base64.b64encode(bundle)[600:700]
    equal({name for name, needle in needles.items()
           for region in regions if needle in region}, set(), "copies")


@story
def nor_of_a_batch():
    need_memory()
    make_cert("root")
    with Sandbox(faults=SLOW, task_time=3000) as sandbox:
        no_key_of_a_batch(sandbox.env, sandbox)


@story
def nor_of_a_batch_over_http2():
    need_memory()
    need("nghttpx")
    make_cert("root")
    with Sandbox(faults=SLOW, task_time=3000) as sandbox, \
            Proxy(sandbox) as proxy:
        no_key_of_a_batch(proxy.env, sandbox, "--ca-file", "root.crt")


@story
def nor_of_a_batch_of_pem_texts():
    need_memory()
    need("nghttpx")
    make_cert("root")
    with Sandbox(faults=SLOW.replace("v1", "v2"), task_time=3000) as sandbox, \
            Proxy(sandbox) as proxy:
        no_key_of_a_batch(
            proxy.env, sandbox, "--ca-file", "root.crt", "--api", "v2")


@story
def nothing_secret_is_said_or_written():
    make_site(kind="rsa2048")
    before = set(os.listdir("."))
    with Sandbox(task_time=300) as sandbox:
        env = {**sandbox.env, "TMPDIR": os.getcwd(),
               "SSLKEYLOGFILE": os.path.abspath("keylog")}
        process = start(*SITE, "-vv", env=env)
        until_polling(sandbox)
        arguments = read(f"/proc/{process.pid}/cmdline")
        run = succeeds(finish(process))
        equal(set(os.listdir(".")), before, "files left")
        said = {"arguments": arguments, "stdout": run.out.encode(),
                "stderr": run.err.encode(),
                "journal": read(sandbox.journal_path)}
        holds(run.err, "POST /cloud/v1/secrets/1/1: HTTP/1.1 200")
        needles = {**needles_of(sandbox), "API key": API_KEY.encode(),
                   "token": API_KEY[4:].encode()}
        for where, text in said.items():
            for name, needle in needles.items():
                if needle in text:
                    raise AssertionError(f"{name} in {where}")


@story
def no_core_and_no_attaching():
    make_site()
    with Sandbox(task_time=3000) as sandbox:
        process = start(*SITE, env=sandbox.env)
        until_polling(sandbox)
        limits = read(f"/proc/{process.pid}/limits").decode()
        if not re.search(r"Max core file size\s+0\s+0\s", limits):
            raise AssertionError(limits)
        # A process that is not dumpable belongs to root in /proc.
        equal(os.stat(f"/proc/{process.pid}/maps").st_uid, 0)
        process.terminate()
        finish(process)


@story
def output_files_are_private_and_never_replaced_by_accident():
    make_site()
    succeeds(certupload(*SITE, "--output", "site.p12"))
    equal(os.stat("site.p12").st_mode & 0o777, 0o600)
    first = read("site.p12")
    fails(certupload(*SITE, "--output", "site.p12"), 3,
          "site.p12: exists already", "--force")
    equal(read("site.p12"), first)
    succeeds(certupload(*SITE, "--output", "site.p12", "--force"))
    if read("site.p12") == first:
        raise AssertionError("not replaced")
    fails(certupload(*SITE, "--output", "no/site.p12"), 3, "No such file")
    equal(glob.glob("site.p12?*"), [], "drafts left")


if __name__ == "__main__":
    main()
