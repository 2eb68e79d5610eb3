# Sourced by what needs programs of Debian's packages.

# apt_install PACKAGE…: installs them, on Debian and Ubuntu; elsewhere says what is missing. Nothing is done without one.
apt_install() {
  local sudo=()
  if [ $# = 0 ]; then return; fi
  if ! command -v apt-get >/dev/null; then
    echo "$0: missing; install what Debian calls: $*" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
  echo "installing $*" >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null || {
    echo "$0: apt-get could not install $*; is its list current (apt-get update)?" >&2
    return 1
  }
}

# apt_install_for PROGRAM:PACKAGE…: those whose program, a name on PATH or a file, is missing.
apt_install_for() {
  local pair packages=()
  for pair; do
    command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ] || packages+=("${pair#*:}")
  done
  apt_install "${packages[@]}"
}
