#!/bin/sh
# Makes sure that a Swift toolchain and libyaml are there: installs libyaml through the system's package manager, or says
# what to run. Does nothing, quickly, when all is there.
set -eu

if ! command -v "${SWIFT:-swift}" >/dev/null 2>&1; then
  echo "error: there is no 'swift' on PATH. Install a Swift 6.3 toolchain from https://www.swift.org/install" >&2
  exit 2
fi

have_libyaml() {
  if command -v pkg-config >/dev/null 2>&1 && pkg-config --exists yaml-0.1; then
    return 0
  fi
  # Without pkg-config the compiler finds the header where it always looks.
  [ -e /usr/include/yaml.h ] || [ -e /usr/local/include/yaml.h ]
}

if have_libyaml; then exit 0; fi

# Runs a command as root, or fails: never asks for a password.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

install_libyaml() {
  if command -v apt-get >/dev/null 2>&1; then
    how="sudo apt-get update && sudo apt-get install -y libyaml-dev pkg-config"
    as_root apt-get install -y libyaml-dev pkg-config ||
      { as_root apt-get update && as_root apt-get install -y libyaml-dev pkg-config; }
  elif command -v dnf >/dev/null 2>&1; then
    how="sudo dnf install -y libyaml-devel pkgconf-pkg-config"
    as_root dnf install -y libyaml-devel pkgconf-pkg-config
  elif command -v yum >/dev/null 2>&1; then
    how="sudo yum install -y libyaml-devel pkgconfig"
    as_root yum install -y libyaml-devel pkgconfig
  elif command -v brew >/dev/null 2>&1; then
    how="brew install libyaml pkg-config"
    brew install libyaml pkg-config
  else
    how="the package of your system that holds libyaml's headers (yaml.h)"
    return 1
  fi
}

echo "libyaml is missing; installing it" >&2
how=
if install_libyaml >&2 && have_libyaml; then exit 0; fi
echo "error: libyaml could not be installed. Run this, then try again:" >&2
echo "  $how" >&2
exit 2
