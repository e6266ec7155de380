using System.Security.Cryptography;
using System.Text;

namespace Longhaul.Hosting;

/// <summary>
/// The folder that belongs to one server: the database, the lock that keeps a second server out, and the secrets made at first start.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    /// <summary>Name of the SQLite database in the folder.</summary>
    public const string DatabaseName = "longhaul.db";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream heldLock)
    {
        FullPath = path;
        _lock = heldLock;
    }

    public string FullPath { get; }

    public string DatabasePath => Path.Combine(FullPath, DatabaseName);

    public string TokenPath => Path.Combine(FullPath, "root.token");

    public string SecretKeyPath => Path.Combine(FullPath, "secret.key");

    /// <summary>Makes the folder where it is missing and takes it for this process.</summary>
    /// <exception cref="StartRefusedException">It cannot be written to, or another server has it.</exception>
    public static DataFolder Open(string path)
    {
        var full = Path.GetFullPath(path);
        Make(full);
        var lockPath = Path.Combine(full, "longhaul.lock");
        try
        {
            return new DataFolder(full, new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(IsWritable(full)
                ? $"Another longhaul server uses the data folder {full}. Stop it first, or choose another folder with --data."
                : $"The data folder {full} is not writable: {exception.Message} Make it writable, or choose another with --data.");
        }
    }

    /// <summary>Makes the folder where it is missing, for its owner only.</summary>
    /// <exception cref="StartRefusedException">It cannot be made.</exception>
    public static void Make(string full)
    {
        try
        {
            Directory.CreateDirectory(full, OwnerOnly | UnixFileMode.UserExecute);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The data folder {full} cannot be made: {exception.Message} Choose another with --data.");
        }
    }

    /// <summary>Reads a secret that is kept in a file, or makes it there: whole and readable by its owner only, or not at all.</summary>
    public static string ReadOrMake(string path, Func<string> make)
    {
        if (File.Exists(path))
        {
            var kept = File.ReadAllText(path).Trim();
            return kept.Length > 0 ? kept : throw new StartRefusedException($"The file {path} is empty. Restore it, or remove it to have a new one made.");
        }

        var secret = make();
        var temporary = path + ".new";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = OwnerOnly,
            }))
            {
                file.Write(Encoding.ASCII.GetBytes(secret + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The file {path} cannot be written: {exception.Message} Free some space or make the folder writable.");
        }

        return secret;
    }

    public void Dispose() => _lock.Dispose();

    private static bool IsWritable(string folder)
    {
        var probe = Path.Combine(folder, $".probe-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        try
        {
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
                return true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
