using System.Data.Common;
using System.Net.Http.Headers;
using System.Text;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Longhaul.Tests.EndToEnd.Secrecy;

/// <summary>
/// The real program between two stores, and everything that could give a secret away: each answer that it gave, its log, its database, its
/// folders.
/// </summary>
internal sealed class SecrecyScene : IAsyncDisposable
{
    public const string Bucket = "watched-bucket";
    public const string Account = "watched";

    private readonly DatabaseUnderTest _database;
    private readonly ServerPlace _place;
    private readonly TempFolder _temporary = new();
    private readonly List<LonghaulProcess> _processes = [];
    private readonly Transcript _transcript = new();

    private SecrecyScene(DatabaseUnderTest database, TestStore source, TestStore target)
    {
        _database = database;
        _place = ServerPlace.For(database);
        (Source, Target) = (source, target);
    }

    public TestStore Source { get; }

    public TestStore Target { get; }

    public SecretWatch Watch { get; } = new();

    public LonghaulProcess Server => _processes[^1];

    public ListsClient Client { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<SecrecyScene> StartAsync(DatabaseUnderTest database)
    {
        var scene = new SecrecyScene(database, await TestStore.StartAsync(new() { Gcs = true }, Bucket), await TestStore.StartAsync(null, Bucket));
        await scene.ServeAsync();
        return scene;
    }

    /// <summary>Starts the program, again after it was killed.</summary>
    public async Task ServeAsync()
    {
        _processes.Add(await LonghaulProcess.ServeAsync(
            _place,
            ("TMPDIR", _temporary.FullPath),
            ("LONGHAUL_Logging__LogLevel__Default", "Trace"),
            ("LONGHAUL_Logging__LogLevel__Microsoft", "Trace"),
            ("LONGHAUL_Engine__LeaseSeconds", "2"),
            ("LONGHAUL_Engine__UpkeepSeconds", "1"),
            ("LONGHAUL_Slurper__AllowedEndpoints__0", "127.0.0.0/8"),
            ("LONGHAUL_Slurper__GcsEndpoint", Source.Address.ToString()),
            ("LONGHAUL_Slurper__GcsTokenEndpoint", new Uri(Source.Address, "/token").ToString()),
            ("LONGHAUL_Slurper__FatalRetrySeconds", "0"),
            ("LONGHAUL_Slurper__AbortGraceSeconds", "0")));
        Client?.Dispose();
        Client = new ListsClient(
            new HttpClient(new Recorder(_transcript))
            {
                BaseAddress = Server.Address,
                DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", LonghaulProcess.Token) },
            },
            Account);
    }

    /// <summary>Looks for the secrets everywhere. What holds nothing at all was not looked at: each place must hold the bucket's name.</summary>
    public async Task LookAsync()
    {
        await Client.SendAsync(HttpMethod.Get, "/metrics");
        var rows = await DumpAsync();
        foreach (var (place, text) in ((string, string)[])[("an answer", _transcript.Text), ("the database", rows)])
        {
            Assert.Contains(Bucket, text, StringComparison.Ordinal);
            Watch.Look(place, text);
        }

        foreach (var process in _processes)
        {
            Watch.Look("the log", process.Errors);
        }

        LookAtFiles();
    }

    /// <summary>The files alone, also when nothing runs.</summary>
    public void LookAtFiles()
    {
        foreach (var (path, bytes) in ReadFiles())
        {
            Watch.Look(path, bytes);
        }
    }

    public List<(string Path, byte[] Bytes)> ReadFiles()
    {
        string[] folders = Directory.Exists(_place.Folder) ? [_place.Folder, _temporary.FullPath] : [_temporary.FullPath];

        // Pipes and sockets of the runtime, and the lock, have no length; a pipe would be waited for without end.
        var files = folders.SelectMany(f => Directory.GetFiles(f, "*", SearchOption.AllDirectories))
            .Where(p => new FileInfo(p).Length > 0)
            .Select(p => (p, ReadFile(p)))
            .ToList();
        Assert.True(_database == DatabaseUnderTest.Postgres || files.Exists(f => f.Item2.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Bucket)) >= 0), "the files hold nothing");
        return files;
    }

    /// <summary>The sealed secrets of all jobs that have some.</summary>
    public async Task<List<byte[]>> ReadSealedAsync()
    {
        await using var connection = await OpenAsync();
        return await ReadAsync(connection, "select secrets from slurper_jobs where secrets is not null", r => (byte[])r[0]);
    }

    /// <summary>Every value of every row of every table, one a line; bytes as they are and in hex.</summary>
    public async Task<string> DumpAsync()
    {
        await using var connection = await OpenAsync();
        var tables = await ReadAsync(
            connection,
            _database == DatabaseUnderTest.Sqlite ? "select name from sqlite_master where type = 'table'" : "select table_name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')",
            r => r.GetString(0));
        Assert.Contains("slurper_jobs", tables);
        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            var rows = await ReadAsync(connection, $"select * from \"{table}\"", r =>
            {
                var values = new object[r.FieldCount];
                r.GetValues(values);
                return values;
            });
            foreach (var value in rows.SelectMany(r => r))
            {
                dump.Append(table).Append(": ").AppendLine(value is byte[] bytes ? $"{Encoding.Latin1.GetString(bytes)} {Convert.ToHexStringLower(bytes)}" : value.ToString());
            }
        }

        return dump.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await Source.DisposeAsync();
        await Target.DisposeAsync();
        _place.Dispose();
        _temporary.Dispose();
    }

    private static byte[] ReadFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static async Task<List<T>> ReadAsync<T>(DbConnection connection, string sql, Func<DbDataReader, T> read)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<T>();
        while (await reader.ReadAsync(Token))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = _database == DatabaseUnderTest.Sqlite
            ? new SqliteConnection($"Data Source={Path.Combine(_place.Folder, "longhaul.db")};Mode=ReadOnly;Pooling=False")
            : new NpgsqlConnection(_place.Database + ";Pooling=false");
        await connection.OpenAsync(Token);
        return connection;
    }

    /// <summary>Everything that was answered, heads and bodies.</summary>
    private sealed class Transcript
    {
        private readonly StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public void Add(string text)
        {
            lock (_text)
            {
                _text.AppendLine(text);
            }
        }
    }

    private sealed class Recorder(Transcript transcript) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            transcript.Add($"{response}\n{await response.Content.ReadAsStringAsync(cancellationToken)}");
            return response;
        }
    }
}
