using Longhaul.Engine.Storage;

namespace Longhaul.Saymon;

/// <summary>
/// The tables of the SAYMON face. An object is one row with its document; what is looked up besides its id stands in small tables beside it.
/// A row with a mark belongs to the clone of that number and is seen once that number stands in <c>saymon_clones</c>.
/// </summary>
internal static class SaymonMigrations
{
    public static MigrationLine Line { get; } = new("saymon", [Tables, MarksInOrder]);

    // saymon_terms: hashes of a field and a value, for name, class_id, state_id and tags. saymon_parents: place 0 is the first parent.
    private const string Tables =
        """
        create table saymon_objects (
            account {text} not null,
            id {text} not null,
            version bigint not null,
            created_at bigint not null,
            updated_at bigint not null,
            mark bigint not null,
            discovery_key {bytes},
            doc text not null,
            primary key (account, id)
        );
        create unique index saymon_objects_discovery on saymon_objects (account, discovery_key) where discovery_key is not null;
        create index saymon_objects_mark on saymon_objects (mark) where mark > 0;

        create table saymon_terms (
            term {bytes} not null,
            object_id {text} not null,
            primary key (term, object_id)
        ) {rowless};

        create table saymon_parents (
            parent_id {text} not null,
            child_id {text} not null,
            place bigint not null,
            primary key (parent_id, child_id)
        ) {rowless};

        create table saymon_links (
            account {text} not null,
            id {text} not null,
            source_id {text} not null,
            target_id {text} not null,
            mark bigint not null,
            doc text not null,
            primary key (account, id)
        );
        create index saymon_links_source on saymon_links (source_id);
        create index saymon_links_target on saymon_links (target_id);
        create index saymon_links_mark on saymon_links (mark) where mark > 0;

        create table saymon_clones (
            number bigint not null primary key
        );
        """;

    // The marks of a clone are taken off in the order of the ids, some at a time: without the ids each time all that are left were sorted.
    private const string MarksInOrder =
        """
        drop index saymon_objects_mark;
        create index saymon_objects_mark on saymon_objects (mark, id) where mark > 0;
        drop index saymon_links_mark;
        create index saymon_links_mark on saymon_links (mark, id) where mark > 0;
        """;
}
