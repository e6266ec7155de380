#:sdk Microsoft.NET.Sdk.Web
#:project ../src/Longhaul.AspNetCore/Longhaul.AspNetCore.csproj
#:property PublishAot=false
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication("key").AddScheme<AuthenticationSchemeOptions, ApiKeys>("key", null);
builder.Services.AddLonghaul(new SqliteTarget(builder.Configuration["Database"] ?? "people.db"))
    .AddTables("people", "create table people (email text not null, name text not null)")
    .AddOperationKind<ImportPeople>();
var app = builder.Build();
app.MapOperations().RequireAuthorization();
app.Run();
internal sealed class ImportPeople : LocalItemsKind<string[]>
{
    public override string Name => "people.import";
    public override string Description => "Adds people; an item is a line of CSV: e-mail, name.";
    protected override string[] Read(JsonElement item) => item.GetString()!.Split(',') is [_, _] line ? line : throw new FormatException("a line is: e-mail, name");
    protected override async ValueTask WriteAsync(DbSession session, OperationItem<string[]> item, CancellationToken token) =>
        await session.Sql("insert into people (email, name) values (@email, @name)").With("@email", item.Value[0].Trim()).With("@name", item.Value[1].Trim()).ExecuteAsync(token);
}
internal sealed class ApiKeys(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IConfiguration settings)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var isKnown = settings["ApiKey"] is { Length: > 0 } key && Request.Headers["X-Api-Key"] == key;
        Claim[] claims = [new(ClaimTypes.Name, "importer"), new(OperationScope.AccountClaim, "acme")];
        return Task.FromResult(isKnown ? AuthenticateResult.Success(new(new(new ClaimsIdentity(claims, Scheme.Name)), Scheme.Name)) : AuthenticateResult.NoResult());
    }
}
