-- One statement that makes the change of the bulk: a property more on every object, one version step, a new time.
update saymon_objects set
    doc = jsonb_insert(
        doc::jsonb, '{properties,-1}',
        jsonb_build_object('id', substr(md5(random()::text), 1, 24), 'name', 'New Property', 'value', 'value', 'type_id', 1), true)::text,
    version = version + 1,
    updated_at = 1795000000000
where account = 'default'
