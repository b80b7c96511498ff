-- audit: entries are sealed into a chain, off the path of the requests that write them, and what the last look at the whole
-- shop found is kept. Append-only by privilege, as the entries. Owned by the domain `audit`.

-- The transaction that wrote the entry. What transactions below the oldest one that still runs have written is complete:
-- that is how seals choose entries, and none is ever left out, in whatever order transactions commit. What is there already
-- gets numbers as if a thousand had been written by each transaction.
alter table audit.entries add column tx xid8;
update audit.entries e set tx = n.tx
  from (select id, ((row_number() over (order by id) / 1000) + 1)::text::xid8 as tx from audit.entries) n
 where n.id = e.id;
alter table audit.entries alter column tx set not null, alter column tx set default pg_current_xact_id();
create index entries_by_transaction on audit.entries (tx);

create table audit.seals (
    seq      bigint primary key check (seq > 0),
    at       timestamptz not null,
    cluster  bigint not null,                      -- the PostgreSQL cluster that counted these transactions
    from_tx  xid8 not null,                        -- entries of the transactions from here
    to_tx    xid8 not null,                        -- up to here, without it
    ids      uuid[] not null,                      -- of the entries, in their order
    leaves   bytea[] not null,                     -- SHA-256 of each
    first_id uuid,                                 -- null where all of these were sealed before
    last_id  uuid,
    previous bytea not null,                       -- the digest of the seal before; of the first, 32 zeros
    digest   bytea not null constraint seals_digest_unique unique check (length(digest) = 32),
    check (from_tx <= to_tx),
    check (cardinality(ids) = cardinality(leaves)),
    -- Two sealers never continue the same seal.
    constraint seals_one_successor unique (previous)
);
alter table audit.seals alter column ids set storage external, alter column leaves set storage external;
create index seals_by_last_id on audit.seals (last_id);

-- What `carrack verify` found, each time.
create table audit.integrity_runs (
    id          uuid primary key,                  -- version 7: its order is the order of time
    started_at  timestamptz not null,
    finished_at timestamptz not null default clock_timestamp(),
    version     text not null,                     -- of the program
    checks      bigint not null check (checks > 0),
    wrong       bigint not null check (wrong >= 0),      -- checks that found something
    repaired    bigint not null check (repaired >= 0),   -- rows that --repair has corrected
    seal        bigint not null check (seal >= 0),       -- the chain's last one, and its digest; 0 without any
    seal_digest bytea,
    findings    jsonb not null                     -- [{"check","title","verdict","count","rows":[…]}]
);
