#!/bin/sh
# Data flows one way: includes go down the layers, files know and call each
# other in no circle, and each foreign library is used where HACKING.md says.
cd "${srcdir:-.}" || exit
build=${abs_builddir:-$PWD/build}

echo 1..4

# layer: what it may include
allowed() {
    case $1 in
    base) echo base ;;
    pki) echo base pki ;;
    net) echo base net ;;
    gcore) echo base net gcore ;;
    deploy) echo base net gcore deploy ;;
    app) echo base pki net gcore deploy app ;;
    esac
}

result=ok
for layer in base pki net gcore deploy app; do
    for target in $(grep -hs '^#include "' "src/$layer"/*.[ch] |
        sed 's/.*"\([a-z]*\)\/.*/\1/' | sort -u); do
        case " $(allowed "$layer") " in
        *" $target "*) ;;
        *)
            echo "# src/$layer includes $target/"
            result='not ok'
            ;;
        esac
    done
done
for target in $(grep -hs '^#include "[a-z]*/' sandbox/*.[ch] |
    sed 's/.*"\([a-z]*\)\/.*/\1/' | sort -u); do
    [ "$target" = base ] || {
        echo "# sandbox includes $target/"
        result='not ok'
    }
done
echo "$result 1 - includes go down the layers"

# Pairs "user used" -> not ok when they form a circle, which is named.
no_circle() { # number what
    circle=$(tsort 2>&1 >/dev/null | sed 's/^/# /')
    [ -z "$circle" ] || {
        printf '%s\nnot ' "$circle"
    }
    echo "ok $1 - $2"
}

# A file is its .c and .h together.
for file in src/*/*.[ch] sandbox/*.[ch]; do
    module=${file%.*}
    sed -n "s|^#include \"\([a-z]*/[a-z0-9_]*\)\.h\"|$module src/\1|p
            s|^#include \"\([a-z0-9_]*\)\.h\"|$module sandbox/\1|p" "$file"
done | awk '$1 != $2' | no_circle 2 "no files include each other in a circle"

# Of all symbols the user and the file that defines it. A report's formats are
# declared in one header, so that only the objects tell who calls whom.
for object in "$build"/src/*/*.o "$build"/sandbox/*.o; do
    [ ! -f "$object" ] || nm "$object" | sed "s|^|${object#"$build"/} |"
done | awk '
    NF == 3 && $2 == "U" { uses[$1 " " $3] }
    NF == 4 && $3 ~ /[TDBRC]/ { defines[$4] = $1 }
    END {
        for (pair in uses) {
            split(pair, part, " ")
            used = defines[part[2]]
            if (used != "" && used != part[1])
                print part[1], used
        }
    }' | no_circle 3 "no files call each other in a circle"

# symbol pattern: objects that may use it
used=$(cd "$build/src" && nm -A -u -- */*.o)
result=ok
[ -n "$used" ] || result='not ok'
while read -r pattern users; do
    strays=$(echo "$used" | awk -v pattern="$pattern" -v users="$users" '
        BEGIN {
            for (n = split(users, user); n > 0; n--)
                may[user[n]]
        }
        $NF ~ pattern {
            object = $1
            sub(/:.*/, "", object)
            folder = object
            sub(/\/.*/, "/*", folder)
            if (!(object in may) && !(folder in may))
                print "# " object " uses " $NF
        }')
    [ -z "$strays" ] || {
        echo "$strays"
        result='not ok'
    }
done <<'END'
^curl_ net/http_curl.o net/transfer.o net/dial.o net/url.o
^ini_ app/cfg_file.o
^cJSON_ gcore/json.o gcore/wire.o gcore/wire_lb.o app/report_json.o
^(X509|EVP|BIO|PEM|PKCS|OPENSSL|CRYPTO|ERR|d2i|i2d|ASN1|OBJ)_ base/mem.o pki/*
^(malloc|calloc|realloc|free|strdup|strndup)$ base/mem.o
^(clock_gettime|time|gettimeofday|getrandom|rand)$ base/clock.o
END
echo "$result 4 - each foreign library is used in its place"
