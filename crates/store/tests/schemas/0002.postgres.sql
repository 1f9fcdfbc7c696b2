
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.butfor_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% is never changed', TG_TABLE_NAME; END $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.alert (
    id bigint NOT NULL,
    source text NOT NULL,
    dedup_key text NOT NULL,
    sender_id text,
    is_test bigint NOT NULL,
    title text NOT NULL,
    body bytea NOT NULL,
    decision text NOT NULL,
    reason text NOT NULL,
    received_at bigint NOT NULL,
    CONSTRAINT alert_decision_check CHECK ((decision = ANY (ARRAY['open'::text, 'link'::text, 'skip'::text])))
);

ALTER TABLE public.alert ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alert_link (
    incident_id bigint NOT NULL,
    alert_id bigint NOT NULL,
    reason text NOT NULL,
    linked_at bigint NOT NULL,
    unlinked_at bigint,
    unlinked_by text
);

CREATE TABLE public.api_token (
    id bigint NOT NULL,
    digest bytea NOT NULL,
    person_id bigint NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint
);

ALTER TABLE public.api_token ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.api_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.assessment (
    id bigint NOT NULL,
    incident_id bigint NOT NULL,
    case_digest text NOT NULL,
    engine text NOT NULL,
    outcome text NOT NULL,
    body bytea NOT NULL,
    created_at bigint NOT NULL
);

ALTER TABLE public.assessment ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.assessment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.audit (
    seq bigint NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    previous bytea NOT NULL,
    digest bytea NOT NULL
);

CREATE TABLE public.audit_head (
    one bigint NOT NULL,
    seq bigint NOT NULL,
    digest bytea NOT NULL,
    mac bytea NOT NULL,
    CONSTRAINT audit_head_one_check CHECK ((one = 1))
);

CREATE TABLE public.butfor_schema (
    version bigint NOT NULL
);

CREATE TABLE public.case_file (
    incident_id bigint NOT NULL,
    digest text NOT NULL,
    as_of bigint NOT NULL,
    body bytea,
    reference text,
    created_at bigint NOT NULL,
    CONSTRAINT case_file_check CHECK (((body IS NULL) <> (reference IS NULL)))
);

CREATE TABLE public.decision (
    id bigint NOT NULL,
    incident_id bigint NOT NULL,
    hypothesis text,
    kind text NOT NULL,
    note text NOT NULL,
    who text NOT NULL,
    decided_at bigint NOT NULL,
    CONSTRAINT decision_kind_check CHECK ((kind = ANY (ARRAY['accept'::text, 'discard'::text, 'note'::text])))
);

ALTER TABLE public.decision ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.history_answer (
    id bigint NOT NULL,
    digest bytea NOT NULL,
    size_bytes bigint NOT NULL,
    body bytea NOT NULL
);

ALTER TABLE public.history_answer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.history_answer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.history_base (
    family text NOT NULL,
    item_id bigint NOT NULL
);

CREATE TABLE public.history_item (
    id bigint NOT NULL,
    digest bytea NOT NULL,
    base bigint,
    size_bytes bigint NOT NULL,
    body bytea NOT NULL
);

ALTER TABLE public.history_item ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.history_item_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.history_query (
    id bigint NOT NULL,
    account text NOT NULL,
    region text NOT NULL,
    service text NOT NULL,
    operation text NOT NULL,
    parameters text NOT NULL,
    digest bytea NOT NULL
);

ALTER TABLE public.history_query ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.history_query_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.history_span (
    query_id bigint NOT NULL,
    first_at bigint NOT NULL,
    last_at bigint NOT NULL,
    answer_id bigint NOT NULL
);

