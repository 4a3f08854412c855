-- 0003 alert occurrences: a sender that sends an alert again makes no second row, it is counted.

alter table alert
    add column occurrences   integer     not null default 1 check (occurrences >= 1),
    add column last_received timestamptz not null default now();
