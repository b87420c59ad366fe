"""The examples of the manuals and the samples work as they stand."""

import re

from harness import *

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MANUALS = os.path.join(TOP, "man")
DATA = os.path.join(TOP, "data")


def section_of(name, section):
    with open(os.path.join(MANUALS, name), encoding="utf-8") as file:
        text = file.read().split(f".Sh {section}\n")[1].split("\n.Sh ")[0]
    return text.replace("\\e\n", "\\\n").replace("\\e", "\\")


def examples(name, section):
    """The commands ("$ ...") of a manual's section."""
    text = section_of(name, section)
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", text, re.M)
    if not commands:
        raise AssertionError(f"no examples in {name}, {section}")
    return commands


def site():
    make_site()
    join("site.pem", "server.key", "server.crt", "ca.pem")
    os.chmod("site.pem", 0o600)
    write("api-key", API_KEY)
    os.mkdir("bin")
    os.symlink(CERTUPLOAD, "bin/certupload")
    os.symlink(SANDBOX, "bin/certupload-sandbox")


def shell(text, env):
    done = subprocess.run(["sh", "-euc", text], env={
        **environment(env),
        "PATH": os.path.abspath("bin") + ":" + os.environ["PATH"]},
        capture_output=True, timeout=LIMIT, check=False)
    equal(done.returncode, 0, f"{text}\n{done.stderr.decode()}")
    return done.stdout.decode()


@story
def of_certupload():
    site()
    with Sandbox() as sandbox:
        for command in examples("certupload.1", "EXAMPLES"):
            shell(command, sandbox.env)
        equal(len(sandbox.creates()), 1, "creates")


def lineage(place, name):
    """Another certificate of the site's issuer, as certbot leaves it."""
    make_cert("shop", issuer="issuer1", subject="/CN=" + name,
              extensions=SERVER.format("DNS:" + name))
    os.makedirs(place)
    for source, target in (("shop.key", "privkey.pem"),
                           ("shop.crt", "cert.pem"), ("ca.pem", "chain.pem")):
        write(os.path.join(place, target), read(source))


@story
def of_the_configuration():
    site()
    lineage("live/shop.example.com", "shop.example.com")
    os.mkdir("conf.d")
    text = section_of("certupload.conf.5", "EXAMPLES")
    write("certupload.conf", re.search(
        r"^\.Bd .*\n((?:(?!\.Ed)(?!\$).*\n)+)\.Ed", text, re.M)[1])
    commands = examples("certupload.conf.5", "EXAMPLES")
    with Sandbox() as sandbox:
        env = {"GCORE_BASE_URL": sandbox.url}
        check, plan, one, both = [shell(command, env) for command in commands]
        holds(check, "\nshop: leaf   CN=shop.example.com\n")
        holds(plan, "\nshop: would create secret shop.example.com.")
        equal(both.splitlines()[1], one.strip(), "the shop's line")
        equal(both.split(":")[0], "www.example.com")
        equal(len(sandbox.creates()), 2, "creates")


@story
def of_the_sample():
    """Each of its settings, the marks of a comment taken away."""
    site()
    lineage("live/shop.example.com", "shop.example.com")
    os.makedirs("conf.d")
    for source, target in (("server.key", "www.example.com.key"),
                           ("server.crt", "www.example.com.crt"),
                           ("server.key", "intern.key"),
                           ("site.pem", "intern.pem"),
                           ("root.crt", "private-ca.pem")):
        write(target, read(source))
    text = read(os.path.join(DATA, "certupload.conf.sample")).decode()
    text = re.sub(r"/etc/(ssl/private|ssl/certs|letsencrypt)/", "", text)
    for sample, status in ((text, 2),
                           (re.sub(r"^#(?! |$)", "", text, flags=re.M), 0)):
        write("certupload.conf", sample)
        run = certupload("--config", "certupload.conf", "--check")
        equal(run.status, status, repr(run))
    holds(run.out, "\nintern: leaf   CN=www.example.com\n")


def complete(*words):
    script = (f'. "{DATA}/certupload.bash"; COMP_WORDS=("$@"); '
              'COMP_CWORD=$(($# - 1)); _certupload; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(
        ["bash", "-uc", script, "bash", "certupload", *words],
        env=environment({"PATH": os.path.abspath("bin") + ":"
                                 + os.environ["PATH"]}),
        capture_output=True, timeout=LIMIT, check=False)
    equal((done.returncode, done.stderr), (0, b""), words)
    return done.stdout.decode().split("\n")[:-1]


@story
def of_the_completion():
    need("bash")
    site()
    options = re.findall(r"^ .*?(--[a-z0-9-]+)( [A-Z]\S*)?",
                         certupload("--help").out, re.M)
    equal(complete("-"), sorted(name for name, _ in options))
    for name, value in options:
        # What follows is its value, or the next option.
        equal("--json" in complete(name, "-"), not value, name)
    equal(complete("--lock", ""), ["wait", "skip", "fail"])
    os.mkdir("conf.d")
    write("conf.d/more.conf", "[$(touch harm)]\nkey = a\n")
    write("certupload.conf", "include = conf.d\n[www.example.com]\nkey = a\n"
                             "[ with blank ] ; comment\nkey = b\n")
    config = ["--config", "certupload.conf"]
    equal(complete(*config, "w"), ["www.example.com", "with blank"])
    equal(complete(*config, "$"), ["$(touch harm)"])
    equal(os.path.exists("harm"), False)


