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
