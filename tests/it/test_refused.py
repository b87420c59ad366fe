"""What is refused before anything is sent."""

from harness import *


def refused(text, *files, hint="", status=3, **more):
    """Exit 3, one line, and the server saw nothing."""
    with Sandbox() as sandbox:
        fails(certupload(*files, env=sandbox.env, **more), status, text, hint)
        equal(sandbox.journal(), [], "requests")


def files(key="server.key", cert="server.crt", chain="ca.pem"):
    return ["--key", key, "--cert", cert, "--chain", chain]


@story
def a_key_of_another_certificate():
    make_site()
    make_key("other.key")
    refused("other.key: does not belong to the certificate in server.crt",
            *files(key="other.key"))


@story
def an_expired_certificate():
    make_site()
    make_cert("server", issuer="issuer1", dates=("20200101000000Z",
                                                 "20210101000000Z"),
              extensions=SERVER.format("DNS:www.example.com"))
    refused("server.crt: expired on 2021-01-01T00:00:00 UTC", *files(),
            hint="renew")


@story
def a_certificate_not_yet_valid():
    make_site()
    make_cert("server", issuer="issuer1", dates=("20600101000000Z",
                                                 "20610101000000Z"),
              extensions=SERVER.format("DNS:www.example.com"))
    refused("server.crt: is not valid before 2060-01-01", *files())


@story
def files_that_hold_nothing_of_use():
    make_site()
    write("empty", "")
    write("garbage", b"\x00\x01garbage" * 100)
    write("cut.pem", read("ca.pem")[:-40])
    os.mkdir("folder")
    for name, says in (("empty", "empty: is empty"),
                       ("garbage", "garbage: holds neither PEM nor DER"),
                       ("folder", "folder: is a directory"),
                       ("missing", "missing: No such file")):
        refused(says, *files(key=name))
        refused(says, *files(cert=name))
        refused(says, *files(chain=name))
    refused("cut.pem: line 1: the block CERTIFICATE has no end",
            *files(chain="cut.pem"))
    refused("server.crt: holds no private key", *files(key="server.crt"))
    refused("server.key: holds no certificate", *files(cert="server.key"))


@story
def a_ca_certificate_as_leaf():
    make_site()
    refused("issuer1.crt: is a CA certificate",
            *files(key="issuer1.key", cert="issuer1.crt"))


@story
def a_wrong_passphrase():
    make_site(kind="rsa2048")
    sh("openssl", "pkey", "-in", "server.key", "-aes256", "-passout",
       "pass:right", "-out", "sealed.key")
    os.chmod("sealed.key", 0o600)
    write("wrong", "wrong\n")
    write("right", "right\n")
    refused("sealed.key: the private key: wrong passphrase",
            *files(key="sealed.key"), "--key-passphrase-file", "wrong")
    refused("sealed.key: the private key is encrypted",
            *files(key="sealed.key"), hint="--key-passphrase-file",
            start_new_session=True)
    with Sandbox() as sandbox:
        succeeds(certupload(*files(key="sealed.key"), "--key-passphrase-file",
                            "right", env=sandbox.env))


@story
def a_key_the_balancer_cannot_use():
    make_site(kind="ed25519")
    refused("server.key: the load balancer cannot use a key of type ED25519",
            *files(), hint="--allow-key-type")
    with Sandbox() as sandbox:
        succeeds(certupload(*files(), "--allow-key-type", env=sandbox.env))


@story
def a_key_file_others_can_read():
    make_site()
    os.chmod("server.key", 0o644)
    refused("server.key: mode 0644 lets others read this secret", *files(),
            hint="chmod 600 server.key")


@story
def a_command_line_that_makes_no_sense():
    make_site()
    for arguments, says, hint in (
            (["--chian", "x"], "--chian: unknown option", "--chain"),
            (["--key"], "--key: needs a value", "--help"),
            (["server.key"], "server.key: what should", "--key"),
            ([], "no --key and no --cert", "--key server.key"),
            (files(key="-", cert="-"), "'-' is given more than once", ""),
            (["--key", ""], "--key: is empty", ""),
            ([*files(), "--timeout", "0"], "'0' is no number", ""),
            ([*files(), "--timeout", "9x"], "'9x' is no number", ""),
            ([*files(), "--pkcs12", "rc2"], "'rc2' is not one", "legacy"),
            ([*files(), "--force"], "--force is for --output", ""),
            ([*files(), "--check", "-n"], "choose one", ""),
            ([*files(), "--name", "a b"], "'a b' cannot name", "--name"),
            ([*files(), "--api-url", "http://example.com"],
             "unprotected", "https"),
            ([*files(), "--api-url", "http://127.0.0.1.example.com"],
             "unprotected", "https"),
            ([*files(), "--api-url", "https://user@example.com"],
             "scheme, host, port and path", ""),
            ([*files(), "--ca-file", "missing"], "missing", "")):
        refused(says, *arguments, hint=hint, status=2)


@story
def a_bad_environment_names_the_variable():
    make_site()
    with Sandbox() as sandbox:
        env = {**sandbox.env, "GCORE_CLOUD_PROJECT_ID": "none such"}
        fails(certupload(*files(), env=env), 2,
              "there is no project 'none such'")
        equal(sandbox.creates(), [])


if __name__ == "__main__":
    main()
