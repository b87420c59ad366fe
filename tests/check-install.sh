#!/bin/sh
# `make install DESTDIR=` puts each file in its place, and nothing elsewhere.
build=${abs_builddir:-$PWD/build}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

echo 1..3
if ! "${MAKE:-make}" -C "$build" install DESTDIR="$place" prefix=/usr \
    mandir=/usr/share/man docdir=/usr/share/doc/certupload \
    >"$place.log" 2>&1; then
    sed 's/^/# /' "$place.log"
fi
rm -f "$place.log"
found=$(cd "$place" && find . ! -type d | sort)
echo "$found" >"$place/found"
sort >"$place/wanted" <<'END'
./usr/bin/certupload
./usr/bin/certupload-sandbox
./usr/share/bash-completion/completions/certupload
./usr/share/certupload/certbot-deploy-hook
./usr/share/certupload/certupload.conf.sample
./usr/share/certupload/certupload.cron
./usr/share/certupload/certupload.service
./usr/share/certupload/certupload.timer
./usr/share/doc/certupload/COPYING
./usr/share/doc/certupload/CONTRIBUTING.md
./usr/share/doc/certupload/HACKING.md
./usr/share/doc/certupload/NEWS.md
./usr/share/doc/certupload/README
./usr/share/doc/certupload/README.md
./usr/share/doc/certupload/SECURITY.md
./usr/share/man/man1/certupload-sandbox.1
./usr/share/man/man1/certupload.1
./usr/share/man/man5/certupload.conf.5
./usr/share/man/man7/certupload-runbook.7
END
if diff "$place/wanted" "$place/found" >"$place/diff"; then
    echo "ok 1 - every file is in its place"
else
    sed 's/^/# /' "$place/diff"
    echo "not ok 1 - every file is in its place"
fi
if "$place/usr/bin/certupload" --version | grep -q '^certupload [0-9]'; then
    echo "ok 2 - the installed program runs"
else
    echo "not ok 2 - the installed program runs"
fi

if command -v systemd-analyze >/dev/null; then
    cp "$place"/usr/share/certupload/certupload.[st]* "$place"
    # The program is not where the unit will look for it.
    sed -i 's|^ExecStart=[^ ]*/certupload |ExecStart=/bin/sh |' \
        "$place/certupload.service"
    said=$(systemd-analyze verify --man=no "$place"/certupload.[st]* 2>&1 |
        grep certupload
        systemd-analyze security --offline=true --threshold=25 \
            "$place/certupload.service" >/dev/null 2>&1 || echo exposed)
    result=ok
    [ -z "$said" ] || {
        echo "$said" | sed 's/^/# /'
        result='not ok'
    }
    echo "$result 3 - systemd takes the units, and calls them locked down"
else
    echo "ok 3 - units # SKIP no systemd-analyze"
fi
