-- 0002 alert: runtime alerts as they came in.  What they are tied to and how they are scored is not
-- stored: a new snapshot ranks every alert anew.

create table alert (
    id            uuid        primary key default gen_random_uuid(),
    received      timestamptz not null default now(),
    last_received timestamptz not null default now(), -- the sender may send it again
    occurrences   integer     not null default 1 check (occurrences >= 1),
    time          timestamptz not null, -- of the event, as the sender says
    source        text        not null check (source <> ''),
    rule          text        not null,
    severity      smallint    not null check (severity between 0 and 100),
    dedup         text        not null check (octet_length(dedup) between 1 and 512),
    raw           text        not null, -- the payload as it was sent
    normal        jsonb       not null check (jsonb_typeof(normal) = 'object'),
    constraint alert_dedup unique (dedup)
);

create index alert_received on alert (received, id);
