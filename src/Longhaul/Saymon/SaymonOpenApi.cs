using Longhaul.AspNetCore;

namespace Longhaul.Saymon;

/// <summary>The OpenAPI text of the SAYMON face: what its routes say of themselves, and the shapes that they share.</summary>
internal static class SaymonOpenApi
{
    private const string BulkTag = "Bulk operations";
    private const string ObjectsTag = "Objects";
    private const string LinksTag = "Links";
    private const string UsersTag = "Users";

    // What every route of the face may answer: credentials, unknown things, faults, the store.
    private static readonly int[] Plain = [400, 401, 403, 500, 503];
    private static readonly int[] PlainWithBody = [400, 401, 403, 413, 500, 503];
    private static readonly int[] OfOne = [400, 401, 403, 404, 500, 503];
    private static readonly int[] OfOneWithBody = [400, 401, 403, 404, 413, 500, 503];

    public static readonly RouteDescription SubmitBulk = new(
        "bulk-objects", BulkTag, "Changes every object that matches a search. Answers as soon as the bulk is durable, before any object is changed.")
    {
        Notes = "The set of objects is fixed at acceptance. Without a search, or with an empty one, it is every object. Each object is changed as a whole or not at all.",
        Parameters = ["dryRun", "idempotencyKey"],
        Body = "Bulk",
        Answers = [(200, "Created")],
        Errors = [400, 401, 403, 413, 422, 429, 500, 503],
    };

    public static readonly RouteDescription CloneObject = new(
        "clone-object-in-background",
        BulkTag,
        "Copies an object with all that is nested in it. Answers as soon as the bulk is durable; the copy appears as a whole.")
    {
        Notes = "Links go along when both their ends do. The id of the copy is `result.rootId` of the verbose status. A body is ignored.",
        Parameters = ["idempotencyKey"],
        Answers = [(200, "Cloning")],
        Errors = [400, 401, 403, 404, 413, 422, 429, 500, 503],
    };

    public static readonly RouteDescription GetStatus = new(
        "get-bulk-operation-status", BulkTag, "Tells whether a bulk is over. It is over also when it has failed or was aborted.")
    {
        Notes = "Outcomes of single objects, abort, pause, resume and retry are in the operations API, under the same id.",
        Parameters = ["verbose", "prefer"],
        Answers = [(200, "Status")],
        Errors = OfOne,
    };

    public static readonly RouteDescription ListObjects = new("list-objects", ObjectsTag, "Lists all objects, with some of their fields.")
    {
        Parameters = ["fields"],
        Answers = [(200, "Objects")],
        Errors = Plain,
    };

    public static readonly RouteDescription CreateObject = new(
        "create-object", ObjectsTag, "Makes an object. A discovery id that is known already changes its object instead.")
    {
        Body = "NewObject",
        Answers = [(200, "Object")],
        Errors = PlainWithBody,
    };

    public static readonly RouteDescription SearchObjects = new("search-objects", ObjectsTag, "Lists the objects that match a search.")
    {
        Notes = "`client_data` is there only with the option `includeClientData`.",
        Body = "Search",
        Answers = [(200, "Objects")],
        Errors = PlainWithBody,
    };

    public static readonly RouteDescription GetObject = new("get-object", ObjectsTag, "Reads an object.")
    {
        Answers = [(200, "Object")],
        Errors = OfOne,
    };

    public static readonly RouteDescription UpdateObject = new("update-object", ObjectsTag, "Changes fields of an object.")
    {
        Body = "ObjectChange",
        Answers = [(200, "Object")],
        Errors = OfOneWithBody,
    };

    public static readonly RouteDescription DeleteObject = new("delete-object", ObjectsTag, "Removes an object with all that is nested in it, and their links.")
    {
        Answers = [(200, "Nothing")],
        Errors = OfOne,
    };

    public static readonly RouteDescription CreateProperty = new(
        "create-object-property", ObjectsTag, "Makes a property of an object. One of the same name is changed instead.")
    {
        Body = "NewProperty",
        Answers = [(200, "Property")],
        Errors = OfOneWithBody,
    };

