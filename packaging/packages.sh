# Which Debian packages Carrack needs, in one place, and how they are installed when one is missing.
# Sourced by ./run and ./test; sets nothing but functions and the lists below.

case "$(. /etc/os-release 2>/dev/null; echo "${ID:-}-${VERSION_ID:-}")" in
    debian-12)
        boost_packages="libboost1.81-dev libboost-json1.81-dev"
        postgresql_packages="postgresql-15" ;;
    *)
        boost_packages="libboost-dev libboost-json-dev"
        postgresql_packages="postgresql" ;;
esac
build_packages="clang-19 mold ccache ninja-build cmake $boost_packages
    libpq-dev libsodium-dev libfmt-dev libxxhash-dev libtomlplusplus-dev libgumbo-dev libutf8proc-dev libjemalloc-dev"
run_packages="$postgresql_packages libpq5 ca-certificates"
test_packages="python3 libgtest-dev libgmock-dev librapidcheck-dev libclang-rt-19-dev clang-format-19 curl
    libevent-2.1-7 libc-ares2"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# missing_packages NAME...: those of them that are not installed.
missing_packages() {
    local installed
    installed=" $(dpkg-query -W -f='${db:Status-Status}=${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^installed=//p' | tr '\n' ' ') "
    local name
    for name in "$@"; do
        case "$installed" in *" $name "*) ;; *) printf '%s ' "$name" ;; esac
    done
}

# Installs what is missing of the named packages. When none is, this takes a few milliseconds.
need_packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
        die "This is no Debian: install by hand what $0 would install, or its equivalents ($(echo "$@")), then build with: cmake --preset release && cmake --build --preset release"
    local missing as_root=""
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            die "These Debian packages are missing, and without root or sudo they cannot be installed from here; ask for them: $missing"
        if ! sudo -n true 2>/dev/null; then
            [ -t 0 ] || die "These Debian packages are missing, and sudo asks for a password; run this in a terminal, or install them: $missing"
            say "Installing Debian packages needs your password for sudo: $missing"
        fi
        as_root="sudo"
    fi
    local log
    log=$(mktemp "${TMPDIR:-/tmp}/carrack-packages.XXXXXX.log")
    say "Installing from Debian (log: $log): $missing"
    install_as_root "$as_root" "$log" $missing || {
        tail -n 20 "$log" >&2
        die "The Debian packages could not be installed; the lines above say why (all of it: $log)."
    }
    rm -f "$log"
}

# install_as_root SUDO LOG NAME...
install_as_root() {
    local as_root=$1 log=$2
    shift 2
    # Debian's postgresql-15 would make and start a server of its own on port 5432. Carrack runs a
    # private one, so the first installation is told not to; an existing set-up is left as it is.
    local setup=/etc/postgresql-common/createcluster.conf ours=""
    if [ ! -e "$setup" ]; then
        $as_root mkdir -p "${setup%/*}" && echo "create_main_cluster = false" | $as_root tee "$setup" >/dev/null
        ours=yes
    fi
    local environment="DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1" status=0
    {
        $as_root env $environment apt-get -q update &&
            $as_root env $environment apt-get -q install -y --no-install-recommends "$@"
    } >"$log" 2>&1 </dev/null || status=$?
    if [ -n "$ours" ]; then
        if [ -e /usr/share/postgresql-common/createcluster.conf ]; then
            $as_root cp /usr/share/postgresql-common/createcluster.conf "$setup"
        else
            $as_root rm -f "$setup"
        fi
    fi
    return $status
}

# unpacked PACKAGE PROGRAM: where PROGRAM of a Debian package is, for a server that we start by ourselves. Where it is not
# installed, the package's files are fetched into build/debian: installing it would start a server of Debian's own.
unpacked() {
    local package=$1 program=$2 folder=build/debian/$1
    [ ! -x "/usr/sbin/$program" ] || { echo "/usr/sbin/$program"; return 0; }
    if [ ! -x "$folder/usr/sbin/$program" ]; then
        say "Fetching $program from Debian into $folder, without installing it."
        rm -rf "$folder" && mkdir -p "$folder"
        (cd "$folder" && { fetched "$package" 2>/dev/null || { update_lists && fetched "$package"; }; } &&
            dpkg-deb -x "$package"_*.deb . && rm "$package"_*.deb) ||
            die "$program could not be fetched; install it by hand: apt-get install $package"
    fi
    echo "$PWD/$folder/usr/sbin/$program"
}

# Into a folder of ours, which apt's own user may not enter: it would warn, and do it as root all the same.
fetched() { apt-get -q -o APT::Sandbox::User=root download "$1" >/dev/null; }

# What apt knows of packages may be nothing, or old.
update_lists() {
    local as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    $as_root apt-get -q update >/dev/null
}

# How many compilers at once: one for each core, but not more than memory holds (1.5 GB each).
build_jobs() {
    local cores memory
    cores=$(nproc 2>/dev/null || echo 2)
    memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo 2>/dev/null || echo 2)
    [ "${memory:-0}" -ge 1 ] || memory=1
    echo $((cores < memory ? cores : memory))
}

# build FOLDER TARGET...: ninja by itself configures again when a CMake file changed.
build() {
    local folder=$1 log=$1/build.log jobs
    shift
    jobs=$(build_jobs)
    if [ -t 2 ]; then
        NINJA_STATUS="[%f/%t] " cmake --build "$folder" -j "$jobs" --target "$@" >&2
    else
        cmake --build "$folder" -j "$jobs" --target "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; return 1; }
    fi
}
