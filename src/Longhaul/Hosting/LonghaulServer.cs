using System.Net.Sockets;
using System.Security.Cryptography;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists;
using Longhaul.Saymon;
using Longhaul.Slurper;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Longhaul.Hosting;

/// <summary>What the command line says about a server.</summary>
/// <param name="Urls">Addresses to listen on.</param>
/// <param name="Data">The data folder; not used with a database unless given.</param>
/// <param name="Database">PostgreSQL connection string, or null for SQLite in the data folder.</param>
internal sealed record ServeSettings(string Urls, string? Data, string? Database)
{
    public const string DefaultUrls = "http://127.0.0.1:8080";
    public const string DefaultData = "./data";
}

/// <summary>A server from start to stop: the data folder, the secrets, the host.</summary>
internal sealed class LonghaulServer : IAsyncDisposable
{
    private const int ExtraStopSeconds = 5;

    private readonly WebApplication _app;
    private readonly DataFolder? _folder;

    private LonghaulServer(WebApplication app, DataFolder? folder, RootSecrets secrets)
    {
        _app = app;
        _folder = folder;
        Secrets = secrets;
    }

    public RootSecrets Secrets { get; }

    /// <summary>The first address that it listens on.</summary>
    public string Address => _app.Urls.First();

    /// <summary>All addresses that it listens on, in the order in which they were given.</summary>
    public IEnumerable<string> Addresses => _app.Urls;

    /// <summary>Starts a server. Completes when it listens. What <paramref name="replace"/> registers takes the place of the server's own parts.</summary>
    /// <exception cref="StartRefusedException">It must not start; the message says why and what to do.</exception>
    public static async Task<LonghaulServer> StartAsync(ServeSettings settings, CancellationToken cancellationToken, Action<IServiceCollection>? replace = null)
    {
        var folder = settings.Database is null || settings.Data is not null ? DataFolder.Open(settings.Data ?? ServeSettings.DefaultData) : null;
        WebApplication? app = null;
        try
        {
            var secrets = RootSecrets.Load(
                Variable("LONGHAUL_TOKEN"),
                Variable("LONGHAUL_SECRET_KEY"),
                settings.Database is null ? folder : null);
            app = Build(settings, folder, secrets, replace);
            await app.StartAsync(cancellationToken);
            return new LonghaulServer(app, folder, secrets);
        }
        catch (Exception exception)
        {
            await EndAsync(app);
            folder?.Dispose();
            if (Explain(exception, settings) is { } sentence)
            {
                throw new StartRefusedException(sentence);
            }

            throw;
        }
    }

    /// <summary>Completes when the server has been told to stop and has stopped.</summary>
    public Task WaitForStopAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops the server: work in flight may settle.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder?.Dispose();
    }

    /// <summary>Ends what had started of a server that could not start.</summary>
    private static async Task EndAsync(WebApplication? app)
    {
        if (app is null)
        {
            return;
        }

        try
        {
            await app.StopAsync(CancellationToken.None);
        }
        catch (Exception)
        {
            // It had not come far enough to be stopped. Why it could not start is what the person has to know.
        }

        await app.DisposeAsync();
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static WebApplication Build(ServeSettings settings, DataFolder? folder, RootSecrets secrets, Action<IServiceCollection>? replace)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        foreach (var source in builder.Configuration.Sources.OfType<FileConfigurationSource>())
        {
            source.ReloadOnChange = false;
        }

        builder.Configuration.AddEnvironmentVariables("LONGHAUL_");
        ServerCertificate.Check(builder.Configuration);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls(settings.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries));
        AddLogging(builder.Logging);
        AddServices(builder, settings, folder, secrets);
        replace?.Invoke(builder.Services);
        var app = builder.Build();

        // It hears only what is counted after it has begun to listen.
        app.Services.GetRequiredService<MetricsText>();
        app.UseRequestIds();
        app.UseCloudflareEnvelope();
        app.UseSaymonErrors();
        app.UseOperationsProblems();
        app.UseCredentials();
        app.UseRouting();
        app.MapProbes();
        app.MapLists();
        app.MapSlurper();
        app.MapSaymon();
        app.MapOperations();
        app.MapOpenApiDocuments();
        app.MapOpenApiPage();
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder, ServeSettings settings, DataFolder? folder, RootSecrets secrets)
    {
        var configuration = builder.Configuration;
        var hosting = configuration.GetSection("Hosting");
        var lineBytes = hosting.GetValue(nameof(HostingOptions.MaxRequestLineBytes), new HostingOptions().MaxRequestLineBytes);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestLineSize = lineBytes;
        });
        builder.Services.AddOptionsWithValidateOnStart<HostingOptions>().Bind(hosting);
        builder.Services.AddSingleton<IValidateOptions<HostingOptions>, HostingOptionsValidator>();
        builder.Services.AddSingleton(secrets);
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<MetricsText>();
        builder.Services.AddOpenApiDocuments();
        builder.Services.AddLonghaulEngine(settings.Database is { } database ? new PostgresTarget(database) : new SqliteTarget(folder!.DatabasePath));
        builder.Services.AddAccess();
        builder.Services.AddSingleton<SecretBox>();
        SecretRing.Add(builder.Services);
        builder.Services.AddOptions<EngineOptions>().Bind(configuration.GetSection("Engine"));
        builder.Services.AddOperations(configuration.GetSection("Operations"));
        builder.Services.AddLists(configuration.GetSection("Lists"));
        builder.Services.AddSlurper(configuration.GetSection("Slurper"));
        builder.Services.AddSaymon(configuration.GetSection("Saymon"));
        var drain = configuration.GetSection("Engine").GetValue(nameof(EngineOptions.DrainSeconds), new EngineOptions().DrainSeconds);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(drain + ExtraStopSeconds));
    }

    // Standard output is for what the caller reads: the address and the demo. The log goes to standard error.
    private static void AddLogging(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // A start that fails is told in one sentence by whoever started it.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // It writes whole URLs, and event streams may carry their token there: no configuration can switch that on.
        logging.AddFilter<ConsoleLoggerProvider>("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (Console.IsErrorRedirected)
        {
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        }
        else
        {
            logging.AddSimpleConsole(simple => simple.SingleLine = true);
        }
    }

    private static string? Explain(Exception exception, ServeSettings settings) => exception switch
    {
        StartRefusedException or StoreRefusedException => exception.Message,
        OptionsValidationException invalid => $"The configuration is not valid: {string.Join("; ", invalid.Failures)}.",
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException or SocketException } => $"The address {settings.Urls} cannot be listened on: {exception.Message} Choose another with --urls.",
        IOException when exception.Message.Contains("address", StringComparison.OrdinalIgnoreCase) => $"{exception.Message} Choose another address with --urls.",
        SocketException => $"The address {settings.Urls} cannot be listened on: {exception.Message}. Choose another with --urls.",
        InvalidOperationException when exception.Message.Contains("HTTPS", StringComparison.Ordinal) => $"The address {settings.Urls} cannot be listened on: https needs a certificate. {ServerCertificate.Advice}",
        FileNotFoundException or DirectoryNotFoundException => $"A file of the configuration cannot be read: {exception.Message}",
        CryptographicException => $"The configured certificate cannot be used: {exception.Message.TrimEnd('.')}. {ServerCertificate.Advice}",
        FormatException or ArgumentException when settings.Database is not null => $"--database is no connection string as PostgreSQL takes it: {exception.Message}",
        FormatException => $"--urls is not valid: {exception.Message}",
        _ => null,
    };
}