    public static readonly RouteDescription UpdateProperty = new("update-object-property", ObjectsTag, "Changes a property of an object.")
    {
        Body = "PropertyChange",
        Answers = [(200, "Property")],
        Errors = OfOneWithBody,
    };

    public static readonly RouteDescription ListLinks = new("list-links", LinksTag, "Lists all links.")
    {
        Answers = [(200, "Links")],
        Errors = Plain,
    };

    public static readonly RouteDescription CreateLink = new("create-link", LinksTag, "Links two objects.")
    {
        Body = "NewLink",
        Answers = [(200, "Link")],
        Errors = PlainWithBody,
    };

    public static readonly RouteDescription DeleteLink = new("delete-link", LinksTag, "Removes a link.")
    {
        Answers = [(200, "Nothing")],
        Errors = OfOne,
    };

    public static readonly RouteDescription LogIn = new("create-session", UsersTag, "Opens a session. Answers its id, which is in the cookie too.")
    {
        Body = "Login",
        Answers = [(200, "Session")],
        Errors = PlainWithBody,
    };

    public static readonly RouteDescription LogOut = new("delete-session", UsersTag, "Ends the session of the cookie.")
    {
        Answers = [(200, "LoggedOut")],
        Errors = Plain,
    };

    public static readonly RouteDescription GetCurrentUser = new("get-current-user", UsersTag, "Tells who the caller is.")
    {
        Answers = [(200, "User")],
        Errors = Plain,
    };

    /// <summary>The same route under the plural, which the vendor's browser sample uses.</summary>
    public static RouteDescription Alias(RouteDescription route) => route with { Id = $"{route.Id}-alias", Notes = $"The same under another spelling. {route.Notes}" };

