using Longhaul.Engine.Operations;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <content>What the routes of the event streams do.</content>
internal static partial class OperationsHandlers
{
    private const string TokenParameter = "access_token";

    /// <summary>Streams the states of one operation until it has ended.</summary>
    public static async Task Events(OperationsCall call)
    {
        call.CheckQuery(TokenParameter);
        var operation = await call.FindAsync();
        var position = EventPosition.Read(call.Request);
        if (operation.State.IsFinal && position is { } known && (known.IsEnd || operation.UpdatedAt < known.Since))
        {
            // Its end was sent: this answer is what stops an EventSource from coming back.
            call.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await EventStream.RunAsync(call, new OperationFilter { Ids = [operation.Id] }, position, endsWith: operation.Id);
    }

    /// <summary>Streams the states of many operations; never ends by itself. Without a position it begins with those that are unfinished.</summary>
    public static async Task ManyEvents(OperationsCall call)
    {
        call.CheckQuery(FilterReader.EventParameters);
        var filter = await ReadFilterAsync(call);
        await EventStream.RunAsync(call, filter, EventPosition.Read(call.Request), endsWith: null);
    }
}
