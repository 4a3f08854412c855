-- 0001 graph: clusters, their generations, and the objects, nodes and edges that each one holds.
--
-- A row is current while valid_to is null.  Generation g of a cluster is exactly its rows with
-- valid_from <= g and (valid_to is null or valid_to > g); what does not change is not written again.
--
-- Names are hostile and of any length, an index row is not: rows are found by key_id, the 128-bit
-- hash of their key under the cluster's secret (schema/sip.h), and compared by content, the same hash
-- of all their other columns.  Nobody outside can make two of them collide.

create table cluster (
    id         integer generated always as identity primary key,
    name       text        not null unique check (char_length(name) between 1 and 253),
    secret     uuid        not null default gen_random_uuid(),
    generation integer     not null default 0 check (generation >= 0), -- current; 0: none yet
    source     text        not null default '',
    coverage   jsonb       not null default '{}' check (jsonb_typeof(coverage) = 'object'),
    taken_at   timestamptz -- when the objects were last read, also if nothing had changed
);

create table generation (
    cluster_id integer     not null references cluster (id),
    number     integer     not null check (number > 0),
    source     text        not null,
    started    timestamptz not null, -- when its objects were read
    finished   timestamptz not null, -- when it was written
    nodes      integer     not null check (nodes >= 0),
    edges      integer     not null check (edges >= 0),
    objects    integer     not null check (objects >= 0),
    coverage   jsonb       not null check (jsonb_typeof(coverage) = 'object'),
    primary key (cluster_id, number)
);

-- The vocabulary, mirrored from schema/kinds.def by every migrate.  Rows of node and edge carry no
-- foreign key to it: the store checks kinds before it writes, and half a million look-ups would
-- double the time of a load.
create table node_kind (
    id       smallint primary key check (id between 1 and 63),
    name     text     not null unique,
    hub      boolean  not null,
    sentence text     not null
);

create table edge_kind (
    id       smallint primary key check (id between 1 and 255),
    label    text     not null unique,
    plane    text     not null,
    class    text     not null,
    attack   text     not null, -- comma-separated ATT&CK ids
    sentence text     not null
);

-- object, node and edge have a partition for each cluster: object_7, node_7, edge_7.  A new cluster's
-- tables stay outside until they hold its first generation; they get their indexes then.

-- One trimmed API object.
create table object (
    cluster_id integer not null,
    valid_from integer not null check (valid_from > 0),
    valid_to   integer check (valid_to > valid_from),
    key_id     uuid    not null, -- of resource, namespace and name
    content    uuid    not null,
    resource   text    not null check (resource <> ''),
    ns         text    not null,
    name       text    not null,
    uid        text    not null,
    trimmed    jsonb   not null check (jsonb_typeof(trimmed) = 'object'),
    primary key (cluster_id, key_id, valid_from)
) partition by list (cluster_id);

create unique index object_current on object (cluster_id, key_id) where valid_to is null;

-- The id names one incarnation: it stays while key and uid stay, whatever else of the node changes,
-- so edges are not rewritten when a label is.  A pod replaced under its old name has another uid and
-- gets another id.
create sequence node_id as bigint cache 1000;

create table node (
    id         bigint   not null,
    cluster_id integer  not null,
    valid_from integer  not null check (valid_from > 0),
    valid_to   integer  check (valid_to > valid_from),
    kind       smallint not null check (kind between 1 and 63),
    jewel      smallint not null check (jewel between 0 and 15),
    weight     double precision not null check (weight between 0 and 1),
    key_id     uuid     not null,
    content    uuid     not null,
    key        text     not null check (key <> ''),
    ns         text     not null,
    name       text     not null,
    uid        text     not null,
    labels     jsonb    not null check (jsonb_typeof(labels) = 'object'),
    props      jsonb    not null check (jsonb_typeof(props) = 'object'),
    primary key (cluster_id, id, valid_from)
) partition by list (cluster_id);

create unique index node_current on node (cluster_id, key_id) where valid_to is null;

-- Narrow rows.  src and dst are node ids; the store checks that they exist.
create table edge (
    src        bigint   not null,
    dst        bigint   not null,
    content    uuid     not null,
    cluster_id integer  not null,
    valid_from integer  not null check (valid_from > 0),
    valid_to   integer  check (valid_to > valid_from),
    kind       smallint not null check (kind between 1 and 255),
    class      smallint not null check (class between 0 and 5),
    verdict    smallint not null check (verdict between 0 and 2),
    evidence   jsonb    not null check (jsonb_typeof(evidence) = 'array')
) partition by list (cluster_id);

create unique index edge_current on edge (cluster_id, src, dst, kind) where valid_to is null;
create index edge_out on edge (src, kind) include (dst);
create index edge_in on edge (dst, kind) include (src);

-- The id of a cluster; a new one gets its row and its three tables.
create function cluster_open(wanted text) returns integer language plpgsql as $$
declare
    made integer;
    part text;
begin
    select id into made from cluster where name = wanted;
    if found then
        return made;
    end if;
    insert into cluster (name) values (wanted) on conflict (name) do nothing returning id into made;
    if not found then
        select id into strict made from cluster where name = wanted;
        return made;
    end if;
    foreach part in array array['object', 'node', 'edge'] loop
        execute format('create table %1$I (like %2$I including defaults including constraints)',
                       part || '_' || made, part);
    end loop;
    return made;
end
$$;

-- Joins the tables of a cluster to the others and builds their indexes.  Readers of the others go on.
create function cluster_attach(which integer) returns void language plpgsql as $$
declare
    part text;
begin
    foreach part in array array['object', 'node', 'edge'] loop
        execute format('alter table %2$I attach partition %1$I for values in (%3$s)',
                       part || '_' || which, part, which);
    end loop;
end
$$;
