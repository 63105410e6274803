# shellcheck shell=bash
# Builds with CMake and puts the programs where the processes run them from. Sourced, never run.

# build_run FOLDER CMAKE-OPTION...: configures once, builds what changed.
build_run() {
    local folder=$1 log began
    shift
    log=$(mktemp)
    began=$(date +%s.%N)
    if [ ! -f "$folder/build.ninja" ]; then
        step "Configuring $folder"
        cmake -S "$ROOT" -B "$folder" -G Ninja "$@" >"$log" 2>&1 || build_failed "$log" "Configuring"
    fi
    if [ -t 1 ]; then
        cmake --build "$folder" 2>&1 | tee "$log" | build_progress
        [ "${PIPESTATUS[0]}" = 0 ] || build_failed "$log" "Building"
    else
        cmake --build "$folder" >"$log" 2>&1 || build_failed "$log" "Building"
    fi
    grep -q 'no work to do' "$log" || say "Built in $(seconds_since "$began") s."
    rm -f "$log"
}

# Ninja's "[12/345] ..." lines as one line that counts.
build_progress() { awk '/^\[[0-9]+\/[0-9]+\]/ { printf "\r  %s \033[K", $1; fflush() } END { printf "\r\033[K" }'; }

build_failed() {
    grep -vE '^\[[0-9]+/[0-9]+\]' "$1" | tail -n 40 >&2
    die "$2 failed; the last lines are above, the whole log is $1."
}

# Installs into $STATE, so that the unprivileged user can run it wherever the checkout stands; quick when nothing changed.
build_install() {
    cmake --install "$1" --prefix "$STATE" >/dev/null || die "The programs could not be put into $STATE." "Is the disk full? df -h $STATE"
}
