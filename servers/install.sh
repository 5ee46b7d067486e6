#!/usr/bin/env bash
# Installs the servers and clients that the tests of the providers use, and a browser, where that is possible: on Debian and its
# relatives, as root or with sudo that asks for nothing. Tests start what they need themselves: nothing is started
# here, and no service of the system is left running.
set -eu
packages='radosgw ceph-mon ceph-osd ceph-common
  swift-proxy swift-account swift-container swift-object memcached
  awscli s3cmd rclone
  chromium
  systemd cron'
# shellcheck disable=SC2086
if dpkg -s $packages >/dev/null 2>&1; then exit 0; fi

as_root=
if [ "$(id -u)" != 0 ]; then as_root='sudo -n'; fi
export DEBIAN_FRONTEND=noninteractive

# The way of Debian to say that an installation starts no service. A policy that is there already stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '$as_root rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi

new_cron=
if ! dpkg -s cron >/dev/null 2>&1; then new_cron=yes; fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $packages

# They would start with the machine the next time.
if [ -d /lib/systemd/system ] && command -v systemctl >/dev/null; then
  for unit in /lib/systemd/system/swift-*.service /lib/systemd/system/memcached.service; do
    if [ -e "$unit" ]; then $as_root systemctl disable --quiet "$(basename "$unit")" >/dev/null 2>&1 || true; fi
  done
  if [ -n "$new_cron" ]; then $as_root systemctl disable --quiet cron.service >/dev/null 2>&1 || true; fi
fi
