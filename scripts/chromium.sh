#!/bin/sh
# Link a Chromium to .tools/bin/chromium, where the browser tests look for it.
#
# Its one law: a browser on PATH is used; on Debian as root the system's package is
# installed; anywhere else one sentence says what to do.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'chromium: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

find_chromium() {
    for name in ${CHROMIUM:-} chromium chromium-browser google-chrome-stable google-chrome; do
        if command -v "$name"; then return 0; fi
    done
    return 1
}

# The emoji font is for the screenshots: Debian's chromium brings none.
install_chromium() {
    say "none on PATH: installing the system's package"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-color-emoji >/dev/null
}

# make puts .tools/bin first on PATH; a browser must never be linked to itself.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$PWD/.tools/bin" | paste -sd: -)
if ! found=$(find_chromium); then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        die "expected chromium or google-chrome on PATH, found none; install one, or name it: make browser CHROMIUM=/path/to/chromium"
    fi
    install_chromium
    found=$(find_chromium) || die "expected the package chromium to put chromium on PATH, it did not"
fi
mkdir -p .tools/bin
ln -sf "$found" .tools/bin/chromium
say "$("$found" --version 2>/dev/null || echo "$found")"
