using Longhaul.AspNetCore;

namespace Longhaul.Lists;

/// <summary>The OpenAPI text of the Lists face: what its routes say of themselves, and the shapes that they share.</summary>
internal static class ListsOpenApi
{
    private const string ListsTag = "Lists";
    private const string ItemsTag = "Items";
    private const string BulkTag = "Bulk operations";

    // What every route of the face may answer: credentials, unknown things, faults, the store.
    private static readonly int[] Reading = [400, 403, 404, 500, 503];
    private static readonly int[] ReadingBody = [400, 403, 404, 408, 413, 415, 500, 503];
    private static readonly int[] Creating = [400, 403, 404, 408, 413, 415, 422, 500, 503];
    private static readonly int[] Submitting = [400, 403, 404, 408, 413, 415, 422, 429, 500, 503];

    public static readonly RouteDescription ListLists = new("lists-get-lists", ListsTag, "Lists all lists of an account, without their items.")
    {
        Notes = "In the order of their creation, unpaged.",
        Answers = [(200, "Lists")],
        Errors = Reading,
    };

    public static readonly RouteDescription CreateList = new("lists-create-a-list", ListsTag, "Makes an empty list.")
    {
        Notes = "Name and kind never change. Accounts come into being on first use.",
        Parameters = ["idempotencyKey"],
        Body = "CreateList",
        Answers = [(200, "List")],
        Errors = Creating,
    };

    public static readonly RouteDescription GetList = new("lists-get-a-list", ListsTag, "Reads a list.")
    {
        Answers = [(200, "List")],
        Errors = Reading,
    };

    public static readonly RouteDescription UpdateList = new("lists-update-a-list", ListsTag, "Changes the description of a list.")
    {
        Notes = "A member that is absent changes nothing; null or an empty text removes the description.",
        Body = "UpdateList",
        Answers = [(200, "List")],
        Errors = ReadingBody,
    };

    public static readonly RouteDescription DeleteList = new(
        "lists-delete-a-list", ListsTag, "Removes a list with its items. No reader sees it any more once this has answered.")
    {
        Notes = "Its unfinished bulk operations end as failed; their status stays readable.",
        Answers = [(200, "Deleted")],
        Errors = Reading,
    };

    public static readonly RouteDescription ListItems = new(
        "lists-get-list-items", ItemsTag, "Reads a page of items; all pages of one cursor chain show one revision.")
    {
        Notes = "`result_info` is absent when the answer is the only page.",
        Parameters = ["cursor", "perPage", "search", "match"],
        Answers = [(200, "Items")],
        Errors = Reading,
    };

    public static readonly RouteDescription AppendItems = new(
        "lists-create-list-items", ItemsTag, "Adds items to a list. Answers as soon as the operation is durable, before any item is written.")
    {
        Notes = "An item whose value is in the list already is overwritten as a whole and keeps its id. All or nothing becomes visible, at one instant.",
        Parameters = ["prefer", "idempotencyKey"],
        Body = "Items",
        Answers = [(200, "Accepted")],
        Errors = Submitting,
    };

    public static readonly RouteDescription ReplaceItems = new(
        "lists-update-all-list-items", ItemsTag, "Replaces all items of a list at one instant. Answers as soon as the operation is durable.")
    {
        Notes = "`[]` empties the list. Values that were in it keep their ids.",
        Parameters = ["prefer", "idempotencyKey"],
        Body = "Items",
        Answers = [(200, "Accepted")],
        Errors = Submitting,
    };

    public static readonly RouteDescription DeleteItems = new(
        "lists-delete-list-items", ItemsTag, "Removes items by their ids. Answers as soon as the operation is durable.")
    {
        Notes = "Ids that are not in the list, or repeated, are ignored.",
        Parameters = ["prefer", "idempotencyKey"],
        Body = "Deletion",
        Answers = [(200, "Accepted")],
        Errors = Submitting,
    };

    public static readonly RouteDescription GetItem = new("lists-get-a-list-item", ItemsTag, "Reads one item.")
    {
        Answers = [(200, "Item")],
        Errors = Reading,
    };

