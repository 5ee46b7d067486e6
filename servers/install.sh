#!/usr/bin/env bash
# Installs the servers and clients that the tests of the providers use, where that is possible: on Debian and its
# relatives, as root or with sudo that asks for nothing.
set -eu
packages='radosgw ceph-mon ceph-osd ceph-common s3cmd rclone'
# shellcheck disable=SC2086
if dpkg -s $packages >/dev/null 2>&1; then exit 0; fi

as_root=
if [ "$(id -u)" != 0 ]; then as_root='sudo -n'; fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $packages
