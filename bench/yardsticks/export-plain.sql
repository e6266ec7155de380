-- The same rows as export.sql, but as cheaply as the shell can print them: stored members as they are, no function per column but the
-- two without which a blob cannot be printed.
.mode json
.shell date +%s.%N
.output OUTPUT_FILE
select hex(i.item_id) as id, cast(i.payload as text) as item, i.created_on, i.modified_on
from list_items i join lists l on l.number = i.list_number
where l.id = 'LIST_ID' and i.from_rev <= l.revision and i.to_rev > l.revision
order by i.sort_key;
.output
.shell date +%s.%N
