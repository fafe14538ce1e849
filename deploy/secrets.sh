#!/bin/sh
# deploy/secrets.sh [FOLDER]: makes the secrets that docker-compose.yml wants, each in a file, where there is none yet. What is
# there is left as it is. The folder is closed to other users; the files in it are readable, since a container's account, which
# owns nothing here, sees each of them by itself.
set -eu
folder=${1:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"

random() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }
put() {
  [ -s "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"
  chmod 444 "$folder/$1"
}

for name in postgres-password redis-password milvus-password key-pepper signing-key audit-key db-app-password \
  db-system-password metrics-token grafana-password; do
  put "$name" "$(random)"
done
put operator-key "lk_operator_$(random)"
put database-url "postgresql://likeness_owner:$(cat "$folder/postgres-password")@postgres:5432/likeness"
put redis-url "redis://:$(cat "$folder/redis-password")@redis:6379"
put milvus-token "root:$(cat "$folder/milvus-password")"
echo "The secrets are in $folder. Keep a copy elsewhere: without them no key works and no backup is of use."