    public static readonly RouteDescription GetOperation = new(
        "lists-get-bulk-operation-status",
        BulkTag,
        "Reads the status of a bulk operation. What it changed can be read the moment it is completed.")
    {
        Notes = "Counts, outcomes of single items and abort are in the operations API, under the same id.",
        Parameters = ["prefer"],
        Answers = [(200, "Status")],
        Errors = Reading,
    };

    /// <summary>An OpenAPI document without its paths.</summary>
    public const string Frame =
        """
        {
          "openapi": "3.1.1",
          "info": {
            "title": "Longhaul: Lists",
            "version": "",
            "description": "Account-level lists of addresses, host names, AS numbers and redirects, in the dialect of Cloudflare's Rules Lists API. Item writes are asynchronous: they answer an operation id at once, and the status route says when the change can be read.",
            "license": { "name": "MIT", "identifier": "MIT" }
          },
          "servers": [{ "url": "/" }],
          "tags": [
            { "name": "Lists", "description": "Lists without their items." },
            { "name": "Items", "description": "What is in a list; writes are bulk operations." },
            { "name": "Bulk operations", "description": "How far an item write is." },
            { "name": "Whole lists", "description": "Beyond the vendor: export and import as CSV, text or JSON lines." },
            { "name": "Look-ups", "description": "Beyond the vendor: what a list says of a value or a request." }
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
              "listId": { "name": "list_id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
              "itemId": { "name": "item_id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
              "operationId": { "name": "operation_id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
              "cursor": { "name": "cursor", "in": "query", "description": "From `result_info.cursors` of another page of this list and search.", "schema": { "type": "string" } },
              "perPage": { "name": "per_page", "in": "query", "description": "Items on the page.", "schema": { "type": "integer", "minimum": 1, "maximum": 500, "default": 25 } },
              "exportFormat": { "name": "format", "in": "query", "description": "Without it the `Accept` header decides, else it is `jsonl`.", "schema": { "type": "string", "enum": ["csv", "text", "jsonl"] } },
              "importFormat": { "name": "format", "in": "query", "description": "Without it the `Content-Type` decides.", "schema": { "type": "string", "enum": ["csv", "text", "jsonl", "json"] } },
              "mode": { "name": "mode", "in": "query", "description": "`append` adds and updates, `replace` leaves just what the file has.", "schema": { "type": "string", "enum": ["append", "replace"], "default": "append" } },
              "ifNoneMatch": { "name": "If-None-Match", "in": "header", "description": "Tags of revisions that are known already.", "schema": { "type": "string" } },
              "value": { "name": "value", "in": "query", "required": true, "description": "An address or range, a host name, or an AS number with or without `AS`: whatever the list's kind is.", "schema": { "type": "string", "minLength": 1 }, "example": "192.0.2.1" },
              "url": { "name": "url", "in": "query", "required": true, "description": "The absolute URL of a request; port, user and fragment play no part.", "schema": { "type": "string", "minLength": 1 }, "example": "https://example.com/old" },
              "search": { "name": "search", "in": "query", "description": "Only items that match: an address that starts with it, a host name or URL that contains it, an AS number equal to it. Empty means all.", "schema": { "type": "string" } },
              "match": { "name": "match", "in": "query", "description": "`exact`: the value must equal `search`. Anything else means what the vendor does.", "schema": { "type": "string", "examples": ["exact"] } },
              "prefer": { "name": "Prefer", "in": "header", "description": "`wait=N`: hold the answer until the operation has ended, at most N seconds (RFC 7240).", "schema": { "type": "string", "examples": ["wait=10"] } },
              "idempotencyKey": { "name": "Idempotency-Key", "in": "header", "description": "The same key with the same request answers the first answer again, for 24 hours.", "schema": { "type": "string", "minLength": 1, "maxLength": 257 } }
            },
            "requestBodies": {
              "CreateList": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewList" }, "example": { "name": "blocklist", "kind": "ip", "description": "Addresses that scan us" } } } },
              "UpdateList": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ListChange" }, "example": { "description": "Addresses that scan us" } } } },
              "Items": { "required": true, "description": "A bare array. Its items are of the list's kind.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewItems" }, "example": [{ "ip": "192.0.2.1" }, { "ip": "198.51.100.0/24", "comment": "scanners" }] } } },
              "File": {
                "required": true,
                "description": "In the vendor's CSV form, a value a line, an item a line, or an array of items.",
                "content": {
                  "text/csv": { "schema": { "type": "string" }, "example": "192.0.2.1\n198.51.100.0/24,scanners\n" },
                  "text/plain": { "schema": { "type": "string" }, "example": "192.0.2.1\n" },
                  "application/x-ndjson": { "schema": { "type": "string" }, "example": "{\"ip\":\"192.0.2.1\"}\n" },
                  "application/json": { "schema": { "$ref": "#/components/schemas/NewItems" } }
                }
              },
              "Deletion": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Deletion" } } } }
            },
            "headers": {
              "RequestId": { "description": "Names the request in the server's log. `cf-ray` says the same.", "schema": { "type": "string" } },
              "RetryAfter": { "description": "Seconds after which asking again makes sense.", "schema": { "type": "integer" } },
              "ETag": { "description": "Names list, revision and format.", "schema": { "type": "string" } },
              "Monitor": { "description": "`rel=\"monitor\"`: the operation in the operations API.", "schema": { "type": "string" } },
              "PreferenceApplied": { "description": "The wait that was honoured.", "schema": { "type": "string" } },
              "IdempotentReplayed": { "description": "`true` when the answer is that of an earlier request with the same key.", "schema": { "type": "string" } }
            },
            "responses": {
              "Lists": { "description": "All lists.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ListsEnvelope" } } } },
              "List": { "description": "The list.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ListEnvelope" } } } },
              "Deleted": { "description": "The list is gone.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/DeletedEnvelope" } } } },
              "Items": { "description": "A page of items.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ItemsEnvelope" } } } },
              "Item": { "description": "The item.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ItemEnvelope" } } } },
              "Exported": {
                "description": "The whole list.",
                "headers": {
                  "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                  "ETag": { "$ref": "#/components/headers/ETag" }
                },
                "content": {
                  "application/x-ndjson": { "schema": { "type": "string", "description": "Items as the item route shows them, one a line." } },
                  "text/csv": { "schema": { "type": "string" } },
                  "text/plain": { "schema": { "type": "string" } }
                }
              },
              "NotModified": { "description": "It is as it was." },
              "Coverage": { "description": "The items that cover the value; there may be none.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/CoverageEnvelope" } } } },
              "Resolution": { "description": "The redirect, where one matches.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ResolutionEnvelope" } } } },
              "Accepted": {
                "description": "The operation is durable; its id can be asked for at once.",
                "headers": {
                  "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                  "Link": { "$ref": "#/components/headers/Monitor" },
                  "Preference-Applied": { "$ref": "#/components/headers/PreferenceApplied" },
                  "Idempotent-Replayed": { "$ref": "#/components/headers/IdempotentReplayed" }
                },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/AcceptedEnvelope" } } }
              },
              "Status": {
                "description": "The status of the operation.",
                "headers": {
                  "X-Request-Id": { "$ref": "#/components/headers/RequestId" },
                  "Link": { "$ref": "#/components/headers/Monitor" },
                  "Retry-After": { "$ref": "#/components/headers/RetryAfter" },
                  "Preference-Applied": { "$ref": "#/components/headers/PreferenceApplied" }
                },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/StatusEnvelope" } } }
              },
              "Error400": { "description": "6003 malformed header; 9106 no credential; 10026 the body cannot be read; 10027 bad or expired cursor; 10028 bad value; 19034 unknown format or mode; 19010 to 19014 name, kind, description or number of lists. Every bad item is named, up to a bound.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error403": { "description": "10000 unknown credential; 9109 not for this account or action.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error404": { "description": "19001 no such list; 19002 no such item; 19003 no such bulk operation; 7003 no such route.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error408": { "description": "10026 the body arrived too slowly.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error413": { "description": "19030 too many bytes or items; split the request.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error415": { "description": "19033 a multipart body; send JSON.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error422": { "description": "19032 the Idempotency-Key was used with a different request.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error429": { "description": "19020 too much is pending already.", "headers": { "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error500": { "description": "19500 a fault of the server; its log has more under the request id.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error503": { "description": "19503 starting, stopping, or the store cannot take it now.", "headers": { "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } }
            },
            "schemas": {
              "Id": { "type": "string", "pattern": "^[0-9a-f]{32}$", "description": "A UUID without its dashes.", "examples": ["0197a1b2c3d47e5f8a9b0c1d2e3f4a5b"] },
              "Time": { "type": "string", "format": "date-time", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$", "description": "RFC 3339, whole seconds, UTC.", "examples": ["2026-11-20T10:00:00Z"] },
              "Kind": { "type": "string", "enum": ["ip", "hostname", "asn", "redirect"], "description": "What the items of a list are." },
              "List": {
                "type": "object",
                "required": ["id", "name", "kind", "num_items", "num_referencing_filters", "created_on", "modified_on"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "name": { "$ref": "#/components/schemas/ListName" },
                  "description": { "type": "string", "minLength": 1, "maxLength": 500, "description": "Absent when there is none." },
                  "kind": { "$ref": "#/components/schemas/Kind" },
                  "num_items": { "type": "integer", "minimum": 0, "description": "Moves when an operation completes, not when it is accepted." },
                  "num_referencing_filters": { "type": "integer", "enum": [0], "description": "Rules that use the list; there are none here." },
                  "created_on": { "$ref": "#/components/schemas/Time" },
                  "modified_on": { "$ref": "#/components/schemas/Time" }
                },
                "additionalProperties": false
              },
              "ListName": { "type": "string", "pattern": "^[a-zA-Z0-9_]{1,50}$", "description": "Unique in the account, compared without case.", "examples": ["blocklist"] },
              "NewList": {
                "type": "object",
                "required": ["name", "kind"],
                "properties": {
                  "name": { "$ref": "#/components/schemas/ListName" },
                  "kind": { "$ref": "#/components/schemas/Kind" },
                  "description": { "type": ["string", "null"], "maxLength": 500 }
                },
                "additionalProperties": false
              },
              "ListChange": {
                "type": "object",
                "properties": { "description": { "type": ["string", "null"], "maxLength": 500 } },
                "additionalProperties": false
              },
              "Comment": { "type": ["string", "null"], "maxLength": 500 },
              "Ip": { "type": "string", "description": "An IPv4 or IPv6 address, or a range in CIDR form: /8 to /32 and /12 to /128. It is made canonical: host bits are cleared, /32 and /128 dropped.", "examples": ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32"] },
              "Asn": { "type": "integer", "minimum": 1, "maximum": 4294967295, "examples": [64496] },
              "Hostname": {
                "type": "object",
                "required": ["url_hostname"],
                "properties": {
                  "url_hostname": { "type": "string", "minLength": 1, "maxLength": 253, "description": "At least two labels; `*` only as the whole first one.", "examples": ["example.com", "*.example.com"] },
                  "exclude_exact_hostname": { "type": "boolean", "description": "With a wildcard only. true: subdomains only; false: the bare name too." }
                },
                "additionalProperties": false
              },
              "Redirect": {
                "type": "object",
                "required": ["source_url", "target_url"],
                "properties": {
                  "source_url": { "type": "string", "minLength": 1, "description": "Host and path, with or without http or https. Two redirects of one list never have the same.", "examples": ["example.com/old"] },
                  "target_url": { "type": "string", "minLength": 1, "examples": ["https://example.com/new"] },
                  "status_code": { "type": "integer", "enum": [301, 302, 307, 308], "description": "301 when absent." },
                  "include_subdomains": { "type": "boolean" },
                  "subpath_matching": { "type": "boolean" },
                  "preserve_query_string": { "type": "boolean" },
                  "preserve_path_suffix": { "type": "boolean" }
                },
                "additionalProperties": false
              },
              "NewItems": { "type": "array", "items": { "$ref": "#/components/schemas/NewItem" } },
              "NewItem": {
                "description": "Exactly one of `ip`, `hostname`, `asn` and `redirect`: the one that the list's kind names.",
                "oneOf": [
                  { "$ref": "#/components/schemas/NewIpItem" },
                  { "$ref": "#/components/schemas/NewHostnameItem" },
                  { "$ref": "#/components/schemas/NewAsnItem" },
                  { "$ref": "#/components/schemas/NewRedirectItem" }
                ]
              },
              "NewIpItem": {
                "type": "object",
                "required": ["ip"],
                "properties": { "ip": { "$ref": "#/components/schemas/Ip" }, "comment": { "$ref": "#/components/schemas/Comment" } },
                "additionalProperties": false
              },
              "NewHostnameItem": {
                "type": "object",
                "required": ["hostname"],
                "properties": { "hostname": { "$ref": "#/components/schemas/Hostname" }, "comment": { "$ref": "#/components/schemas/Comment" } },
                "additionalProperties": false
              },
              "NewAsnItem": {
                "type": "object",
                "required": ["asn"],
                "properties": { "asn": { "$ref": "#/components/schemas/Asn" }, "comment": { "$ref": "#/components/schemas/Comment" } },
                "additionalProperties": false
              },
              "NewRedirectItem": {
                "type": "object",
                "required": ["redirect"],
                "properties": { "redirect": { "$ref": "#/components/schemas/Redirect" }, "comment": { "$ref": "#/components/schemas/Comment" } },
                "additionalProperties": false
              },
              "Item": {
                "description": "The value in its canonical form; optional members come back as they were sent.",
                "oneOf": [
                  { "$ref": "#/components/schemas/IpItem" },
                  { "$ref": "#/components/schemas/HostnameItem" },
                  { "$ref": "#/components/schemas/AsnItem" },
                  { "$ref": "#/components/schemas/RedirectItem" }
                ]
              },
              "IpItem": {
                "type": "object",
                "required": ["id", "ip", "created_on", "modified_on"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "ip": { "$ref": "#/components/schemas/Ip" },
                  "comment": { "type": "string", "maxLength": 500 },
                  "created_on": { "$ref": "#/components/schemas/Time" },
                  "modified_on": { "$ref": "#/components/schemas/Time" }
                },
                "additionalProperties": false
              },
              "HostnameItem": {
                "type": "object",
                "required": ["id", "hostname", "created_on", "modified_on"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "hostname": { "$ref": "#/components/schemas/Hostname" },
                  "comment": { "type": "string", "maxLength": 500 },
                  "created_on": { "$ref": "#/components/schemas/Time" },
                  "modified_on": { "$ref": "#/components/schemas/Time" }
                },
                "additionalProperties": false
              },
              "AsnItem": {
                "type": "object",
                "required": ["id", "asn", "created_on", "modified_on"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "asn": { "$ref": "#/components/schemas/Asn" },
                  "comment": { "type": "string", "maxLength": 500 },
                  "created_on": { "$ref": "#/components/schemas/Time" },
                  "modified_on": { "$ref": "#/components/schemas/Time" }
                },
                "additionalProperties": false
              },
              "RedirectItem": {
                "type": "object",
                "required": ["id", "redirect", "created_on", "modified_on"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "redirect": { "$ref": "#/components/schemas/Redirect" },
                  "comment": { "type": "string", "maxLength": 500 },
                  "created_on": { "$ref": "#/components/schemas/Time" },
                  "modified_on": { "$ref": "#/components/schemas/Time" }
                },
                "additionalProperties": false
              },
              "Deletion": {
                "type": "object",
                "required": ["items"],
                "properties": {
                  "items": {
                    "type": "array",
                    "minItems": 1,
                    "items": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string", "minLength": 1 } }, "additionalProperties": false }
                  }
                },
                "additionalProperties": false
              },
              "Accepted": {
                "type": "object",
                "required": ["operation_id"],
                "properties": { "operation_id": { "$ref": "#/components/schemas/Id" } },
                "additionalProperties": false
              },
              "Status": {
                "description": "`completed` is never seen before what it completed can be read.",
                "oneOf": [{ "$ref": "#/components/schemas/UnfinishedStatus" }, { "$ref": "#/components/schemas/CompletedStatus" }, { "$ref": "#/components/schemas/FailedStatus" }]
              },
              "UnfinishedStatus": {
                "type": "object",
                "required": ["id", "status"],
                "properties": { "id": { "$ref": "#/components/schemas/Id" }, "status": { "type": "string", "enum": ["pending", "running"] } },
                "additionalProperties": false
              },
              "CompletedStatus": {
                "type": "object",
                "required": ["id", "status", "completed"],
                "properties": { "id": { "$ref": "#/components/schemas/Id" }, "status": { "type": "string", "const": "completed" }, "completed": { "$ref": "#/components/schemas/Time" } },
                "additionalProperties": false
              },
              "FailedStatus": {
                "type": "object",
                "required": ["id", "status", "completed", "error"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "status": { "type": "string", "const": "failed" },
                  "completed": { "$ref": "#/components/schemas/Time" },
                  "error": { "type": "string", "minLength": 1 }
                },
                "additionalProperties": false
              },
              "Nothing": { "type": "array", "maxItems": 0 },
              "ListsEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "type": "array", "items": { "$ref": "#/components/schemas/List" } },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "ListEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "$ref": "#/components/schemas/List" },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "DeletedEnvelope": {
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
              "ItemsEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } },
                  "result_info": {
                    "type": "object",
                    "required": ["cursors"],
                    "properties": {
                      "cursors": {
                        "type": "object",
                        "minProperties": 1,
                        "properties": { "before": { "type": "string", "minLength": 1 }, "after": { "type": "string", "minLength": 1 } },
                        "additionalProperties": false
                      }
                    },
                    "additionalProperties": false
                  },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "ItemEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "$ref": "#/components/schemas/Item" },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "AcceptedEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "$ref": "#/components/schemas/Accepted" },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "type": "array", "items": { "$ref": "#/components/schemas/Note" }, "description": "19040 for each value that was made canonical, up to a bound." }
                },
                "additionalProperties": false
              },
              "CoverageEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": {
                    "type": "object",
                    "required": ["value", "contained", "items"],
                    "properties": {
                      "value": { "type": "string" },
                      "contained": { "type": "boolean" },
                      "items": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } }
                    },
                    "additionalProperties": false
                  },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "ResolutionEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": {
                    "type": "object",
                    "required": ["url", "matched"],
                    "properties": {
                      "url": { "type": "string" },
                      "matched": { "type": "boolean" },
                      "status_code": { "type": "integer", "enum": [301, 302, 307, 308] },
                      "location": { "type": "string" },
                      "item": { "$ref": "#/components/schemas/RedirectItem" }
                    },
                    "additionalProperties": false
                  },
                  "success": { "type": "boolean", "enum": [true] },
                  "errors": { "$ref": "#/components/schemas/Nothing" },
                  "messages": { "$ref": "#/components/schemas/Nothing" }
                },
                "additionalProperties": false
              },
              "StatusEnvelope": {
                "type": "object",
                "required": ["result", "success", "errors", "messages"],
                "properties": {
                  "result": { "$ref": "#/components/schemas/Status" },
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
                "description": "An error, or something worth knowing about a good request.",
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                  "code": { "type": "integer", "minimum": 971 },
                  "message": { "type": "string", "minLength": 1 },
                  "source": {
                    "type": "object",
                    "minProperties": 1,
                    "properties": {
                      "pointer": { "type": "string", "description": "JSON Pointer into the request body." },
                      "parameter_value_index": { "type": "integer", "minimum": 0, "description": "Position of the bad item in the request, from 0." }
                    },
                    "additionalProperties": false
                  }
                },
                "additionalProperties": false
              }
            }
          }
        }
        """;
}
