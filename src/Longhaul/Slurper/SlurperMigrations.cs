using Longhaul.Engine.Storage;

namespace Longhaul.Slurper;

/// <summary>
/// The tables of the Slurper face: what a job was asked for, what happened to it as a whole, and the multipart uploads that its chunks have
/// under way. What became of its objects is in the engine's outcomes.
/// </summary>
internal static class SlurperMigrations
{
    public static MigrationLine Line { get; } = new("slurper", [Tables]);

    // records_before: how many failed and skipped objects stand in the log before this line.
    private const string Tables =
        """
        create table slurper_jobs (
            operation_id {text} primary key,
            account {text} not null,
            created_at bigint not null,
            body_hash {bytes} not null,
            spec {bytes} not null,
            secrets {bytes},
            secrets_version bigint not null
        );
        create index slurper_jobs_newest on slurper_jobs (account, created_at, operation_id);
        create index slurper_jobs_repeated on slurper_jobs (account, body_hash, created_at);

        create table slurper_events (
            operation_id {text} not null,
            number bigint not null,
            happened_at bigint not null,
            log_type text not null,
            message text,
            records_before bigint not null,
            primary key (operation_id, number)
        ) {rowless};

        create table slurper_uploads (
            operation_id {text} not null,
            chunk bigint not null,
            place bigint not null,
            object_key {bytes} not null,
            upload_id text,
            source_etag text not null,
            size bigint not null,
            part_bytes bigint not null,
            intended_at bigint not null,
            primary key (operation_id, chunk, place)
        ) {rowless};
        """;
}
