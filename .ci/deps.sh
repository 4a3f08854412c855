#!/bin/sh
# Installs what is missing of Debian 12's packages.  Needs root only if something is missing.
set -eu
want='gcc make pkg-config curl ca-certificates clang clang-format cppcheck universal-ctags libclang-rt-14-dev
libigraph-dev libpq-dev libevent-dev libjansson-dev libcurl4-openssl-dev libcriterion-dev
libglib2.0-dev libyaml-dev libssl-dev libarchive-dev postgresql-15 postgresql-client-15'
missing=
for p in $want; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
# evhttp before this version lets smuggled requests through.
if v=$(dpkg-query -W -f '${Version}' libevent-2.1-7 2>/dev/null) && [ -n "$v" ]; then
    dpkg --compare-versions "$v" ge 2.1.12-stable-8+deb12u1 || missing="$missing libevent-2.1-7 libevent-dev"
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "missing packages:$missing" >&2
    echo "run as root: apt-get update && apt-get install$missing" >&2
    exit 1
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# The system's cluster is not ours: do not create one when PostgreSQL is installed for the first time.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
apt-get update -q >&2
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >&2
