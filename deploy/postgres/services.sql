-- Each service owns its database and may not even connect to the other's. Run once, as a superuser of an empty server:
-- POSTGRES_AYDA_PASSWORD=... POSTGRES_PREDICTOR_PASSWORD=... psql -d postgres -f deploy/postgres/services.sql
\set ON_ERROR_STOP on
\getenv ayda_password POSTGRES_AYDA_PASSWORD
\getenv predictor_password POSTGRES_PREDICTOR_PASSWORD
CREATE ROLE ayda LOGIN PASSWORD :'ayda_password';
CREATE ROLE predictor LOGIN PASSWORD :'predictor_password';
CREATE DATABASE ayda OWNER ayda;
CREATE DATABASE predictor OWNER predictor;
REVOKE ALL ON DATABASE ayda FROM PUBLIC;
REVOKE ALL ON DATABASE predictor FROM PUBLIC;
\connect ayda
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO ayda;
\connect predictor
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO predictor;
