# shellcheck shell=bash
# Installs the Debian packages that building, running and testing need. Sourced, never run.

PACKAGES_BUILD=(gcc libc6-dev cmake ninja-build pkg-config
    libnng-dev libmicrohttpd-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libprotobuf-dev
    libjansson-dev libpq-dev libsodium-dev libicu-dev zlib1g-dev libcsv-dev libxml2-dev libvips-dev
    libcurl4-openssl-dev libpango1.0-dev libseccomp-dev)
PACKAGES_RUN=(postgresql curl procps ca-certificates fonts-dejavu-core)
PACKAGES_TEST=(libcmocka-dev mold python3 python3-protobuf openssl)

packages_missing() {
    comm -23 <(printf '%s\n' "$@" | sort) \
        <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p' | sort -u)
}

packages_refuse_other_systems() {
    if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then return 0; fi
    die "This machine has no apt: ./portal installs Debian packages." "Use Debian 12 or 13 or Ubuntu 24.04, or docker compose up."
}

packages_agree() {
    [ "${PORTAL_YES:-}" = yes ] || [ -n "${CI:-}" ] || [ ! -t 0 ] && return 0
    local answer
    read -r -p "Install them now? [Y/n] " answer
    case "$answer" in '' | y | Y | yes) ;; *) die "Nothing was installed." "Install the packages named above, then run the same command again." ;; esac
}

apt() {
    local run=(timeout 900 env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qq)
    is_root || run=(sudo "${run[@]}")
    "${run[@]}" "$@" >"$APT_LOG" 2>&1 || {
        tail -n 20 "$APT_LOG" >&2
        die "apt-get $1 failed; its last words are above."  "Mend what it complains of, then run the same command again."
    }
}

# Debian's server package would start a cluster of its own, which nobody here needs; its maker is told not to, for this once.
packages_postgresql() {
    local conf=/etc/postgresql-common/createcluster.conf as_root=()
    is_root || as_root=(sudo)
    apt install -y --no-install-recommends postgresql-common
    "${as_root[@]}" sed -i 's/^#create_main_cluster = true/create_main_cluster = false/' "$conf"
    apt install -y --no-install-recommends postgresql
    "${as_root[@]}" sed -i 's/^create_main_cluster = false/#create_main_cluster = true/' "$conf"
}

# packages_install NAME...: lists what is missing, then installs it.
packages_install() {
    packages_refuse_other_systems
    local missing
    [ $# -gt 0 ] || return 0
    mapfile -t missing < <(packages_missing "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    step "${#missing[@]} packages are missing:"
    printf '  %s\n' "${missing[*]}" | fold -s -w 100
    is_root || command -v sudo >/dev/null || die "They can only be installed by root." "Run this as root, or install sudo."
    packages_agree
    APT_LOG=$(mktemp)
    local began
    began=$(date +%s.%N)
    apt update
    case " ${missing[*]} " in *" postgresql "*) packages_postgresql ;; esac
    apt install -y --no-install-recommends "${missing[@]}"
    rm -f "$APT_LOG"
    say "Installed in $(seconds_since "$began") s."
}

# packages_install_programs SUITE...: node and Chromium for the suites that need them; those that are there by other ways than
# packages are taken as they are.
packages_install_programs() {
    local want=() suites=" $* "
    case "$suites" in *" service "* | *" journeys "* | *" browser "* | *" faults "*) command -v node >/dev/null || want+=(nodejs) ;; esac
    case "$suites" in *" browser "*)
        command -v npm >/dev/null || want+=(npm)
        command -v chromium >/dev/null || want+=(chromium)
        ;;
    esac
    packages_install "${want[@]}"
}
