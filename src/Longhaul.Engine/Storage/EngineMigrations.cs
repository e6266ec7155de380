namespace Longhaul.Engine.Storage;

/// <summary>The engine's own tables.</summary>
internal static class EngineMigrations
{
    public static MigrationLine Line { get; } = new("engine", [Tables, ListingsAndAudit, FailureErrors, RecordsInOrder]);

    private const string Tables =
        """
        create table operations (
            number {identity},
            id {text} not null unique,
            account {text} not null,
            kind {text} not null,
            is_atomic boolean not null,
            is_local boolean not null,
            lane {text},
            lane_position bigint not null,
            has_turn boolean not null,
            submitted_by text not null,
            parameters text not null,
            metadata text not null,
            labels text not null,
            retry_of text,
            created_at bigint not null,
            state {text} not null,
            state_reason text,
            is_abort_requested boolean not null,
            version bigint not null,
            updated_at bigint not null,
            started_at bigint,
            ended_at bigint,
            heartbeat_at bigint,
            expires_at bigint,
            total bigint,
            is_total_final boolean not null,
            succeeded bigint not null,
            skipped bigint not null,
            failed bigint not null,
            aborted bigint not null,
            leased_items bigint not null,
            open_chunks bigint not null,
            leased_chunks bigint not null,
            chunk_count bigint not null,
            written_succeeded bigint not null,
            written_skipped bigint not null,
            written_failed bigint not null,
            tallies text not null,
            rate_milli bigint not null,
            rate_at bigint not null,
            is_undoing boolean not null,
            response text,
            failure_slug text,
            failure_detail text,
            kept_items bigint not null,
            is_items_truncated boolean not null,
            input_bytes bigint not null,
            residue_at bigint,
            is_claimable boolean not null,
            claim_turn bigint not null
        );
        create index operations_by_account on operations (account, number);
        create index operations_waiting on operations (lane, lane_position) where state = 'pending' and not has_turn;
        create index operations_claimable on operations (account, is_local, claim_turn) where is_claimable;
        create index operations_input on operations (account, input_bytes) where ended_at is null;
        create index operations_expiring on operations (expires_at) where expires_at is not null;
        create index operations_residue on operations (residue_at) where residue_at is not null;

        create table lanes (
            name {text} primary key,
            next_position bigint not null,
            running_operation {text},
            pending_count bigint not null
        ) {rowless};
        create index lanes_free on lanes (name) where running_operation is null and pending_count > 0;

        create table chunks (
            operation_id {text} not null,
            number bigint not null,
            purpose bigint not null,
            is_settled boolean not null,
            item_count bigint not null,
            first_index bigint not null,
            progress {bytes},
            done_count bigint not null,
            attempts bigint not null,
            fence bigint not null,
            owner {text},
            not_before bigint not null,
            primary key (operation_id, number)
        ) {rowless};
        create index chunks_free on chunks (operation_id, number) where owner is null and not is_settled;
        create index chunks_leased on chunks (owner) where owner is not null;

        create table nodes (
            id {text} primary key,
            beat bigint not null
        ) {rowless};

        create table inputs (
            operation_id {text} not null,
            number bigint not null,
            item_count bigint not null,
            payload {bytes} not null,
            primary key (operation_id, number)
        );
        create table uploads (
            operation_id {text} primary key,
            created_at bigint not null
        ) {rowless};

        create table outcomes (
            operation_id {text} not null,
            chunk bigint not null,
            part bigint not null,
            first_index bigint not null,
            last_index bigint not null,
            item_count bigint not null,
            attempts bigint not null,
            settled_at bigint not null,
            payload {bytes} not null,
            primary key (operation_id, chunk, part)
        );

        create table idempotency (
            scope {bytes} primary key,
            fingerprint {bytes} not null,
            status bigint not null,
            location text,
            body {bytes} not null,
            expires_at bigint not null
        ) {rowless};
        create index idempotency_expiring on idempotency (expires_at);
        """;

    private const string ListingsAndAudit =
        """
        alter table operations add column max_failed_items bigint;
        create index operations_by_kind on operations (kind, number);
        create index operations_by_creation on operations (created_at, number);
        create index operations_retries on operations (retry_of, number) where retry_of is not null;
        create index operations_open on operations (number) where ended_at is null;
        create index operations_ended on operations (ended_at, number) where ended_at is not null;

        create table audit (
            operation_id {text} not null,
            version bigint not null,
            step bigint not null,
            changed_at bigint not null,
            actor text not null,
            request_id text,
            from_state {text},
            to_state {text} not null,
            primary key (operation_id, version, step)
        ) {rowless};
        """;

    private const string FailureErrors = "alter table operations add column failure_errors text";

    // A blob whose kept_from is null holds records under the kind's own bound; the others lie one behind the other in the order of settling.
    private const string RecordsInOrder =
        """
        alter table operations add column kept_done bigint not null default 0;
        alter table operations add column dropped_items bigint not null default 0;
        alter table outcomes add column kept_from bigint;
        create index outcomes_in_order on outcomes (operation_id, kept_from) where kept_from is not null;
        """;
}
