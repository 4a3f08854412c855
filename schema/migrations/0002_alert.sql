-- 0002 alert: runtime alerts as they came in, what they were tied to and how they were scored.

create table alert (
    id       uuid primary key default gen_random_uuid(),
    received timestamptz not null default now(),
    time     timestamptz not null, -- of the event, as the sender says
    source   text        not null check (source <> ''),
    rule     text        not null,
    severity smallint    not null check (severity between 0 and 100),
    dedup    text        not null check (octet_length(dedup) between 1 and 512),
    raw      text        not null, -- the payload as it was sent
    normal   jsonb       not null check (jsonb_typeof(normal) = 'object'),
    match    jsonb       check (jsonb_typeof(match) = 'object'), -- null: tied to no node yet
    risk     jsonb       check (jsonb_typeof(risk) = 'object'),
    constraint alert_dedup unique (dedup)
);

create index alert_received on alert (received, id);
create index alert_unresolved on alert (received, id) where match is null;