CREATE TABLE public.incident (
    id bigint NOT NULL,
    title text NOT NULL,
    state text NOT NULL,
    is_test bigint NOT NULL,
    account text NOT NULL,
    region text NOT NULL,
    application text NOT NULL,
    alert_id bigint NOT NULL,
    open_key text,
    outcome text,
    opened_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    closed_at bigint,
    CONSTRAINT incident_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

ALTER TABLE public.incident ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incident_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.installation (
    one bigint NOT NULL,
    key bytea NOT NULL,
    CONSTRAINT installation_one_check CHECK ((one = 1))
);

CREATE TABLE public.job (
    id bigint NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    incident_id bigint,
    payload text NOT NULL,
    state text NOT NULL,
    due_at bigint NOT NULL,
    attempts bigint NOT NULL,
    attempts_max bigint NOT NULL,
    owner text,
    error text,
    created_at bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'leased'::text, 'done'::text, 'dead'::text])))
);

ALTER TABLE public.job ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.notice (
    key text NOT NULL,
    incident_id bigint NOT NULL,
    channel text NOT NULL,
    body text NOT NULL,
    created_at bigint NOT NULL,
    sent_at bigint,
    receipt text
);

CREATE TABLE public.person (
    id bigint NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    created_at bigint NOT NULL,
    disabled_at bigint,
    CONSTRAINT person_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'responder'::text, 'approver'::text, 'admin'::text])))
);

ALTER TABLE public.person ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.person_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.report (
    id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    format text NOT NULL,
    body bytea NOT NULL,
    created_at bigint NOT NULL
);

ALTER TABLE public.report ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.report_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seen (
    source text NOT NULL,
    nonce text NOT NULL,
    until_at bigint NOT NULL
);

