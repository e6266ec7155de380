using Longhaul.AspNetCore;

namespace Longhaul.Slurper;

/// <summary>The OpenAPI text of the Slurper face: what its routes say of themselves, and the shapes that they share.</summary>
internal static class SlurperOpenApi
{
    // What every route of the face may answer: credentials, unknown things, faults, the store.
    private static readonly int[] Reading = [400, 403, 404, 429, 500, 503];
    private static readonly int[] Changing = [400, 403, 404, 409, 429, 500, 503];
    private static readonly int[] Resuming = [400, 403, 404, 408, 409, 413, 429, 500, 503];
    private static readonly int[] Checking = [400, 403, 404, 408, 413, 429, 500, 503];
    private static readonly int[] Creating = [400, 403, 404, 408, 409, 413, 422, 429, 500, 503];

    public static readonly RouteDescription ListJobs = new("slurper-list-jobs", "Jobs", "Lists the jobs of an account, newest first.")
    {
        Parameters = ["limit", "offset"],
        Answers = [(200, "Jobs")],
        Errors = Reading,
    };

    public static readonly RouteDescription CreateJob = new("slurper-create-job", "Jobs", "Makes a job, once both buckets have been reached. Answers as soon as it is durable, before any object is copied.")
    {
        Notes = "Without `overwrite` objects that exist at the target are overwritten.",
        Parameters = ["idempotencyKey", "retryCount"],
        Body = "CreateJob",
        Answers = [(201, "Created")],
        Errors = Creating,
    };

    public static readonly RouteDescription GetJob = new("slurper-get-job", "Jobs", "Reads a job: what it was asked for, and its status.")
    {
        Notes = "No secret and no region is shown.",
        Answers = [(200, "Job")],
        Errors = Reading,
    };

    public static readonly RouteDescription DeleteJob = new("slurper-delete-job", "Jobs", "Forgets a job that has ended.")
    {
        Notes = "A job that is running or paused is refused: abort it first.",
        Answers = [(200, "JobId")],
        Errors = Changing,
    };

    public static readonly RouteDescription AbortJob = new("slurper-abort-job", "Jobs", "Ends a job. No new object starts, objects in flight may finish for a while; what has been copied stays.")
    {
        Notes = "A job that has ended stays as it is.",
        Answers = [(200, "JobId")],
        Errors = Reading,
    };

    public static readonly RouteDescription AbortAllJobs = new("slurper-abort-all-jobs", "Jobs", "Ends all running and paused jobs of an account.")
    {
        Answers = [(200, "AbortedAll")],
        Errors = Reading,
    };

    public static readonly RouteDescription PauseJob = new("slurper-pause-job", "Jobs", "Holds a running job. Objects in flight finish, no new one starts.")
    {
        Answers = [(200, "JobId")],
        Errors = Changing,
    };

    public static readonly RouteDescription ResumeJob = new("slurper-resume-job", "Jobs", "Lets a paused job go on where it stopped.")
    {
        Body = "Secrets",
        Answers = [(200, "JobId")],
        Errors = Resuming,
    };

    public static readonly RouteDescription GetProgress = new("slurper-get-job-progress", "Jobs", "Reads the counters of a job.")
    {
        Answers = [(200, "Progress")],
        Errors = Reading,
    };

    public static readonly RouteDescription GetLogs = new("slurper-get-job-logs", "Jobs", "Reads a page of a job's log, oldest line first.")
    {
        Notes = "Whole lists of failures are quicker read from the operations API.",
        Parameters = ["limit", "offset"],
        Answers = [(200, "Logs")],
        Errors = Reading,
    };

    public static readonly RouteDescription CheckSource = new("slurper-check-source-connectivity", "Connectivity", "Tries a source with its credentials. Answers within seconds; nothing is kept.")
    {
        Notes = "A bucket that cannot be reached is `error` in an answer 200; the header `x-slurper-reason` says why.",
        Body = "Source",
        Answers = [(200, "Connectivity")],
        Errors = Checking,
    };

    public static readonly RouteDescription CheckTarget = new("slurper-check-target-connectivity", "Connectivity", "Tries a target with its credentials. Answers within seconds and leaves no object there; nothing is kept.")
    {
        Notes = "As for a source.",
        Body = "Target",
        Answers = [(200, "Connectivity")],
        Errors = Checking,
    };

