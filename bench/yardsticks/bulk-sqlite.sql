-- One statement that makes the change of the bulk: a property more on every object, one version step, a new time.
update saymon_objects set
    doc = json_insert(doc, '$.properties[#]', json_object('id', lower(hex(randomblob(12))), 'name', 'New Property', 'value', 'value', 'type_id', 1)),
    version = version + 1,
    updated_at = 1795000000000
where account = 'default'
