#!/bin/sh
# The tests look at the reports in Chromium. Prints the browser that they will use; installs Debian's where there is none.
set -eu

find_browser() {
    if [ -n "${CYCLEBOOK_CHROMIUM:-}" ]; then
        command -v "$CYCLEBOOK_CHROMIUM"
    else
        command -v chromium || command -v chromium-browser || command -v google-chrome
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

fail() {
    echo "$1" >&2
    echo "The tests need Chromium or Chrome: on Debian, as root, apt-get install chromium; elsewhere install either of them" \
        "and, if it is not found then, set CYCLEBOOK_CHROMIUM to its program file." >&2
    exit 1
}

if browser=$(find_browser); then
    echo "Browser for the tests: $browser"
    exit
fi
[ -z "${CYCLEBOOK_CHROMIUM:-}" ] || fail "CYCLEBOOK_CHROMIUM is set to $CYCLEBOOK_CHROMIUM, and no program is there."
command -v apt-get > /dev/null || fail "No browser was found, and there is no apt-get to install one with."
as_root true 2> /dev/null || fail "No browser was found, and only root can install one."

echo "No browser was found: installing Debian's chromium."
export DEBIAN_FRONTEND=noninteractive
as_root apt-get -qq update || echo "apt-get update failed; trying with the list of packages as it is." >&2
as_root apt-get -qq install --yes --no-install-recommends chromium fonts-liberation || fail "apt-get could not install chromium."
browser=$(find_browser) || fail "chromium was installed, and still no browser is found."
echo "Browser for the tests: $browser"
