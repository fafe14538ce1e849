#!/bin/sh
# What the image's root file system needs beside the files that are copied into it: an account, and a folder that it owns.
set -eu
groupadd --gid 10001 likeness
useradd --uid 10001 --gid 10001 --home-dir /var/lib/likeness --no-create-home --shell /usr/sbin/nologin likeness
install -d -o 10001 -g 10001 -m 0700 /var/lib/likeness
