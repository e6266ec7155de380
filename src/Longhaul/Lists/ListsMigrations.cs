using Longhaul.Engine.Storage;

namespace Longhaul.Lists;

/// <summary>
/// The tables of the Lists face. A row of <c>list_items</c> is visible at revision R when <c>from_rev &lt;= R &lt; to_rev</c>; the
/// largest number stands for "not ended".
/// </summary>
internal static class ListsMigrations
{
    /// <summary><c>to_rev</c> of a row that no revision has ended.</summary>
    public const long Open = long.MaxValue;

    public static MigrationLine Line { get; } = new("lists", [Tables]);

    private const string Tables =
        """
        create table lists (
            number {identity},
            id {text} not null unique,
            account {text} not null,
            name text not null,
            name_key {text} not null,
            kind text not null,
            description text,
            revision bigint not null,
            item_count bigint not null,
            created_on bigint not null,
            modified_on bigint not null,
            deleted_at bigint
        );
        create unique index lists_name on lists (account, name_key) where deleted_at is null;
        create index lists_deleted on lists (deleted_at) where deleted_at is not null;

        create table list_items (
            list_number bigint not null,
            sort_key {bytes} not null,
            from_rev bigint not null,
            to_rev bigint not null,
            item_id {bytes} not null,
            created_on bigint not null,
            modified_on bigint not null,
            payload {bytes} not null,
            primary key (list_number, sort_key, from_rev)
        ) {rowless};
        create index list_items_id on list_items (item_id);
        create index list_items_ended on list_items (list_number, to_rev) where to_rev < 9223372036854775807;

        create table list_revisions (
            list_number bigint not null,
            revision bigint not null,
            replaced_at bigint not null,
            primary key (list_number, revision)
        ) {rowless};
        create index list_revisions_replaced on list_revisions (replaced_at);
        """;
}