    /// <summary>An OpenAPI document without its paths.</summary>
    public const string Frame =
        """
        {
          "openapi": "3.1.1",
          "info": {
            "title": "Longhaul: Super Slurper",
            "version": "",
            "description": "Jobs that copy buckets between object stores, in the dialect of Cloudflare's R2 Super Slurper API. A job is durable once its id is answered, survives restarts, and can be held, resumed and ended.",
            "license": { "name": "MIT", "identifier": "MIT" }
          },
          "servers": [{ "url": "/" }],
          "tags": [
            { "name": "Jobs", "description": "Migrations from one bucket to another." },
            { "name": "Connectivity", "description": "Whether a bucket can be reached, before a job is made." }
          ],
          "security": [{ "bearer": [] }, { "email": [], "key": [] }, { "serviceKey": [] }],
          "paths": {},
          "components": {
            "securitySchemes": {
              "bearer": { "type": "http", "scheme": "bearer", "description": "The root token, or a token of the account." },
              "email": { "type": "apiKey", "in": "header", "name": "X-Auth-Email", "description": "`root@localhost` for the root token, `<name>@localhost` for a token; sent with the key." },
              "key": { "type": "apiKey", "in": "header", "name": "X-Auth-Key", "description": "The token itself; sent with the e-mail." },
              "serviceKey": { "type": "apiKey", "in": "header", "name": "X-Auth-User-Service-Key", "description": "The token itself." }
            },
            "parameters": {
              "accountId": { "name": "account_id", "in": "path", "required": true, "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }, "example": "acme" },
              "jobId": { "name": "job_id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
              "limit": { "name": "limit", "in": "query", "description": "At most so many; more than 50 are taken as 50.", "schema": { "type": "integer", "minimum": 1, "default": 50 } },
              "offset": { "name": "offset", "in": "query", "description": "So many are left out first.", "schema": { "type": "integer", "minimum": 0, "default": 0 } },
              "idempotencyKey": { "name": "Idempotency-Key", "in": "header", "description": "The same key with the same request answers the first answer again, for 24 hours.", "schema": { "type": "string", "minLength": 1, "maxLength": 257 } },
              "retryCount": { "name": "X-Stainless-Retry-Count", "in": "header", "description": "From 1 on: the client has sent this before. An equal create of the last minute is answered with its job.", "schema": { "type": "integer", "minimum": 0 } }
            },
            "requestBodies": {
              "CreateJob": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewJob" }, "example": { "source": { "vendor": "s3", "bucket": "photos", "secret": { "accessKeyId": "…", "secretAccessKey": "…" }, "region": "eu-central-1" }, "target": { "vendor": "r2", "bucket": "photos", "secret": { "accessKeyId": "…", "secretAccessKey": "…" } }, "overwrite": false } } } },
              "Secrets": { "required": false, "description": "Beyond the vendor: credentials in place of those that the job has.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewSecrets" }, "example": { "source": { "secret": { "accessKeyId": "…", "secretAccessKey": "…" } } } } } },
              "Source": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewSource" }, "example": { "vendor": "s3", "bucket": "photos", "secret": { "accessKeyId": "…", "secretAccessKey": "…" }, "region": "eu-central-1" } } } },
              "Target": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewTarget" }, "example": { "vendor": "r2", "bucket": "photos", "secret": { "accessKeyId": "…", "secretAccessKey": "…" } } } } }
            },
            "headers": {
              "RequestId": { "description": "Names the request in the server's log. `cf-ray` says the same.", "schema": { "type": "string" } },
              "RetryAfter": { "description": "Seconds after which asking again makes sense.", "schema": { "type": "integer" } },
              "ShouldRetry": { "description": "`false`: the vendor's clients would repeat it otherwise.", "schema": { "type": "string" } },
              "Monitor": { "description": "`rel=\"monitor\"`: the operation in the operations API, with bytes, rate and outcomes of single objects.", "schema": { "type": "string" } },
              "Reason": { "description": "Why the bucket cannot be reached.", "schema": { "type": "string", "maxLength": 256 } },
              "IdempotentReplayed": { "description": "`true` when the answer is that of an earlier request with the same key.", "schema": { "type": "string" } }
            },
            "responses": {
              "Jobs": { "description": "A page of jobs, newest first.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/JobsEnvelope" } } } },
              "Created": {
                "description": "The job is durable; its id can be asked for at once.",
                "headers": {
                  "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                  "Link": { "$ref": "#/components/headers/Monitor" },
                  "Idempotent-Replayed": { "$ref": "#/components/headers/IdempotentReplayed" }
                },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/CreatedEnvelope" } } }
              },
              "Job": { "description": "The job.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Link": { "$ref": "#/components/headers/Monitor" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/JobEnvelope" } } } },
              "JobId": { "description": "The id of the job.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/TextEnvelope" } } } },
              "AbortedAll": { "description": "How many jobs are being ended, as `aborted N jobs`.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/TextEnvelope" } } } },
              "Progress": { "description": "The counters.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Link": { "$ref": "#/components/headers/Monitor" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ProgressEnvelope" } } } },
              "Logs": { "description": "A page of the log, oldest line first.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/LogsEnvelope" } } } },
              "Connectivity": { "description": "Whether the bucket can be reached as a job needs it.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "x-slurper-reason": { "$ref": "#/components/headers/Reason" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ConnectivityEnvelope" } } } },
              "Error400": { "description": "6003 malformed header; 9106 no credential; 19110 the body is no JSON; 19111 a member, limit or offset is wrong; 19112 a bucket cannot be reached; 19113 the endpoint is not allowed. Every fault is named, up to a bound.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error403": { "description": "10000 unknown credential; 9109 not for this account or action.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error404": { "description": "19114 no such job; 7003 no such route.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error408": { "description": "19110 the body arrived too slowly.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error409": { "description": "19115 as many jobs are running as may; 19116 not possible in the state that the job is in; 19117 the job is still active. Asking again at once does not help.", "headers": { "x-should-retry": { "$ref": "#/components/headers/ShouldRetry" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error413": { "description": "19030 too many bytes.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error422": { "description": "19032 the Idempotency-Key was used with a different request.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error429": { "description": "19118 too much input is pending already; 971 too many requests.", "headers": { "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error500": { "description": "19500 a fault of the server; its log has more under the request id.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error503": { "description": "19503 starting, stopping, or the store cannot take it now.", "headers": { "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } }
            },
            "schemas": {
              "Id": { "type": "string", "pattern": "^[0-9a-f]{32}$", "description": "A UUID without its dashes.", "examples": ["0197a1b2c3d47e5f8a9b0c1d2e3f4a5b"] },
              "Time": { "type": "string", "format": "date-time", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", "description": "ISO 8601, milliseconds, UTC.", "examples": ["2026-11-20T10:00:00.000Z"] },
              "Status": { "type": "string", "enum": ["running", "paused", "aborted", "completed"], "description": "`completed` says that every object is settled, not that none failed." },
              "Jurisdiction": { "type": "string", "enum": ["default", "eu", "fedramp", "us"] },
              "JurisdictionChoice": { "anyOf": [{ "$ref": "#/components/schemas/Jurisdiction" }, { "type": "null" }], "default": "default" },
              "Bucket": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^/]+$", "examples": ["photos"] },
              "Endpoint": { "type": ["string", "null"], "format": "uri", "description": "Where the S3-compatible store is; null for AWS. Only https and public addresses, unless the operator allows others." },
              "Region": { "type": ["string", "null"], "pattern": "^([A-Za-z0-9-]{1,64})?$", "description": "Never shown again." },
              "PathPrefix": { "type": ["string", "null"], "description": "Takes all keys that start with it; it is no folder." },
              "Keys": { "type": ["array", "null"], "minItems": 1, "maxItems": 10000, "items": { "type": "string", "minLength": 1 }, "description": "The only objects to copy; null for all." },
              "S3Secret": {
                "type": "object",
                "required": ["accessKeyId", "secretAccessKey"],
                "properties": {
                  "accessKeyId": { "type": "string", "minLength": 1, "maxLength": 16384 },
                  "secretAccessKey": { "type": "string", "minLength": 1, "maxLength": 16384, "writeOnly": true }
                },
                "additionalProperties": false
              },
              "GcsSecret": {
                "type": "object",
                "required": ["clientEmail", "privateKey"],
                "properties": {
                  "clientEmail": { "type": "string", "minLength": 1, "maxLength": 16384 },
                  "privateKey": { "type": "string", "minLength": 1, "maxLength": 16384, "writeOnly": true }
                },
                "additionalProperties": false
              },
              "NewJob": {
                "type": "object",
                "required": ["source", "target"],
                "properties": {
                  "source": { "$ref": "#/components/schemas/NewSource" },
                  "target": { "$ref": "#/components/schemas/NewTarget" },
                  "overwrite": { "type": "boolean", "default": true, "description": "false keeps objects that exist at the target." },
                  "name": { "type": ["string", "null"], "maxLength": 100, "description": "Beyond the vendor; shown by the operations API." }
                },
                "additionalProperties": false
              },
              "NewSource": { "oneOf": [{ "$ref": "#/components/schemas/NewS3Source" }, { "$ref": "#/components/schemas/NewGcsSource" }, { "$ref": "#/components/schemas/NewR2Source" }] },
              "NewS3Source": {
                "type": "object",
                "required": ["vendor", "bucket", "secret"],
                "properties": {
                  "vendor": { "type": "string", "enum": ["s3"] },
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "secret": { "$ref": "#/components/schemas/S3Secret" },
                  "endpoint": { "$ref": "#/components/schemas/Endpoint" },
                  "region": { "$ref": "#/components/schemas/Region" },
                  "pathPrefix": { "$ref": "#/components/schemas/PathPrefix" },
                  "keys": { "$ref": "#/components/schemas/Keys" }
                },
                "additionalProperties": false
              },
              "NewGcsSource": {
                "type": "object",
                "required": ["vendor", "bucket", "secret"],
                "properties": {
                  "vendor": { "type": "string", "enum": ["gcs"] },
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "secret": { "$ref": "#/components/schemas/GcsSecret" },
                  "pathPrefix": { "$ref": "#/components/schemas/PathPrefix" },
                  "keys": { "$ref": "#/components/schemas/Keys" }
                },
                "additionalProperties": false
              },
              "NewR2Source": {
                "type": "object",
                "required": ["vendor", "bucket", "secret"],
                "properties": {
                  "vendor": { "type": "string", "enum": ["r2"] },
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "secret": { "$ref": "#/components/schemas/S3Secret" },
                  "jurisdiction": { "$ref": "#/components/schemas/JurisdictionChoice" },
                  "pathPrefix": { "$ref": "#/components/schemas/PathPrefix" },
                  "keys": { "$ref": "#/components/schemas/Keys" }
                },
                "additionalProperties": false
              },
              "NewTarget": { "oneOf": [{ "$ref": "#/components/schemas/NewR2Target" }, { "$ref": "#/components/schemas/NewS3Target" }] },
              "NewR2Target": {
                "type": "object",
                "required": ["vendor", "bucket", "secret"],
                "properties": {
                  "vendor": { "type": "string", "enum": ["r2"] },
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "secret": { "$ref": "#/components/schemas/S3Secret" },
                  "jurisdiction": { "$ref": "#/components/schemas/JurisdictionChoice" }
                },
                "additionalProperties": false
              },
              "NewS3Target": {
                "type": "object", "description": "Beyond the vendor: any S3-compatible store.",
                "required": ["vendor", "bucket", "secret"],
                "properties": {
                  "vendor": { "type": "string", "enum": ["s3"] },
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "secret": { "$ref": "#/components/schemas/S3Secret" },
                  "endpoint": { "$ref": "#/components/schemas/Endpoint" },
                  "region": { "$ref": "#/components/schemas/Region" }
                },
                "additionalProperties": false
              },
              "NewSecrets": {
                "type": "object",
                "properties": { "source": { "$ref": "#/components/schemas/NewSecret" }, "target": { "$ref": "#/components/schemas/NewSecret" } },
                "additionalProperties": false
              },
              "NewSecret": {
                "type": "object",
                "required": ["secret"],
                "properties": {
                  "secret": { "oneOf": [{ "$ref": "#/components/schemas/S3Secret" }, { "$ref": "#/components/schemas/GcsSecret" }] }
                },
                "additionalProperties": false
              },
              "Source": { "oneOf": [{ "$ref": "#/components/schemas/S3Source" }, { "$ref": "#/components/schemas/GcsSource" }, { "$ref": "#/components/schemas/R2Source" }] },
              "S3Source": {
                "type": "object",
                "required": ["bucket", "endpoint", "keys", "pathPrefix", "vendor"],
                "properties": {
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "endpoint": { "$ref": "#/components/schemas/Endpoint" },
                  "keys": { "$ref": "#/components/schemas/Keys" },
                  "pathPrefix": { "$ref": "#/components/schemas/PathPrefix" },
                  "vendor": { "type": "string", "enum": ["s3"] }
                },
                "additionalProperties": false
              },
              "GcsSource": {
                "type": "object",
                "required": ["bucket", "keys", "pathPrefix", "vendor"],
                "properties": {
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "keys": { "$ref": "#/components/schemas/Keys" },
                  "pathPrefix": { "$ref": "#/components/schemas/PathPrefix" },
                  "vendor": { "type": "string", "enum": ["gcs"] }
                },
                "additionalProperties": false
              },
              "R2Source": {
                "type": "object",
                "required": ["bucket", "jurisdiction", "keys", "pathPrefix", "vendor"],
                "properties": {
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "jurisdiction": { "$ref": "#/components/schemas/Jurisdiction" },
                  "keys": { "$ref": "#/components/schemas/Keys" },
                  "pathPrefix": { "$ref": "#/components/schemas/PathPrefix" },
                  "vendor": { "type": "string", "enum": ["r2"] }
                },
                "additionalProperties": false
              },
              "Target": { "oneOf": [{ "$ref": "#/components/schemas/R2Target" }, { "$ref": "#/components/schemas/S3Target" }] },
              "R2Target": {
                "type": "object",
                "required": ["bucket", "jurisdiction", "vendor"],
                "properties": {
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "jurisdiction": { "$ref": "#/components/schemas/Jurisdiction" },
                  "vendor": { "type": "string", "enum": ["r2"] }
                },
                "additionalProperties": false
              },
              "S3Target": {
                "type": "object",
                "required": ["bucket", "endpoint", "vendor"],
                "properties": {
                  "bucket": { "$ref": "#/components/schemas/Bucket" },
                  "endpoint": { "$ref": "#/components/schemas/Endpoint" },
                  "vendor": { "type": "string", "enum": ["s3"] }
                },
                "additionalProperties": false
              },
              "Job": {
                "type": "object",
                "required": ["id", "createdAt", "finishedAt", "overwrite", "status", "source", "target"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "createdAt": { "$ref": "#/components/schemas/Time" },
                  "finishedAt": { "anyOf": [{ "$ref": "#/components/schemas/Time" }, { "type": "null" }], "description": "Null until the job has ended." },
                  "overwrite": { "type": "boolean" },
                  "status": { "$ref": "#/components/schemas/Status" },
                  "source": { "$ref": "#/components/schemas/Source" },
                  "target": { "$ref": "#/components/schemas/Target" }
                },
                "additionalProperties": false
              },
              "Progress": {
                "type": "object",
                "required": ["id", "createdAt", "status", "objects", "transferredObjects", "skippedObjects", "failedObjects"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "createdAt": { "$ref": "#/components/schemas/Time" },
                  "status": { "$ref": "#/components/schemas/Status" },
                  "objects": { "type": "integer", "minimum": 0, "description": "Found so far at the source." },
                  "transferredObjects": { "type": "integer", "minimum": 0, "description": "Copied and verified." },
                  "skippedObjects": { "type": "integer", "minimum": 0, "description": "Left out on purpose." },
                  "failedObjects": { "type": "integer", "minimum": 0, "description": "Given up after retries." }
                },
                "additionalProperties": false
              },
              "Log": {
                "type": "object",
                "required": ["createdAt", "job", "logType", "message", "objectKey"],
                "properties": {
                  "createdAt": { "$ref": "#/components/schemas/Time" },
                  "job": { "$ref": "#/components/schemas/Id" },
                  "logType": { "type": "string", "enum": ["migrationStart", "migrationComplete", "migrationAbort", "migrationError", "migrationPause", "migrationResume", "migrationErrorFailedContinuation", "importErrorRetryExhaustion", "importSkippedStorageClass", "importSkippedOversized", "importSkippedEmptyObject", "importSkippedUnsupportedContentType", "importSkippedExcludedContentType", "importSkippedInvalidMedia", "importSkippedRequiresRetrieval"] },
                  "message": { "type": ["string", "null"] },
                  "objectKey": { "type": ["string", "null"] }
                },
                "additionalProperties": false
              },
              "Connectivity": {
                "type": "object",
                "required": ["connectivityStatus"],
                "properties": {
                  "connectivityStatus": { "type": "string", "enum": ["success", "error"] }
                },
                "additionalProperties": false
              },
              "Nothing": { "type": "array", "maxItems": 0 },
              "JobsEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "type": "array", "maxItems": 50, "items": { "$ref": "#/components/schemas/Job" } },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "CreatedEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "type": "object", "required": ["id"], "properties": { "id": { "$ref": "#/components/schemas/Id" } }, "additionalProperties": false },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "JobEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "$ref": "#/components/schemas/Job" },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "TextEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "type": "string", "minLength": 1 },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "ProgressEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "$ref": "#/components/schemas/Progress" },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "LogsEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "type": "array", "maxItems": 50, "items": { "$ref": "#/components/schemas/Log" } },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "ConnectivityEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "$ref": "#/components/schemas/Connectivity" },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "Failure": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "type": "null" },
                  "success": { "type": "boolean", "enum": [false] },
                  "errors": { "type": "array", "minItems": 1, "items": { "$ref": "#/components/schemas/Note" } },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "Note": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                  "code": { "type": "integer", "minimum": 971 },
                  "message": { "type": "string", "minLength": 1 },
                  "source": { "type": "object", "required": ["pointer"], "properties": { "pointer": { "type": "string", "description": "JSON Pointer into the request body, or `/limit` or `/offset`." } }, "additionalProperties": false }
                },
                "additionalProperties": false
              }
            }
          }
        }
        """;
}
