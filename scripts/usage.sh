#!/usr/bin/env bash
#
# Sourced, never run, with the arguments of who sources it: asked for help, it prints the words at that script's head.
if [[ ${1-} == -h || ${1-} == --help ]]; then
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "scripts/$(basename "$0")"
    exit 0
fi
