#:sdk Microsoft.NET.Sdk.Web
#:project ../src/Longhaul.AspNetCore/Longhaul.AspNetCore.csproj
#:property PublishAot=false
using System.Security.Claims;
using System.Text.Json;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Microsoft.AspNetCore.Authorization;
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddLonghaul(new PostgresTarget(builder.Configuration["Database"] ?? "Host=127.0.0.1;Database=people;Username=postgres"))
    .AddTables("people", "create table people (email text not null, name text not null)")
    .AddOperationKind<ImportPeople>();
builder.Services.AddAuthorizationBuilder()
    .AddPolicy(OperationScope.ReadPolicy, policy => policy.RequireAuthenticatedUser())
    .AddPolicy(OperationScope.EditPolicy, policy => policy.RequireRole("operator").RequireAssertion(IsTheirs));
var app = builder.Build();
// What stands in front of this service has checked who calls; it may be reached through that only.
app.Use((context, next) =>
{
    if (context.Request.Headers["X-User"] is [{ Length: > 0 } user])
    {
        context.User = new(new ClaimsIdentity([new(ClaimTypes.Name, user), new(ClaimTypes.Role, context.Request.Headers["X-Role"]!)], "proxy"));
    }
    return next(context);
});
app.MapOperations();
app.Run();
static bool IsTheirs(AuthorizationHandlerContext asked) => asked.Resource is OperationScope { Kind: "people.import", Account: "acme" };
internal sealed class ImportPeople : LocalItemsKind<string[]>
{
    public override string Name => "people.import";
    public override string Description => "Adds people; an item is a line of CSV: e-mail, name.";
    protected override string[] Read(JsonElement item) => item.GetString()!.Split(',') is [_, _] line ? line : throw new FormatException("a line is: e-mail, name");
    protected override async ValueTask WriteAsync(DbSession session, OperationItem<string[]> item, CancellationToken token) =>
        await session.Sql("insert into people (email, name) values (@email, @name)").With("@email", item.Value[0].Trim()).With("@name", item.Value[1].Trim()).ExecuteAsync(token);
}
