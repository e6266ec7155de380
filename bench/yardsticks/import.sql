-- The sqlite3 shell importing the rows of a list in one transaction: the same columns, primary key and id index as ours.
-- The two time stamps exclude the start of the shell and the checkpoint at its end.
pragma journal_mode = wal;
pragma synchronous = full;
pragma cache_size = -65536;
create table list_items (
    list_number bigint not null, sort_key blob not null, from_rev bigint not null, to_rev bigint not null, item_id blob not null,
    created_on bigint not null, modified_on bigint not null, payload blob not null,
    primary key (list_number, sort_key, from_rev)) without rowid;
create index list_items_id on list_items (item_id);
create index list_items_ended on list_items (list_number, to_rev) where to_rev < 9223372036854775807;
.shell date +%s.%N
begin;
.mode csv
.import CSV_FILE list_items
commit;
.shell date +%s.%N
