-- The sqlite3 shell printing the items of the list as JSON lines from the same database file: the same rows, at the revision that
-- readers see, in the same order. The two time stamps exclude the start of the shell.
.mode list
.shell date +%s.%N
.output OUTPUT_FILE
select json_object(
    'id', lower(hex(i.item_id)),
    'ip', cast(i.payload as text) ->> 'ip',
    'created_on', strftime('%Y-%m-%dT%H:%M:%SZ', i.created_on, 'unixepoch'),
    'modified_on', strftime('%Y-%m-%dT%H:%M:%SZ', i.modified_on, 'unixepoch'))
from list_items i join lists l on l.number = i.list_number
where l.id = 'LIST_ID' and i.from_rev <= l.revision and i.to_rev > l.revision
order by i.sort_key;
.output
.shell date +%s.%N
