using System.Diagnostics;
using System.Globalization;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.EndToEnd;

/// <summary>
/// Migrates awkward objects between two stores that fail one request in twenty, while the program is killed with SIGKILL and the job is
/// paused and resumed at random moments, and holds the target, the counters and the stores' request logs against what must be.
/// LONGHAUL_MIGRATION_OBJECTS, _MIB and _KILLS set the size of a run, LONGHAUL_SEED repeats one.
/// </summary>
[Collection("processes")]
public sealed class MigrationCrashTests
{
    // A job's chunk, and the objects of it that are under way side by side, in the program.
    private const int ChunkObjects = 250;
    private const int ChunkWidth = 32;

    private static readonly int Objects = Number("LONGHAUL_MIGRATION_OBJECTS", 800);
    private static readonly int Mebibytes = Number("LONGHAUL_MIGRATION_MIB", 32);
    private static readonly int Kills = Number("LONGHAUL_MIGRATION_KILLS", 3);

    // Of the workers a quarter, and one at least, is kept for local work: what is left runs chunks of migrations.
    private static readonly int Workers = Objects > 5_000 ? 8 : 2;
    private static readonly int ChunksAtOnce = Workers - Math.Max(1, Workers / 4);

    private static readonly bool IsLong = Mebibytes >= 1_024;
    private static readonly long SinglePutBytes = IsLong ? 200L << 20 : 12L << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite, true)]
    [InlineData(DatabaseUnderTest.Postgres, false)]
    public async Task Nothing_is_lost_wrong_or_counted_twice_when_the_program_is_killed_and_the_stores_fail(DatabaseUnderTest database, bool overwrite)
    {
        var seed = Number("LONGHAUL_SEED", Random.Shared.Next());
        Say($"LONGHAUL_SEED={seed}: {Objects} objects, {Mebibytes} MiB, {Kills} kills on {database}, overwrite {overwrite}");
        var targetOptions = new TestStoreOptions { Seed = seed, DiscardContent = IsLong, AllowUnsignedPayloadOverHttp = true };
        await using var scene = await MigrationScene.StartAsync(
            database,
            targetOptions,
            ["target"],
            ("LONGHAUL_Engine__Workers", $"{Workers}"),
            ("LONGHAUL_Slurper__SinglePutBytes", $"{SinglePutBytes}"));
        try
        {
            await new Run(scene, new Random(seed)).RunAsync(overwrite);
        }
        catch (Exception exception)
        {
            Assert.Fail($"LONGHAUL_SEED={seed} on {database}: {exception}\n{await scene.TroublesAsync()}");
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.Parse(Environment.GetEnvironmentVariable(variable) ?? otherwise.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private enum Act
    {
        Kill,
        Pause,
        PauseAndKill,
    }

    private sealed class Run(MigrationScene scene, Random random)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

        private readonly Dictionary<string, int> _unjournaled = new(StringComparer.Ordinal);
        private readonly Dictionary<string, long> _journaledAt = new(StringComparer.Ordinal);
        private readonly List<int> _inFlight = [];
        private readonly List<Fault> _faults = [];
        private readonly Stopwatch _sinceChange = Stopwatch.StartNew();
        private MigrationProgress _last = new("running", 0, 0, 0, 0);
        private string _job = "";
        private int _pauses;
        private long _lastKill;
        private double _oldest;

        public async Task RunAsync(bool overwrite)
        {
            var source = scene.Source.Bucket("source");
            long[] large = IsLong ? [200L << 20, 200L << 20, (200L << 20) + 1, (8L << 20) - 1, 8L << 20, (8L << 20) + 1] : [12L << 20];
            AwkwardObjects.Fill(source, Objects, (long)Mebibytes << 20, large, random);
            await scene.ServeAsync();
            _job = await scene.CreateAsync("target", overwrite);
            AddFaults(scene.Source, Effect.Truncate());
            AddFaults(scene.Target, Effect.LostReply());
            var clock = Stopwatch.StartNew();
            foreach (var (threshold, act) in Plan())
            {
                await ActAsync(act, threshold);
            }

            await PollAsync(Task.FromCanceled(new CancellationToken(canceled: true)));
            Say($"ended after {clock.Elapsed.TotalSeconds:F0} s: objects {_last.Objects}, transferred {_last.Transferred}, skipped {_last.Skipped}, failed {_last.Failed}");
            await CheckAsync(source);
        }

        /// <summary>At which PUTs something is done to the program or to the job, and what.</summary>
        private List<(int Threshold, Act Act)> Plan()
        {
            var acts = Enumerable.Range(0, Kills).Select(i => i % 3 == 2 ? Act.PauseAndKill : Act.Kill).Concat(Enumerable.Repeat(Act.Pause, Math.Max(1, Kills / 3))).ToArray();
            random.Shuffle(acts);
            return [.. acts.Select(a => (Threshold: random.Next(Objects / 20, Objects * 9 / 10), a)).OrderBy(s => s.Threshold)];
        }

        private async Task ActAsync(Act act, int threshold)
        {
            var moment = Arm(threshold, act == Act.Kill);
            await PollAsync(moment);
            var at = await moment;
            if (act == Act.Kill)
            {
                await RestartAsync(at);
                return;
            }

            _pauses++;
            Assert.Equal(_job, await scene.PutAsync("pause", _job));
            Assert.Equal("paused", (await scene.JobAsync(_job)).GetProperty("status").GetString());
            if (act == Act.PauseAndKill)
            {
                scene.Kill();
                await RestartAsync("a pause");
                Assert.Equal("paused", _last.Status);
            }

            Assert.Equal(_job, await scene.PutAsync("resume", _job));
        }

        /// <summary>
        /// Completes in the middle of a request of a random kind, once there were so many PUTs, before or after the store has done it; with the
        /// request. The program is then dead already if it is to be killed.
        /// </summary>
        private Task<string> Arm(int threshold, bool kills)
        {
            var fired = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            S3Verb[] verbs = [S3Verb.PutObject, S3Verb.PutObject, S3Verb.GetObject, S3Verb.UploadPart, S3Verb.CreateMultipartUpload, S3Verb.CompleteMultipartUpload];
            var verb = verbs[random.Next(verbs.Length)];
            var isAfter = random.Next(2) == 0;
            var once = 0;
            List<(TestStore Store, Fault Fault)> faults = [];
            bool When(LoggedRequest request)
            {
                var puts = scene.Target.Log.Count(S3Verb.PutObject);
                return (puts >= threshold && request.Verb == verb) || (puts >= threshold + (Objects / 20) && request.Verb == S3Verb.PutObject);
            }

            void Fire(LoggedRequest request)
            {
                if (Interlocked.Exchange(ref once, 1) == 0)
                {
                    if (kills)
                    {
                        scene.Kill();
                    }

                    faults.ForEach(f => f.Store.Faults.Remove(f.Fault));
                    fired.SetResult($"{(isAfter ? "after" : "before")} {request.Verb}");
                }
            }

            // An error that strikes the same request comes first, and then this has to wait for another one.
            faults.AddRange(((TestStore[])[scene.Source, scene.Target]).Select(s => (s, new Fault(isAfter ? Effect.After(Fire) : Effect.Before(Fire)) { When = When })));
            faults.ForEach(f => f.Store.Faults.Add(f.Fault));
            return fired.Task;
        }

        private async Task RestartAsync(string moment)
        {
            await scene.EndedAsync();
            var killedAt = DateTimeOffset.UtcNow;
            var written = Written().Where(r => r.Number > _lastKill).ToLookup(r => r.Key, StringComparer.Ordinal);
            _lastKill = scene.Target.Log.LastNumber;

            // Nothing is copied before it is known what the dead program has journaled.
            var gate = new TestGate();
            TestStore[] stores = [scene.Source, scene.Target];
            var holds = Array.ConvertAll(stores, s => (Store: s, Fault: s.Faults.Add(new Fault(Effect.Gate(gate)))));
            await scene.ServeAsync();
            var before = Checked(await scene.ProgressAsync(_job));
            var journaled = await scene.CopiedKeysAsync(_job);
            await SeenAsync(journaled, before);
            Array.ForEach(holds, h => h.Store.Faults.Remove(h.Fault));
            gate.Open();

            // What was written and is not journaled is copied again, and nothing else.
            var inFlight = written.Where(w => !_journaledAt.ContainsKey(w.Key)).ToList();
            _inFlight.Add(inFlight.Count);
            var oldest = inFlight.Select(w => (killedAt - w.Min(r => r.EndedAt!.Value)).TotalMilliseconds).DefaultIfEmpty(0).Max();
            _oldest = Math.Max(_oldest, oldest);
            Assert.True(inFlight.Count <= ChunksAtOnce * ChunkObjects, $"{inFlight.Count} objects were in flight");
            foreach (var key in inFlight)
            {
                _unjournaled[key.Key] = _unjournaled.GetValueOrDefault(key.Key) + 1;
            }

            if (Kills <= 5)
            {
                Say($"killed {moment} at {before.Transferred} of {before.Objects}: {inFlight.Count} written and not journaled, the oldest for {oldest:F0} ms");
            }
        }

        // From now on nothing is written to what is journaled.
        private async Task SeenAsync(List<string> journaled, MigrationProgress before)
        {
            var number = scene.Target.Log.LastNumber;
            var after = Checked(await scene.ProgressAsync(_job));
            Assert.Equal((before.Transferred, before.Transferred), (journaled.Distinct(StringComparer.Ordinal).Count(), after.Transferred));
            Assert.Equal(journaled.Count, before.Transferred);
            foreach (var key in journaled)
            {
                _journaledAt.TryAdd(key, number);
            }
        }

        /// <summary>Reads the progress over and over until the moment has come, or the job's end, which must not come first.</summary>
        private async Task PollAsync(Task moment)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (!moment.IsCompletedSuccessfully)
            {
                if (await scene.TryProgressAsync(_job) is { } shown && Checked(shown).IsFinal)
                {
                    Assert.True(moment.IsCanceled || moment.IsCompletedSuccessfully, $"the job ended too early: {shown}");
                    return;
                }

                Assert.True(_sinceChange.Elapsed < Patience, $"nothing has moved for {Patience}: {_last}");
                await timer.WaitForNextTickAsync(Token);
            }
        }

        /// <summary>I1 to I4 of the contract, at every read.</summary>
        private MigrationProgress Checked(MigrationProgress shown)
        {
            Assert.True(
                shown.Objects >= _last.Objects && shown.Transferred >= _last.Transferred && shown.Skipped >= _last.Skipped && shown.Failed >= _last.Failed,
                $"a counter fell: {_last}, then {shown}");
            Assert.True(shown.Settled <= shown.Objects && shown.Objects <= Objects, $"{shown}");
            if (shown != _last)
            {
                _sinceChange.Restart();
            }

            _last = shown;
            return shown;
        }

        private async Task CheckAsync(Bucket source)
        {
            var target = scene.Target.Bucket("target");
            Assert.Equal(new MigrationProgress("completed", Objects, Objects, 0, 0), _last);
            AwkwardObjects.AssertSame(source, target, SinglePutBytes);
            Assert.Empty(target.Uploads);
            await SeenAsync(await scene.CopiedKeysAsync(_job), _last);
            Assert.Equal(source.Keys.Order(StringComparer.Ordinal), _journaledAt.Keys.Order(StringComparer.Ordinal));
            var types = await scene.LogTypesAsync(_job);
            string[] middle = [.. Enumerable.Repeat<string[]>(["migrationPause", "migrationResume"], _pauses).SelectMany(t => t)];
            Assert.Equal(["migrationStart", .. middle, "migrationComplete"], types);
            await scene.StopAsync();
            CheckLog();
        }

        private void CheckLog()
        {
            var late = scene.Target.Log.Requests.Where(r => r.Verb.IsWrite() && _journaledAt.TryGetValue(r.Key, out var number) && r.Number > number).ToList();
            Assert.True(late.Count == 0, $"written after it was journaled: {late.FirstOrDefault()} and {late.Count - 1} more");
            var repeats = 0;
            var lost = 0;
            foreach (var key in Written().GroupBy(r => r.Key))
            {
                // A store that loses its answer has to be asked again.
                var lostHere = key.Count(r => r.Status == 0);
                Assert.True(
                    key.Count() <= 1 + _unjournaled.GetValueOrDefault(key.Key) + lostHere,
                    $"'{key.Key}' was written {key.Count()} times, in flight at {_unjournaled.GetValueOrDefault(key.Key)} kills, with {lostHere} answers lost:\n{string.Join('\n', key)}");
                repeats += key.Count() - 1;
                lost += lostHere;
            }

            var requests = scene.Source.Log.Requests.Count + scene.Target.Log.Requests.Count;
            var injected = _faults.Sum(f => f.HitCount);
            Assert.InRange(injected / (double)requests, 0.02, 0.08);
            Say($"{requests} requests, {injected * 100.0 / requests:F1} % of them struck; {_pauses} pauses");
            Say($"written and not journaled at each kill: {string.Join(' ', _inFlight)}, the oldest for {_oldest:F0} ms "
                + $"(under way at once: {ChunksAtOnce} chunks x {ChunkWidth} objects = {ChunksAtOnce * ChunkWidth}, and what was done in the last 50 ms; "
                + $"bound: {ChunksAtOnce} chunks x {ChunkObjects} objects = {ChunksAtOnce * ChunkObjects})");
            Say($"objects written more than once: {repeats} times in all, {lost} after a lost answer");
        }

        /// <summary>Requests that made an object appear, whether or not anybody saw the answer.</summary>
        private IEnumerable<LoggedRequest> Written() =>
            scene.Target.Log.Requests.Where(r => r.IsDone && r.Bucket == "target" && r.Verb is S3Verb.PutObject or S3Verb.CompleteMultipartUpload or S3Verb.CopyObject);

        // One request in twenty, whatever it is.
        private void AddFaults(TestStore store, Effect own)
        {
            foreach (var effect in (Effect[])[Effect.SlowDown(), Effect.InternalError(), Effect.ResetBefore(), own])
            {
                _faults.Add(store.Faults.Add(new Fault(effect) { Probability = 0.0125 }));
            }
        }
    }
}
