namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>Requests so far, and their bytes, by owner and kind.</summary>
internal sealed class RequestCounts
{
    private readonly Dictionary<(string Owner, string Kind), (double Count, double Bytes)> _counts = [];

    public void Add(StorageRequest request)
    {
        lock (_counts)
        {
            (double count, double bytes) = _counts.GetValueOrDefault((request.Owner, request.Kind));
            _counts[(request.Owner, request.Kind)] = (count + 1, bytes + request.Bytes);
        }
    }

    public Snapshot Take()
    {
        lock (_counts)
        {
            return new Snapshot(new(_counts));
        }
    }

    /// <summary>Counts at a moment, or of a time.</summary>
    internal sealed class Snapshot(Dictionary<(string Owner, string Kind), (double Count, double Bytes)> counts)
    {
        public IEnumerable<(string Owner, string Kind)> Keys => counts.Keys;

        public double CountOf((string Owner, string Kind) key) => counts.GetValueOrDefault(key).Count;

        public double BytesOf((string Owner, string Kind) key) => counts.GetValueOrDefault(key).Bytes;

        public Snapshot Without(Snapshot other) =>
            new(Keys.ToDictionary(key => key, key => (CountOf(key) - other.CountOf(key), BytesOf(key) - other.BytesOf(key))));

        public Snapshot Times(double factor) => new(Keys.ToDictionary(key => key, key => (CountOf(key) * factor, BytesOf(key) * factor)));
    }
}
