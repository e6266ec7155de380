namespace Longhaul.AspNetCore;

/// <summary>The OpenAPI text of the operations API: what its routes say of themselves, and the shapes that they share.</summary>
internal static class OperationsOpenApi
{
    private const string OperationsTag = "Operations";
    private const string KindsTag = "Kinds";

    private static readonly int[] Reading = [400, 401, 404, 500, 503];
    private static readonly int[] Changing = [400, 401, 403, 404, 409, 500, 503];

    internal static readonly RouteDescription Submit = new(
        "submitOperation", OperationsTag, "Submits an operation. Answers when it is durable, or when it has ended within the preferred wait.")
    {
        Notes = "Everything that is wrong with the request is named with its place, and nothing is created then.",
        Parameters = ["prefer", "idempotencyKey"],
        Body = "Submit",
        Answers = [(200, "Submitted"), (202, "Accepted")],
        Errors = [400, 401, 404, 408, 413, 415, 422, 429, 500, 503],
    };

    internal static readonly RouteDescription List = new("listOperations", OperationsTag, "Lists operations, newest first.")
    {
        Parameters = ["account", "kind", "state", "done", "label", "createdAfter", "createdBefore", "retryOf", "operationsPageSize", "pageToken"],
        Answers = [(200, "Operations")],
        Errors = Reading,
    };

    internal static readonly RouteDescription Get = new(
        "getOperation", OperationsTag, "Reads an operation; with a preferred wait, when it has ended or the time is over.")
    {
        Notes = "With `If-None-Match` as well it answers on the first change of the version, and 304 when there was none.",
        Parameters = ["prefer", "ifNoneMatch"],
        Answers = [(200, "Operation"), (304, "NotModified")],
        Errors = Reading,
    };

    internal static readonly RouteDescription Items = new("listOperationItems", OperationsTag, "Reads kept item outcomes, in the order of their index.")
    {
        Notes = "Which outcomes are kept depends on the kind; the counters of the operation are exact in any case.",
        Parameters = ["itemState", "itemsPageSize", "pageToken"],
        Answers = [(200, "Items")],
        Errors = Reading,
    };

    internal static readonly RouteDescription Abort = new("abortOperation", OperationsTag, "Asks for the end of an operation.")
    {
        Notes = "Idempotent; one that has ended stays as it is. Items in flight may still settle.",
        Answers = [(200, "Operation")],
        Errors = [400, 401, 403, 404, 500, 503],
    };

    internal static readonly RouteDescription Pause = new("pauseOperation", OperationsTag, "Holds an operation.")
    {
        Notes = "Kinds that cannot pause, and operations that have ended, answer 409.",
        Answers = [(200, "Operation")],
        Errors = Changing,
    };

    internal static readonly RouteDescription Resume = new("resumeOperation", OperationsTag, "Lets a paused operation go on.")
    {
        Notes = "A kind whose secrets were wiped takes them again in `params`; the others need no body.",
        Body = "Resume",
        Answers = [(200, "Operation")],
        Errors = [400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503],
    };

    internal static readonly RouteDescription Retry = new(
        "retryOperation", OperationsTag, "Submits a new operation of the items that an ended one has not done. Answers when it is durable.")
    {
        Notes = "Atomic kinds repeat the whole input. 409 where nothing is left to do, or where it is not known any more.",
        Parameters = ["idempotencyKey"],
        Body = "Retry",
        Answers = [(202, "Accepted")],
        Errors = [400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503],
    };

    internal static readonly RouteDescription Events = new("watchOperation", OperationsTag, "Streams the states of one operation until it has ended.")
    {
        Parameters = ["lastEventId", "accessToken"],
        Answers = [(200, "Events"), (204, "NoMoreEvents")],
        Errors = Reading,
    };

    internal static readonly RouteDescription ManyEvents = new(
        "watchOperations", OperationsTag, "Streams the states of many operations; never ends by itself. Without a position it begins with those that are unfinished.")
    {
        Parameters = ["account", "kind", "state", "operations", "lastEventId", "accessToken"],
        Answers = [(200, "Events")],
        Errors = Reading,
    };

    internal static readonly RouteDescription Delete = new("deleteOperation", OperationsTag, "Forgets a finished operation.")
    {
        Notes = "It does not abort: an unfinished one answers 409.",
        Answers = [(204, "Gone")],
        Errors = Changing,
    };

    internal static readonly RouteDescription Kinds = new("listKinds", KindsTag, "Lists what can be submitted.")
    {
        Answers = [(200, "Kinds")],
        Errors = [400, 401, 500],
    };

