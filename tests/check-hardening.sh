#!/bin/sh
# The program is hardened as configure promises. This reads what was built:
# flags can get lost on the way to the compiler.
build=${abs_builddir:-$PWD/build}
program=$build/certupload

# The value of a variable of the Makefile.
value() { sed -n "s/^$1 = *//p" "$build/Makefile"; }

is_optimized() {
    case " $(value CFLAGS) " in
    *' -O0 '*) false ;;
    *' -O'*) ;;
    *) false ;;
    esac
}

[ "$(value enable_hardening)" = yes ] || {
    echo '1..0 # SKIP configured without hardening'
    exit
}
command -v readelf >/dev/null && command -v objdump >/dev/null || {
    echo '1..0 # SKIP no readelf and objdump'
    exit
}

echo 1..7
number=0
verdict() { # description; the status of the last command counts
    result=$([ $? -eq 0 ] || echo 'not ')
    number=$((number + 1))
    echo "${result}ok $number - $1"
}
skip() { # description reason
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
readelf -hW "$program" >"$place/header"
readelf -lW "$program" >"$place/segments"
readelf -dW "$program" >"$place/dynamic"
readelf -W --dyn-syms "$program" >"$place/symbols"

grep -q 'FLAGS_1.* PIE' "$place/dynamic"
verdict 'the program is position independent'

grep -q GNU_RELRO "$place/segments" &&
    grep -qE 'BIND_NOW|FLAGS_1.* NOW' "$place/dynamic"
verdict 'relocations are made at the start and are then read-only'

grep -q GNU_STACK "$place/segments" &&
    ! grep -qE 'GNU_STACK.* (RWE|R E) ' "$place/segments"
verdict 'the stack is not executable'

grep -q ' __stack_chk_fail' "$place/symbols"
verdict 'the stack is guarded by canaries'

# Only a frame larger than a page shows it, and the program may have none. So
# this compiles one with the program's flags.
echo 'void use(char *); void large(void) { char a[65536]; use(a); }' \
    >"$place/frame.c"
compile() { # name flags...
    name=$1
    shift
    # shellcheck disable=SC2046
    $(value CC) $(value CFLAGS) "$@" -g0 -c "$place/frame.c" \
        -o "$place/$name.o" 2>>"$place/refused"
}
description='a large stack frame touches each of its pages'
if ! compile with -Werror -fstack-clash-protection; then
    skip "$description" 'this compiler cannot do it'
else
    # shellcheck disable=SC2046
    compile as-configured $(value HARDEN_CFLAGS) &&
        compile without $(value HARDEN_CFLAGS) -fno-stack-clash-protection &&
        ! cmp -s "$place/as-configured.o" "$place/without.o"
    verdict "$description"
fi

description='the C library checks the sizes of buffers'
if ! is_optimized; then
    skip "$description" 'not without optimization'
elif ! grep -q GLIBC "$place/symbols"; then
    skip "$description" 'this C library has no such functions'
else
    grep -qE ' __[a-z]+_chk@' "$place/symbols"
    verdict "$description"
fi

# The program's note says so only if the C library's start files were built
# that way too, and Debian's are not. So this reads the code.
description='indirect calls reach only marked places'
case $(cat "$place/header") in
*X86-64*) landing='endbr64' ;;
*AArch64*) landing='paciasp|bti' ;;
*) landing='' ;;
esac
if [ -n "$landing" ]; then
    objdump -d --no-show-raw-insn "$program" |
        grep -A 1 '<main>:' | grep -qE "$landing"
    verdict "$description"
else
    skip "$description" 'this processor has no such mark'
fi