TYPES = {str: "string", int: "number", float: "number", bool: "boolean",
         dict: "object", list: "list"}


def written(value, path=""):
    """(path, type) of each member of a document: certificates[].title."""
    yield path, TYPES[type(value)]
    if isinstance(value, dict):
        for name, member in value.items():
            yield from written(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for item in value:
            yield from written(item, path + "[]")


def promised():
    """The same of each member that the manual describes."""
    members, outer, inner = {}, [], ""
    for line in section_of("certupload.1", "JSON REPORT").splitlines():
        item = re.fullmatch(r"\.It Va (.*?)(?: Pq (.*))?", line)
        if line.startswith(".Bl "):
            outer.append(inner and inner + ".")
        elif line == ".El":
            outer.pop()
        elif item:
            whole, _, parts = (item[2] or "string").partition(" of ")
            for name in item[1].split(" , "):
                inner = path = outer[-1] + name
                members[path] = whole
                if parts:
                    inner += "[]"
                    members[inner] = parts.removesuffix("s")
    # It is described once.
    error = {path: kind for path, kind in members.items()
             if path.startswith("error.")}
    for path in [path for path in members if path.endswith(".error")]:
        members.update({path + name.removeprefix("error"): kind
                        for name, kind in error.items()})
    return set(members.items())


def documents():
    """The JSON reports that have everything a report can have."""
    make_site()
    join("ca.pem", "issuer1.crt", "root.crt")  # which is left out
    make_cert("server", issuer="issuer1", subject="/O=no common name",
              extensions=SERVER.format("DNS:www.example.com"))
    write("c.conf", "[www]\nkey = server.key\ncert = server.crt\n"
                    "chain = ca.pem\nrotate = yes\nkeep = 1\n"
                    "[lost]\nkey = lost.key\n")
    with Sandbox(task_time=1) as sandbox:
        old = sandbox.add_secret("www.example.com.20200101." + 12 * "0")
        balancer = sandbox.add_balancer("lb-1")
        sandbox.add_listener(balancer, "www", old)
        sandbox.add_pool(balancer, "back", secret_id=old)
        verify = f"www.example.com:{free_port()}=127.0.0.1"
        for arguments, status, env in (
                (["--check", "www"], 0, {}),
                (["--dry-run", "www"], 0, {}),
                (["www"], 0, {}),
                (["www"], 0, {}),  # nothing is left to do
                ([], 3, {}),
                (["--status", "--verify", verify], 12, {}),
                (["--status"], 2, {"GCORE_API_KEY": ""})):
            run = certupload("--config", "c.conf", "--json", *arguments,
                             env={**sandbox.env, **env})
            equal(run.status, status, run)
            yield json.loads(run.out)


@story
def of_the_members_of_the_json_report():
    told = {member for document in documents()
            for member in written(document) if member[0]}
    equal(sorted(told - promised()), [], "written, but not promised")
    equal(sorted(promised() - told), [], "promised, but never written")
    types = {}
    for path, kind in told:
        types.setdefault(path.rpartition(".")[2], set()).add(kind)
    equal({name: kinds for name, kinds in types.items() if len(kinds) > 1},
          {}, "members of one name and several types")


@story
def of_the_first_upload():
    site()
    with Sandbox() as sandbox:
        env = {"GCORE_BASE_URL": sandbox.url}
        commands = examples("certupload-runbook.7", "THE FIRST UPLOAD")
        out = shell("\n".join(commands), env)
        holds(out, "leaf   CN=www.example.com")
        holds(out, "would create secret www.example.com.")


@story
def of_the_sandbox():
    site()
    commands = examples("certupload-sandbox.1", "EXAMPLES")
    # In their own terminals there, in the background here.
    starts = [command for command in commands
              if command.startswith("certupload-sandbox")]
    rest = "\n".join(command for command in commands
                     if command not in starts)
    shell(rest.split("certupload ")[0].split("echo")[0], {})
    for command in starts:
        if "--faults" in command:
            write("script", "POST /cloud/v1/secrets/*/* 1 commit-cut 0\n")
        command = command.replace("--port 8080", "--port 0")
        process = subprocess.Popen(
            ["sh", "-c", "exec " + command], stdout=subprocess.PIPE,
            env={"PATH": os.path.abspath("bin") + ":" + os.environ["PATH"]})
        url = process.stdout.readline().decode().strip()
        out = shell(
            "\n".join(line for line in rest.splitlines()
                      if "echo" not in line).replace(
                          "http://127.0.0.1:8080", url), {})
        if not re.fullmatch(r"[0-9a-f-]{36}\n", out):
            raise AssertionError(out)
        process.terminate()
        journal = process.communicate()[0].decode()
        equal(process.returncode, 0)
        equal(journal.count('"POST"'), 1, "creates")


if __name__ == "__main__":
    main()
