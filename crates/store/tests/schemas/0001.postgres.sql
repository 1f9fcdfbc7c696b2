
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

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.butfor_schema (
    version bigint NOT NULL
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

CREATE TABLE public.installation (
    one bigint NOT NULL,
    key bytea NOT NULL,
    CONSTRAINT installation_one_check CHECK ((one = 1))
);

INSERT INTO public.butfor_schema VALUES (1);

INSERT INTO public.history_answer OVERRIDING SYSTEM VALUE VALUES (1, '\xe43a9b40ac8ae0c833194abe58d987ba3470e3edf351e15743a603995c71688a', 28, '\xab562a56b232d251ca51b2aa560a2b4806f2a20d636b6b01');

INSERT INTO public.history_base VALUES ('ec2/DescribeVpcs/Vpcs', 1);
INSERT INTO public.history_base VALUES ('ec2/DescribeVpcs', 2);

INSERT INTO public.history_item OVERRIDING SYSTEM VALUE VALUES (1, '\x12f2f92383d29023523bcf60774da7acbe341c4be0cad28b7627170fc2a3ac6c', NULL, 17, '\xab560a2b48f64c51b2522a2b48d63554aa0500');
INSERT INTO public.history_item OVERRIDING SYSTEM VALUE VALUES (2, '\x90a9aa8e7f5fea6692a751fa8f2192aae0a1c10280ea5c1c97df925a98adfbf0', NULL, 11, '\xab560a2b482e56b28a8ead0500');

INSERT INTO public.history_query OVERRIDING SYSTEM VALUE VALUES (1, '111111111111', 'eu-west-1', 'ec2', 'DescribeVpcs', '{}', '\x0820f02a71a90f28126aedfb7dc4d88cc4fee6d7110d831474c0edcd4cdb1aff');

INSERT INTO public.history_span VALUES (1, 1760000000000, 1760000000000, 1);

INSERT INTO public.installation VALUES (1, '\x94b7ad5d1f39b0c0eaa2bc2938e9aa5b457aa311138db3aba72a0b62940cef17');

SELECT pg_catalog.setval('public.history_answer_id_seq', 1, true);

SELECT pg_catalog.setval('public.history_item_id_seq', 2, true);

SELECT pg_catalog.setval('public.history_query_id_seq', 1, true);

ALTER TABLE ONLY public.butfor_schema
    ADD CONSTRAINT butfor_schema_pkey PRIMARY KEY (version);

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

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (one);

CREATE INDEX history_item_base ON public.history_item USING btree (base);

CREATE INDEX history_span_answer ON public.history_span USING btree (answer_id);

CREATE INDEX history_span_first ON public.history_span USING btree (first_at, query_id);

ALTER TABLE ONLY public.history_base
    ADD CONSTRAINT history_base_item_id_fkey FOREIGN KEY (item_id) REFERENCES public.history_item(id);

ALTER TABLE ONLY public.history_item
    ADD CONSTRAINT history_item_base_fkey FOREIGN KEY (base) REFERENCES public.history_item(id);

ALTER TABLE ONLY public.history_span
    ADD CONSTRAINT history_span_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.history_answer(id);

ALTER TABLE ONLY public.history_span
    ADD CONSTRAINT history_span_query_id_fkey FOREIGN KEY (query_id) REFERENCES public.history_query(id);

