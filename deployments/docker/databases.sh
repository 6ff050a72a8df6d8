#!/bin/sh
# Run once by the PostgreSQL image, when its volume is empty: one database for results, another for
# Prefect, each with an owner of its own. Who owns the results may make roles (litsweep db roles).
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$LITSWEEP_OWNER_PASSWORD" \
  --set prefect_password="$PREFECT_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE litsweep LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE DATABASE litsweep OWNER litsweep ENCODING 'UTF8' TEMPLATE template0;
CREATE ROLE prefect LOGIN PASSWORD :'prefect_password';
CREATE DATABASE prefect OWNER prefect ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE litsweep FROM PUBLIC;
REVOKE CONNECT ON DATABASE prefect FROM PUBLIC;
SQL
