# A browser for one run: the one that two variables name, else the system's Chromium, installed where root may.
#
# Sourced, never run. Who sources it has a function `refuse` and calls `need_browser`, or `offer_browser` where a run
# makes sense without one. Both export
#   ROLLCALL_TEST_CHROMIUM       the browser
#   ROLLCALL_TEST_CHROMEDRIVER   its driver, of the same version

readonly chromium_names=(chromium chromium-browser google-chrome-stable google-chrome)

# Gives a variable the path of the first program that is here, unless somebody gave it one.
name_program() {
    local variable=$1 name found
    shift
    if [[ -n ${!variable:-} ]]; then
        command -v "${!variable}" >/dev/null || refuse "$variable names no program: ${!variable}"
        export "${variable?}"
        return 0
    fi
    for name in "$@"; do
        if found=$(command -v "$name"); then
            export "$variable=$found"
            return 0
        fi
    done
    return 1
}

find_browser() {
    name_program ROLLCALL_TEST_CHROMIUM "${chromium_names[@]}" && name_program ROLLCALL_TEST_CHROMEDRIVER chromedriver
}

# Only Debian and its kin have both under these names; elsewhere the variables say where they are.
install_browser() {
    [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null || return 1
    echo 'Chromium is not here; installing it'
    local output
    output=$({
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq -o DPkg::Lock::Timeout=300 update &&
            apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install chromium chromium-driver
    } 2>&1) || { printf '%s\n' "$output" >&2; return 1; }
}

find_or_install_browser() { find_browser || { install_browser && find_browser; }; }

need_browser() {
    find_or_install_browser ||
        refuse 'Chromium or its chromedriver is not here; install them, or set ROLLCALL_TEST_CHROMIUM and ROLLCALL_TEST_CHROMEDRIVER to their paths'
    "$ROLLCALL_TEST_CHROMIUM" --version 2>/dev/null || refuse "$ROLLCALL_TEST_CHROMIUM (ROLLCALL_TEST_CHROMIUM) does not run"
}

offer_browser() {
    find_or_install_browser || echo 'No Chromium here: a test that needs it fails, and says how to name one.'
}