    /// <summary>An OpenAPI document without its paths.</summary>
    public const string Frame =
        """
        {
          "openapi": "3.1.1",
          "info": {
            "title": "Longhaul: SAYMON",
            "version": "",
            "description": "The bulk calls of SAYMON (Central Node) with the objects, properties and links that they act on. Bulks are asynchronous: they answer an id at once, and the status route says when they are over.",
            "license": { "name": "MIT", "identifier": "MIT" }
          },
          "servers": [{ "url": "/" }],
          "tags": [
            { "name": "Bulk operations", "description": "Many objects at once, and how far that is." },
            { "name": "Objects", "description": "Objects and their properties." },
            { "name": "Links", "description": "What joins two objects." },
            { "name": "Users", "description": "Sessions, and who the caller is." }
          ],
          "security": [{ "basic": [] }, { "bearer": [] }, { "apiToken": [] }, { "session": [] }],
          "paths": {},
          "components": {
            "securitySchemes": {
              "basic": { "type": "http", "scheme": "basic", "description": "`root` with the root token, or the name of a token with its secret." },
              "bearer": { "type": "http", "scheme": "bearer", "description": "The root token, or the secret of a token." },
              "apiToken": { "type": "apiKey", "in": "query", "name": "api-token", "description": "The root token, or the secret of a token." },
              "session": { "type": "apiKey", "in": "cookie", "name": "sid", "description": "A session; a write needs the server's own origin and a JSON body." }
            },
            "parameters": {
              "id": { "name": "id", "in": "path", "required": true, "description": "24 hexadecimal digits; of an object also `discovery_id:` and its discovery id.", "schema": { "type": "string" }, "example": "62d7e58056d203149a08001b" },
              "propId": { "name": "prop_id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } },
              "bulkId": { "name": "bulk_id", "in": "path", "required": true, "description": "With or without dashes.", "schema": { "type": "string" }, "example": "0f2a1c0e-5c1b-4a7e-9d57-0b6f4f6f3c11" },
              "fields": { "name": "fields", "in": "query", "description": "Names of fields with commas between them; the id is always there.", "schema": { "type": "string" }, "example": "name,class_id" },
              "dryRun": { "name": "dry_run", "in": "query", "description": "`1`: check the body, tell what it matches, do nothing.", "schema": { "type": "string", "enum": ["0", "1"] } },
              "verbose": { "name": "verbose", "in": "query", "description": "`1`: answer everything that is known of the bulk.", "schema": { "type": "string", "enum": ["0", "1"] } },
              "prefer": { "name": "Prefer", "in": "header", "description": "`wait=N`: hold the answer until the bulk is over, at most N seconds. `return=representation`: as `verbose=1`.", "schema": { "type": "string", "examples": ["wait=10", "return=representation"] } },
              "idempotencyKey": { "name": "Idempotency-Key", "in": "header", "description": "The same key with the same request answers the first answer again, for 24 hours.", "schema": { "type": "string", "minLength": 1, "maxLength": 257 } }
            },
            "requestBodies": {
              "Bulk": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Bulk" }, "example": { "search": { "name": { "$regex": "^CPU$", "$options": "i" } }, "bulk": [{ "properties.createOrModify": { "name": "Rack", "value": "12" } }] } } } },
              "NewObject": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewObject" }, "example": { "name": "CPU", "class_id": 3 } } } },
              "ObjectChange": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ObjectChange" }, "example": { "weight": 2 } } } },
              "Search": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/SearchRequest" }, "example": { "search": { "class_id": { "$in": [3, 4] } } } } } },
              "NewProperty": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewProperty" }, "example": { "name": "Rack", "value": "12" } } } },
              "PropertyChange": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/PropertyChange" }, "example": { "value": "13" } } } },
              "NewLink": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewLink" } } } },
              "Login": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Login" } } } }
            },
            "headers": {
              "RequestId": { "description": "Names the request in the server's log.", "schema": { "type": "string" } },
              "RetryAfter": { "description": "Seconds after which asking again makes sense.", "schema": { "type": "integer" } },
              "Monitor": { "description": "`rel=\"monitor\"`: the operation in the operations API.", "schema": { "type": "string" } },
              "PreferenceApplied": { "description": "The preferences that were honoured.", "schema": { "type": "string" } },
              "IdempotentReplayed": { "description": "`true` when the answer is that of an earlier request with the same key.", "schema": { "type": "string" } },
              "SetCookie": { "description": "The cookie `sid`.", "schema": { "type": "string" } },
              "Challenge": { "description": "`Bearer`.", "schema": { "type": "string" } }
            },
            "responses": {
              "Created": { "description": "The bulk is durable; its id can be asked for at once. With `dry_run=1` what it would match.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Link": { "$ref": "#/components/headers/Monitor" }, "Retry-After": { "$ref": "#/components/headers/RetryAfter" }, "Idempotent-Replayed": { "$ref": "#/components/headers/IdempotentReplayed" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/CreatedOrPreview" } } } },
              "Cloning": { "description": "The bulk is durable; its id can be asked for at once.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Link": { "$ref": "#/components/headers/Monitor" }, "Retry-After": { "$ref": "#/components/headers/RetryAfter" }, "Idempotent-Replayed": { "$ref": "#/components/headers/IdempotentReplayed" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Created" } } } },
              "Status": { "description": "Whether it is over; with `verbose` everything else too.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Link": { "$ref": "#/components/headers/Monitor" }, "Retry-After": { "$ref": "#/components/headers/RetryAfter" }, "Preference-Applied": { "$ref": "#/components/headers/PreferenceApplied" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/AnyStatus" } } } },
              "Objects": { "description": "The objects, in the order of their ids.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Objects" } } } },
              "Object": { "description": "The whole object.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Object" } } } },
              "Property": { "description": "The property.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Property" } } } },
              "Links": { "description": "The links.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Links" } } } },
              "Link": { "description": "The link.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Link" } } } },
              "Nothing": { "description": "Done; there is no body.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } } },
              "Session": { "description": "The id of the session, as a JSON string.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Set-Cookie": { "$ref": "#/components/headers/SetCookie" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/SessionId" } } } },
              "LoggedOut": { "description": "There is no session any more.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Set-Cookie": { "$ref": "#/components/headers/SetCookie" } } },
              "User": { "description": "The caller.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/User" } } } },
              "Error400": { "description": "Something in the request is wrong; the message names it.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error401": { "description": "No credential, or none that is known; the message is a JSON text.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "WWW-Authenticate": { "$ref": "#/components/headers/Challenge" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error403": { "description": "A permission is missing; the message names it.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error404": { "description": "There is no such thing.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error413": { "description": "The body is too large.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error422": { "description": "The idempotency key was used with a different request.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error429": { "description": "Too many requests, or too much unfinished work.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error500": { "description": "A fault of the server.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } },
              "Error503": { "description": "Not available just now.", "headers": { "X-Request-Id": { "$ref": "#/components/headers/RequestId" }, "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } } }
            },
            "schemas": {
              "Id": { "type": "string", "pattern": "^[0-9a-f]{24}$" },
              "ClassId": { "description": "A number or 24 hexadecimal digits; answered as it was sent.", "type": ["integer", "string", "null"] },
              "BulkId": { "type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" },
              "Time": { "type": ["string", "null"], "format": "date-time" },
              "Created": {
                "type": "object",
                "required": ["bulkId", "finished"],
                "properties": { "bulkId": { "$ref": "#/components/schemas/BulkId" }, "finished": { "type": "boolean", "enum": [false] } },
                "additionalProperties": false
              },
              "Preview": {
                "type": "object",
                "required": ["matched", "sample"],
                "properties": {
                  "matched": { "type": "integer", "minimum": 0 },
                  "sample": { "type": "array", "maxItems": 100, "items": { "$ref": "#/components/schemas/Id" } }
                },
                "additionalProperties": false
              },
              "CreatedOrPreview": { "oneOf": [{ "$ref": "#/components/schemas/Created" }, { "$ref": "#/components/schemas/Preview" }] },
              "Status": { "type": "object", "required": ["finished"], "properties": { "finished": { "type": "boolean" } }, "additionalProperties": false },
              "VerboseStatus": {
                "type": "object",
                "required": ["bulkId", "finished", "status", "abortRequested", "partial", "total", "pending", "running", "succeeded", "skipped", "failed", "aborted", "unchanged", "error", "createdAt", "startedAt", "finishedAt", "result"],
                "properties": {
                  "bulkId": { "$ref": "#/components/schemas/BulkId" },
                  "finished": { "type": "boolean" },
                  "status": { "type": "string", "enum": ["pending", "running", "paused", "completed", "failed", "aborted"] },
                  "abortRequested": { "type": "boolean" },
                  "partial": { "type": "boolean", "description": "Completed, and some objects failed." },
                  "total": { "type": "integer", "description": "The sum of the next six." },
                  "pending": { "type": "integer" },
                  "running": { "type": "integer" },
                  "succeeded": { "type": "integer" },
                  "skipped": { "type": "integer", "description": "Deleted meanwhile." },
                  "failed": { "type": "integer" },
                  "aborted": { "type": "integer" },
                  "unchanged": { "type": "integer", "description": "A part of `succeeded`." },
                  "error": { "type": ["string", "null"] },
                  "createdAt": { "$ref": "#/components/schemas/Time" },
                  "startedAt": { "$ref": "#/components/schemas/Time" },
                  "finishedAt": { "$ref": "#/components/schemas/Time" },
                  "result": { "type": ["object", "null"], "description": "Of a completed bulk what it did; of a clone also `rootId`." }
                },
                "additionalProperties": false
              },
              "AnyStatus": { "oneOf": [{ "$ref": "#/components/schemas/Status" }, { "$ref": "#/components/schemas/VerboseStatus" }] },
              "Criteria": { "type": "object", "description": "A field and its value, or an object of `$in`, `$gt`, `$lt`, `$gte`, `$lte`, `$regex` with `$options`, and for properties `$elemMatch`. All must hold." },
              "Bulk": {
                "type": "object",
                "required": ["bulk"],
                "properties": {
                  "search": { "$ref": "#/components/schemas/Criteria" },
                  "bulk": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "object",
                      "properties": {
                        "modify": { "$ref": "#/components/schemas/ObjectChange" },
                        "properties.createOrModify": { "$ref": "#/components/schemas/NewProperty" },
                        "stateConditions": { "$ref": "#/components/schemas/Opaque" },
                        "stateTriggers": { "$ref": "#/components/schemas/Opaque" },
                        "incidentConditions": { "$ref": "#/components/schemas/Opaque" }
                      },
                      "additionalProperties": false
                    }
                  }
                },
                "additionalProperties": false
              },
              "Opaque": { "type": ["object", "array"], "description": "Kept as it is." },
              "SearchRequest": {
                "type": "object",
                "properties": {
                  "search": { "$ref": "#/components/schemas/Criteria" },
                  "options": { "type": "object", "properties": { "includeClientData": { "type": "boolean" } }, "additionalProperties": false }
                },
                "additionalProperties": false
              },
              "NewObject": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string", "minLength": 1 }, "class_id": { "$ref": "#/components/schemas/ClassId" } } },
              "ObjectChange": { "type": "object", "description": "Fields of an object that can be changed." },
              "Object": {
                "type": "object",
                "required": ["id"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "name": { "type": "string" },
                  "class_id": { "$ref": "#/components/schemas/ClassId" },
                  "parent_id": { "type": "array", "items": { "$ref": "#/components/schemas/Id" } },
                  "properties": { "type": "array", "items": { "$ref": "#/components/schemas/Property" } },
                  "_version": { "type": "integer", "minimum": 1 }
                }
              },
              "Objects": { "type": "array", "items": { "$ref": "#/components/schemas/Object" } },
              "NewProperty": {
                "type": "object",
                "required": ["name", "value"],
                "properties": { "name": { "type": "string" }, "value": { "type": ["string", "number", "boolean"] }, "type_id": { "type": "integer" } }
              },
              "PropertyChange": {
                "type": "object",
                "properties": { "name": { "type": "string" }, "value": { "type": ["string", "number", "boolean"] }, "type_id": { "type": "integer" } }
              },
              "Property": {
                "type": "object",
                "required": ["id", "name", "value", "type_id", "owner_id", "owner_type"],
                "properties": {
                  "id": { "$ref": "#/components/schemas/Id" },
                  "name": { "type": "string" },
                  "value": { "type": "string" },
                  "type_id": { "type": "integer" },
                  "owner_id": { "$ref": "#/components/schemas/Id" },
                  "owner_type": { "type": "integer" }
                }
              },
              "NewLink": {
                "type": "object",
                "required": ["source", "target"],
                "properties": { "source": { "type": "string" }, "target": { "type": "string" }, "name": { "type": "string" } }
              },
              "Link": {
                "type": "object",
                "required": ["id", "source", "target"],
                "properties": { "id": { "$ref": "#/components/schemas/Id" }, "source": { "$ref": "#/components/schemas/Id" }, "target": { "$ref": "#/components/schemas/Id" } }
              },
              "Links": { "type": "array", "items": { "$ref": "#/components/schemas/Link" } },
              "Login": {
                "type": "object",
                "properties": { "login": { "type": "string" }, "password": { "type": "string" }, "auth-token": { "type": "string" } }
              },
              "SessionId": { "type": "string", "format": "uuid" },
              "User": {
                "type": "object",
                "required": ["id", "login", "permissions"],
                "properties": { "id": { "$ref": "#/components/schemas/Id" }, "login": { "type": "string" }, "permissions": { "type": "array", "items": { "type": "string" } } },
                "additionalProperties": false
              },
              "Failure": {
                "type": "object",
                "required": ["code", "message"],
                "properties": { "code": { "type": "string" }, "message": { "type": "string" } },
                "additionalProperties": false
              }
            }
          }
        }
        """;
}
