#!/usr/bin/env bash
# deploy/image/build-root.sh FOLDER: the Dockerfile's steps on a bare Debian, for machines without a container engine, as root.
# The project must be built. FOLDER becomes the root file system of the image; its size is printed and held to what is promised.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=${1:?a folder that is not there yet}
max_mb=600
[ ! -e "$root" ] || { echo "$root is there already" >&2; exit 2; }

node_version=$(sed -n 's/^FROM node:\([0-9.]*\)-.*/\1/p' Dockerfile)
debian=$(sed -n 's/^FROM node:[0-9.]*-\([a-z]*\)-slim.*/\1/p' Dockerfile)
arch=$(dpkg --print-architecture | sed 's/amd64/x64/')

# Kept for the next time, as a container engine keeps its layers.
base=/opt/likeness-root-$debian
if [ ! -d "$base" ]; then
  rm -rf "$base.next"
  debootstrap --variant=minbase "$debian" "$base.next" http://deb.debian.org/debian >"${TMPDIR:-/tmp}/debootstrap.log" 2>&1 ||
    { tail -20 "${TMPDIR:-/tmp}/debootstrap.log"; exit 1; }
  # As Debian's own slim images: no lists and caches of packages, no manuals, no translations.
  rm -rf "$base.next"/var/cache/apt/* "$base.next"/var/lib/apt/lists/* "$base.next"/usr/share/{doc,man,info,locale}/* "$base.next"/var/log/*
  mv "$base.next" "$base"
fi
node_home=/opt/likeness-node-$node_version
[ -d "$node_home" ] || npm install --silent --no-save --no-package-lock --prefix "$node_home" "node-linux-$arch@$node_version"

cp -a "$base" "$root"
install -m 755 "$node_home/node_modules/node-linux-$arch/bin/node" "$root/usr/local/bin/node"
node scripts/assemble.mjs "$root/opt/likeness"
install -m 755 deploy/image/likeness "$root/usr/local/bin/likeness"
chroot "$root" sh -s <deploy/image/prepare-root.sh

size() { du -sm --apparent-size "$@" | awk '{ print $1 }'; }
total=$(size "$root")
echo "The image: $total MB, $(size "$root/opt/likeness") of them Likeness, $(size "$root/usr/local/bin/node") Node $node_version"
[ "$total" -le "$max_mb" ] || { echo "more than the $max_mb MB that are promised" >&2; exit 1; }