CREATE TABLE public.session (
    digest bytea NOT NULL,
    person_id bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE public.setting (
    name text NOT NULL,
    value text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text NOT NULL
);

INSERT INTO public.butfor_schema VALUES (1);
INSERT INTO public.butfor_schema VALUES (2);

INSERT INTO public.history_answer OVERRIDING SYSTEM VALUE VALUES (1, '\xe43a9b40ac8ae0c833194abe58d987ba3470e3edf351e15743a603995c71688a', 28, '\xab562a56b232d251ca51b2aa560a2b4806f2a20d636b6b01');

INSERT INTO public.history_base VALUES ('ec2/DescribeVpcs/Vpcs', 1);
INSERT INTO public.history_base VALUES ('ec2/DescribeVpcs', 2);

INSERT INTO public.history_item OVERRIDING SYSTEM VALUE VALUES (1, '\x12f2f92383d29023523bcf60774da7acbe341c4be0cad28b7627170fc2a3ac6c', NULL, 17, '\xab560a2b48f64c51b2522a2b48d63554aa0500');
INSERT INTO public.history_item OVERRIDING SYSTEM VALUE VALUES (2, '\x90a9aa8e7f5fea6692a751fa8f2192aae0a1c10280ea5c1c97df925a98adfbf0', NULL, 11, '\xab560a2b482e56b28a8ead0500');

INSERT INTO public.history_query OVERRIDING SYSTEM VALUE VALUES (1, '111111111111', 'eu-west-1', 'ec2', 'DescribeVpcs', '{}', '\x0820f02a71a90f28126aedfb7dc4d88cc4fee6d7110d831474c0edcd4cdb1aff');

INSERT INTO public.history_span VALUES (1, 1760000000000, 1760000000000, 1);

INSERT INTO public.installation VALUES (1, '\x94b7ad5d1f39b0c0eaa2bc2938e9aa5b457aa311138db3aba72a0b62940cef17');

SELECT pg_catalog.setval('public.alert_id_seq', 1, false);

SELECT pg_catalog.setval('public.api_token_id_seq', 1, false);

SELECT pg_catalog.setval('public.assessment_id_seq', 1, false);

SELECT pg_catalog.setval('public.decision_id_seq', 1, false);

SELECT pg_catalog.setval('public.history_answer_id_seq', 1, true);

SELECT pg_catalog.setval('public.history_item_id_seq', 2, true);

SELECT pg_catalog.setval('public.history_query_id_seq', 1, true);

SELECT pg_catalog.setval('public.incident_id_seq', 1, false);

SELECT pg_catalog.setval('public.job_id_seq', 1, false);

SELECT pg_catalog.setval('public.person_id_seq', 1, false);

SELECT pg_catalog.setval('public.report_id_seq', 1, false);

ALTER TABLE ONLY public.alert_link
    ADD CONSTRAINT alert_link_pkey PRIMARY KEY (incident_id, alert_id);

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_source_dedup_key_key UNIQUE (source, dedup_key);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.assessment
    ADD CONSTRAINT assessment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.butfor_schema
    ADD CONSTRAINT butfor_schema_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.case_file
    ADD CONSTRAINT case_file_pkey PRIMARY KEY (incident_id, digest);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.history_answer
    ADD CONSTRAINT history_answer_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.history_answer
    ADD CONSTRAINT history_answer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.history_base
    ADD CONSTRAINT history_base_pkey PRIMARY KEY (family);

ALTER TABLE ONLY public.history_item
    ADD CONSTRAINT history_item_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.history_item
    ADD CONSTRAINT history_item_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.history_query
    ADD CONSTRAINT history_query_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.history_query
    ADD CONSTRAINT history_query_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.history_span
    ADD CONSTRAINT history_span_pkey PRIMARY KEY (query_id, first_at);

ALTER TABLE ONLY public.incident
    ADD CONSTRAINT incident_open_key_key UNIQUE (open_key);

ALTER TABLE ONLY public.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_key_key UNIQUE (key);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_issuer_subject_key UNIQUE (issuer, subject);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_assessment_id_format_key UNIQUE (assessment_id, format);

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seen
    ADD CONSTRAINT seen_pkey PRIMARY KEY (source, nonce);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (name);

CREATE INDEX alert_link_alert ON public.alert_link USING btree (alert_id);

CREATE INDEX alert_received ON public.alert USING btree (received_at, id);

CREATE INDEX assessment_incident ON public.assessment USING btree (incident_id, id);

CREATE INDEX decision_incident ON public.decision USING btree (incident_id, id);

CREATE INDEX history_item_base ON public.history_item USING btree (base);

CREATE INDEX history_span_answer ON public.history_span USING btree (answer_id);

CREATE INDEX history_span_first ON public.history_span USING btree (first_at, query_id);

CREATE INDEX incident_opened ON public.incident USING btree (opened_at, id);

CREATE INDEX incident_state ON public.incident USING btree (state, opened_at, id);

CREATE INDEX job_due ON public.job USING btree (kind, due_at, id) WHERE (state = ANY (ARRAY['ready'::text, 'leased'::text]));

CREATE INDEX job_incident ON public.job USING btree (incident_id);

CREATE INDEX notice_incident ON public.notice USING btree (incident_id);

CREATE INDEX seen_until ON public.seen USING btree (until_at);

CREATE TRIGGER assessment_stays BEFORE UPDATE ON public.assessment FOR EACH ROW EXECUTE FUNCTION public.butfor_refuse();

CREATE TRIGGER audit_stays BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.butfor_refuse();

ALTER TABLE ONLY public.alert_link
    ADD CONSTRAINT alert_link_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(id);

ALTER TABLE ONLY public.alert_link
    ADD CONSTRAINT alert_link_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.assessment
    ADD CONSTRAINT assessment_incident_id_case_digest_fkey FOREIGN KEY (incident_id, case_digest) REFERENCES public.case_file(incident_id, digest);

ALTER TABLE ONLY public.case_file
    ADD CONSTRAINT case_file_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(id);

ALTER TABLE ONLY public.history_base
    ADD CONSTRAINT history_base_item_id_fkey FOREIGN KEY (item_id) REFERENCES public.history_item(id);

ALTER TABLE ONLY public.history_item
    ADD CONSTRAINT history_item_base_fkey FOREIGN KEY (base) REFERENCES public.history_item(id);

ALTER TABLE ONLY public.history_span
    ADD CONSTRAINT history_span_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.history_answer(id);

ALTER TABLE ONLY public.history_span
    ADD CONSTRAINT history_span_query_id_fkey FOREIGN KEY (query_id) REFERENCES public.history_query(id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(id);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(id);

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessment(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

