using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Longhaul.Hosting;

/// <summary>
/// The numbers of this process in the text format of Prometheus, gathered from the meters of Longhaul and of ASP.NET's requests.
/// Safe for concurrent use.
/// </summary>
internal sealed class MetricsText : IDisposable
{
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

    public MetricsText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Longhaul", StringComparison.Ordinal) || instrument.Name == "http.server.request.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Writes everything as it is now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _series.Values.GroupBy(s => s.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            text.Append("# HELP ").Append(first.Name).Append(' ').Append(first.Help).Append('\n');
            text.Append("# TYPE ").Append(first.Name).Append(' ').Append(first.Type).Append('\n');
            foreach (var series in family.OrderBy(s => s.Labels, StringComparer.Ordinal))
            {
                series.Write(text);
            }
        }

        WriteGauge(text, "process_resident_memory_bytes", "Memory of the process.", Environment.WorkingSet);
        WriteGauge(text, "dotnet_gc_heap_bytes", "Managed memory.", GC.GetTotalMemory(false));
        WriteGauge(text, "dotnet_threadpool_threads", "Threads of the pool.", ThreadPool.ThreadCount);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static void WriteGauge(StringBuilder text, string name, string help, long value) => text.Append(
        CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        var series = _series.GetOrAdd($"{instrument.Name}|{labels}", static (_, about) => Series.For(about.instrument, about.labels), (instrument, labels));
        series.Record(value);
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            text.Append(text.Length == 0 ? "" : ",")
                .Append(Identifier(name))
                .Append("=\"")
                .Append((Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
                    .Replace("\\", "\\\\", StringComparison.Ordinal)
                    .Replace("\"", "\\\"", StringComparison.Ordinal)
                    .Replace("\n", "\\n", StringComparison.Ordinal))
                .Append('"');
        }

        return text.ToString();
    }

    private static string Identifier(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private sealed class Series
    {
        private readonly Lock _gate = new();
        private readonly long[]? _buckets;
        private readonly bool _isSet;
        private double _sum;
        private long _count;

        private Series(string name, string help, string type, string labels, bool isSet)
        {
            Name = name;
            Help = help;
            Type = type;
            Labels = labels;
            _isSet = isSet;
            _buckets = type == "histogram" ? new long[Bounds.Length] : null;
        }

        public string Name { get; }

        public string Help { get; }

        public string Type { get; }

        public string Labels { get; }

        public static Series For(Instrument instrument, string labels)
        {
            var kind = instrument.GetType().Name;
            var (type, isSet) = kind switch
            {
                _ when kind.StartsWith("Histogram", StringComparison.Ordinal) => ("histogram", false),
                _ when kind.StartsWith("Counter", StringComparison.Ordinal) => ("counter", false),
                _ when kind.StartsWith("ObservableCounter", StringComparison.Ordinal) => ("counter", true),
                _ when kind.StartsWith("UpDownCounter", StringComparison.Ordinal) => ("gauge", false),
                _ => ("gauge", true),
            };
            var unit = instrument.Unit == "s" ? "_seconds" : "";
            var name = Identifier(instrument.Name) + unit + (type == "counter" ? "_total" : "");
            return new Series(name, instrument.Description ?? instrument.Name, type, labels, isSet);
        }

        public void Record(double value)
        {
            lock (_gate)
            {
                _sum = _isSet ? value : _sum + value;
                _count++;
                for (var i = 0; _buckets is not null && i < Bounds.Length; i++)
                {
                    _buckets[i] += value <= Bounds[i] ? 1 : 0;
                }
            }
        }

        public void Write(StringBuilder text)
        {
            lock (_gate)
            {
                if (_buckets is null)
                {
                    Line(text, "", Labels, _sum);
                    return;
                }

                for (var i = 0; i < Bounds.Length; i++)
                {
                    Line(text, "_bucket", Join($"le=\"{Bounds[i].ToString(CultureInfo.InvariantCulture)}\""), _buckets[i]);
                }

                Line(text, "_bucket", Join("le=\"+Inf\""), _count);
                Line(text, "_sum", Labels, _sum);
                Line(text, "_count", Labels, _count);
            }
        }

        private string Join(string label) => Labels.Length == 0 ? label : $"{Labels},{label}";

        private void Line(StringBuilder text, string suffix, string labels, double value) => text.Append(
            CultureInfo.InvariantCulture, $"{Name}{suffix}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}\n");
    }
}
