#!/bin/sh
# The corpus of the fuzz targets, replayed: each target takes all of it.
top=${srcdir:-.}
build=${abs_builddir:-$PWD/build}

echo 1..5
number=0
for target in pem cred chain wire lb; do
    number=$((number + 1))
    if "$build/tests/fuzz/fuzz_$target" "$top"/tests/fuzz/corpus/*/* \
        >fuzz.$$ 2>&1; then
        echo "ok $number - fuzz_$target takes the corpus"
    else
        sed 's/^/# /' fuzz.$$
        echo "not ok $number - fuzz_$target takes the corpus"
    fi
done
rm -f fuzz.$$
