# Functions and paths for `run` and `segments`, which source this file.

fail() {
    echo "$0: $*" >&2
    exit 1
}

# The path of OmegaT on Debian and Ubuntu.
jar=/usr/share/omegat/OmegaT.jar
missing=()
[ -e "$jar" ] || missing+=(omegat)
command -v javac >/dev/null || missing+=(default-jdk-headless)

# Installs the packages in `missing`, as root.
install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || fail "missing: ${missing[*]}; install them or run this as root"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >&2
}