    /// <summary>An OpenAPI document without its paths; those are the endpoints that bear a <see cref="RouteDescription"/>.</summary>
    public const string Frame =
        """
        {
          "openapi": "3.1.1",
          "info": {
            "title": "Longhaul: Operations",
            "version": "",
            "description": "Long-running operations of every kind: submit them, see how far they are and what became of each item, wait for them, hold and end them.",
            "license": { "name": "MIT", "identifier": "MIT" }
          },
          "servers": [{ "url": "/" }],
          "tags": [
            { "name": "Operations", "description": "Work that was accepted, whichever API it came by." },
            { "name": "Kinds", "description": "What this server can do." }
          ],
          "security": [{ "bearer": [] }],
          "paths": {},
          "components": {
            "securitySchemes": {
              "bearer": { "type": "http", "scheme": "bearer", "description": "The root token, or a token of the account." }
            },
            "parameters": {
              "id": { "name": "id", "in": "path", "required": true, "description": "32 hexadecimal digits; dashes and upper case are taken too.", "schema": { "type": "string" } },
              "account": { "name": "account", "in": "query", "description": "Only operations of this account.", "schema": { "$ref": "#/components/schemas/Account" } },
              "kind": { "name": "kind", "in": "query", "description": "Only operations of one of these kinds; `lists.*` stands for all that begin so.", "explode": true, "schema": { "type": "array", "items": { "type": "string" } } },
              "state": { "name": "state", "in": "query", "description": "Only operations in one of these states.", "explode": true, "schema": { "type": "array", "items": { "$ref": "#/components/schemas/State" } } },
              "done": { "name": "done", "in": "query", "description": "Only operations that have ended, or have not.", "schema": { "type": "boolean" } },
              "label": { "name": "label", "in": "query", "description": "`key:value`; all must match.", "explode": true, "schema": { "type": "array", "items": { "type": "string" } } },
              "createdAfter": { "name": "createdAfter", "in": "query", "schema": { "type": "string", "format": "date-time" } },
              "createdBefore": { "name": "createdBefore", "in": "query", "schema": { "type": "string", "format": "date-time" } },
              "retryOf": { "name": "retryOf", "in": "query", "description": "Only operations that repeat items of this one.", "schema": { "type": "string" } },
              "operations": { "name": "operations", "in": "query", "description": "Only these operations: up to 200 ids with commas between them.", "schema": { "type": "string" } },
              "lastEventId": { "name": "Last-Event-ID", "in": "header", "description": "The id of the last event that came: what changed since a minute before it is sent.", "schema": { "type": "string" } },
              "accessToken": { "name": "access_token", "in": "query", "description": "The token, where a client cannot set headers.", "schema": { "type": "string" } },
              "operationsPageSize": { "name": "pageSize", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 500, "default": 50 } },
              "itemsPageSize": { "name": "pageSize", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 } },
              "pageToken": { "name": "pageToken", "in": "query", "description": "`nextPageToken` of the page before.", "schema": { "type": "string" } },
              "itemState": { "name": "state", "in": "query", "description": "Only items in one of these states.", "explode": true, "schema": { "type": "array", "items": { "$ref": "#/components/schemas/ItemState" } } },
              "prefer": { "name": "Prefer", "in": "header", "description": "`wait=N`: hold the answer until the operation has ended, at most N seconds (RFC 7240).", "schema": { "type": "string", "examples": ["wait=10"] } },
              "ifNoneMatch": { "name": "If-None-Match", "in": "header", "description": "The `ETag` that is known already.", "schema": { "type": "string" } },
              "idempotencyKey": { "name": "Idempotency-Key", "in": "header", "description": "The same key with the same request answers the first answer again, for 24 hours.", "schema": { "type": "string", "minLength": 1, "maxLength": 257 } }
            },
            "requestBodies": {
              "Retry": {
                "required": false,
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Retry" }, "example": { "items": "failed" } } }
              },
              "Resume": {
                "required": false,
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Resume" }, "example": {} } }
              },
              "Submit": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": { "$ref": "#/components/schemas/Submit" },
                    "example": { "kind": "lists.append", "account": "acme", "params": { "listId": "4da8780eeb215e6cb7f48dd981c4ea02" }, "items": [{ "ip": "192.0.2.1" }], "labels": { "team": "web" } }
                  }
                }
              }
            },
            "headers": {
              "RequestId": { "description": "Names the request in the server's log.", "schema": { "type": "string" } },
              "RetryAfter": { "description": "Seconds after which asking again makes sense; absent once the operation has ended.", "schema": { "type": "integer" } },
              "Location": { "description": "Where the operation can be read.", "schema": { "type": "string" } },
              "ETag": { "description": "The version of the operation.", "schema": { "type": "string" } },
              "PreferenceApplied": { "description": "The wait that was honoured.", "schema": { "type": "string" } },
              "IdempotentReplayed": { "description": "`true` when the answer is that of an earlier request with the same key.", "schema": { "type": "string" } }
            },
            "responses": {
              "Operation": {
                "description": "The operation as it is now.",
                "headers": {
                  "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                  "ETag": { "$ref": "#/components/headers/ETag" },
                  "Retry-After": { "$ref": "#/components/headers/RetryAfter" },
                  "Preference-Applied": { "$ref": "#/components/headers/PreferenceApplied" }
                },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Operation" } } }
              },
              "Accepted": {
                "description": "The operation is durable and has not ended yet.",
                "headers": {
                  "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                  "Location": { "$ref": "#/components/headers/Location" },
                  "ETag": { "$ref": "#/components/headers/ETag" },
                  "Retry-After": { "$ref": "#/components/headers/RetryAfter" },
                  "Idempotent-Replayed": { "$ref": "#/components/headers/IdempotentReplayed" }
                },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Operation" } } }
              },
              "Submitted": {
                "description": "The operation has ended within the preferred wait; or, with validateOnly, everything is right with it and nothing was done.",
                "headers": {
                  "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                  "Location": { "$ref": "#/components/headers/Location" },
                  "ETag": { "$ref": "#/components/headers/ETag" },
                  "Preference-Applied": { "$ref": "#/components/headers/PreferenceApplied" }
                },
                "content": { "application/json": { "schema": { "oneOf": [{ "$ref": "#/components/schemas/Operation" }, { "$ref": "#/components/schemas/Valid" }] } } }
              },
              "NotModified": { "description": "The version is still the one that is known.", "headers": { "ETag": { "$ref": "#/components/headers/ETag" } } },
              "Gone": { "description": "The operation is forgotten." },
              "Operations": { "description": "A page of operations.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/OperationPage" } } } },
              "Items": { "description": "A page of items; with `Accept: application/x-ndjson` all of them, one Item on each line.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ItemPage" } } } },
              "Events": { "description": "Server-sent events named operation; the data of each is an Operation.", "content": { "text/event-stream": { "schema": { "type": "string" } } } },
              "NoMoreEvents": { "description": "The end of the operation was sent already." },
              "Kinds": { "description": "All kinds.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/KindList" } } } },
              "Error400": { "description": "invalid-argument: something in the body, the query or a header is wrong; `errors` has all of it.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error401": { "description": "unauthenticated: no token, or an unknown one.", "headers": { "WWW-Authenticate": { "schema": { "type": "string" } } }, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error403": { "description": "permission-denied: the token may read the operation but not do this.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error404": { "description": "not-found: unknown, expired, deleted, or not for this token.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error408": { "description": "The body arrived too slowly.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error409": { "description": "failed-precondition: not possible in this state.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error413": { "description": "payload-too-large: too many bytes or items.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error415": { "description": "unsupported-media-type: send JSON.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error422": { "description": "idempotency-mismatch: the key was used with a different request.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error429": { "description": "rate-limited: too much is pending already.", "headers": { "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error500": { "description": "internal: a fault of the server; its log has more under the request id.", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
              "Error503": { "description": "unavailable: starting, stopping, or the store cannot take it now.", "headers": { "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } }
            },
            "schemas": {
              "Id": { "type": "string", "pattern": "^[0-9a-f]{32}$", "examples": ["4da8780eeb215e6cb7f48dd981c4ea02"] },
              "Account": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$", "examples": ["acme"] },
              "Time": { "type": "string", "format": "date-time", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", "description": "RFC 3339, milliseconds, UTC.", "examples": ["2026-11-20T10:00:24.120Z"] },
              "TimeOrNull": { "type": ["string", "null"], "format": "date-time", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", "examples": ["2026-11-20T10:00:24.120Z"] },
              "Labels": { "type": "object", "maxProperties": 16, "additionalProperties": { "type": "string", "maxLength": 255 }, "description": "Keys are 1 to 63 of a-z 0-9 . _ -" },
              "State": { "type": "string", "enum": ["pending", "running", "paused", "completed", "failed", "aborted"], "description": "The last three are final." },
              "ItemState": { "type": "string", "enum": ["pending", "running", "succeeded", "skipped", "failed", "aborted"] },
              "Submit": {
                "type": "object",
                "required": ["kind", "account"],
                "properties": {
                  "kind": { "type": "string", "description": "One of `GET /v1/kinds`.", "examples": ["lists.append"] },
                  "account": { "$ref": "#/components/schemas/Account" },
                  "params": { "type": "object", "description": "Depends on the kind." },
                  "items": { "type": "array", "description": "Depends on the kind." },
                  "labels": { "$ref": "#/components/schemas/Labels" },
                  "maxFailedItems": { "type": "integer", "minimum": 0, "description": "One failure more ends the operation as failed; not for atomic kinds." },
                  "validateOnly": { "type": "boolean", "description": "Check everything, do nothing." }
                },
                "additionalProperties": false
              },
              "Valid": {
                "type": "object",
                "description": "What a submit that was only to be checked would bring.",
                "required": ["valid", "total", "sample"],
                "properties": {
                  "valid": { "type": "boolean", "enum": [true] },
                  "total": { "type": ["integer", "null"], "minimum": 0, "description": "How many items; null when they have yet to be found." },
                  "sample": { "type": "array", "maxItems": 100, "items": { "type": "string" }, "description": "Keys of the first items." }
                },
                "additionalProperties": false
              },
              "Resume": {
                "type": "object",
                "properties": { "params": { "type": "object", "description": "Depends on the kind." } },
                "additionalProperties": false
              },
              "Retry": {
                "type": "object",
                "properties": {
                  "items": { "type": "string", "enum": ["failed", "unsuccessful"], "default": "failed", "description": "unsuccessful adds the aborted ones." },
                  "params": { "type": "object", "description": "Depends on the kind." }
                },
                "additionalProperties": false
              },
              "Operation": {
                "type": "object",
                "required": ["name", "id", "kind", "account", "state", "stateReason", "abortRequested", "done", "partial", "version", "createTime", "updateTime", "startTime", "endTime", "heartbeatTime", "expireTime", "submittedBy", "labels", "retryOf", "itemsTruncated", "progress", "metadata"],
                "properties": {
                  "name": { "type": "string", "pattern": "^operations/[0-9a-f]{32}$" },
                  "id": { "$ref": "#/components/schemas/Id" },
                  "kind": { "type": "string" },
                  "account": { "$ref": "#/components/schemas/Account" },
                  "state": { "$ref": "#/components/schemas/State" },
                  "stateReason": { "type": ["string", "null"], "description": "Why it is pending, paused or failed; one sentence." },
                  "abortRequested": { "type": "boolean" },
                  "done": { "type": "boolean", "description": "True in the three final states." },
                  "partial": { "type": "boolean", "description": "Completed, but some items failed." },
                  "version": { "type": "integer", "minimum": 1, "description": "Grows with every change that is more than time passing." },
                  "createTime": { "$ref": "#/components/schemas/Time" },
                  "updateTime": { "$ref": "#/components/schemas/Time" },
                  "startTime": { "$ref": "#/components/schemas/TimeOrNull" },
                  "endTime": { "$ref": "#/components/schemas/TimeOrNull" },
                  "heartbeatTime": { "$ref": "#/components/schemas/TimeOrNull" },
                  "expireTime": { "$ref": "#/components/schemas/TimeOrNull" },
                  "submittedBy": { "type": "string" },
                  "labels": { "$ref": "#/components/schemas/Labels" },
                  "retryOf": { "type": ["string", "null"] },
                  "itemsTruncated": { "type": "boolean", "description": "Some outcomes were only counted, because a bound was reached." },
                  "progress": { "$ref": "#/components/schemas/Progress" },
                  "metadata": { "type": "object", "description": "What was known at submit; depends on the kind." },
                  "response": { "type": "object", "description": "When completed; depends on the kind." },
                  "error": { "$ref": "#/components/schemas/Failure" }
                },
                "additionalProperties": false
              },
              "Progress": {
                "type": "object",
                "description": "The six counters sum to the total at all times.",
                "required": ["total", "totalFinal", "pending", "running", "succeeded", "skipped", "failed", "aborted", "percent", "itemsPerSecond", "etaSeconds", "bytesDone", "bytesTotal", "phase"],
                "properties": {
                  "total": { "type": ["integer", "null"], "minimum": 0 },
                  "totalFinal": { "type": "boolean", "description": "False while items are still being found." },
                  "pending": { "type": "integer", "minimum": 0 },
                  "running": { "type": "integer", "minimum": 0 },
                  "succeeded": { "type": "integer", "minimum": 0 },
                  "skipped": { "type": "integer", "minimum": 0 },
                  "failed": { "type": "integer", "minimum": 0 },
                  "aborted": { "type": "integer", "minimum": 0 },
                  "percent": { "type": ["number", "null"], "minimum": 0, "maximum": 100 },
                  "itemsPerSecond": { "type": ["number", "null"], "minimum": 0 },
                  "etaSeconds": { "type": ["integer", "null"], "minimum": 0 },
                  "bytesDone": { "type": ["integer", "null"], "minimum": 0 },
                  "bytesTotal": { "type": ["integer", "null"], "minimum": 0 },
                  "phase": { "type": ["string", "null"] }
                },
                "additionalProperties": false
              },
              "OperationPage": {
                "type": "object",
                "required": ["operations"],
                "properties": {
                  "operations": { "type": "array", "items": { "$ref": "#/components/schemas/Operation" } },
                  "nextPageToken": { "type": "string", "minLength": 1, "description": "Absent on the last page." }
                },
                "additionalProperties": false
              },
              "Item": {
                "type": "object",
                "required": ["index", "key", "state", "outcome", "attempts", "retriable", "error", "result", "endTime"],
                "properties": {
                  "index": { "type": "integer", "minimum": 0, "description": "Position in the input." },
                  "key": { "type": ["string", "null"] },
                  "state": { "$ref": "#/components/schemas/ItemState" },
                  "outcome": { "type": ["string", "null"], "description": "A word of the kind, such as added or unchanged." },
                  "attempts": { "type": "integer", "minimum": 0 },
                  "retriable": { "type": "boolean" },
                  "error": { "oneOf": [{ "$ref": "#/components/schemas/Failure" }, { "type": "null" }] },
                  "result": { "type": ["object", "null"], "description": "Depends on the kind." },
                  "endTime": { "$ref": "#/components/schemas/TimeOrNull" }
                },
                "additionalProperties": false
              },
              "ItemPage": {
                "type": "object",
                "required": ["items"],
                "properties": {
                  "items": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } },
                  "nextPageToken": { "type": "string", "minLength": 1, "description": "Absent on the last page." }
                },
                "additionalProperties": false
              },
              "Kind": {
                "type": "object",
                "required": ["kind", "description", "atomic", "pausable", "retryable", "maxItems", "submittable"],
                "properties": {
                  "kind": { "type": "string" },
                  "description": { "type": "string" },
                  "atomic": { "type": "boolean", "description": "All of it becomes visible at one instant, or nothing." },
                  "pausable": { "type": "boolean" },
                  "retryable": { "type": "boolean" },
                  "maxItems": { "type": "integer", "minimum": 0 },
                  "submittable": { "type": "boolean" }
                },
                "additionalProperties": false
              },
              "KindList": {
                "type": "object",
                "required": ["kinds"],
                "properties": { "kinds": { "type": "array", "items": { "$ref": "#/components/schemas/Kind" } } },
                "additionalProperties": false
              },
              "Failure": {
                "type": "object",
                "description": "Why an operation or an item failed or was aborted.",
                "required": ["type", "title", "detail", "code"],
                "properties": {
                  "type": { "type": "string", "pattern": "^urn:longhaul:problem:[a-z-]+$" },
                  "title": { "type": "string" },
                  "detail": { "type": "string" },
                  "code": { "$ref": "#/components/schemas/Code" },
                  "errors": {
                    "type": "array",
                    "description": "Of an operation whose items all failed: those with the smallest indexes, at most ten, each detail cut after 1,000 characters.",
                    "minItems": 1,
                    "maxItems": 10,
                    "items": {
                      "type": "object",
                      "required": ["detail", "pointer"],
                      "properties": { "detail": { "type": "string" }, "pointer": { "type": "string", "description": "`/items/` and the index that the item has among the items of the operation; of submitted items that is their place in the body." } },
                      "additionalProperties": false
                    }
                  }
                },
                "additionalProperties": false
              },
              "Code": { "type": "string", "pattern": "^[A-Z_]+$", "description": "A canonical name as in AIP-193.", "examples": ["INVALID_ARGUMENT"] },
              "Problem": {
                "type": "object",
                "description": "RFC 9457.",
                "required": ["type", "title", "status", "detail", "instance", "code", "requestId"],
                "properties": {
                  "type": { "type": "string", "pattern": "^urn:longhaul:problem:[a-z-]+$" },
                  "title": { "type": "string" },
                  "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                  "detail": { "type": "string" },
                  "instance": { "type": "string", "description": "The path of the request." },
                  "code": { "$ref": "#/components/schemas/Code" },
                  "requestId": { "type": "string" },
                  "errors": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "object",
                      "required": ["detail", "pointer"],
                      "properties": { "detail": { "type": "string" }, "pointer": { "type": "string", "description": "JSON Pointer into the body, or ?name of a query parameter." } },
                      "additionalProperties": false
                    }
                  }
                },
                "additionalProperties": false
              }
            }
          }
        }
        """;
}
