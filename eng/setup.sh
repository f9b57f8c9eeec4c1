# Sourced by ./run and ./test, with the repository as working directory: finds or installs what they need, and says what it installs.

say() { printf '%s\n' "$*" >&2; }

die() { say "$*"; exit 1; }

# What may install packages of the system: root, or sudo that asks nothing.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

# apt_install PROGRAM PACKAGE...: returns 1 when the packages cannot be installed.
apt_install() {
  local program=$1; shift
  can_install || return 1
  say "Installing $program from the system's packages: $*"
  if ! apt-cache show "$1" >/dev/null 2>&1; then as_root apt-get update -qq >/dev/null || return 1; fi
  apt-cache show "$1" >/dev/null 2>&1 || return 1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Whether this dotnet has an SDK that global.json takes.
fits() { "$1" --version >/dev/null 2>&1; }

use_dotnet() {
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
  # An account without a home has nowhere else to keep packages.
  [ -n "${HOME:-}" ] && [ -w "$HOME" ] || export DOTNET_CLI_HOME="$PWD/.tools/home" NUGET_PACKAGES="$PWD/.tools/packages"
  ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
  if command -v dotnet >/dev/null && fits dotnet; then return; fi
  local own=$PWD/.tools/dotnet
  if ! { [ -x "$own/dotnet" ] && fits "$own/dotnet"; }; then install_dotnet "$own"; fi
  if [ -x "$own/dotnet" ]; then export DOTNET_ROOT=$own PATH=$own:$PATH; fi
  fits dotnet || die "The .NET SDK was installed but does not run: $(dotnet --version 2>&1 | head -n 1)"
}

install_dotnet() {
  local wanted
  wanted=$(sed -n 's/.*"version": *"\([0-9]*\.[0-9]*\).*/\1/p' global.json)
  if apt_install "the .NET SDK $wanted" "dotnet-sdk-$wanted"; then hash -r; fits dotnet && return; fi
  command -v curl >/dev/null || command -v wget >/dev/null || apt_install "curl, to fetch the .NET SDK" curl ca-certificates ||
    die "The .NET SDK $wanted is missing, and neither curl nor wget is there to fetch it. Install one of them, or the SDK (https://dot.net), and try again."
  say "Installing the .NET SDK $wanted into .tools/dotnet with Microsoft's script (https://dot.net/v1/dotnet-install.sh)"
  mkdir -p .tools
  local script=.tools/dotnet-install.sh
  if command -v curl >/dev/null; then curl -fsSL https://dot.net/v1/dotnet-install.sh -o $script; else wget -qO $script https://dot.net/v1/dotnet-install.sh; fi ||
    die "The .NET SDK $wanted is missing, and https://dot.net/v1/dotnet-install.sh cannot be fetched. Install the SDK (https://dot.net), and try again."
  bash $script --channel "$wanted" --install-dir "$1" --no-path >&2 || die "The .NET SDK could not be installed; see the lines above. Install it from https://dot.net, and try again."
}

# The native Kafka client comes with a package; where the registry lacks it, the system's is used (docs/dependencies.md).
use_librdkafka() {
  [ "$(cat artifacts/registry/librdkafka.txt 2>/dev/null)" = false ] || return 0
  ldconfig -p 2>/dev/null | grep -q librdkafka.so.1 && return
  apt_install "librdkafka, Kafka's native client" librdkafka1 ||
    die "The package registry has no librdkafka.redist, and the system has no librdkafka.so.1. Install it (Debian: apt-get install librdkafka1), or set LIBRDKAFKA_PATH."
}

# One build at a time, with all its lines only when it fails. build TITLE LOG ARGUMENTS...
build() {
  local title=$1 log=$2; shift 2
  mkdir -p "$(dirname "$log")"
  say "$title"
  if ! dotnet build "$@" -nologo -v quiet >"$log" 2>&1; then
    cat "$log" >&2
    die "The build failed; see the lines above."
  fi
}
